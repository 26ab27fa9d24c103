"""Nets that foretell text: what they write, and how well they foretell what is there."""
