"""The files that a recurrent net is written to: options that several commands share."""

from __future__ import annotations

from dataclasses import dataclass

import click

from dlcli.engines.recurrent.layouts.read import LAYOUTS
from dlcli.runner.kinds import Word
from dlcli.runner.option import option


@dataclass(frozen=True)
class NetFiles:
    """Where the weights of a net are saved, and by whose names; the heading is that of the option before."""

    save_weights: str | None = option(
        "--save-weights", Word("FILE"), under="", help="Write the weights, as .npz or .safetensors."
    )
    layout: str = option(
        "--layout",
        click.Choice(tuple(LAYOUTS)),
        "keras",
        under="",
        needs="--save-weights",
        help="Whose names and order --save-weights gives them.",
    )
