"""The slice of ``dlcli train``."""
