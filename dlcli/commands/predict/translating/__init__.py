"""Nets that translate: what they write, where they look, how much of it is right."""
