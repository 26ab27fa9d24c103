"""Nets that foretell a series: how it goes on."""
