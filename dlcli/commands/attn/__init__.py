"""The slice of ``dlcli attn``."""
