"""Steps of training beside PyTorch's in its two layouts, and ``dlcli train`` beside the loop it holds."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.command import dlcli, process
from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, Any]

#: name -> (model, pictures in a batch, goal, steps between two looks at the clock)
NETS = {
    "CNN of notes 2.13": ("cnn", 64, 0.9, 4),
    "CNN for digits": ("small-cnn", 50, 0.9, 20),
    "dense denoiser": ("autoencoder", 64, 0.8, 20),
}

#: What the loop and the whole command do.
EPOCHS, PICTURES = 10, 1000


def contests(*, quick: bool) -> list[Contest]:
    """A step of each net, an epoch of the CNN by it, and the whole command."""
    found = []
    for name, (model, batch, goal, steps) in NETS.items():
        options = {"model": model, "batch": 4 if quick else batch, "steps": 1 if quick else steps}
        goals = {"torch NHWC": goal, "torch NCHW": goal}
        if model == "autoencoder":
            goals = {"torch": goal}
        found.append(
            Contest(
                f"{name}, {options['steps']} steps", ["dlcli", *goals], options, goals,
                memory_goal=30 << 20, rounds=31,
                more={"an epoch of 50,000 pictures": -(-50000 // batch) / steps} if model == "cnn" else {},
            )
        )  # fmt: skip
    whole = {"epochs": 1 if quick else EPOCHS, "pictures": 40 if quick else PICTURES}
    goals = {"bare loop": 1.1}
    return [*found, Contest("dlcli train cnn", ["command", *goals], whole, goals, same=False, rounds=5)]


def data(model: str, batch: int) -> tuple[Array, Array]:
    """Pictures (batch, height, width, channel) and classes; for the denoiser noisy and clean pictures."""
    rng = np.random.default_rng(1)
    edge, depth = (32, 3) if model == "cnn" else (28, 1)
    x = rng.random((batch, edge, edge, depth), np.float32)
    if model == "autoencoder":
        return np.clip(x + 0.5 * rng.standard_normal(x.shape, np.float32), 0, 1), x
    return x, rng.integers(0, 10, batch)


def net_of(model: str) -> Any:
    """dlcli's net; the noise of the denoiser is in the data."""
    from dlcli.nets import Net, builtin, model_spec

    told = builtin(model).as_mapping()
    told["layer"] = [one for one in told["layer"] if one["kind"] != "noise"]
    return Net(model_spec(told)).draw(0)


def ours(model: str, batch: int, steps: int) -> Work:
    """dlcli's steps of Adam; returns their losses."""
    from dlcli.nets import Optimiser, Rule

    net = net_of(model)
    optimiser = Optimiser(Rule(), net.trained, net.dtype)
    inputs, target = data(model, batch)
    if target.ndim == 4:
        target = np.ascontiguousarray(target.transpose(3, 1, 2, 0))

    def step() -> float:
        loss, slope, _ = net.loss_of(net.batch(inputs), target)
        net.backward(slope)
        optimiser.step(net.flat, net.gradient, 1e-3)
        return loss

    return lambda: np.array([step() for _ in range(steps)])


def torch_last(model: str, batch: int, steps: int) -> Work:
    """PyTorch's steps, pictures with channels last."""
    import torch

    return torch_steps(model, batch, steps, torch.channels_last)


def torch_first(model: str, batch: int, steps: int) -> Work:
    """PyTorch's steps in its usual layout."""
    import torch

    return torch_steps(model, batch, steps, torch.contiguous_format)


def torch_steps(model: str, batch: int, steps: int, layout: Any) -> Work:
    """The same net with the same weights in PyTorch."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    net = net_of(model)
    parts: list[nn.Module] = []
    values: list[Array] = []
    for layer in net.spec.layers:
        kind, before = layer.kind, layer.input
        values += net.values[layer.name].values()
        match kind.kind:
            case "conv":
                parts.append(nn.Conv2d(before[-1], kind.filters, kind.kernel_size))
            case "maxpool":
                parts.append(nn.MaxPool2d(2))
            case "flatten":
                parts.append(nn.Flatten())
                cells = np.arange(layer.output[0]).reshape(before).transpose(2, 0, 1).ravel()
            case "dense":
                parts.append(nn.Linear(before[0], kind.units))
                if before == cells.shape:  # PyTorch flattens channel by channel
                    values[-2] = values[-2][:, cells]
        if getattr(kind, "activation", None) == "relu":
            parts.append(nn.ReLU())
    module = nn.Sequential(*parts)
    with torch.no_grad():
        for parameter, array in zip(module.parameters(), values, strict=True):
            parameter.copy_(torch.from_numpy(array))
    module = module.to(memory_format=layout)
    del net, values
    optimiser = torch.optim.Adam(module.parameters(), lr=1e-3, eps=1e-7)
    inputs, wanted = data(model, batch)
    x = torch.from_numpy(inputs).permute(0, 3, 1, 2).contiguous(memory_format=layout)
    target = torch.from_numpy(wanted.reshape(batch, -1) if wanted.ndim == 4 else wanted)
    loss_of = nn.functional.cross_entropy
    if wanted.ndim == 4:
        loss_of = nn.functional.binary_cross_entropy_with_logits

    def step() -> float:
        optimiser.zero_grad()
        loss = loss_of(module(x), target)
        loss.backward()
        optimiser.step()
        return loss.item()

    return lambda: np.array([step() for _ in range(steps)])


def loop(epochs: int, pictures: int) -> Work:
    """Every step of a training, and what is held out after each epoch; nothing is read, kept or told."""
    from dlcli.nets import Examples, Net, Settings, Training, builtin
    from dlcli.wire.datasets.read import open_data
    from dlcli.wire.stream import Limits

    learnt = open_data(f"shapes:{pictures}", limits=Limits(), say=lambda _: None)
    assert learnt.held_out is not None
    parts = [Examples(len(one), one.take, one.labels) for one in (learnt, learnt.held_out)]

    def work() -> None:
        training = Training(Net(builtin("cnn")).draw(0), parts[0], parts[1], Settings(epochs=epochs))
        for _ in training.epochs():
            pass

    return work


def command(epochs: int, pictures: int) -> Work:
    """The whole command, which also starts, keeps the net after each epoch, and ends."""
    folder = TemporaryDirectory()
    line = [
        "train",
        "cnn",
        f"shapes:{pictures}",
        "--epochs",
        str(epochs),
        "-o",
        f"{folder.name}/net.safetensors",
    ]
    work = process([dlcli(), *line, "-f", "csv"])

    def in_folder(folder: TemporaryDirectory[str] = folder) -> None:
        work()

    return in_folder


CONTENDERS = {
    "dlcli": ours,
    "torch": torch_first,
    "torch NHWC": torch_last,
    "torch NCHW": torch_first,
    "bare loop": loop,
    "command": command,
}
