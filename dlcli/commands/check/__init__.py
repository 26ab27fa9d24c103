"""Marks answers to exercises."""
