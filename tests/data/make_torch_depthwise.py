"""Store what PyTorch's depthwise convolution makes of a corner of the cat: needs torch and Pillow.

The photo's first 8 rows and 9 columns, each colour under kernels of its own, with biases, and twice as many
outputs as channels in a second case.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

ROOT = Path(__file__).parents[2]

with Image.open(ROOT / "samples" / "cat.png") as cat:
    photo = np.asarray(cat.convert("RGB"))[:8, :9]
rng = np.random.default_rng(3)
found: dict[str, np.ndarray] = {"photo": photo}
for outputs in (3, 6):
    weight = rng.normal(size=(outputs, 1, 3, 3)).astype(np.float32)
    bias = rng.normal(size=outputs).astype(np.float32)
    x = torch.from_numpy(photo.astype(np.float32)).permute(2, 0, 1)[None]
    made = torch.nn.functional.conv2d(
        x, torch.from_numpy(weight), torch.from_numpy(bias), stride=(2, 1), padding=1, groups=3
    )
    found |= {
        f"weight-{outputs}": weight,
        f"bias-{outputs}": bias,
        f"output-{outputs}": made[0].permute(1, 2, 0).numpy(),
    }
np.savez_compressed(Path(__file__).with_name("torch_depthwise.npz"), **found)
