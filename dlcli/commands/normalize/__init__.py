"""The slice of ``dlcli normalize``."""
