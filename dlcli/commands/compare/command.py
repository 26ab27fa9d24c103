"""``dlcli compare``: hold a tensor, a sound, a picture or a file of weights against a reference."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from dlcli.commands.compare.record import Group, Pair, Work
from dlcli.commands.kinds.one_tensor import check_free
from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.broadcast import MISFIT, broadcast_rule
from dlcli.engines.tensors.comparison import ATOL, RTOL, compare
from dlcli.engines.tensors.reshape import written
from dlcli.errors import DlcliError, WrongUsage, called, printable
from dlcli.runner.command import command as subcommand
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import TENSORS, Block, tensors
from dlcli.runner.kinds import Input, Real
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument, option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Axis, Tensor
from dlcli.wire.stream import Limits
from dlcli.words.axes import COLOURS
from dlcli.words.near import some
from dlcli.words.number import number, rounded_up

NAMED = 6  # tensors that a message names
SHAPES = 3  # tensors of which it tells both shapes

TROUBLE = 2  # the exit code of what cannot be read, so that 1 is always a difference


def groups(
    word: str, environment: Environment, limits: Limits, block: Block | None = None
) -> Iterator[Group]:
    """All tensors of an input at once: several are compared by their names.

    Raises ``DlcliError`` for what cannot be read, with an exit code of its own: that is no difference.
    """
    try:
        found = tuple(tensors(word, environment, limits))
        if not found:
            raise DlcliError(f"{called(word)}: there is no tensor in it")
    except DlcliError as error:
        error.exit_code = TROUBLE
        raise
    yield Group(word, found)


#: The headings of its stories.
SECTIONS = (
    "Compared", "Reference", "Rule", "Axes", "Difference", "Differences", "Measures", "Verdict", "Notice",
    "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "difference": "What is compared minus the reference, cell by cell.",
        "measures": "How far both are apart: beyond, largest, rms, snr; of pictures psnr and ssim.",
    },
    formulas={
        "within": "|b − a| ≤ atol + rtol · |a|, a being the reference, as numpy.allclose has it",
        "RMS": "√(mean |b − a|²)",
        "SNR": "10 log10(Σ |a|² / Σ |b − a|²) dB",
        "PSNR": "10 log10(L² / mean (b − a)²) dB, L the range of the numbers",
        "SSIM": "(2 μa μb + C1)(2 σab + C2) / ((μa² + μb² + C1)(σa² + σb² + C2)), its mean over the picture",
    },
    tables={
        "How it ends": {
            "0": "all numbers are within the tolerance",
            "1": "some are beyond it, the shapes differ, or a tensor of the one has no partner in the other",
            "2": "an input cannot be read, or the command line asks for something that cannot be",
        },
    },
    examples=(
        "dlcli compare sample:exercise sample:exercise",
        "dlcli tensor sample:cat --noise gaussian:8 | dlcli compare sample:cat --atol 50",
        "dlcli compare '1 2; 3 4' '1 2; 3 4.5' --atol 0.5 --explain 1,1",
        "dlcli stft sample:tones | dlcli istft | dlcli compare sample:tones --atol 1e-5",
        "dlcli compare '0.1 0.2' '0.1 0.2' --emit measures -f csv",
    ),
    sections=SECTIONS,
)


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli compare``."""

    reference: str = argument(Input(TENSORS), metavar="REFERENCE")
    rtol: float = option(
        "--rtol",
        Real("R", least=0),
        RTOL,
        under="Tolerance",
        help="A difference may be so many parts of the reference.",
    )
    atol: float = option(
        "--atol",
        Real("A", least=0),
        ATOL,
        under="Tolerance",
        help="And this much beside; both defaults are those of numpy.allclose.",
    )
    equal_nan: bool = option(
        "--equal-nan/--unequal-nan",
        under="Tolerance",
        help="Whether NaN in both is equal. [default: equal, as numpy.testing.assert_allclose has it]",
    )
    data_range: float | None = option(
        "--data-range",
        Real("L", above=0),
        under="Pictures",
        help="How far the numbers of a picture may go, for PSNR and SSIM; makes pictures of arrays without "
        "names of axes. [default: 255 of bytes, else what the reference spans]",
    )


@subcommand("compare", MANUAL, Options, reads=replace(TENSORS, items=groups))
def command(run: Run, options: Options) -> Worker:
    """Compare with a reference: the largest difference and where it is, RMS, SNR in dB, SSIM of pictures.

    The exit code is 1 where a number is beyond the tolerance, after the story has been told, and 2 where an
    input cannot be read: so a script can hold your own implementation against this one. REFERENCE and INPUT
    are files, sample:NAME, literals, or one of them - for standard input; without INPUT it is read from
    there. Files with several tensors, such as the weights of nets, are compared name by name. Nothing is
    broadcast: another shape is a difference.
    """
    if options.reference == "-":
        check_free(run, "REFERENCE")
    (reference,) = groups(options.reference, run.environment, run.limits)
    return partial(compared, reference=reference, options=options, run=run)


def compared(actual: Group, *, reference: Group, options: Options, run: Run) -> Result:
    """One input beside the reference."""
    matched = _matched(reference, actual)
    if len(matched) == 1 and len(reference.tensors) == len(actual.tensors) == 1:
        ((a, b),) = matched
        if a.shape != b.shape:
            raise DlcliError(_other_shape(a, b, reference, actual))
    pairs = tuple(_pair(a, b, options) for a, b in matched)
    if not any(pair.found for pair in pairs):
        raise DlcliError(_nothing(reference, actual, pairs))
    taken = {id(one) for pair in matched for one in pair}
    missing = tuple(one.name for one in reference.tensors if id(one) not in taken)
    more = tuple(one.name for one in actual.tensors if id(one) not in taken)
    if options.data_range is not None and not any(pair.is_picture for pair in pairs):
        raise WrongUsage(_no_picture(reference, pairs))
    for pair in pairs:
        if warning := _warning(pair, reference, actual):
            run.warn(warning)
    equal_nan = options.equal_nan is not False
    work = Work(reference, actual, pairs, missing, more, options.rtol, options.atol, equal_nan, run.line)
    found = [pair for pair in pairs if pair.found]

    def differences() -> list[Tensor]:
        return [replace(pair.difference, name=pair.name) for pair in found]

    outputs = {"difference": lambda: found[0].difference, "measures": lambda: work.measures}
    several = {} if work.alone else {"difference": differences}
    return Result(outputs, work, verdict=_verdict(work), several=several, scale="symmetric")


def _pair(reference: Tensor, actual: Tensor, options: Options) -> Pair:
    found = None
    if reference.shape == actual.shape:
        found = compare(
            reference.data, actual.data,
            rtol=options.rtol, atol=options.atol, equal_nan=options.equal_nan is not False,
        )  # fmt: skip
    return Pair(reference, actual, found, options.data_range)


def _warning(pair: Pair, reference: Group, actual: Group) -> str:
    """What a script should not miss, though every number is within the tolerance."""
    if pair.found is None:
        return ""
    if not pair.reference.data.size:
        which = f"{printable(pair.name)} of " * (len(actual.tensors) > 1)
        return f"{which}{actual.called}: nothing was compared: {_shape(pair.actual)} holds no number"
    for a, b in zip(pair.reference.axes, pair.actual.axes, strict=True):
        if a.step is None or b.step is None or (math.isclose(a.step, b.step) and a.unit == b.unit):
            continue
        told = [
            _steps(axis, one, step)
            for axis, one, step in ((b, pair.actual, b.step), (a, pair.reference, a.step))
        ]
        return (
            f"{actual.called}: {printable(b.name)} goes by {told[0]}, in the reference by {told[1]}: numbers "
            "are compared by their places"
        )
    return ""


def _no_picture(reference: Group, pairs: tuple[Pair, ...]) -> str:
    """Why --data-range has no use."""
    pair = next(pair for pair in pairs if pair.found)
    if pair.is_complex:
        return "--data-range is for pictures, and complex numbers are none"
    channels = f"{', '.join(map(str, COLOURS[:-1]))} or {COLOURS[-1]}"
    return (
        f"--data-range is for pictures, of (height, width) or (height, width, channel) with {channels} "
        f"channels; {reference.called}: {_shape(pair.reference)}"
    )


def _steps(axis: Axis, x: Tensor, step: float) -> str:
    """How far one place of an axis is from the next; of a sound, how many there are in a second."""
    rate = x.attrs.get("sample_rate")
    if (
        axis.name == "time"
        and axis.unit == "s"
        and isinstance(rate, int | float)
        and math.isclose(step * rate, 1)
    ):
        return f"{number(rate)} samples a second"
    return printable(f"{number(step)} {axis.unit}".rstrip())


def _matched(reference: Group, actual: Group) -> list[tuple[Tensor, Tensor]]:
    """Which tensor is held against which: the only two, those of the same names, or of the same order.

    Raises ``EngineError`` for names that come twice where the order does not say which is meant.
    """
    if len(reference.tensors) == len(actual.tensors) == 1 or reference.names == actual.names:
        return list(zip(reference.tensors, actual.tensors, strict=True))
    for group in (reference, actual):
        twice = [name for name, count in Counter(group.names).items() if count > 1]
        if twice:
            raise EngineError(
                f"{printable(some(twice))} stands more than once in {group.called}, so names do not "
                "tell what is to be compared"
            )
    others = {one.name: one for one in actual.tensors}
    return [(one, others[one.name]) for one in reference.tensors if one.name in others]


def _nothing(reference: Group, actual: Group, pairs: tuple[Pair, ...]) -> str:
    """Why there is nothing to compare in files of several tensors."""
    if pairs:
        told = [f"{pair.name} {_lengths(pair.actual)}, not {_lengths(pair.reference)}" for pair in pairs]
        count = f"all {len(pairs)} tensors" if len(pairs) > 1 else "the one tensor"
        return printable(
            f"{count} whose names stand in both have another shape than in {reference.called}: "
            f"{'; '.join(told[:SHAPES])}{'; …' * (len(told) > SHAPES)}"
        )
    return printable(
        f"no name stands in both: {reference.called} holds {some(reference.names, NAMED)}; "
        f"{actual.called} holds {some(actual.names, NAMED)}; name one of each, as in "
        f"net.npz:{reference.names[0]}"
    )


def _other_shape(a: Tensor, b: Tensor, reference: Group, actual: Group) -> str:
    """Two shapes that differ, and what makes one of the other."""
    told = f"{actual.called}: {_shape(b)}, and the reference is {_shape(a)}: nothing is compared"
    made, cut = None, None
    if b.data.ndim > 1 and b.shape[::-1] == a.shape:
        made = "--transpose reverse"
    elif b.data.size == a.data.size:
        made = f"--reshape {shlex.quote(written(a.shape))}"
    elif all(rule.rule != MISFIT and rule.repeated != "right" for rule in broadcast_rule(b.shape, a.shape)):
        made = f"--broadcast {written(a.shape)}"
    elif made := _cut(b.shape, a.shape):
        pass
    else:
        cut = _cut(a.shape, b.shape)
    if reference.word == "-" or not (made or (cut and actual.word != "-")):
        return told
    first, second = (shlex.quote(printable(group.word)) for group in (reference, actual))
    if cut:
        line = f"dlcli tensor {first} {cut} | dlcli compare - {second}"
    elif actual.word == "-":
        line = f"… | dlcli tensor {made} | dlcli compare {first}"
    else:
        line = f"dlcli tensor {second} {made} | dlcli compare {first}"
    return f"{told}\nthey would have one shape by {line}"


def _cut(shape: tuple[int, ...], to: tuple[int, ...]) -> str:
    """The index that takes the first places of each axis, or of a last one too many the first; or nothing."""
    if shape[:-1] == to and shape[-1:] > (0,):
        return f"--index {','.join([':'] * len(to) + ['0'])}"
    if len(shape) != len(to) or not all(b >= a > 0 for a, b in zip(to, shape, strict=True)):
        return ""
    return f"--index {','.join(f':{a}' if a < b else ':' for a, b in zip(to, shape, strict=True))}"


def _shape(x: Tensor) -> str:
    names = f" ({', '.join(map(printable, x.axis_names))})" if x.axes else ""
    return _lengths(x) + names


def _lengths(x: Tensor) -> str:
    return " × ".join(map(str, x.shape)) or "a single number"


def _verdict(work: Work) -> str:
    """What is beyond the tolerance, in a line; nothing where all is within."""
    name = work.actual.called
    if work.alone:
        (pair,) = work.pairs
        assert pair.found is not None
        if pair.passes:
            return ""
        found = pair.found
        size = found.within.size
        where = ",".join(map(str, found.worst))
        many = f"{found.beyond} of {size} numbers {'is' if found.beyond == 1 else 'are'}"
        told = many if size > 1 else "the number is"
        at = f" at {where}" if where else ""
        if found.overflows:
            largest = f"largest difference beyond the largest {found.difference.dtype}{at}"
        elif math.isinf(found.largest):
            largest = f"not the same, and not finite{at}"
        else:
            largest = (
                f"largest difference {found.largest:.4g}{at}; --atol {rounded_up(found.needed)} lets all pass"
            )
        return f"{name}: {told} beyond the tolerance (rtol {work.rtol:g}, atol {work.atol:g}): {largest}"
    failed = [pair.name for pair in work.pairs if not pair.passes]
    parts = [some(failed, NAMED)] if failed else []
    if work.missing:
        parts.append(f"not there: {some(work.missing, NAMED)}")
    if work.more:
        parts.append(f"not in the reference: {some(work.more, NAMED)}")
    told = f"{name}: {work.failed} of {work.total} tensors differ: {'; '.join(parts)}"
    return printable(told) if parts else ""
