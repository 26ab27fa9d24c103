"""Picture files as tensors, tensors as picture files, and pictures that move."""
