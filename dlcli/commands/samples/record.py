"""One sample that ``dlcli samples`` shows."""

from __future__ import annotations

from dataclasses import dataclass

from dlcli.tensor import Tensor
from dlcli.wire.samples import Entry


@dataclass(frozen=True)
class Work:
    """One sample: its name, what its page says, its tensors, and for a world the text that describes it.

    Most samples are one tensor; a file of weights is several. Of a set of data the tensor holds the pictures
    that are not held out, each labelled by its class.
    """

    name: str
    entry: Entry
    outputs: tuple[Tensor, ...]
    text: str | None = None

    @property
    def output(self) -> Tensor:
        """The first of its tensors."""
        return self.outputs[0]
