"""The slice of ``dlcli returns``."""
