"""The slice of ``dlcli dropout``."""
