"""Make torch_onnx.npz: small nets of PyTorch as its two exporters write them, an input of each, and what it gives.

    pip install torch onnx onnxscript
    python tests/data/make_torch_onnx.py

Made with torch 2.13.0, onnx 1.23.2 and onnxscript 0.7.2.
"""

import io
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn

warnings.filterwarnings("ignore")
torch.manual_seed(0)


class Residual(nn.Module):
    """Two convolutions with what comes in added, the mean of each channel, and a view."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv1 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.bn1(self.stem(x)))
        x = torch.relu(self.bn2(self.conv1(x)) + x)
        return self.fc(x.mean((2, 3)))


class Views(nn.Module):
    """A classifier that flattens by ``view`` and the length of the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(2, 3, 3)
        self.fc1 = nn.Linear(27, 6)
        self.fc2 = nn.Linear(6, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = x.view(x.size(0), -1)
        return torch.softmax(self.fc2(torch.tanh(self.fc1(x))), 1)


NETS = {
    "classifier": (
        nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1),
            nn.Conv2d(4, 6, 3, groups=2, dilation=2), nn.GELU(), nn.Dropout(0.3), nn.Flatten(),
            nn.Linear(24, 7), nn.SiLU(), nn.LayerNorm(7), nn.Linear(7, 3),
        ),
        (3, 11, 11),
    ),
    "decoder": (
        nn.Sequential(
            nn.Linear(5, 2 * 3 * 3), nn.PReLU(), nn.Unflatten(1, (2, 3, 3)),
            nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1), nn.LeakyReLU(0.2),
            nn.Upsample(scale_factor=2), nn.Conv2d(4, 1, 3, padding=1), nn.Sigmoid(),
        ),
        (5,),
    ),
    "depthwise": (
        nn.Sequential(
            nn.Conv2d(3, 6, 3, groups=3, padding=1), nn.ELU(), nn.AvgPool2d(2), nn.Softplus(), nn.Tanh(),
            nn.ZeroPad2d((1, 0, 2, 1)), nn.Conv2d(6, 4, 2, stride=2), nn.PReLU(4),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2, bias=False),
        ),
        (3, 8, 8),
    ),
    "residual": (Residual(), (3, 8, 8)),
    "views": (Views(), (2, 8, 8)),
    "ceiling": (
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2, ceil_mode=True), nn.Flatten(), nn.Linear(18, 2)),
        (1, 7, 7),
    ),
}  # fmt: skip


def exported(net: nn.Module, x: torch.Tensor, dynamo: bool) -> bytes:
    """The bytes of the file that an exporter writes, the batch open."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        if dynamo:
            batch = torch.export.Dim("batch")
            program = torch.onnx.export(net, (x,), dynamo=True, dynamic_shapes=({0: batch},), verbose=False)
            program.save(path, external_data=False)
        else:
            torch.onnx.export(
                net, (x,), path, dynamo=False, dynamic_axes={"input": {0: "batch"}}, input_names=["input"]
            )
        return path.read_bytes()


def stripped(model: bytes) -> bytes:
    """The same without what the exporter notes of the source lines it comes from."""
    import onnx

    told = onnx.load_from_string(model)
    for node in told.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del told.graph.value_info[:]
    del told.metadata_props[:]
    del told.graph.metadata_props[:]
    return told.SerializeToString()


arrays: dict[str, np.ndarray] = {}
for name, (net, shape) in NETS.items():
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.uniform_(module.bias)
        if isinstance(module, nn.LayerNorm):
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.uniform_(module.bias)
        if isinstance(module, nn.PReLU):
            nn.init.uniform_(module.weight)
    net.eval()
    x = torch.randn(2, *shape)
    with torch.no_grad():
        arrays |= {f"{name}/x": x.numpy(), f"{name}/y": net(x).numpy()}
    for way, dynamo in (("dynamo", True), ("torchscript", False)):
        arrays[f"{name}/{way}"] = np.frombuffer(stripped(exported(net, x, dynamo)), np.uint8)

buffer = io.BytesIO()
np.savez_compressed(buffer, **arrays)
Path(__file__).with_name("torch_onnx.npz").write_bytes(buffer.getvalue())
