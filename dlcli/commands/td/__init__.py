"""The slice of ``dlcli td``."""
