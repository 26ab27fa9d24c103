"""Weights of recurrent nets by the names and orders of Keras, PyTorch and ONNX."""
