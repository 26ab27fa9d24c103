"""A tensor as a sequence: steps, each of so many features."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Items
from dataclasses import dataclass, replace

import numpy as np

from dlcli.engines.base.checks import compute_dtype
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.tensor import Array, Axis, Tensor
from dlcli.words.axes import SEVERAL as COUNTED
from dlcli.words.axes import by_role, reordered
from dlcli.words.near import did_you_mean

#: Axes that say what each step holds: when they come first, steps are along the other one.
FEATURES = ("frequency", "mel", "feature", "channel", "unit")

#: Axes along which time passes: the steps, unless another of them comes first.
STEPS = ("time", "frame", "token", "step", "query", "key")

#: Axes of several sequences at once, by what counts them; the channels of a sound are sequences, too.
SEVERAL = (
    (tuple(name for name in COUNTED if name != "channel"), STEPS, FEATURES),
    (("channel",), STEPS, tuple(name for name in FEATURES if name != "channel")),
)


@dataclass(frozen=True, eq=False)
class Sequence:
    """Steps (time, feature), what each step and each feature is, and how the tensor became that.

    ``words`` is the vocabulary when the steps are words: each step then has a single 1, at its word.
    ``standardized`` says whether each feature has mean 0 and deviation 1.
    """

    data: Array
    time: Axis
    feature: Axis
    words: tuple[str, ...] | None
    how: str = ""
    standardized: bool = False

    @property
    def can_standardize(self) -> bool:
        """Whether it is numbers as they came, whose size could be taken off."""
        return self.words is None and not self.standardized

    @property
    def ids(self) -> Array:
        """The place of each step's word in the vocabulary."""
        return np.asarray(self.data.argmax(axis=1))


def steps_first(tensor: Tensor) -> Tensor:
    """The tensor as (step, feature), or (head, step, feature), as far as the names of its axes tell.

    >>> spectrum = Tensor([[1, 2, 3]], (Axis("frequency"), Axis("frame")))
    >>> steps_first(spectrum).axis_names, steps_first(Tensor([[1, 2, 3]])).axis_names
    (('frame', 'frequency'), ('row', 'column'))
    """
    rank = tensor.data.ndim
    if rank == 3:
        for roles in SEVERAL:
            tensor = by_role(tensor, *roles)
    if rank not in (2, 3):
        return tensor
    *_, first, last = tensor.axis_names
    turned = (first in FEATURES and last not in FEATURES) or (last in STEPS and first not in STEPS)
    return reordered(tensor, (*range(rank - 2), rank - 1, rank - 2)) if turned else tensor


def sequence_of(tensor: Tensor, vocabulary: Items[str] = (), *, standardize: bool = False) -> Sequence:
    """A tensor as a sequence: a sentence word by word, a vector number by number, a matrix row by row.

    A matrix of one row, as a literal gives, is a vector; of a spectrum (frequency, frame) the frames are the
    steps, and complex numbers become their sizes. ``vocabulary`` says which words there are, in the order of
    their features; else they are those of the sentence, in its order.

    >>> sequence_of(Tensor([[1, 2, 3]])).data.shape, sequence_of(Tensor([[1], [2]])).data.shape
    ((3, 1), (2, 1))

    Raises ``DlcliError`` for what has other axes, for an empty sequence, for a word that is not in the
    vocabulary, and for numbers that are not finite.
    """
    if tensor.axis_names[:1] == ("token",) and tensor.data.ndim == 1:
        return _of_words(tensor, vocabulary)
    turned = steps_first(tensor) if tensor.data.ndim == 2 else tensor
    data, axes, how = turned.data, list(turned.axes), ""
    if turned is not tensor:
        how = f"its {axes[0].name}s are the steps"
    elif data.ndim == 2 and len(data) == 1 and axes[0].name == "row":
        data, axes = data[0], axes[1:]
    if data.ndim == 1:
        data, axes = data[:, None], [*axes, Axis("feature")]
    if data.ndim != 2:
        raise DlcliError(
            f"a sequence is (time, feature), or a vector of numbers; received {tensor.describe()}; "
            "try dlcli tensor --index or --reshape first"
        )
    if not data.shape[0]:
        raise DlcliError(f"an empty sequence: there is no step in {tensor.describe()}")
    if not data.shape[1]:
        raise DlcliError(f"a step needs at least one feature; received {tensor.describe()}")
    if data.dtype.kind == "c":
        data, how = np.abs(data), "; ".join(filter(None, (how, "complex numbers as their sizes")))
    data = data.astype(compute_dtype(data), copy=False)
    bad = np.argwhere(~np.isfinite(data))
    if len(bad):
        t, feature = bad[0].tolist()
        raise DlcliError(
            f"step {t} is not finite: feature {feature} is {data[t, feature]}; a net needs numbers it can add"
        )
    if standardize:
        spread = data.std(axis=0)
        data = (data - data.mean(axis=0)) / np.where(spread > 0, spread, 1)
        how = "; ".join(filter(None, (how, "each feature less its mean, over its deviation")))
    time, feature = replace(axes[0], name="time"), axes[1]
    if feature.name in ("row", "column", "index") and feature.labels is None:
        feature = Axis("feature")
    return Sequence(data, time, feature, None, how, standardize)


def from_the_end(sequence: Sequence) -> Sequence:
    """The same steps in the other order, each with its word or its place in the sequence as it came.

    >>> turned = from_the_end(sequence_of(Tensor([1, 2, 3])))
    >>> turned.data.ravel(), [turned.time.place(t) for t in range(3)]
    (array([3., 2., 1.]), ['2', '1', '0'])
    """
    time, last = sequence.time, len(sequence.data) - 1
    if time.labels is not None:
        time = replace(time, labels=time.labels[::-1])
    else:
        time = replace(time, start=time.value(last), step=-1 if time.step is None else -time.step)
    how = "; ".join(filter(None, (sequence.how, "read from its end: the last step first")))
    return replace(sequence, data=sequence.data[::-1], time=time, how=how)


def _of_words(tensor: Tensor, vocabulary: Items[str]) -> Sequence:
    words = tensor.axes[0].labels or tuple(map(str, tensor.data.tolist()))
    if not words:
        raise DlcliError("an empty sequence: the sentence has no word")
    known = tuple(dict.fromkeys(vocabulary or words))
    data = np.zeros((len(words), len(known)))
    data[np.arange(len(words)), [word_place(word, known) for word in words]] = 1
    return Sequence(data, Axis("time", words), Axis("word", known), known, "one-hot: a 1 at its word")


def word_place(word: str, known: Items[str]) -> int:
    """Where a word stands in a vocabulary. Raises ``DlcliError`` for one that does not."""
    if word in known:
        return list(known).index(word)
    few = ", ".join(known[:6]) + (", …" if len(known) > 6 else "")
    hint = did_you_mean(word, known, f"it has {few}")
    raise DlcliError(
        printable(f"unknown word {word!r}: it is none of the {len(known)} of the vocabulary; {hint}")
    )


def each_once(words: Items[str], flag: str, say: Callable[[str], None]) -> tuple[str, ...]:
    """The words of an option, each once; of the first that is there twice, a line.

    >>> each_once(["a", "b", "a"], "--vocabulary", print)
    --vocabulary names 'a' twice: it counts once, where it stands first
    ('a', 'b')
    """
    once = tuple(dict.fromkeys(words))
    if len(once) < len(words):
        double = next(word for word in once if words.count(word) > 1)
        often = {2: "twice"}.get(words.count(double), f"{words.count(double)} times")
        say(printable(f"{flag} names {double!r} {often}: it counts once, where it stands first"))
    return once


def vocabulary_of(text: str, say: Callable[[str], None]) -> tuple[str, ...]:
    """The words of ``--vocabulary``, each once."""
    from dlcli.wire.typed.sentence import tokens

    words = each_once([*tokens(text)], "--vocabulary", say)
    if not words:
        raise WrongUsage(f"--vocabulary '{printable(text)}' has no word in it; try 'the cat sat on mat'")
    return words
