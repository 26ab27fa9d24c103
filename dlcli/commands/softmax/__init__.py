"""The slice of ``dlcli softmax``."""
