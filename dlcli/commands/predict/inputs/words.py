"""Words as the net numbers them: those of a sentence, and those of a set with a vocabulary of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.commands.predict.model import Model
from dlcli.engines.base.checks import Array
from dlcli.errors import DlcliError, printable
from dlcli.nets.translation import read_steps
from dlcli.runner.result import Run
from dlcli.tensor import Tensor
from dlcli.wire.datasets.dataset import PADDING, UNKNOWN, DataSet
from dlcli.wire.datasets.vocabularies import NO_WORDS, in_vocabulary, of_length
from dlcli.words.near import did_you_mean, some

#: Unknown words that are named.
NAMED = 5


def is_sentence(x: Tensor) -> bool:
    """Whether a tensor is a sentence as ``dlcli.wire.typed.sentence`` makes them."""
    return x.axis_names == ("token",) and x.axes[0].labels is not None and x.data.dtype.kind in "iu"


def known_words(words: Sequence[str], model: Model, run: Run) -> tuple[tuple[str, ...], Array]:
    """The words of a sentence that count for a net, and their numbers (time,).

    Capitals do not count where the vocabulary has small letters alone. A word that it does not have is its
    unknown word; where there is none, signs are passed over. Both get a line on standard error. Raises
    ``DlcliError`` for a word without any, with the nearest one, and for a sentence without a word.
    """
    numbers = {word: place for place, word in enumerate(model.vocabulary)}
    small = all(word == word.lower() for word in numbers if word not in NO_WORDS)
    found = [word.lower() if small and word not in numbers else word for word in words]
    where, signs = printable(model.word), []
    if UNKNOWN not in numbers:
        signs = [word for word in found if word not in numbers and not any(map(str.isalnum, word))]
        found = [word for word in found if word not in signs]
    missing = list(dict.fromkeys(word for word in found if word not in numbers))
    if missing and UNKNOWN not in numbers:
        others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        kept = [word for word in numbers if word not in NO_WORDS]
        hint = did_you_mean(missing[0], kept, f"it knows {some(kept)}")
        raise DlcliError(
            printable(f"{where} has not learnt {missing[0]!r}{others}: it knows {len(kept)} words; {hint}")
        )
    if not found:
        raise DlcliError(f"there is no word in it; {where} reads words")
    if signs and signs != list(words[-1:]):  # a sentence has one at its end
        shown = some([printable(repr(word)) for word in dict.fromkeys(signs)], NAMED)
        run.warn(f"{where} knows no {shown}: passed over")
    if missing:
        shown = some([printable(repr(word)) for word in missing], NAMED)
        run.warn(f"{where} has not learnt {shown}: read as its unknown word, {UNKNOWN}")
    unknown = numbers.get(UNKNOWN, 0)
    return tuple(found), np.array([numbers.get(word, unknown) for word in found], np.int32)


def renumbered(data: DataSet, model: Model, run: Run) -> DataSet:
    """A set of words in the numbers of a net's vocabulary, and as long as it takes; as it is without one.

    Raises ``DlcliError`` for words that the net has not learnt, where it has no unknown word.
    """
    ours = model.vocabulary
    if not ours or not data.vocabulary or data.in_time:
        return data
    hint = f"; ask it about {printable(str(model.data.get('name', 'what it learnt from')))}"
    found = in_vocabulary(data, ours, printable(model.word), run.warn, hint)
    source = read_steps(model.spec)
    if ours[0] != PADDING or bool(source) != bool(data.source):
        return found
    if model.net.any_length and data.shape[0] > model.spec.input[0]:
        return found
    return of_length(found, model.spec.input[0], source, run.warn)
