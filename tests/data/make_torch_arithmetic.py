"""Write torch_arithmetic.json: PyTorch's arithmetic by broadcasting, matrix products, Linear, and what wraps."""

import json
from pathlib import Path

import torch

torch.manual_seed(0)
PAIRS = [[(3, 1), (1, 4)], [(2, 3), (3,)], [(2, 1, 3), (4, 1)], [(), (2, 2)], [(4,), ()]]
PRODUCTS = [[(2, 3), (3, 2)], [(3,), (3, 2)], [(2, 3), (3,)], [(3,), (3,)], [(2, 1, 2, 3), (4, 3, 2)]]
OPERATIONS = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "divide": torch.div,
    "power": torch.pow,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
}


def drawn(shape: tuple[int, ...]) -> torch.Tensor:
    """Numbers in hundredths, which their decimals say."""
    return torch.round(torch.randn(shape, dtype=torch.float64), decimals=2)


combined = []
for left, right in PAIRS:
    x, y = drawn(left), drawn(right)
    for name, function in OPERATIONS.items():
        base = x.abs() if name == "power" else x
        combined.append([name, base.tolist(), y.tolist(), function(base, y).tolist()])
products = []
for left, right in PRODUCTS:
    x, y = drawn(left), drawn(right)
    products.append([x.tolist(), y.tolist(), torch.matmul(x, y).tolist()])
layer = torch.nn.Linear(3, 2, dtype=torch.float64)
rows = drawn((4, 3))
bytes_ = [torch.tensor(values, dtype=torch.uint8) for values in ([200, 10, 255], [100, 20, 255])]
wrapped = {name: OPERATIONS[name](*bytes_).tolist() for name in ("add", "subtract", "multiply")}
told = {
    "torch": torch.__version__,
    "combine": combined,
    "matmul": products,
    "linear": [rows.tolist(), layer.weight.tolist(), layer.bias.tolist(), layer(rows).tolist()],
    "bytes": [*(values.tolist() for values in bytes_), wrapped],
}
Path(__file__).with_name("torch_arithmetic.json").write_text(json.dumps(told) + "\n")
