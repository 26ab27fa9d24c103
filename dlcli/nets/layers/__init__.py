"""The kinds of layers: each says its shapes and counts, and computes forward and back."""
