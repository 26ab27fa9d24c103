"""Transformers: blocks, norms, decoding; a published encoder and its words."""
