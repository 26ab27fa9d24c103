"""The options of ``dlcli istft``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import click

from dlcli.commands.kinds.sounds.framing import SAMPLE_RATE, Duration, Length, WindowWord, frame_option
from dlcli.engines.spectral.conventions import CONVENTIONS
from dlcli.engines.spectral.istft import UNCOVERED
from dlcli.runner.kinds import Real, Whole
from dlcli.runner.option import option

#: Options by their heading.
search_option = partial(option, under="Griffin-Lim")


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli istft``."""

    frame: Duration | None = frame_option(
        "--frame",
        Length(),
        help="How long a frame is. [default: what the spectrum says]",
    )
    hop: Duration | None = frame_option(
        "--hop", Length(), help="From frame to frame. [default: what the spectrum says]"
    )
    window: str | None = frame_option(
        "--window",
        WindowWord(),
        help="The window of the frames. [default: what the spectrum says]",
    )
    n_fft: int | None = frame_option(
        "--n-fft",
        Whole(),
        help="Samples of the transform. [default: likewise]",
    )
    center: bool | None = frame_option(
        "--center/--no-center", help="Whether frames are centred. [default: likewise]"
    )
    convention: str | None = frame_option(
        "--convention",
        click.Choice(tuple(CONVENTIONS)),
        help="Whose spectrum it is, where the spectrum itself does not say. [default: librosa]",
    )
    sample_rate: float | None = frame_option(
        "--sample-rate",
        SAMPLE_RATE,
        help="Samples a second. [default: what the spectrum says]",
    )
    length: Duration | None = frame_option(
        "--length",
        Length(),
        help="Length of the sound. [default: that of the sound it came from where frames reach its end, "
        "else up to the middle of the last one]",
    )
    uncovered: str = frame_option(
        "--uncovered",
        click.Choice(UNCOVERED),
        "refuse",
        help="What to do about samples that no window has seen; zero makes them silent.",
    )
    stream: bool = frame_option(
        "--stream",
        excludes=("--length", "--explain"),
        help="Of a spectrum in blocks send each piece of the sound as soon as it is complete, as many "
        "tensors one after the other, in place of the whole at the end.",
    )
    iterations: int = search_option(
        "--iterations",
        Whole(),
        32,
        help="Steps in search of a phase, where the spectrum has none.",
    )
    momentum: float = search_option(
        "--momentum",
        Real("M", least=0, most=0.999),
        0.99,
        help="How far they go on.",
    )
