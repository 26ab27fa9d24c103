"""The files of nets: folders of weights, ONNX graphs, vocabularies."""
