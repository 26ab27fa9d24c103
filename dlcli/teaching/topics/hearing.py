"""Topics of sound: frames, bins, what is folded, the transform of four samples, a Hann window."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from typing import Any

from dlcli.engines.base.slips import SLIPS, these
from dlcli.engines.spectral.slips import (
    dft4,
    frames,
    frequency,
    hann,
    inverse4,
    mirrored,
    nearest,
    turn_cosine,
)
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task, cells, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics import tables
from dlcli.teaching.topics.literal import decimals, vector
from dlcli.teaching.worked import ATOM, Worked, given


@topic(
    "frames",
    "How many frames a sound has",
    notes="3.0.1",
    needs=("outsize",),
    levels=("one behind the other", "overlapping", "milliseconds, centred"),
    idea="Count the places where a frame can begin: the first, and one more for each hop that still fits.",
    products=6,
)
def framing(dice: Dice, level: int) -> Task:
    """n, f, h: the frames, and where the last begins."""
    if level == 3:
        return _centred(dice)
    f = dice.one((4, 5, 6, 8, 10, 12, 16))
    h = f if level == 1 else dice.one([one for one in (2, 3, 4, 5, 6, 8) if one < f])
    count = dice.whole(4, 12)
    n = f + (count - 1) * h + dice.whole(1, h - 1)
    text = f"A sound of {n} samples is cut into frames of {f} samples, one every {h}"
    window = dice.whole(2, f - 1)
    if level == 2:
        text += f"; each is multiplied by a window of {window} samples with zeros on both sides up to {f}"
    text += (
        ". Nothing is added before or behind the sound, and a frame that does not fit is left out. How many "
        "frames are there, and at which sample (counted from 0) does the last begin?"
    )
    a, b, c, d = given(n), given(f), given(h), given(window)

    def solve(pen: Pen) -> None:
        names = ("frames.plus-one", "frames.centred", *(("frames.n-hop",) if level == 2 else ()))
        slips = these(names, a, b, c)
        if level == 2:
            slips |= these(("frames.nfft",), a, d, c)
            pen("steps", (a - b) // c, {"frames.nfft": (a - d) // c})
        made = pen("frames", frames(a, b, c), slips)
        pen("last", (made - 1) * c, these(("frames.next-start",), made, c))

    return Task(
        (Say(text),),
        (Field("frames"), Field("last")),
        solve,
        "frames = (n − f) div h + 1;  last = (frames − 1) · h",
        {"n": n, "f": f, "h": h},
        f"dlcli tensor 0 --broadcast {n} | dlcli stft "
        f"--frame {f if level == 1 else window} --n-fft {f} "
        f"--hop {h} --no-center --window rect",
        ("frames.plus-one", "frames.centred", "frames.next-start")
        if level == 1
        else ("frames.plus-one", "frames.n-hop", "frames.nfft", "frames.centred", "frames.next-start"),
    )


def _centred(dice: Dice) -> Task:
    rate = dice.one((8000, 16000))
    milliseconds, hop = dice.one((8, 10, 12, 16, 20, 25, 32)), dice.one((2, 4, 5))
    f, h = milliseconds * rate // 1000, hop * rate // 1000
    n = f + dice.whole(3, 12) * h + dice.whole(0, 1) * dice.whole(1, h - 1)
    text = (
        f"A sound of {n} samples at {rate} Hz is cut into frames of {milliseconds} ms, one every {hop} ms; "
        "they are centred: the first on sample 0, with zeros before and behind the sound, as in librosa. "
        "How many samples has a frame, and how many frames are there?"
    )
    a, r = given(n), given(rate)

    def solve(pen: Pen) -> None:
        size = pen("f", milliseconds * r / 1000)
        step = pen("h", hop * r / 1000)
        slips = these(("frames.uncentred", "frames.multiple"), a, size, step)
        pen("frames", frames(a, size, step, centred=True), slips)

    return Task(
        (Say(text),),
        (Field("f"), Field("frames")),
        solve,
        "f = ms · fs / 1000;  frames = n div h + 1",
        {"n": n, "fs": rate, "frame in ms": milliseconds, "hop in ms": hop},
        f"dlcli tensor 0 --broadcast {n} | dlcli stft --frame {f} --hop {h} --center --window rect",
        ("frames.uncentred", "frames.multiple"),
    )


HERTZ = Fraction(1, 20)


@topic(
    "bins",
    "Frequency of a bin",
    notes="3.0.1",
    levels=("resolution", "of bin k", "the nearest bin"),
    idea="N bins are spread evenly over the sample rate, the first at 0 Hz: from one to the next it is fs/N.",
    products=6,
    digits=9,
)
def bins(dice: Dice, level: int) -> Task:
    """fs, N, k or f: frequencies and bins."""
    rate, n = (
        dice.one((8000, 16000, 22050, 44100, 48000)),
        dice.one((200, 250, 256, 400, 500, 512, 1000, 1024)),
    )
    r, size = given(rate), given(n)
    text = f"A sound at {rate} Hz is transformed in frames of N = {n} samples; bins are counted from 0. "
    explained, asked = 1, {}
    if level == 1:
        text += "How many Hz lie between two bins, and how many bins has a real sound, from 0 Hz to fs/2?"
        fields: tuple[Field, ...] = (
            Field("step", HERTZ, unit="Hz", says="in Hz, to 1 decimal"),
            Field("bins"),
        )
        targets: tuple[str, ...] = ("bin.half", "bin.half-rate", "bin.count", "bin.count-all")

        def solve(pen: Pen) -> None:
            pen("step", r / size, these(("bin.half", "bin.half-rate"), 1, r, size))
            pen("bins", size // 2 + 1, these(("bin.count", "bin.count-all"), size))

    elif level == 2:
        explained = dice.whole(3, n // 2 - 2)
        asked = {"k": explained}
        text += f"What is the frequency of bin {explained}, and that of the last bin, N/2?"
        fields = tuple(
            Field(one, HERTZ, unit="Hz", says="in Hz, to 1 decimal") for one in ("frequency", "last")
        )
        targets = ("bin.one-based", "bin.half", "bin.half-rate", "bin.nyquist")
        k = given(explained)

        def solve(pen: Pen) -> None:
            pen("step", r / size)
            slips = ("bin.one-based", "bin.centre", "bin.half", "bin.half-rate")
            pen("frequency", frequency(k, r, size), these(slips, k, r, size))
            pen("last", r / 2, these(("bin.nyquist",), r))

    else:
        below = dice.whole(5, n // 2 - 5)
        heard = round(rate * (below + Fraction(dice.whole(60, 90), 100)) / n)
        place = Fraction(heard * n, rate)
        explained, asked = nearest(place), {"f": heard}
        text += f"Which bin is nearest to {heard} Hz, and what is its own frequency?"
        fields = (Field("bin"), Field("frequency", HERTZ, unit="Hz", says="in Hz, to 1 decimal"))
        targets = ("bin.floor", "bin.next", "bin.half")

        def solve(pen: Pen) -> None:
            at = pen("f·N/fs", given(heard) * size / r)
            found = pen("bin", nearest(at.value), these(("bin.floor", "bin.next"), at.value))
            slips = ("bin.one-based", "bin.centre", "bin.half", "bin.half-rate")
            pen("frequency", frequency(found, r, size), these(slips, found, r, size))

    return Task(
        (Say(text),),
        fields,
        solve,
        "frequency = k · fs / N, for k = 0, 1, …, N/2",
        {"fs": rate, "N": n, **asked},
        f"dlcli tensor 0 --broadcast {n} | dlcli stft --frame {n} --hop {n} --no-center "
        f"--window rect "
        f"--sample-rate {rate} --explain {explained},0",
        targets,
    )


@topic(
    "alias",
    "What becomes of too high a tone",
    notes="3.0.1",
    needs=("bins",),
    levels=("the highest frequency", "one fold", "two folds"),
    idea="A rate tells frequencies up to its half apart; what lies above comes back, mirrored at that half.",
    products=3,
)
def alias(dice: Dice, level: int) -> Task:
    """fs and f: what is heard."""
    rate = dice.one((8, 10, 12, 16, 20, 24, 32))
    half = rate // 2
    if level == 1:
        f = dice.whole(1, half - 1)
        text = (
            f"What is the highest frequency that a recording at {rate} kHz can hold (highest)? And which "
            f"rate must be exceeded to record a tone of {f} kHz (rate)?"
        )
    else:
        f = dice.whole(half + 1, rate - 1) if level == 2 else dice.whole(rate + half + 1, 2 * rate - 1)
        text = (
            f"A tone of {f} kHz is recorded at {rate} kHz without a filter. What is the highest frequency "
            "that such a recording can hold (highest), and at which frequency does the tone appear in it "
            "(heard)?"
        )
    r, tone = given(rate), given(f)

    def solve(pen: Pen) -> None:
        pen("highest", r / 2, these(("bin.nyquist",), r))
        if level == 1:
            pen("rate", 2 * tone, these(("alias.least-rate", "alias.halved"), tone))
            return
        heard = tone
        wrong = these(("alias.none", "alias.from-half"), tone, r)
        if level == 3:
            heard = pen("f − fs", tone - r)
            wrong |= these(("alias.once",), tone, r)
        else:
            wrong |= {"bin.nyquist": partial(SLIPS["alias.none"].wrong, tone, r)}
        pen("heard", mirrored(heard, r), wrong)

    samples = [math.cos(2 * math.pi * f * n / rate) for n in range(rate)]
    targets = {
        1: ("bin.nyquist", "alias.least-rate", "alias.halved"),
        2: ("bin.nyquist", "alias.none", "alias.from-half"),
        3: ("bin.nyquist", "alias.none", "alias.from-half", "alias.once"),
    }[level]
    heard = f % rate if 2 * (f % rate) < rate else rate - f % rate
    return Task(
        (Say(text),),
        tuple(
            Field(one, unit="kHz", says="in kHz") for one in ("highest", "rate" if level == 1 else "heard")
        ),
        solve,
        "highest = fs/2;  rate = 2f;  above fs/2 a tone is heard at fs − f, above fs at f − fs first",
        {"fs": rate, "f": f},
        f"dlcli stft '{decimals([samples], 4)}' --frame {rate} --hop {rate} --no-center --window rect "
        f"--sample-rate {rate}000 --explain {heard},0",
        targets,
    )


#: The imaginary unit as it is written.
I = Worked(1j, lambda: ("i", ATOM))  # noqa: E741


@topic(
    "dft4",
    "The transform of four samples",
    notes="3.0.1",
    needs=("bins",),
    levels=("X[0] and X[2]", "X[1] and X[3]", "and back"),
    idea="The four powers of e^(−2πi/4) are 1, −i, −1 and i: a bin is a sum of samples, some turned.",
    products=4,
)
def dft(dice: Dice, level: int) -> Task:
    """x: two bins; or a spectrum: its samples."""
    x = dice.wholes(-4, 4, 4)
    if level == 3:
        return _back(x)
    asked = (0, 2) if level == 1 else (1, 3)
    text = (
        f"What are X[{asked[0]}] and X[{asked[1]}] of these four samples x? X[k] = Σ x[n] · e^(−2πi·kn/4), "
        "n from 0 to 3, without any factor"
    ) + ("." if level == 1 else "; write 1−2i, with i or j.")
    z = given(x)
    slips = ("dft.norm", "dft.neg-power", *(("dft.sign", "dft.real-only") if level == 2 else ()))

    def part(name: str, k: int, which: int) -> Any:
        return SLIPS[name].wrong(z, k)[which]

    def solve(pen: Pen) -> None:
        for k in asked:
            if level == 1:
                pen(f"X[{k}]", dft4(z, k)[0], {one: partial(part, one, k, 0) for one in slips})
                continue
            real = pen(f"re {k}", dft4(z, k)[0], {one: partial(part, one, k, 0) for one in slips})
            imaginary = pen(f"im {k}", dft4(z, k)[1], {one: partial(part, one, k, 1) for one in slips})
            pen(f"X[{k}]", real + imaginary * I)

    return Task(
        (Say(text), grid("x", x)),
        tuple(Field(f"X[{k}]") for k in asked),
        solve,
        "X[k] = x[0] + x[1]·w + x[2]·w² + x[3]·w³ with w = (−i)^k",
        {"x": x, "asked": tuple(asked)},
        f"dlcli stft '{vector(x)}' --frame 4 --hop 4 --window rect --no-center --explain "
        f"{asked[level == 1]},0",
        slips,
    )


def _back(x: list[int]) -> Task:
    bins_ = [dft4(x, k) for k in range(4)]
    text = (
        "Which four real samples x have this transform X[k] = re[k] + i·im[k], k from 0 to 3? It was made "
        "by X[k] = Σ x[n] · e^(−2πi·kn/4); the way back is x[n] = Σ X[k] · e^(+2πi·kn/4) / 4."
    )
    real, imaginary = given([one for one, _ in bins_]), given([one for _, one in bins_])
    slips = ("dft.forward-again", "dft.back-undivided", "dft.back-real")

    def solve(pen: Pen) -> None:
        for n in range(4):
            pen(f"x[{n}]", partial(inverse4, real, imaginary, n), these(slips, real, imaginary, n))

    return Task(
        (Say(text), grid("re", [one for one, _ in bins_]), grid("im", [one for _, one in bins_])),
        cells("x", 4),
        solve,
        "x[n] = Σ X[k] · e^(+2πi·kn/4) / 4",
        {"re": [one for one, _ in bins_], "im": [one for _, one in bins_]},
        f"dlcli stft '{vector(x)}' --frame 4 --hop 4 --window rect --no-center --explain 1,0",
        slips,
    )


#: Angles whose cosine a Hann window needs, and how near its values must be.
ANGLES, NEAR = (0, 30, 45, 60, 90, 120, 135, 150, 180), Fraction(1, 500)

PERIODIC = "the periodic Hann window w[n] = (1 − cos(2πn/N)) / 2 of N = {} samples"
OF_WINDOW = ("hann.symmetric", "hann.plus", "hann.no-half", "hann.half-turn")


@topic(
    "window-sample",
    "A Hann window",
    notes="3.0.1",
    needs=("frames", "dft4"),
    levels=("its values", "times a frame", "two frames added"),
    idea="A frame fades in and out: it begins at 0, is 1 in the middle, and two that overlap by half add "
    "up to 1.",
    products=8,
)
def window_sample(dice: Dice, level: int) -> Task:
    """N, x: values of the window, of a frame, of frames that overlap."""
    return (_window_values, _windowed, _overlapped)[level - 1](dice)


def _cosines() -> Any:
    return tables.table("cos", lambda degrees: math.cos(math.radians(degrees)), ANGLES, "degrees")


def _window_values(dice: Dice) -> Task:
    size = dice.one((6, 8, 12))
    first = dice.whole(1, size - 1)
    asked = sorted((first, dice.one([n for n in range(1, size) if n not in (first, size - first)])))
    text = (
        f"What are w[{asked[0]}] and w[{asked[1]}] of {PERIODIC.format(size)}? Samples are counted from 0; "
        "2πn/N is 360·n/N degrees, and the cosine of 360 less an angle is that of the angle."
    )

    def solve(pen: Pen) -> None:
        for n in asked:
            cosine = pen(f"cos {360 * n // size}°", turn_cosine(n, size))
            pen(f"w[{n}]", (1 - cosine) / 2, these(OF_WINDOW, n, size))

    return Task(
        (Say(text), _cosines()),
        tuple(Field(f"w[{n}]", NEAR, says="to 3 decimals") for n in asked),
        solve,
        "w[n] = (1 − cos(2πn/N)) / 2",
        {"N": size, "asked": tuple(asked)},
        f"dlcli stft '{vector([1] * size)}' --frame {size} --hop {size} --window hann --no-center --explain "
        "1,0",
        OF_WINDOW,
    )


def _windowed(dice: Dice) -> Task:
    x = [dice.one((-1, 1)) * dice.whole(1, 9) for _ in range(4)]
    text = f"A frame x of four samples is multiplied by {PERIODIC.format(4)}. What becomes of it?"
    z = given(x)

    def times(window: Any, n: int) -> Any:
        return z[n] * given(window(n, 4))

    def solve(pen: Pen) -> None:
        for n in range(4):
            slips = {one: partial(times, SLIPS[one].wrong, n) for one in (*OF_WINDOW, "hann.none")}
            pen(f"y[{n}]", partial(times, hann, n), slips)

    return Task(
        (Say(text), grid("x", x), _cosines()),
        cells("y", 4, tolerance=NEAR, says="to 3 decimals"),
        solve,
        "y[n] = x[n] · (1 − cos(2πn/N)) / 2",
        {"x": x},
        f"dlcli stft '{vector(x)}' --frame 4 --hop 4 --window hann --no-center --explain 1,0",
        ("hann.symmetric", "hann.plus", "hann.no-half", "hann.none"),
    )


def _overlapped(dice: Dice) -> Task:
    size, value = dice.one((4, 6, 8, 12)), dice.whole(2, 9)
    hop = size // 2
    t = dice.whole(hop, size - 1)
    text = (
        f"A sound has the value {value} at every sample. It is cut into frames of {size} samples, one every "
        f"{hop}, each multiplied by {PERIODIC.format(size)}, and then added up again. What do frame 0 "
        f"(first) and frame 1 (second) give to sample {t}, and what do both together (sum)? Frames and "
        "samples are counted from 0."
    )
    x = given(value)

    def times(window: Any, n: int) -> Any:
        return x * given(window(n, size))

    def solve(pen: Pen) -> None:
        made = []
        for name, n in (("first", t), ("second", t - hop)):
            slips = {one: partial(times, SLIPS[one].wrong, n) for one in (*OF_WINDOW, "hann.none")}
            made.append(pen(name, partial(times, hann, n), slips))
        pen("sum", made[0] + made[1])

    return Task(
        (Say(text), _cosines()),
        tuple(Field(one, NEAR, says="to 3 decimals") for one in ("first", "second", "sum")),
        solve,
        "x · w[t] + x · w[t − hop]",
        {"N": size, "x": value, "t": t},
        f"dlcli stft '{vector([value] * (size + hop))}' --frame {size} --hop {hop} --window hann "
        "--no-center --explain 1,0",
        ("hann.symmetric", "hann.no-half", "hann.none", "hann.half-turn"),
    )
