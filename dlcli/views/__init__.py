"""Tensors and results to rich renderables."""
