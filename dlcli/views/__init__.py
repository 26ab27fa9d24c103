"""The drawing kit: tensors, tables, charts and stories as rich renderables."""
