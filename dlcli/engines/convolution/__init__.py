"""Convolution: its definition, its fast ways, its terms, its gradient, and kernels by name."""
