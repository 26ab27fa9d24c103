"""Small real inputs, reachable as ``sample:NAME``; README.md in this folder says where each comes from."""
