"""A set of pictures, or of rows of numbers, with labels, of which only what is asked for is read."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from dlcli.errors import BadData, called, printable
from dlcli.tensor import Array, Attr, Axis

#: White in pictures of 8 bits a channel, and in those of 16.
WHITE, DEEP = 255, 65535

#: Words that are none: what fills up short sequences, what is there before anything is written, what is
#: written at the end of a translation that may be of any length, and what stands for all that a vocabulary
#: does not have.
PADDING, START, END, UNKNOWN = "[PAD]", "[START]", "[END]", "[UNK]"

#: Fractions above this are no pixels of 0 to 1.
ABOVE_ONE = 2.0

#: Bytes of pictures that are looked at together when all of a set are: never a copy of the whole.
PIECE = 1 << 24

#: Bytes of a mapped file above which they are let go of, and what is mapped around each that is read.
LARGE, AROUND = 1 << 28, 1 << 16


@dataclass(frozen=True, eq=False)
class DataSet:
    """Inputs of one shape, each with what a net is to answer, and those that are held out.

    Parameters
    ----------
    name : str
        The word that was typed: ``sample:digits``, ``shapes:1000``, ``photos/``.
    shape : tuple of int
        Of one input: (height, width, channel), or (feature,).
    dtype : dtype
        uint8 for pictures of files; floats as they are. Nothing is scaled here.
    labels : array, optional
        int64 (n,): class numbers from 0; float (n,) or (n, k): values to be fitted.
    classes : tuple of str
        The names of the classes, none where labels are no classes.
    take : function
        Indices (k,) -> inputs (k, *shape): only these are read, decoded or drawn.
    count : int
        How many inputs there are.
    held_out : DataSet, optional
        Its own test part, which nothing is learnt from.
    skipped : tuple of str
        Files that are no pictures, each with the reason.
    origin : mapping
        Of what came down a pipe: its ``source`` and the ``command`` that made it, where they are known.
    deep : bool
        Whether the pictures are known to have 16 bits a channel by their files' format; see ``white``.
    vocabulary : tuple of str
        Where inputs are words by their numbers, (time,): the words. Labels (n, time) are then class numbers
        of each step, -1 where nothing is asked.
    in_time : bool
        Whether the inputs lie one after the other in time: the end is held out, not any of them.
    series : array, optional
        The whole of which the inputs are windows: (time, feature), of a text (time,).
    window : function, optional
        The same set in windows of another length; see ``windowed``.
    time : Axis, optional
        What the steps of a series are.
    features : tuple of str
        What the features of a series are called, where they have names.
    source : int
        How many of the steps are what is to be translated, where the others are the translation.
    sound : mapping
        Of recordings: ``sample_rate``, and how they were cut into frames where they are.
    vary : function, optional
        Indices and numbers of variants (k,) -> inputs (k, *shape); variant 0 is the input itself.

    >>> ones = np.ones((3, 2), np.float32)
    >>> two = DataSet("x", (2,), ones.dtype, None, (), lambda at: ones[at], 3)
    >>> len(two), two.take(np.array([0, 2])).shape
    (3, (2, 2))
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    labels: Array | None = field(repr=False)
    classes: tuple[str, ...]
    take: Callable[[Array], Array] = field(repr=False)
    count: int
    held_out: DataSet | None = field(default=None, repr=False)
    skipped: tuple[str, ...] = ()
    origin: Mapping[str, Attr] = field(default_factory=dict)
    deep: bool = False
    vocabulary: tuple[str, ...] = ()
    in_time: bool = False
    series: Array | None = field(default=None, repr=False)
    window: Callable[[int], DataSet] | None = field(default=None, repr=False)
    source: int = 0
    time: Axis | None = None
    features: tuple[str, ...] = ()
    sound: Mapping[str, Any] = field(default_factory=dict)
    vary: Callable[[Array, Array], Array] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return self.count

    @property
    def counts(self) -> Array:
        """How many inputs each class has (class,), or steps where each has its own."""
        labels = np.empty(0, np.int64) if self.labels is None or not self.classes else self.labels
        return np.bincount(labels[labels >= 0], minlength=len(self.classes))

    def as_sequences(self) -> DataSet:
        """Pictures of one channel as sequences: their rows are the steps.

        >>> of_array("x", np.zeros((5, 12, 3)), None, ()).as_sequences().shape
        (12, 3)
        """
        held = None if self.held_out is None else self.held_out.as_sequences()
        return replace(self, shape=self.shape[:2], take=lambda at: self.take(at)[..., 0], held_out=held)

    def windowed(self, size: int) -> DataSet:
        """A text or a series in windows of another length. Raises ``BadData`` for another set."""
        if self.window is None:
            raise BadData(
                f"{called(self.name)} has inputs of their own length; a text or a series has windows of any"
            )
        return self.window(size)

    @property
    def sequences(self) -> bool:
        """Whether an input is a sequence: of words by their numbers, or of features."""
        return bool(self.vocabulary) or len(self.shape) == 2

    @property
    def spelled(self) -> bool:
        """Whether the words of the vocabulary are characters."""
        return self.in_time or (self.source > 0 and END not in self.vocabulary)

    def size_words(self) -> str:
        """How large one input is, in words.

        >>> of_array("x", np.zeros((3, 4)), None, ()).size_words()
        '4 features'
        """
        if self.vocabulary:
            what = "characters" if self.spelled else "words"
            size = f"{self.shape[0]} {what}"
            if self.source:
                size = f"up to {self.source} {what} to read and {self.shape[0] - self.source} to write,"
            return f"{size} of {len(self.vocabulary)}"
        if len(self.shape) == 2:
            steps = f"{self.shape[0]} steps"
            return steps if self.shape[1] == 1 else f"{steps} of {self.shape[1]} features"
        shape = " × ".join(map(str, self.shape))
        return shape if len(self.shape) > 1 else f"{shape} feature{'s' * (self.shape != (1,))}"

    def words(self, place: int) -> tuple[str, str]:
        """An input of words as it is read, and what it is to be told or translated into.

        >>> from dlcli.wire.datasets.tasks import copying
        >>> copying("copy:2", 2, 1, 0).words(0)
        ('d . . ?', 'd')
        """
        between = "" if self.spelled else " "
        numbers = self.take(np.array([place]))[0, : self.source or None].tolist()
        read = [self.vocabulary[one] for one in numbers]
        label = None if self.labels is None or not self.classes else np.atleast_1d(self.labels[place])
        answer = () if label is None else [self.classes[one] for one in label.tolist() if one >= 0]
        shown = (between.join(one for one in some if one not in (PADDING, END)) for some in (read, answer))
        return next(shown), next(shown)

    def said(self, learnt: int) -> dict[str, Any]:
        """What a model may take from the data in the place of numbers: see ``nets.spec.SAID_BY_DATA``.

        Of a series only the first inputs count, which are learnt from: so many.
        """
        found: dict[str, Any] = {}
        if self.vocabulary:
            found["vocabulary"] = len(self.vocabulary)
        if self.source:
            found["source"] = self.source
        if self.series is not None and not self.vocabulary:
            known = self.series[: learnt + self.shape[0]]
            found["mean"] = known.mean(axis=0).tolist()
            found["variance"] = np.maximum(known.var(axis=0), 1e-12).tolist()
        return found

    def missing_words(self) -> str:
        """A line on the classes that have no example to learn from; nothing where all have.

        >>> rows = np.zeros((3, 4))
        >>> of_array("x.npz", rows, np.array([0, 2, 3]), ("0", "1", "2", "3")).missing_words()
        "x.npz: class '1' has no example: it cannot be learnt"
        """
        missing = np.array([i for i in np.flatnonzero(self.counts == 0) if self.classes[i] != UNKNOWN], int)
        if not len(missing) or self.labels is None:
            return ""
        where = called(self.name)
        many, of = (f" (and {len(missing) - 1} more)", "these") if len(missing) > 1 else ("", "it")
        first = printable(self.classes[missing[0]])
        held = 0 if self.held_out is None else int(self.held_out.counts[missing].sum())
        also = f", and {held:,} of what is held out {'is' if held == 1 else 'are'} of {of}" * (held > 0)
        return f"{where}: class {first!r}{many} has no example: it cannot be learnt{also}"

    @cached_property
    def white(self) -> int:
        """The number of a white pixel: 65535 in pictures of 16 bits, otherwise 255.

        Of arrays of uint16 the largest number of all pictures tells, those held out among them: they are read
        once, when this is first asked for.

        >>> [of_array("x", np.full((2, 8, 8), high, np.uint16), None, ()).white for high in (255, 256)]
        [255, 65535]
        """
        if self.dtype != np.uint16 or len(self.shape) != 3:
            return WHITE
        if self.deep or (self.held_out is not None and self.held_out.white == DEEP):
            return DEEP
        return DEEP if any(int(piece.max()) > WHITE for piece in self.pieces()) else WHITE

    def pieces(self) -> Iterator[Array]:
        """All inputs (k, …), some at a time."""
        step = max(1, PIECE // max(1, self.dtype.itemsize * int(np.prod(self.shape))))
        for start in range(0, len(self), step):
            yield self.take(np.arange(start, min(start + step, len(self))))

    def digest(self) -> str:
        """SHA-256 of all that the set is made of, held-out part and all, in hexadecimal digits.

        It depends on the numbers, the labels and the class names, and on no file's name or format. All is
        read when it is first asked for.
        """
        return self._digest

    @cached_property
    def _digest(self) -> str:
        told = len(self), self.shape, self.dtype.name, self.classes
        made = hashlib.sha256(repr((*told, self.vocabulary) if self.vocabulary else told).encode())
        for piece in self.pieces():
            made.update(np.ascontiguousarray(piece).data)
        if self.labels is not None:
            made.update(np.ascontiguousarray(self.labels).data)
        if self.held_out is not None:
            made.update(self.held_out.digest().encode())
        return made.hexdigest()


class _Held:
    """What a process holds of a large array that is mapped into memory, let go of now and then.

    The system counts what has been read of a mapped file as memory of the process, up to all of it.
    """

    def __init__(self, x: Array) -> None:
        base: Any = x
        while isinstance(base, np.ndarray):
            base = base.base
        can = isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED") and len(base) > LARGE
        self.map: mmap.mmap | None = base if can else None
        self.size = max(AROUND, x.nbytes // max(1, len(x)))
        self.bytes = 0

    def count(self, taken: int) -> None:
        """So many inputs have been read; what is let go of is read from the file again."""
        self.bytes += taken * self.size
        if self.map is not None and self.bytes > PIECE:
            self.map.madvise(mmap.MADV_DONTNEED)
            self.bytes = 0


def of_array(
    name: str,
    x: Array,
    labels: Array | None,
    classes: Sequence[str],
    held_out: DataSet | None = None,
    *,
    sequences: bool = False,
) -> DataSet:
    """The set of an array of inputs: (n, height, width, channel), (n, height, width), or (n, feature).

    With ``sequences`` three axes are (n, time, feature). The array may be mapped into memory. Numbers get the
    byte order of this machine.

    >>> of_array("x", np.zeros((5, 8, 8), np.uint8), None, ()).shape
    (8, 8, 1)
    """
    shape = (*x.shape[1:], 1) if x.ndim == 3 and not sequences else x.shape[1:]
    dtype = x.dtype.newbyteorder("=")

    held = _Held(x)

    def take(at: Array) -> Array:
        taken = np.asarray(x[at], dtype).reshape(len(at), *shape)
        held.count(len(at))
        return taken

    return DataSet(name, shape, dtype, labels, tuple(classes), take, len(x), held_out)
