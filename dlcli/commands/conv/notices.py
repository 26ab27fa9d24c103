"""What is worth noticing about a correlation and its answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.commands.conv.record import Work
from dlcli.commands.kinds.sounds.sound_story import cancelling
from dlcli.views.text.text import visible
from dlcli.words.number import number, percent


def notices(work: Work, precision: int) -> Iterator[str]:
    """The facts that hold for this run, the most telling first."""
    data = work.output.data
    if work.input.data.dtype.kind == "c":
        yield cancelling(work.input)
    if work.activation == "relu" and data.size:
        share = 1 - np.count_nonzero(data) / data.size
        yield f"relu leaves {percent(share, precision=2)} of the map at 0: only positive answers go on."
    yield from _flat(work, precision)
    yield from _stride(work)
    yield from _border(work)


def _flat(work: Work, precision: int) -> Iterator[str]:
    """The answer to an area of one value, where channels are equal or the weights sum to zero."""
    if work.parts:
        yield "The maps of all channels add up to the map of --channels sum."
        return
    depths = [kernel.array.sum(axis=(0, 1)) for kernel in work.kernels]  # a sum for each channel
    sizes = [np.abs(kernel.array).sum() for kernel in work.kernels]
    sums = [complex(depth.sum()) for depth in depths]
    the = "The kernel's weights" if len(sums) == 1 else "The weights of every kernel"
    bias, plus = _bias(work, precision)
    curved = work.activation != "linear"
    before = f"before {visible(work.activation)}, " if curved else ""
    if all(
        size > 0 and np.abs(depth).max() <= 1e-6 * size for depth, size in zip(depths, sizes, strict=True)
    ):
        if not curved:
            answer = "the bias" if plus else "0"
            yield f"{the} sum to 0: where the input is flat the answer is {answer}, only change answers."
        elif bias is not None:
            found = number(work.activated(bias), precision)
            applied = f"{visible(work.activation)}({number(bias, precision)}) = {found}"
            yield f"{the} sum to 0: where the input is flat the answer is {applied}, only change differs."
        return
    ones = all(abs(total - 1) <= 1e-6 for total in sums)
    if not ones and (len(sums) > 1 or sums[0].imag != 0):
        return
    told = "1" if ones else number(sums[0].real, precision)
    times = "" if ones else f"{told} times "
    if work.added > 1:
        what = f"{times}the sum of its {work.added} channels{plus}"
        bright = f", {work.added} times as bright" if ones and not plus and not curved else ""
        yield (
            f"{the} sum to {told} on each channel, and the channels are added up: {before}a flat area "
            f"answers with {what}{bright}. --channels keep filters each by itself."
        )
        return
    alike = " whose channels are alike" if len(depths[0]) > 1 else ""
    if ones and not plus and not curved and not alike:
        yield f"{the} sum to 1: flat areas stay as bright as they are."
    else:
        answer = f"{times}its value" if told != "0" else "0"
        yield f"{the} sum to {told}: {before}a flat area{alike} answers with {answer}{plus}."


def _bias(work: Work, precision: int) -> tuple[float | None, str]:
    """The bias that all kernels share, None when they differ; and in words what it adds."""
    biases = np.unique(work.bias)
    if len(biases) > 1:
        return None, " plus its kernel's bias"
    bias = float(biases[0])
    return bias, f" plus the bias of {number(bias, precision)}" if bias else ""


def _stride(work: Work) -> Iterator[str]:
    """How much fewer cells the map has for the stride, along the axes where it has."""
    geometry = work.geometry
    moves, found, instead = [], [], []
    for word, length, span, stride, pads, out in zip(
        ("rows", "columns"), geometry.in_size, geometry.span, geometry.stride, geometry.pads,
        geometry.out_size, strict=True,
    ):  # fmt: skip
        every = length if work.padding == "same" else length + sum(pads) - span + 1
        if out < every:
            moves.append(f"{stride} {word}")
            found.append(f"{out} {word[:-1] if out == 1 else word}")
            instead.append(str(every))
    if moves:
        fewer = " and ".join(f"{some} instead of {all_}" for some, all_ in zip(found, instead, strict=True))
        yield f"The kernel moves {' and '.join(moves)} at a time: the map has {fewer}."


def _border(work: Work) -> Iterator[str]:
    geometry = work.geometry
    if not any(side for pads in geometry.pads for side in pads):
        lost = [span - 1 for span in geometry.span]
        told = [f"{n} {word}{'s' * (n > 1)}" for n, word in zip(lost, ("row", "column"), strict=True) if n]
        if told:
            verb = "is" if sum(lost) == 1 else "are"
            yield f"Without padding the kernel stays inside: {' and '.join(told)} {verb} lost at the border."
        return
    filled = "zeros" if geometry.pad_mode == "zeros" else f"the input again ({geometry.pad_mode})"
    if work.padding == "full":
        yield f"Full padding answers wherever the kernel touches the input; beyond, it sees {filled}."
    else:
        yield f"At the border the kernel reaches into the padding and sees {filled} there."
