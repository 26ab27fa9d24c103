"""What a sliding window does to labels that are numbers: mels keep their hertz in conv and pool."""

from __future__ import annotations

from typing import Any

import pytest

from dlcli.commands.kinds.pictures.sliding import slid
from dlcli.engines.base.padding import geometry
from dlcli.tensor import Axis

MELS = Axis("mel", ("80 Hz", "120 Hz", "240 Hz", "400 Hz", "655 Hz"))


@pytest.mark.parametrize(
    ("size", "options", "expected"),
    [
        (3, {}, ("120 Hz", "240 Hz", "400 Hz")),
        (2, {}, ("100 Hz", "180 Hz", "320 Hz", "527.5 Hz")),
        (2, {"stride": 2}, ("100 Hz", "320 Hz")),
        (2, {"dilation": 2}, ("120 Hz", "240 Hz", "400 Hz")),
        (3, {"stride": 2, "padding": 1}, ("80 Hz", "240 Hz", "655 Hz")),
        (3, {"padding": "same"}, MELS.labels),
        (3, {"padding": "full"}, None),
    ],
)
def test_each_place_has_the_hertz_of_the_centre_of_its_window(
    size: int, options: dict[str, Any], expected: tuple[str, ...] | None
) -> None:
    assert slid(MELS, geometry((5, 5), (size, size), **options), 0).labels == expected


def test_other_labels_go() -> None:
    assert slid(Axis("token", tuple("abcde")), geometry((5, 5), (3, 3)), 0) == Axis("token")
    assert slid(Axis("mel", tuple("abcde")), geometry((5, 5), (3, 3)), 0) == Axis("mel")


@pytest.mark.parametrize(
    "words", [("conv", "-k", "box:3"), ("pool",), ("conv", "-k", "box:2", "--stride", "2")]
)
def test_mels_are_still_drawn_in_hertz(words: tuple[str, ...], cli: Any) -> None:
    mels = cli("stft", "sample:tones", "--emit", "mel", "--mels", "40").tensor
    told = cli(*words, "-f", "plain", stdin=mels).out.rpartition("mel (Hz)\n")[2]
    for tick in ("5000┤", "2000┤", "1000┤", "500┤", "200┤"):
        assert f" {tick}" in told
