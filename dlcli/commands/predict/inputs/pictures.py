"""Pictures of any size as a net takes them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dlcli.commands.predict.inputs.checks import named, size_words
from dlcli.commands.predict.inputs.fit import ALPHA, channels, fitted
from dlcli.commands.predict.inputs.preparing import BATCH, Preparing
from dlcli.commands.predict.inputs.scaled import Scaled, rescaled
from dlcli.engines.base.checks import Array, EngineError
from dlcli.errors import DlcliError, printable
from dlcli.nets.layers.shape import Rescaling
from dlcli.tensor import Tensor, default_axes
from dlcli.wire.datasets.dataset import ABOVE_ONE, WHITE
from dlcli.words.axes import PICTURE, picture_order, reordered

#: How much nearer the mean of a picture must be to that of the data when it is inverted.
CLEARLY = 0.2


def batch_of(x: Tensor, how: Preparing) -> tuple[Array, tuple[str, ...], bool]:
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
            f"{printable(how.model.word)} takes {size_words(how.model.spec.input)} (height, width, channel); "
            f"received {x.describe()}, channels first; put them last: dlcli tensor INPUT --transpose 1,2,0"
        )
    return x.data[None], x.axes[2].labels or (), True


def _no_picture(x: Tensor, how: Preparing) -> DlcliError:
    return DlcliError(
        f"{printable(how.model.word)} takes pictures {size_words(how.model.spec.input)} (height, width, "
        f"channel), or a batch (picture, height, width, channel); received {x.describe()}"
    )


@dataclass(frozen=True)
class Prepared:
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
            return rescaled(batch, how, self.where)
        unit = rescaled(batch, how, self.where)
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
            f"{self.where} is {size_words(shape)} (height, width, channel){alpha}; {word} takes "
            f"{size_words(wanted)}: add --fit stretch or --fit crop"
            + ", or --fit center for a digit or letter of one's own"
            * (wanted[2] == 1)
        )


def _white(batch: Array, whole: int) -> float:
    """The number that stands for white, ``whole`` in pictures of whole numbers."""
    if batch.dtype.kind in "ui":
        return whole
    return WHITE if batch.dtype.kind == "f" and float(batch.max()) > ABOVE_ONE else 1.0


def check_range(x: Tensor, first: Array, how: Preparing) -> None:
    """A line on standard error where floats do not look like the pixels that the net has learnt from."""
    if x.data.dtype.kind != "f" or how.rescale is not None or how.fit == "center":
        return
    high, where = float(x.data.max()), named(x)
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


def check_ink(x: Tensor, first: Array, how: Preparing) -> None:
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
            f"{named(x)} is bright ({bright:.2g} on average), and what the net has learnt from is dark "
            f"({mean:.2g}): --invert takes dark ink on white"
        )


def check_used(first: Array, prepared: Prepared | Scaled, how: Preparing, where: str) -> None:
    """A line on standard error for an option that changes nothing of an input (1, …)."""
    for flag, given, without, why in (
        (f"--fit {how.fit}", how.fit, {"fit": None}, f"it is {size_words(first.shape[1:])} already"),
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


def pixel_words(batch: Array, how: Preparing, white: int = WHITE) -> str:
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
