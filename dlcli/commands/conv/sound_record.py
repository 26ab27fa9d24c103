"""One run of ``dlcli conv`` on one sound: what went in, the weights, what came out."""

from __future__ import annotations

from dataclasses import dataclass

from dlcli.commands.kinds.sounds.sound import Sound
from dlcli.engines.base.checks import Array
from dlcli.engines.base.padding import Geometry
from dlcli.tensor import Tensor
from dlcli.words.line import Line


@dataclass(frozen=True, eq=False)
class SoundWork:
    """A sound and what filters made of it.

    ``names`` and ``weights`` (taps, filter) are those of the filters, the weights in the order of time, as
    they were used; ``summaries`` say what those with a name do. ``seen`` is the input as (time, channel, 1),
    with ``tail`` samples in front that came with the block before. ``rate`` is that of the output.
    """

    input: Tensor
    output: Tensor
    sound: Sound
    names: tuple[str, ...]
    summaries: tuple[str, ...]
    weights: Array
    bias: Array
    geometry: Geometry
    padding: str
    activation: str
    flip: bool
    seen: Array
    tail: int
    rate: float | None
    method: str
    line: Line

    @property
    def channels(self) -> int:
        """Channels of the input."""
        return int(self.seen.shape[1])

    def lane(self, cell: tuple[int, ...]) -> tuple[int, int]:
        """The channel of the input and the filter that a cell of the output comes of."""
        place = cell[1] if len(cell) > 1 else 0
        return divmod(place, self.weights.shape[1])
