"""Nets that hear: what they say of a sound, step by step."""
