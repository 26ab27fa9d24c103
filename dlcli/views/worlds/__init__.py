"""Worlds: maps, outcomes, states."""
