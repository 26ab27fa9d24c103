"""Sound files as tensors, whole or block by block, and back."""
