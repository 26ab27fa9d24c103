"""Write torch_tensors.json: what PyTorch gives for indices, orders of axes, shapes and pairs of shapes."""

import json
from pathlib import Path

import torch

SHAPE = (2, 3, 4)
INDICES = [
    "0",
    "-1, 2",
    ":, 0",
    "..., -1",
    "::2",
    "1, ..., 1:3",
    "None, :, 1",
    "..., None",
    "0, 1, 2",
    ":, 3:9",
]
ORDERS = [(2, 1, 0), (1, 0, 2), (2, 0, 1), (0, 1, 2)]
SHAPES = [(6, 4), (4, -1), (24,), (-1, 2), (1, 2, 1, 12), (3, 2, 4)]
PAIRS = [
    [(3, 1), (4,)], [(2, 3), (3,)], [(2, 3), (2,)], [(), (2, 2)], [(1,), (5,)], [(8, 1, 6, 1), (7, 1, 5)],
    [(3,), (4,)], [(2, 1), (8, 4, 3)], [(0,), (1,)], [(0,), (2,)],
]  # fmt: skip


def common(left: tuple[int, ...], right: tuple[int, ...]) -> list[int] | None:
    try:
        return list(torch.broadcast_shapes(left, right))
    except RuntimeError:
        return None


x = torch.arange(24).reshape(SHAPE)
told = {
    "torch": torch.__version__,
    "index": {text: eval(f"x[{text}]").tolist() for text in INDICES},
    "permute": {",".join(map(str, order)): x.permute(order).tolist() for order in ORDERS},
    "reshape": {",".join(map(str, shape)): x.reshape(shape).tolist() for shape in SHAPES},
    "permuted and reshaped": x.permute(2, 0, 1).reshape(4, 6).tolist(),
    "broadcast": [[left, right, common(left, right)] for left, right in PAIRS],
}
Path(__file__).with_name("torch_tensors.json").write_text(json.dumps(told) + "\n")
