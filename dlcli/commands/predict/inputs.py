"""From a tensor or a set of data to inputs of the shape that a net takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod

import numpy as np

from dlcli.commands.kinds.data import Data
from dlcli.commands.predict.fit import ALPHA, channels, fitted
from dlcli.commands.predict.model import Model
from dlcli.engines.base.checks import Array, EngineError
from dlcli.errors import BadData, DlcliError, WrongUsage, printable
from dlcli.nets.layers.shape import Rescaling
from dlcli.nets.net import WHITE
from dlcli.runner.result import Run
from dlcli.tensor import Tensor, default_axes
from dlcli.wire.datasets.dataset import DataSet
from dlcli.wire.datasets.read import from_tensor
from dlcli.wire.stream import memory
from dlcli.words.axes import PICTURE, picture_order, reordered

#: The largest number of a picture of 16 bits a channel.
DEEP = 65535

#: Floats above this are no pixels of 0 to 1.
ABOVE_ONE = 2.0

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
    pixels: str = ""


def inputs_of(x: Tensor | Data, how: Preparing) -> Inputs:
    """The inputs in a tensor, one or a batch, or in a set of data.

    Raises ``DlcliError`` for another shape than the net takes, for nothing, and for NaN or infinity.
    """
    if isinstance(x, Data):
        return _of_data(x.set, how)
    check_numbers(x)
    wanted = how.model.spec.input
    if x.data.ndim == len(wanted) + 1 and x.axes[0].name in BATCH and x.axes[0].labels is not None:
        return _of_data(from_tensor(x), how)
    if len(wanted) == 1:
        return _rows(x, how)
    batch, channels_, alone = _pictures(x, how)
    where = _where(x)
    prepared = _Prepared(how, channels_, where)
    first = prepared(batch[:1])
    _check_range(x, first, how)
    _check_ink(x, first, how)
    take = partial(_taken, batch, prepared)
    return Inputs(
        len(batch),
        take,
        alone,
        x.axes[0].labels if not alone else None,
        fitted=prepared.fits(batch),
        pixels=_pixels(batch, how),
    )


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
    if x.data.dtype.kind == "f":
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
    """The inputs of a net that takes features: one vector, or a row for each."""
    (wanted,) = how.model.spec.input
    if how.fit or how.invert:
        flag = "--fit" if how.fit else "--invert"
        raise WrongUsage(f"{flag} is for pictures; {how.model.word} takes {wanted} features: leave it out")
    if x.data.ndim not in (1, 2) or x.shape[-1] != wanted:
        flat = "; dlcli flatten puts them in one row" if x.data.size == wanted else ""
        raise DlcliError(
            f"{printable(how.model.word)} takes {wanted} features, one row for each input; received "
            f"{x.describe()}{flat}"
        )
    batch = x.data.reshape(-1, wanted)
    alone = x.data.ndim == 1 or (len(batch) == 1 and x.axes == default_axes(2))
    return Inputs(
        len(batch),
        partial(_taken, batch, _Scaled(how)),
        alone,
        x.axes[0].labels if not alone else None,
        pixels=_pixels(batch, how),
    )


@dataclass(frozen=True)
class _Scaled:
    """Numbers times ``--rescale``, where that is given."""

    how: Preparing

    def __call__(self, batch: Array) -> Array:
        rescale = self.how.rescale
        return batch if rescale is None else batch * self.how.model.net.dtype.type(rescale)


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

    def fits(self, batch: Array) -> bool:
        """Whether pictures of this shape are changed."""
        return batch.shape[1:] != self.how.model.spec.input or self.how.fit == "center"

    def __call__(self, batch: Array) -> Array:
        how, net = self.how, self.how.model.net
        if self.fits(batch) and how.fit is None:
            raise self._misfit(batch.shape[1:])
        if not (self.fits(batch) or how.invert or how.rescale is not None or _deep(batch)):
            return batch
        if how.rescale is not None:
            unit, white = batch.astype(net.dtype) * net.dtype.type(how.rescale), 1.0
        else:
            white = _white(batch)
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


def _deep(batch: Array) -> bool:
    """Whether these are pixels of 16 bits."""
    return batch.dtype == np.uint16 and int(batch.max(initial=0)) > WHITE


def _white(batch: Array) -> float:
    """The number that stands for white."""
    if _deep(batch):
        return DEEP
    if batch.dtype.kind in "ui":
        return WHITE
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
    elif not how.model.net.spec.rescales and high > ABOVE_ONE:
        how.run.warn(
            f"{where}: numbers up to {high:.4g} are taken as they are, and the net has learnt from pixels of "
            "0 to 1; where they are pixels of 0 to 255, add --rescale 1/255"
        )


def _pixels(batch: Array, how: Preparing) -> str:
    """What becomes of pixels, in words; of a net that does not say what it has learnt from, a line, too."""
    if how.rescale is not None or _deep(batch):
        return ""
    words, model = how.model.net.pixel_words(batch.dtype), how.model
    rescaling = any(isinstance(one.kind, Rescaling) for one in model.spec.layers)
    if words and not model.facts and not rescaling:
        how.run.warn(
            f"{printable(model.word)} rescales no pixels and does not say which it has learnt from: they are "
            f"divided by {WHITE}; --rescale 1 takes them as they are"
        )
    return words


def _check_ink(x: Tensor, first: Array, how: Preparing) -> None:
    """A line on standard error where a picture is more like the data when it is inverted."""
    mean = how.model.data.get("mean")
    if not isinstance(mean, float) or how.invert:
        return
    bright = float(first.mean()) / (WHITE if first.dtype.kind in "ui" or how.model.net.spec.rescales else 1)
    if abs(bright - mean) > abs(1 - bright - mean) + CLEARLY:
        how.run.warn(
            f"{_where(x)} is bright ({bright:.2g} on average), and what the net has learnt from is dark "
            f"({mean:.2g}): --invert takes dark ink on white"
        )


def _of_data(data: DataSet, how: Preparing) -> Inputs:
    """A part of a set, with its labels as the net numbers them."""
    chosen, part = data, ""
    if data.held_out is not None:
        if how.part in (None, "held-out"):
            chosen, part = data.held_out, "held out"
        elif how.part == "learnt":
            part = "not held out"
        else:
            part = "and those held out"
    elif how.part is not None:
        raise WrongUsage(f"--part {how.part}: nothing is held out of {printable(data.name)}; leave it out")
    count, take = len(chosen), chosen.take
    labels = chosen.labels
    if how.part == "all" and data.held_out is not None:
        count += len(data.held_out)
        take = partial(_of_both, data, data.held_out)
        labels = None if labels is None else np.concatenate([labels, data.held_out.labels])
    where = printable(data.name)
    if not count:
        raise DlcliError(f"{where} is empty: there is nothing to predict")
    names = None
    if data.classes and labels is not None:
        names = tuple(data.classes[i] for i in labels.tolist())
    numbered = _numbered(labels, data, how)
    if len(how.model.spec.input) == 1:
        (wanted,) = how.model.spec.input
        if data.shape != (wanted,):
            raise DlcliError(
                f"{where} has inputs of {_size(data.shape)}; {printable(how.model.word)} takes {wanted} "
                "features"
            )
        pixels = _pixels(take(np.arange(1)), how)
        taken = partial(_checked, take, _Scaled(how), where)
        return Inputs(count, taken, False, names, numbered, part, pixels=pixels)
    if len(data.shape) != 3:
        raise DlcliError(
            f"{where} has rows of {prod(data.shape)} features; {printable(how.model.word)} takes pictures of "
            f"{_size(how.model.spec.input)}"
        )
    prepared = _Prepared(how, (), where)
    first = take(np.arange(1))
    prepared(first)
    checked = partial(_checked, take, prepared, where)
    return Inputs(count, checked, False, names, numbered, part, prepared.fits(first), _pixels(first, how))


def _of_both(first: DataSet, second: DataSet, at: Array) -> Array:
    """Inputs of two sets, the second's numbered after the first's."""
    inner, outer = at[at < len(first)], at[at >= len(first)] - len(first)
    parts = [one.take(places) for one, places in ((first, inner), (second, outer)) if len(places)]
    return np.concatenate(parts)


def _checked(
    take: Callable[[Array], Array], prepared: Callable[[Array], Array], where: str, at: Array
) -> Array:
    found = take(at)
    if found.dtype.kind == "f":
        wrong = np.flatnonzero(~np.isfinite(found).reshape(len(found), -1).all(axis=1))
        if len(wrong):
            raise DlcliError(f"{where}: input {at[wrong[0]]} holds NaN or infinity; its output would be NaN")
    return prepared(found)


def _numbered(labels: Array | None, data: DataSet, how: Preparing) -> Array | None:
    """The classes that inputs have, by the numbers that the net gives them; None where there are none."""
    model = how.model
    if labels is None or labels.dtype.kind not in "iu" or model.answers not in ("probabilities", "scores"):
        return None
    theirs, ours, where = data.classes, model.labels, printable(data.name)
    if ours is None or theirs == ours or not theirs:
        return labels if labels.max(initial=0) < model.count else None
    if set(theirs) <= set(ours):
        return np.array([ours.index(name) for name in theirs])[labels]
    shown = f"{', '.join(theirs[:3])}, …" if len(theirs) > 3 else ", ".join(theirs)
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
