"""From a word of the command line to a set of data: a file, a folder, a sample, what is drawn or piped in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

import numpy as np

from dlcli.errors import BadData, called
from dlcli.tensor import BETWEEN, Array, Axis, Tensor
from dlcli.wire.datasets.array_files import files_of_arrays
from dlcli.wire.datasets.dataset import DataSet, of_array
from dlcli.wire.datasets.words import BUILT_IN, form_of, is_labelled
from dlcli.wire.stream import Limits, Source

#: The attributes of a tensor of inputs that name all classes in their order, and all words.
CLASSES, VOCABULARY = "classes", "vocabulary"

#: The first axis of a tensor that is a set.
PICTURE = "picture"

#: The attributes that tell where a tensor is from.
ORIGIN = ("source", "command")

#: The channels of a picture in colour.
COLOURS = ("red", "green", "blue")


def open_data(
    word: str,
    *,
    limits: Limits,
    say: Callable[[str], None] = lambda _: None,
    stdin: BinaryIO | None = None,
    series: bool = False,
) -> DataSet:
    """The set that a word names, of which nothing but labels and heads need be read.

    With ``series`` tables, and arrays without labels beside them, are such: see ``series_table``. ``say``
    takes a line on what was read in one of several ways, or passed over. Raises ``BadData`` with what was
    expected, what came, and what to try.

    >>> digits = open_data("sample:digits", limits=Limits())
    >>> len(digits), digits.shape, digits.classes[:3], len(digits.held_out)
    (1600, (28, 28, 1), ('0', '1', '2'), 400)
    """
    form, path = form_of(word)

    def told(text: str) -> None:
        say(f"dlcli: {text}")

    if series and (table := series_in(word, limits=limits, say=say)) is not None:
        from dlcli.wire.datasets.series import series_set

        return series_set(word, table)
    bare = series and form == "npy" and not {"y", "y_train"} & set(files_of_arrays(path))
    found = None if bare else _read(form, path, word, limits, told)
    return _piped(word, limits, say, stdin, series=series) if found is None else found


def series_in(word: str, *, limits: Limits, say: Callable[[str], None]) -> Tensor | None:
    """The series in the file of a table, or in one of nothing but numbers; None for any other word."""
    from dlcli.wire.datasets.series_table import are_numbers, read_series

    form, path = form_of(word)
    if form != "table" and not (form == "text" and are_numbers(path)):
        return None
    return read_series(path, word, limits=limits, say=lambda text: say(f"dlcli: {text}"))


def _read(form: str, path: str, word: str, limits: Limits, say: Callable[[str], None]) -> DataSet | None:
    """The set of a form that ``form_of`` tells; None where the file holds but a tensor."""
    match form:
        case "npz":
            from dlcli.wire.datasets.arrays import read_npz

            return read_npz(path, word, limits=limits, say=say)
        case "npy":
            from dlcli.wire.datasets.arrays import read_npy

            return read_npy(path, word, say=say)
        case "idx":
            from dlcli.wire.datasets.idx import read_idx

            return read_idx(path, word, limits=limits, say=say)
        case "cifar":
            from dlcli.wire.datasets.cifar import read_cifar

            return read_cifar(path, word, limits=limits)
        case "folder" | "files":
            from dlcli.wire.datasets.folder import read_folder
            from dlcli.wire.datasets.sound_folder import holds_sounds, read_sound_folder

            if holds_sounds(path):
                return read_sound_folder(path, word, limits=limits, say=say)
            return read_folder(path, word, limits=limits, say=say)
        case "table":
            from dlcli.wire.datasets.table import read_rows

            return read_rows(path, word, limits=limits, say=say)
        case "shapes":
            from dlcli.wire.datasets.shapes import read_shapes

            return read_shapes(word)
        case "task":
            from dlcli.wire.datasets.tasks import read_task

            return read_task(word)
        case "reviews":
            from dlcli.wire.datasets.reviews import read_reviews

            return read_reviews(word)
        case "dates":
            from dlcli.wire.datasets.dates import read_dates

            return read_dates(word)
        case "text":
            from dlcli.wire.datasets.texts import read_text_set

            return read_text_set(path, word, limits=limits)
        case "digits:all":
            from dlcli.wire.datasets.digits import read_all_digits

            return read_all_digits()
    return None


def _piped(
    word: str, limits: Limits, say: Callable[[str], None], stdin: BinaryIO | None, *, series: bool
) -> DataSet:
    """The set in a tensor, from a pipe or any file that holds one."""
    from dlcli.wire.read import Literal, open_input, read_tensors
    from dlcli.wire.sniff import kind_of

    known = Literal("a set of data", f"there are {', '.join(BUILT_IN)}", words=lambda: BUILT_IN)
    with open_input(word, stdin=stdin, literal=known, say=say) as source:
        if not source.at_end() and kind_of(source) == "text":
            return _of_text(source, word, limits, say, series=series)
        tensor = next(read_tensors(source, limits=limits))
    origin = {name: tensor.attrs[name] for name in ORIGIN if word == "-" and name in tensor.attrs}
    from dlcli.wire.datasets.texts import is_text

    if series and not is_text(tensor):
        from dlcli.wire.datasets.series_table import as_series

        tensor = as_series(tensor, word, lambda told: say(f"dlcli: {told}"))
    return replace(from_tensor(tensor, word), origin=origin)


def _of_text(
    source: Source, word: str, limits: Limits, say: Callable[[str], None], *, series: bool
) -> DataSet:
    """The set in a text whose name does not tell what it is: rows with labels, numbers, or words to read."""
    from dlcli.wire.datasets.series import series_set
    from dlcli.wire.datasets.series_table import series_of
    from dlcli.wire.datasets.table import rows_of
    from dlcli.wire.datasets.texts import text_set
    from dlcli.wire.read import read_tensors
    from dlcli.wire.typed.sentence import is_running_text
    from dlcli.wire.typed.text import read_text

    def tell(told: str) -> None:
        say(f"dlcli: {told}")

    text = read_text(source, limits=limits)
    if series:
        return series_set(word, series_of(text, word, tell))
    if is_labelled(text):
        return rows_of(text, word, tell)
    try:
        tensor, *_ = read_tensors(source.again(text), limits=limits)
    except BadData as error:
        if word.lower().endswith(".toml"):
            raise
        if not is_running_text(text):
            raise BadData(f"{error}; a text to learn from is named as a file, FILE.txt") from error
        return text_set(word, text)
    return from_tensor(tensor, word)


def from_tensor(tensor: Tensor, name: str = "-") -> DataSet:
    """The set of a tensor whose first axis is labelled by class: (picture, height, width, channel) and less.

    Its attribute ``classes`` names the classes in their order, where it has one; otherwise they are in the
    order of numbers and of the alphabet. Its attribute ``vocabulary`` names the words that its numbers stand
    for. Raises ``BadData`` for another tensor.

    >>> two = Tensor(np.zeros((2, 8, 8)), (Axis("picture", ("dog", "cat")), Axis("height"), Axis("width")))
    >>> from_tensor(two).classes, from_tensor(two).labels.tolist()
    (('cat', 'dog'), [1, 0])
    """
    from dlcli.wire.datasets.labels import of_words
    from dlcli.wire.datasets.series import is_series, series_set
    from dlcli.wire.datasets.texts import is_text, text_of, text_set

    if is_series(tensor):
        return series_set(name, tensor)
    if is_text(tensor):
        return text_set(name, text_of(tensor))
    where = called(name)
    rank = tensor.data.ndim
    words = tensor.axes[0].labels if rank else None
    if rank not in (2, 3, 4) or tensor.data.dtype.kind not in "biuf" or not tensor.data.size:
        raise BadData(f"{where}: {tensor.describe()} is no set: {WANTED}")
    if words is None and (rank < 4 or tensor.axes[0].name != PICTURE):
        raise BadData(
            f"{where}: {tensor.describe()} is no set: its axis {tensor.axes[0].name!r} has no labels; "
            f"{WANTED}"
        )
    if words is None:
        return of_array(name, tensor.data, None, ())
    order = tensor.attrs.get(CLASSES)
    classes = tuple(order.split(BETWEEN)) if isinstance(order, str) else ()
    if not set(words) <= set(classes):
        classes = ()
    labels, known = of_words(words, classes)
    return replace(of_array(name, tensor.data, labels, known), vocabulary=_vocabulary(tensor, where))


def _vocabulary(tensor: Tensor, where: str) -> tuple[str, ...]:
    """The words that rows are numbers of; none where they are no words."""
    told = tensor.attrs.get(VOCABULARY)
    if not isinstance(told, str) or tensor.axis_names != ("row", "step"):
        return ()
    words, numbers = tuple(told.split(BETWEEN)), tensor.data
    if numbers.dtype.kind not in "iu" or not 0 <= numbers.min() <= numbers.max() < len(words):
        raise BadData(
            f"{where}: words are numbers from 0 to {len(words) - 1} here; received {numbers.min():g} to "
            f"{numbers.max():g}"
        )
    return words


def as_tensor(data: DataSet, at: Array | None = None) -> Tensor:
    """Inputs of a set, all that are not held out or those of some numbers, as what ``from_tensor`` takes.

    The axes are (picture, height, width, channel), or (row, feature); the first is labelled by class.

    >>> from dlcli.wire.stream import Limits
    >>> as_tensor(open_data("digits8", limits=Limits()), np.array([0, 1])).axes[0]
    Axis(name='picture', labels=('0', '1'), start=None, step=None, unit='')
    """
    if data.vocabulary and data.in_time and at is None:
        from dlcli.wire.datasets.texts import text_tensor

        return text_tensor(data)
    at = np.arange(len(data)) if at is None else at
    names, attrs = None, {"source": data.name}
    if data.classes and data.labels is not None and data.labels.ndim == 1:
        names = tuple(data.classes[i] for i in data.labels[at].tolist())
        attrs[CLASSES] = BETWEEN.join(data.classes)
    if len(data.shape) == 1:
        inner = Axis("step" if data.vocabulary else "feature")
        if data.vocabulary:
            attrs[VOCABULARY] = BETWEEN.join(data.vocabulary)
        return Tensor(data.take(at), (Axis("row", names), inner), "rows", attrs)
    if len(data.shape) == 2:
        return Tensor(
            data.take(at), (Axis("sequence", names), Axis("step"), Axis("feature")), "sequences", attrs
        )
    channel = Axis("channel", COLOURS if data.shape[2] == len(COLOURS) else None)
    axes = Axis(PICTURE, names), Axis("height"), Axis("width"), channel
    return Tensor(data.take(at), axes, "pictures", attrs)


#: What a tensor that is a set looks like, and how to come by one.
WANTED = (
    "a set has axes (picture, height, width, channel) and the first is labelled by class; "
    "try dlcli show sample:digits | …"
)
