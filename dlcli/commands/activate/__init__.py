"""The slice of ``dlcli activate``."""
