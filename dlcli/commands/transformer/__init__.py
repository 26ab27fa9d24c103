"""The slice of ``dlcli transformer``."""
