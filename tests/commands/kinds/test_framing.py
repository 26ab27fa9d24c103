"""Lengths of sound as they are typed."""

from __future__ import annotations

from typing import Any

import click
import pytest

from dlcli.commands.kinds.sounds.framing import Length
from dlcli.errors import WrongUsage


@pytest.mark.parametrize(
    ("typed", "rate", "samples"),
    [("512", None, 512), ("512", 8000, 512), ("11.6ms", 44100, 512), ("11ms", 16000, 176), (".5s", 8000, 4000),
     ("0.01MS", 8000, 1), (" 2 s ", 10, 20)],
)  # fmt: skip
def test_samples(typed: str, rate: Any, samples: int) -> None:
    assert Length().convert(typed, None, None).samples(rate) == samples


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "x", "", "0ms", "1e3", "5 min", "ms"])
def test_what_is_no_length(typed: str) -> None:
    with pytest.raises(click.BadParameter, match="is no length of sound above 0"):
        Length().convert(typed, None, None)


def test_a_time_needs_a_rate() -> None:
    with pytest.raises(
        WrongUsage, match="11ms needs a sample rate: give --sample-rate, or a number of samples"
    ):
        Length().convert("11ms", None, None).samples(None)
