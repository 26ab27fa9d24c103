"""The slice of ``dlcli predict``."""
