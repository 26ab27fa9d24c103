"""What ``dlcli predict`` asks a net about: pictures and other tensors, and sets of data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dlcli.runner.environment import Environment
from dlcli.runner.inputs import TENSORS, Block, tensors
from dlcli.tensor import Attr, Tensor
from dlcli.wire.datasets.words import ALL_DIGITS, SMALL_DIGITS, is_data
from dlcli.wire.stream import Limits

if TYPE_CHECKING:
    from dlcli.wire.datasets.dataset import DataSet


@dataclass(frozen=True)
class Data:
    """A set of data as an input of a command."""

    data: DataSet
    attrs: Mapping[str, Attr] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What file names call it."""
        return "pictures" if len(self.data.shape) == 3 else "rows"


def tensors_or_data(
    word: str, environment: Environment, limits: Limits, block: Block | None = None
) -> Iterator[Tensor | Data]:
    """The set that a word names, or the tensors that it is."""
    if not is_data(word):
        yield from tensors(word, environment, limits, block)
        return
    from dlcli.wire.datasets.read import open_data

    def say(text: str) -> None:
        environment.say(f"dlcli: {text}")

    yield Data(open_data(word, limits=limits, say=say), {"source": word})


#: A file, standard input, a sample, a matrix, or a set of data.
READING = replace(
    TENSORS,
    items=tensors_or_data,
    typed="a picture, sample:digits or another set of data",
    names=lambda: (ALL_DIGITS, SMALL_DIGITS, "shapes:1000"),
)
