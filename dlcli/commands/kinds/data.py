"""Sets of data as inputs of a command: pictures or rows of numbers, most often with labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block, Reading
from dlcli.tensor import Attr, Tensor
from dlcli.wire.datasets.words import BUILT_IN, is_data
from dlcli.wire.stream import Limits

if TYPE_CHECKING:
    from dlcli.wire.datasets.dataset import DataSet


@dataclass(frozen=True)
class Data:
    """A set of data that was named on a command line."""

    set: DataSet
    attrs: Mapping[str, Attr]

    @property
    def name(self) -> str:
        """What file names call it."""
        return "pictures" if len(self.set.shape) == 3 else "rows"


def data_sets(
    word: str, environment: Environment, limits: Limits, block: Block | None = None
) -> Iterator[Data]:
    """The set of one word."""
    from dlcli.wire.datasets.read import open_data

    found = open_data(word, limits=limits, say=environment.say, stdin=environment.stdin)
    yield Data(found, {"source": word, **found.origin})


#: What learns reads sets.
DATA = Reading(
    data_sets,
    "a set of data such as sample:digits, shapes:2000 or a folder with one folder for each class",
    names=lambda: BUILT_IN,
    metavar="DATA",
)


def or_data(reading: Reading, typed: str = "") -> Reading:
    """A reading that takes a word for the set of data that it names, and every other word as before.

    ``typed`` is what can be typed now. Nothing of a set is loaded for a word that names none.
    """

    def items(
        word: str, environment: Environment, limits: Limits, block: Block | None = None
    ) -> Iterator[Tensor | Data]:
        read = data_sets if is_data(word) else reading.items
        yield from read(word, environment, limits, block)

    return replace(reading, items=items, typed=typed or reading.typed, names=lambda: BUILT_IN)
