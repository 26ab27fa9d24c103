"""The slice of ``dlcli conv``."""
