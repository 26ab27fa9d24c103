"""Tensors as they are kept: frames, .safetensors, .npy, .npz, JSON lines."""
