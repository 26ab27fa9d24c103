"""What ``dlcli show`` reads beside tensors and sentences: sets of data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dlcli.errors import printable
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import SENTENCES, Block, tensors_or_sentences
from dlcli.tensor import Attr, Tensor
from dlcli.wire.datasets.words import ALL_DIGITS, SMALL_DIGITS, form_of, is_data
from dlcli.wire.stream import Limits

if TYPE_CHECKING:
    from dlcli.wire.datasets.dataset import DataSet

#: Forms of files that can be shown as tensors, too.
BOTH = ("npz", "npy", "table")


@dataclass(frozen=True)
class Data:
    """A set of data as an input of a command."""

    data: DataSet
    attrs: Mapping[str, Attr] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What file names call it."""
        return "pictures" if len(self.data.shape) == 3 else "rows"


def tensors_sentences_or_data(
    word: str, environment: Environment, limits: Limits, block: Block | None = None
) -> Iterator[Tensor | Data]:
    """The set that a word names, or the tensors or the sentence that it is."""
    if not is_data(word):
        yield from tensors_or_sentences(word, environment, limits, block)
        return
    from dlcli.wire.datasets.read import open_data

    def say(text: str) -> None:
        environment.say(f"dlcli: {text}")

    found = open_data(word, limits=limits, say=say)
    if form_of(word)[0] in BOTH and not word.startswith("sample:") and word != SMALL_DIGITS:
        name = printable(word)
        say(f"{name} is shown as a set of data; its numbers as they are: dlcli show - < {name}")
    yield Data(found, {"source": word})


#: A file, standard input, a sample, a matrix, a sentence, or a set of data.
READING = replace(
    SENTENCES,
    items=tensors_sentences_or_data,
    names=lambda: (ALL_DIGITS, SMALL_DIGITS, "shapes:1000"),
)
