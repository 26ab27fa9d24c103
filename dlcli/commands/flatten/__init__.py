"""The slice of ``dlcli flatten``."""
