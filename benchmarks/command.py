"""The whole command: ``dlcli conv`` on a 12-megapixel PNG, beside a script that does only the work."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import numpy as np

from benchmarks.contest import Contest, Work

BARE = """
import sys
import cv2, numpy
from PIL import Image
cv2.setNumThreads(1)
picture = numpy.asarray(Image.open(sys.argv[1])).astype(numpy.float32)
kernel = numpy.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]], numpy.float32)
numpy.save(sys.argv[2], cv2.filter2D(picture, cv2.CV_32F, kernel)[1:-1, 1:-1])
"""


def contests(*, quick: bool) -> list[Contest]:
    """A gray picture, and one in colour filtered channel by channel."""
    height, width = (300, 400) if quick else (3000, 4000)
    return [
        Contest(
            f"conv {width}x{height} {kind} PNG to .npy",
            ["dlcli", "bare script"],
            {"height": height, "width": width, "channels": channels},
            {"bare script": 1.25},
            same=False,
            rounds=9,
        )
        for kind, channels in (("gray", 1), ("RGB", 3))
    ]


def photo(folder: Path, height: int, width: int, channels: int) -> Path:
    """A picture that compresses like a photo: smooth shapes and some noise."""
    from PIL import Image

    rng = np.random.default_rng(1)
    coarse = rng.random((height // 40 + 2, width // 40 + 2, channels)) * 255
    layers = []
    for c in range(channels):
        shapes = Image.fromarray(coarse[..., c].astype(np.uint8))
        layers.append(np.asarray(shapes.resize((width, height), Image.Resampling.BICUBIC)))
    smooth = np.stack(layers, axis=-1) + rng.integers(-4, 5, (height, width, channels))
    file = folder / "photo.png"
    pixels = smooth.clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(file, compress_level=6)
    return file


def process(argv: list[str]) -> Work:
    """A command line as a piece of work."""

    def work() -> None:
        ended = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, env=installed())
        if ended.returncode:
            raise RuntimeError(ended.stderr.decode())

    return work


def installed() -> dict[str, str]:
    """The environment of a command: all modules compiled, as installers leave them, by the first run."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": bytecode().name}


@cache
def bytecode() -> TemporaryDirectory[str]:
    """Where compiled modules lie as long as this process lives."""
    return TemporaryDirectory()


def ours(height: int, width: int, channels: int) -> Work:
    """The installed command."""
    folder = Path(mkdtemp())
    file = photo(folder, height, width, channels)
    argv = [dlcli(), "conv", str(file), "--kernel", "1 2 1; 0 0 0; -1 -2 -1", "-o", str(folder / "out.npy")]
    return process([*argv, "--channels", "keep"] if channels == 3 else argv)


def bare(height: int, width: int, channels: int) -> Work:
    """Decode, filter2D, save."""
    import cv2

    assert cv2.__version__
    folder = Path(mkdtemp())
    file = photo(folder, height, width, channels)
    return process([sys.executable, "-c", BARE, str(file), str(folder / "out.npy")])


def dlcli() -> str:
    """The executable beside this interpreter."""
    return str(Path(sys.executable).parent / "dlcli")


CONTENDERS = {"dlcli": ours, "bare script": bare}
