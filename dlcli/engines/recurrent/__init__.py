"""Recurrent nets: cells, layers, the gradient through time."""
