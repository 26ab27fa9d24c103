"""The slice of ``dlcli lesson``."""
