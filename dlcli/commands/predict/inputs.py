"""From a tensor or a set of data to inputs of the shape that a net takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod

import numpy as np

from dlcli.commands.kinds.data import Data
from dlcli.commands.kinds.picture import white_of
from dlcli.commands.kinds.words_heard import spoken
from dlcli.commands.predict.fit import ALPHA, channels, fitted
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.part import Part, has_changed, part_of
from dlcli.commands.predict.words import is_sentence, known_words, renumbered
from dlcli.engines.base.checks import Array, EngineError
from dlcli.errors import BadData, DlcliError, WrongUsage, called, printable
from dlcli.nets.layers.shape import Rescaling
from dlcli.runner.result import Run
from dlcli.tensor import Tensor, default_axes
from dlcli.wire.datasets.dataset import ABOVE_ONE, DEEP, PADDING, WHITE, DataSet
from dlcli.wire.datasets.read import from_tensor
from dlcli.wire.stream import memory
from dlcli.words.axes import PICTURE, picture_order, reordered
from dlcli.words.near import some
from dlcli.words.number import counted

#: How much nearer the mean of a picture must be to that of the data when it is inverted.
CLEARLY = 0.2

#: Axes that count the inputs of a batch.
BATCH = ("picture", "row", "batch", "image", "sample")


@dataclass(frozen=True)
class Preparing:
    """How inputs are prepared: ``fit``, ``invert``, ``rescale`` and ``part`` as the options say."""

    model: Model
    fit: str | None
    invert: bool
    rescale: float | None
    part: str | None
    run: Run


@dataclass(frozen=True)
class Inputs:
    """Inputs (k, …) as a net takes them, which ``take`` gives for indices (k,); see ``record.Work``."""

    count: int
    take: Callable[[Array], Array]
    alone: bool = False
    names: tuple[str, ...] | None = None
    labels: Array | None = None
    part: str = ""
    fitted: bool = False
    learnt: bool = False
    wanted: Array | None = None
    pixels: str = ""
    words: tuple[str, ...] = ()


def inputs_of(x: Tensor | Data, how: Preparing) -> Inputs:
    """The inputs in a tensor, one or a batch, or in a set of data.

    Raises ``DlcliError`` for another shape than the net takes, for nothing, and for NaN or infinity.
    """
    if isinstance(x, Data):
        data = x.set
        if data.shape == (*how.model.spec.input, 1) and len(data.shape) == 3:
            data = data.as_sequences()
        return _of_data(renumbered(data, how.model, how.run), how)
    if how.model.vocabulary and is_sentence(x):
        return _sentence(x, how)
    check_numbers(x)
    if sound := how.model.data.get("sound"):
        x = spoken(x, sound, printable(how.model.word), how.run)
    wanted = how.model.spec.input
    if x.data.ndim == len(wanted) + 1 and x.axes[0].name in BATCH and x.axes[0].labels is not None:
        return _of_data(renumbered(from_tensor(x), how.model, how.run), how, named=False)
    if (table := _table(x, how)) is not None:
        return _of_data(table, how)
    if how.part is not None:
        raise WrongUsage(f"--part {how.part} is of a set of data; received {x.describe()}: leave it out")
    if len(wanted) < 3:
        return _rows(x, how)
    batch, channels_, alone = _pictures(x, how)
    where = _where(x)
    white = white_of(x, deep=how.model.data.get("white") == DEEP)
    prepared = _Prepared(how, channels_, where, white)
    first = prepared(batch[:1])
    _check_range(x, first, how)
    _check_ink(x, first, how)
    _check_used(batch[:1], prepared, how, where)
    take = partial(_taken, batch, prepared)
    return Inputs(
        len(batch),
        take,
        alone,
        x.axes[0].labels if not alone else None,
        fitted=prepared.fits(batch),
        pixels=_pixels(batch, how, white),
    )


def _sentence(x: Tensor, how: Preparing) -> Inputs:
    """A sentence, its words by their numbers; filled up where a net counts its steps."""
    if how.part is not None:
        raise WrongUsage(f"--part {how.part} is of a set of data; received a sentence: leave it out")
    if how.rescale is not None:
        raise WrongUsage(f"--rescale {how.rescale:g} is of numbers; received a sentence: leave it out")
    _check_no_picture(how)
    model, most = how.model, how.model.spec.input[0]
    words, numbers = known_words(x.axes[0].labels or (), model, how.run)
    if not model.net.any_length:
        if len(numbers) > most or (len(numbers) < most and model.vocabulary[0] != PADDING):
            raise DlcliError(
                f"{printable(model.word)} takes {_asked_for(how)}; received {counted(len(numbers), 'word')}"
            )
        numbers = np.pad(numbers, (0, most - len(numbers)))
        words = (*words, *[PADDING] * (most - len(words)))
    batch = numbers[None]
    return Inputs(1, lambda at: batch[at], True, words=words)


def _table(x: Tensor, how: Preparing) -> DataSet | None:
    """The set in a table with a column of labels, read as train reads it, where the net takes its inputs."""
    if x.data.ndim != 2 or x.shape[1] != prod(how.model.spec.input) + 1:
        return None
    from dlcli.wire.datasets.table import from_table

    source = str(x.attrs.get("source", x.name))
    found = from_table(x, source, how.run.warn, values=how.model.answers == "values")
    return found if found is not None and found.shape == how.model.spec.input else None


def allow(
    shape: tuple[int, ...], count: int, model: Model, name: str, run: Run, *, of: str = "inputs"
) -> None:
    """Raise ``BadData`` where so many outputs of a shape take more memory than may be used."""
    size = count * prod(shape) * model.net.dtype.itemsize
    most = run.limits.max_bytes if run.limits.chosen else min(run.limits.max_bytes, memory() // 2)
    if size > most:
        raise BadData(
            f"{name} of {count} {of} takes {size} bytes, more than the {most} allowed: "
            "--max-bytes allows more"
        )


def _taken(batch: Array, prepared: Callable[[Array], Array], at: Array) -> Array:
    return prepared(batch[at])


def _where(x: Tensor) -> str:
    source = str(x.attrs.get("source", x.name))
    return printable({"-": x.name, "literal": "the literal"}.get(source, source))


def check_numbers(x: Tensor) -> None:
    """Raise ``DlcliError`` for what is empty, complex or not finite."""
    if not x.data.size:
        raise DlcliError(f"{x.describe()} is empty: there is nothing to predict")
    if x.data.dtype.kind not in "biuf":
        raise DlcliError(
            f"a net takes real numbers; received {x.describe()}; try dlcli stft --emit magnitude"
        )
    check_finite(x)


def check_finite(x: Tensor) -> None:
    """Raise ``DlcliError`` for NaN or infinity."""
    if x.data.dtype.kind in "fc":
        finite = np.isfinite(x.data)
        if not finite.all():
            cell = tuple(np.argwhere(~finite)[0].tolist())
            count = int(x.data.size - finite.sum())
            many = f", and {count - 1} more are not finite" if count > 1 else ""
            raise DlcliError(
                f"{_where(x)}: the number at {', '.join(map(str, cell))} is {x.data[cell]:g}{many}; every "
                "output would be NaN"
            )


def _rows(x: Tensor, how: Preparing) -> Inputs:
    """The inputs of a net that takes features or sequences: one, or several, by their first axis."""
    wanted = how.model.spec.input
    _check_no_picture(how)
    data = x.data[..., None] if len(wanted) == 2 and wanted[1] == 1 and x.data.ndim == 1 else x.data
    rank, shape = len(wanted), data.shape[-len(wanted) :]
    if how.model.net.any_length and data.ndim >= rank and shape[0] and shape[1:] == wanted[1:]:
        wanted = shape
    if data.ndim not in (rank, rank + 1) or shape != wanted:
        flat = "; dlcli flatten puts them in one row" if x.data.size == prod(wanted) and rank == 1 else ""
        raise DlcliError(
            f"{printable(how.model.word)} takes {_asked_for(how)}, one {how.model.one} for each input; "
            f"received {x.describe()}{flat}"
        )
    batch, where = data.reshape(-1, *wanted), _where(x)
    _check_words(batch, how, where)
    _check_used(batch[:1], _Scaled(how, where), how, where)
    alone = data.ndim == rank or (rank == 1 and len(batch) == 1 and x.axes == default_axes(2))
    known = how.model.vocabulary if alone else ()
    return Inputs(
        len(batch),
        partial(_taken, batch, _Scaled(how, where)),
        alone,
        x.axes[0].labels if not alone else None,
        pixels=_pixels(batch, how),
        words=tuple(known[one] for one in batch[0].astype(np.intp).tolist()) if known else (),
    )


def _asked_for(how: Preparing) -> str:
    """What a net that takes no pictures takes, in words."""
    spec = how.model.spec
    if spec.words:
        return f"{counted(spec.input[0], 'step')}, each a word by its number"
    if len(spec.input) == 2:
        return f"{counted(spec.input[0], 'step')} of {counted(spec.input[1], 'feature')}"
    return counted(spec.input[0], "feature")


def _check_no_picture(how: Preparing) -> None:
    """Raise ``WrongUsage`` for what is asked of pictures, where a net takes features."""
    if how.fit or how.invert:
        flag, word = "--fit" if how.fit else "--invert", printable(how.model.word)
        raise WrongUsage(f"{flag} is for pictures; {word} takes {_asked_for(how)}: leave it out")


def _check_vocabulary(data: DataSet, how: Preparing, where: str) -> None:
    """Raise ``DlcliError`` where the words of a set have other numbers than those of the net."""
    known = how.model.vocabulary
    if data.vocabulary and known and data.vocabulary != known:
        first = next(
            (pair for pair in zip(known, data.vocabulary, strict=False) if pair[0] != pair[1]),
            (f"{len(known)} words", f"{len(data.vocabulary)} words"),
        )
        raise DlcliError(
            f"{where} has another vocabulary than {printable(how.model.word)} learnt from: "
            f"{printable(repr(first[1]))} where that has {printable(repr(first[0]))}"
        )


def _check_words(batch: Array, how: Preparing, where: str) -> None:
    """Raise ``DlcliError`` for numbers that name no word of the net, where it takes such."""
    known = how.model.spec.words
    if not known:
        return
    wrong = (batch < 0) | (batch >= known) | (batch != np.floor(batch))
    if wrong.any():
        raise DlcliError(
            f"{where}: {printable(how.model.word)} knows words by their numbers, 0 to {known - 1}; received "
            f"{batch.reshape(-1)[wrong.reshape(-1).argmax()]:g}"
        )


@dataclass(frozen=True)
class _Scaled:
    """Numbers times ``--rescale``, where that is given."""

    how: Preparing
    where: str

    def __call__(self, batch: Array) -> Array:
        return _rescaled(batch, self.how, self.where)


def _rescaled(batch: Array, how: Preparing, where: str) -> Array:
    """Numbers times ``--rescale``. Raises ``DlcliError`` for those that the net's dtype has no room for."""
    dtype, rescale = how.model.net.dtype, how.rescale
    with np.errstate(over="ignore", invalid="ignore"):
        made = batch if rescale is None else batch.astype(dtype) * dtype.type(rescale)
        finite = made.dtype.kind != "f" or np.isfinite(made.astype(dtype, copy=False)).all()
    if finite:
        return made
    times = "" if rescale is None else f" times --rescale {rescale:g}"
    raise DlcliError(
        f"{where}: numbers up to {float(np.abs(batch).max()):.4g}{times} are infinite in {dtype}, which the "
        "net computes in; its output would be NaN"
    )


def _pictures(x: Tensor, how: Preparing) -> tuple[Array, tuple[str, ...], bool]:
    """A batch (picture, height, width, channel) of any size, its channels' names, and whether it is one.

    Raises ``DlcliError`` for a tensor that holds no pictures.
    """
    height, width, depth = how.model.spec.input
    if x.data.ndim not in (2, 3, 4):
        raise _no_picture(x, how)
    if x.data.ndim == 4:
        order = tuple(range(4))
        if x.axis_names[1:] == ("channel", *PICTURE):
            order = (0, 2, 3, 1)
        x = reordered(x, order)
        return x.data, x.axes[3].labels or (), False
    if x.data.ndim == 2:
        return x.data[None, ..., None], (), True
    nameless = x.axes == default_axes(3)
    if x.axes[0].name in BATCH or (nameless and depth == 1 and x.shape[1:] == (height, width)):
        if x.shape != (height, width, depth):
            return x.data[..., None], (), False
    elif not nameless:
        turned = picture_order(x.axis_names)
        if turned is None:
            raise _no_picture(x, how)
        x = reordered(x, turned)
    elif x.shape == (depth, height, width) != (height, width, depth):
        raise DlcliError(
            f"{printable(how.model.word)} takes {_size(how.model.spec.input)} (height, width, channel); "
            f"received {x.describe()}, channels first; put them last: dlcli tensor INPUT --transpose 1,2,0"
        )
    return x.data[None], x.axes[2].labels or (), True


def _no_picture(x: Tensor, how: Preparing) -> DlcliError:
    return DlcliError(
        f"{printable(how.model.word)} takes pictures {_size(how.model.spec.input)} (height, width, channel), "
        f"or a batch (picture, height, width, channel); received {x.describe()}"
    )


def _size(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


@dataclass(frozen=True)
class _Prepared:
    """Pictures (k, height, width, channel) of any size as the net takes them.

    What has the right shape stays as it is, whole numbers too, unless an option asks for more. Raises
    ``DlcliError`` for another shape where nothing says how to fit it.
    """

    how: Preparing
    names: tuple[str, ...]
    where: str
    deep: int = WHITE

    def fits(self, batch: Array) -> bool:
        """Whether pictures of this shape are changed."""
        return batch.shape[1:] != self.how.model.spec.input or self.how.fit == "center"

    def __call__(self, batch: Array) -> Array:
        how, net = self.how, self.how.model.net
        if self.fits(batch) and how.fit is None:
            raise self._misfit(batch.shape[1:])
        if not (self.fits(batch) or how.invert or how.rescale is not None or self.deep != WHITE):
            return _rescaled(batch, how, self.where)
        unit = _rescaled(batch, how, self.where)
        if how.rescale is not None:
            white = 1.0
        else:
            white = _white(batch, self.deep)
            unit = batch.astype(net.dtype) / net.dtype.type(white)
            # Floats have the range that they came with; ink that is centred is 0 to 1.
            white = 1.0 if batch.dtype.kind in "ui" or how.fit == "center" else white
        if self.fits(batch):
            try:
                unit = np.stack([self._fitted(one) for one in unit])
            except EngineError as error:
                raise DlcliError(f"{self.where}: {error}") from error
        elif how.invert:
            unit = 1 - unit
        if net.spec.rescales and how.rescale is None:
            return unit * net.dtype.type(WHITE)
        return unit * net.dtype.type(white)

    def _fitted(self, picture: Array) -> Array:
        height, width, depth = self.how.model.spec.input
        assert self.how.fit is not None
        made = channels(picture, self.names, depth)
        if self.how.invert:
            made = 1 - made
        return fitted(made, height, width, self.how.fit).astype(picture.dtype, copy=False)

    def _misfit(self, shape: tuple[int, ...]) -> DlcliError:
        wanted, word = self.how.model.spec.input, printable(self.how.model.word)
        alpha = ", with transparency" * (self.names[-1:] == (ALPHA,))
        return DlcliError(
            f"{self.where} is {_size(shape)} (height, width, channel){alpha}; {word} takes {_size(wanted)}: "
            "add --fit stretch or --fit crop"
            + ", or --fit center for a digit or letter of one's own"
            * (wanted[2] == 1)
        )


def _white(batch: Array, whole: int) -> float:
    """The number that stands for white, ``whole`` in pictures of whole numbers."""
    if batch.dtype.kind in "ui":
        return whole
    return WHITE if batch.dtype.kind == "f" and float(batch.max()) > ABOVE_ONE else 1.0


def _check_range(x: Tensor, first: Array, how: Preparing) -> None:
    """A line on standard error where floats do not look like the pixels that the net has learnt from."""
    if x.data.dtype.kind != "f" or how.rescale is not None or how.fit == "center":
        return
    high, where = float(x.data.max()), _where(x)
    if how.model.net.spec.rescales and 0 < high <= 1 and float(x.data.min()) >= 0:
        how.run.warn(
            f"{where}: numbers up to {high:.4g} are taken as they are, and the net divides its pixels by 255 "
            "itself; where they are pixels of 0 to 1, add --rescale 255"
        )
    elif not how.model.net.spec.rescales and high > ABOVE_ONE and float(x.data.min()) >= 0:
        how.run.warn(
            f"{where}: numbers up to {high:.4g} are taken as they are, and the net has learnt from pixels of "
            "0 to 1; where they are pixels of 0 to 255, add --rescale 1/255"
        )


def _check_used(first: Array, prepared: _Prepared | _Scaled, how: Preparing, where: str) -> None:
    """A line on standard error for an option that changes nothing of an input (1, …)."""
    for flag, given, without, why in (
        (f"--fit {how.fit}", how.fit, {"fit": None}, f"it is {_size(first.shape[1:])} already"),
        ("--invert", how.invert, {"invert": False}, "it is as bright as dark"),
        ("--rescale", how.rescale is not None, {"rescale": None}, "it is multiplied so anyway"),
    ):
        if not given:
            continue
        try:
            other = replace(prepared, how=replace(how, **without))(first)
        except DlcliError:  # it is needed
            continue
        net = how.model.net
        if np.allclose(net.batch(other).copy(), net.batch(prepared(first)), 1e-5, 1e-6):
            how.run.warn(f"{flag} changes nothing of {where}: {why}")


def _pixels(batch: Array, how: Preparing, white: int = WHITE) -> str:
    """What becomes of pixels, in words; of a net that does not say what it has learnt from, a line, too."""
    if how.rescale is not None:
        return ""
    words, model = how.model.net.pixel_words(batch.dtype, white), how.model
    rescaling = any(isinstance(one.kind, Rescaling) for one in model.spec.layers)
    if words and not model.facts and not rescaling:
        how.run.warn(
            f"{printable(model.word)} rescales no pixels and does not say which it has learnt from: they are "
            f"divided by {white}; --rescale 1 takes them as they are"
        )
    return words


def _check_ink(x: Tensor, first: Array, how: Preparing) -> None:
    """A line on standard error where a picture is more like the data when it is inverted."""
    mean = how.model.data.get("mean")
    if not isinstance(mean, float) or how.invert:
        return
    white = WHITE if first.dtype.kind in "ui" or how.model.net.spec.rescales else 1
    if first.min() < 0 or first.max() > white:  # no pixels
        return
    bright = float(first.mean()) / white
    if abs(bright - mean) > abs(1 - bright - mean) + CLEARLY:
        how.run.warn(
            f"{_where(x)} is bright ({bright:.2g} on average), and what the net has learnt from is dark "
            f"({mean:.2g}): --invert takes dark ink on white"
        )


def _of_data(data: DataSet, how: Preparing, *, named: bool = True) -> Inputs:
    """A part of a set, with its labels as the net numbers them; all of one that has no name, unless asked."""
    part = (
        part_of(data, how.part, how.model) if named or how.part else Part(len(data), data.take, data.labels)
    )
    if named and _tell_changed(data, how):
        part = replace(part, learnt=False)
    count, take, labels = part.count, part.take, part.labels
    where = called(data.name)
    if not count:
        raise DlcliError(f"{where} is empty: there is nothing to predict")
    _check_vocabulary(data, how, where)
    names = None
    if data.classes and labels is not None and labels.ndim == 1:
        names = tuple(data.classes[i] for i in labels.tolist())
    if len(how.model.spec.input) < 3:
        wanted = how.model.spec.input
        _check_no_picture(how)
        longer = how.model.net.any_length and data.shape[1:] == wanted[1:]
        if data.shape != wanted and not longer:
            raise DlcliError(
                f"{where} has inputs of {data.size_words()}; {printable(how.model.word)} takes "
                f"{_asked_for(how)}"
            )
        first = take(np.arange(1))
        _check_words(first, how, where)
        _check_used(first, _Scaled(how, where), how, where)
        return Inputs(
            count,
            partial(_checked, take, _Scaled(how, where), where),
            False,
            names,
            _numbered(labels, data, how),
            part.words,
            learnt=part.learnt,
            wanted=_wanted(labels, data, how),
            pixels=_pixels(first, how),
        )
    if len(data.shape) != 3:
        raise DlcliError(
            f"{where} has inputs of {data.size_words()}; {printable(how.model.word)} takes "
            f"pictures of {_size(how.model.spec.input)}"
        )
    white = DEEP if data.dtype == np.uint16 and how.model.data.get("white") == DEEP else data.white
    prepared = _Prepared(how, (), where, white)
    first = take(np.arange(1))
    prepared(first)
    _check_used(first, prepared, how, where)
    checked = partial(_checked, take, prepared, where)
    return Inputs(
        count, checked, False, names, _numbered(labels, data, how), part.words, prepared.fits(first),
        part.learnt, _wanted(labels, data, how), _pixels(first, how, white),
    )  # fmt: skip


def _tell_changed(data: DataSet, how: Preparing) -> bool:
    """A line on standard error where a set has the name of that which was learnt from, and holds another.

    Of a set without that name nothing is read, nor of one whose own test part is asked for.
    """
    validation = how.model.data.get("validation")
    apart = data.held_out is not None and validation is None and how.part in (None, "held-out")
    if apart or not has_changed(data, how.model):
        return False
    examples = f"{how.model.one}s"
    how.run.warn(
        f"{called(data.name)} has changed since {printable(how.model.word)} learnt from a set of this "
        f"name: its {examples} may be among what was learnt from"
    )
    return True


def _checked(
    take: Callable[[Array], Array], prepared: Callable[[Array], Array], where: str, at: Array
) -> Array:
    found = take(at)
    if found.dtype.kind == "f":
        wrong = np.flatnonzero(~np.isfinite(found).reshape(len(found), -1).all(axis=1))
        if len(wrong):
            raise DlcliError(f"{where}: input {at[wrong[0]]} holds NaN or infinity; its output would be NaN")
    return prepared(found)


def _wanted(labels: Array | None, data: DataSet, how: Preparing) -> Array | None:
    """The values (k, value) that the net was to give; None of a set or a net without them."""
    model = how.model
    if labels is None or model.answers != "values":
        return None
    wanted = labels.reshape(len(labels), -1)
    if data.classes or wanted.shape[1] != model.count:
        have = (
            f"{len(data.classes)} class{'es' * (len(data.classes) != 1)}"
            if data.classes
            else f"{counted(wanted.shape[1], 'value')} for each input"
        )
        how.run.warn(
            f"{called(data.name)} has {have}, and {printable(model.word)} gives {model.count} "
            f"value{'s' * (model.count > 1)}: no error is measured"
        )
        return None
    return wanted.astype(np.float64)


def _numbered(labels: Array | None, data: DataSet, how: Preparing) -> Array | None:
    """The classes that inputs have, by the numbers that the net gives them; None where there are none."""
    model = how.model
    if labels is not None and labels.dtype.kind == "f" and labels.size == len(labels) and model.binary:
        zeros_and_ones = labels.reshape(-1).astype(np.int64)
        labels = zeros_and_ones if np.array_equal(zeros_and_ones, labels.reshape(-1)) else None
    if labels is None or labels.dtype.kind not in "iu" or model.answers not in ("probabilities", "scores"):
        return None
    theirs, ours, where = data.classes, model.labels, called(data.name)
    if ours is None or theirs == ours or not theirs:
        return labels if labels.max(initial=0) < model.count else None
    if set(theirs) <= set(ours):
        return np.array([ours.index(name) for name in theirs])[labels]
    shown = some([printable(name) for name in theirs], 3)
    if len(theirs) == len(ours):
        how.run.warn(
            f"the classes of {where} ({shown}) have other names than those of {printable(model.word)}: they "
            "are compared by their numbers"
        )
        return labels
    how.run.warn(
        f"the classes of {where} ({shown}) are not those of {printable(model.word)}: no answer is counted as "
        "right"
    )
    return None
