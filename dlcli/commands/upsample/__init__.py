"""The slice of ``dlcli upsample``."""
