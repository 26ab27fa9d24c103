"""Curves, bars, waves and heat maps."""
