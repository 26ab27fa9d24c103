"""One look at a tensor by ``dlcli show``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dlcli.engines.tensors.summary import Summary, summary
from dlcli.tensor import Tensor
from dlcli.words.line import Line


@dataclass(frozen=True)
class Work:
    """A tensor and how it is drawn; the facts are counted when somebody reads them."""

    input: Tensor
    view: str
    line: Line

    @cached_property
    def facts(self) -> Summary:
        """What its numbers are like."""
        return summary(self.input.data)
