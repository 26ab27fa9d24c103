"""Each engine beside its peers: same machine, same run, ratios. ``python -m benchmarks --help``."""
