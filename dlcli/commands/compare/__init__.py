"""The slice of ``dlcli compare``."""
