"""A series that a net goes on with."""

from __future__ import annotations

from dataclasses import dataclass

from dlcli.commands.kinds.nets.forecast import Forecast
from dlcli.commands.predict.model import Model
from dlcli.tensor import Attr, Tensor
from dlcli.words.line import Line


@dataclass(frozen=True)
class Going:
    """How a series goes on: ``input`` is all that is known of it."""

    model: Model
    input: Tensor
    forecast: Forecast
    line: Line

    @property
    def attrs(self) -> dict[str, Attr]:
        """Where the series is from."""
        return dict(self.input.attrs)
