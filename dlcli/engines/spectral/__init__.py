"""Spectra: frames, windows, the short-time Fourier transform and the way back."""
