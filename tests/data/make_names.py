"""Make names.npz: weights of small nets under Keras' and PyTorch's names, an input of each, and what it gives.

    pip install keras torch
    KERAS_BACKEND=torch python tests/data/make_names.py

Made with Keras 3.15.1 and torch 2.13.0.
"""

from pathlib import Path

import keras
import numpy as np
import torch
from keras import layers as kl
from torch import nn

rng = np.random.default_rng(0)
found: dict[str, np.ndarray] = {}

model = keras.Sequential(
    [
        keras.Input((6, 6, 2)), kl.Conv2D(4, 3, padding="same"), kl.PReLU(shared_axes=[1, 2]),
        kl.DepthwiseConv2D(3, depth_multiplier=2), kl.BatchNormalization(), kl.SeparableConv2D(3, 2),
        kl.Conv2DTranspose(2, 3, strides=2), kl.LayerNormalization(), kl.Flatten(), kl.Dense(5), kl.PReLU(),
    ]
)  # fmt: skip
for weight in model.weights:
    weight.assign(rng.uniform(0.1, 1, weight.shape).astype(np.float32))
x = rng.normal(size=(2, 6, 6, 2)).astype(np.float32)
found |= {f"keras/w/{w.path}": keras.ops.convert_to_numpy(w) for w in model.weights}
found |= {"keras/x": x, "keras/y": keras.ops.convert_to_numpy(model(x, training=False))}


class Sorted(nn.Module):
    """A net whose parts come in another order by their names: the classifier before the features."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3, groups=2),
            nn.PReLU(6), nn.Conv2d(6, 12, 2, groups=6, padding=1), nn.ConvTranspose2d(12, 3, 2, stride=2),
        )  # fmt: skip
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(48, 5), nn.LayerNorm(5), nn.Linear(5, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.features(x))


net = Sorted().eval()
with torch.no_grad():
    for value in net.state_dict().values():
        if value.dtype == torch.float32:
            value.copy_(torch.from_numpy(rng.uniform(0.1, 1, value.shape).astype(np.float32)))
    x = rng.normal(size=(2, 2, 6, 6)).astype(np.float32)
    found |= {"torch/x": x, "torch/y": net(torch.from_numpy(x)).numpy()}
found |= {f"torch/w/{name}": value.numpy() for name, value in net.state_dict().items()}
np.savez_compressed(Path(__file__).with_name("names.npz"), **found)
