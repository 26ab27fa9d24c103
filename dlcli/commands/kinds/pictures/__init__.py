"""What works on pictures shares: how they are read and laid out, sliding windows, kernels."""
