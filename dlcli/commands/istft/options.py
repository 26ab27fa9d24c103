"""The options of ``dlcli istft``."""

from __future__ import annotations

from dataclasses import dataclass

import click

from dlcli.commands.kinds.framing import SAMPLE_RATE, Duration, Length, WindowWord
from dlcli.engines.spectral.conventions import CONVENTIONS
from dlcli.engines.spectral.istft import UNCOVERED
from dlcli.runner.kinds import Real
from dlcli.runner.option import option


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli istft``."""

    frame: Duration | None = option(
        "--frame",
        Length(),
        under="Frames",
        help="How long a frame is. [default: what the spectrum says]",
    )
    hop: Duration | None = option(
        "--hop", Length(), under="Frames", help="From frame to frame. [default: what the spectrum says]"
    )
    window: str | None = option(
        "--window",
        WindowWord(),
        under="Frames",
        help="The window of the frames. [default: what the spectrum says]",
    )
    n_fft: int | None = option(
        "--n-fft",
        click.IntRange(min=1),
        under="Frames",
        metavar="N",
        help="Samples of the transform. [default: likewise]",
    )
    center: bool | None = option(
        "--center/--no-center", under="Frames", help="Whether frames are centred. [default: likewise]"
    )
    convention: str | None = option(
        "--convention",
        click.Choice(tuple(CONVENTIONS)),
        under="Frames",
        help="Whose spectrum it is, where the spectrum itself does not say. [default: librosa]",
    )
    sample_rate: float | None = option(
        "--sample-rate",
        SAMPLE_RATE,
        under="Frames",
        help="Samples a second. [default: what the spectrum says]",
    )
    length: Duration | None = option(
        "--length",
        Length(),
        under="Frames",
        help="Length of the sound. [default: that of the sound it came from]",
    )
    uncovered: str = option(
        "--uncovered",
        click.Choice(UNCOVERED),
        "refuse",
        under="Frames",
        help="What to do about samples that no window has seen.",
    )
    iterations: int = option(
        "--iterations",
        click.IntRange(min=1),
        32,
        under="Griffin-Lim",
        metavar="N",
        help="Steps in search of a phase, where the spectrum has none.",
    )
    momentum: float = option(
        "--momentum",
        Real("M", least=0, most=0.999),
        0.99,
        under="Griffin-Lim",
        help="How far they go on.",
    )
