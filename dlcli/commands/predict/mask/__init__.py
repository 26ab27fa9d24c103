"""Nets that give a mask for a spectrum."""
