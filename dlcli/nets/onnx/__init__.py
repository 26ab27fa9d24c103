"""Nets as graphs of ONNX' operators, and such graphs as nets."""
