"""The slice of ``dlcli kernels``."""
