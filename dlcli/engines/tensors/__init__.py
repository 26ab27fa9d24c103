"""Tensors: flatten, reshape, transpose, broadcast, index; softmax, activations, dropout, dense."""
