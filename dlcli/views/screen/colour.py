"""Colours of numbers, on scales that grow evenly or have two sides around zero, and of series."""

from __future__ import annotations

from functools import cache

import numpy as np
from rich.color import Color
from rich.style import Style

from dlcli.tensor import Array

#: Nine colours of viridis (van der Walt and Smith, matplotlib 2.0, CC0): even steps of lightness.
SEQUENTIAL = "440154 472d7b 3b528b 2c728e 21918c 28ae80 5ec962 addc30 fde725"

#: RdBu with eleven classes, from its blue end (Brewer and Harrower, ColorBrewer 2.0, Apache 2.0): one of
#: the diverging scales that they list as safe for the colour-blind.
DIVERGING = "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f"

#: Linear sRGB to the cones' responses and those to lightness and two opponent colours, from
#: Björn Ottosson, "A perceptual color space for image processing" (2020).
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OPPONENTS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

#: Of a scale: odd, so that zero has one of its own, and so few that a byte counts them.
STEPS = 255

#: Six of the eight colours of Masataka Okabe and Kei Ito, "Color universal design" (2008). Those with the
#: most contrast on black and on white come first; yellow, which vanishes on white, and black are left out.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")

#: The colours of a wheel: their lightness and how colourful they are in OKLCh, and the hue of the first.
LIGHTNESS, CHROMA, WARM = 0.7, 0.14, 0.25

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

#: The colour of what has no place on a scale.
NOWHERE = 170

#: What colours say (numbers around zero, brightness, how much), and how on a terminal that has sixteen: these
#: are VGA's, as rich takes them to be, in few steps, where the nearest of them would make gray of blue.
SIXTEEN = {
    "diverging": "0000aa 5555ff ffffff ff5555 aa0000",
    "gray": "000000 555555 aaaaaa ffffff",
    "sequential": "0000aa aa00aa 00aaaa 55ff55 ffff55",
}


def coloured(scale: str, share: Array, *, sixteen: bool = False) -> Array:
    """The colours of a scale: ``share`` (any shape) -> (…, 3) bytes of sRGB.

    ``scale`` is ``"diverging"``, from blue over white to red, for shares in -1..1, and for shares in 0..1
    ``"gray"`` or ``"sequential"``, viridis from dark violet to light yellow. What is nan is gray on all.

    >>> coloured("diverging", np.array([-1.0, 0.0, 1.0])).tolist()
    [[5, 48, 97], [247, 247, 247], [103, 0, 31]]
    >>> coloured("diverging", np.array([-0.9, 0.1, 0.4]), sixteen=True).tolist()
    [[0, 0, 170], [255, 255, 255], [255, 85, 85]]
    """
    unknown = np.isnan(share)
    if unknown.any():
        found = coloured(scale, np.where(unknown, 0, share), sixteen=sixteen)
        found[unknown] = NOWHERE
        return found
    if not sixteen:
        index, colours = steps(scale, share)
        return np.asarray(colours[index])
    share = (np.asarray(share) + 1) / 2 if scale == "diverging" else np.asarray(share)
    few = np.array([list(bytes.fromhex(step)) for step in SIXTEEN[scale].split()], np.uint8)
    at = np.rint(np.nan_to_num(share).clip(0, 1) * (len(few) - 1))
    return np.asarray(few[at.astype(np.intp)])


def code(rgb: Array) -> str:
    """A colour (3,) of bytes as ``rrggbb``.

    >>> code(np.array([5, 48, 97]))
    '053061'
    """
    return bytes(rgb.tolist()).hex()


def on(rgb: Array) -> Style:
    """The style of text on a background of this colour: black or white, whichever stands out more.

    The measure is the contrast ratio of WCAG 2.1 (section 1.4.3), which is equal for both at a luminance of
    sqrt(1.05 * 0.05) - 0.05.

    >>> on(np.array([247, 247, 247])).color.name
    '#000000'
    """
    return _on(*(int(part) for part in rgb))


@cache
def _on(red: int, green: int, blue: int) -> Style:
    luminance = linear(np.array([red, green, blue])) @ [0.2126, 0.7152, 0.0722]
    ink = "#000000" if luminance > np.sqrt(1.05 * 0.05) - 0.05 else "#ffffff"
    return Style(color=ink, bgcolor=Color.from_rgb(red, green, blue))


def linear(rgb: Array) -> Array:
    """Bytes of sRGB as amounts of light in 0..1 (IEC 61966-2-1)."""
    share = np.asarray(rgb) / 255
    return np.asarray(np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4))


def oklab(rgb: Array) -> Array:
    """Bytes of sRGB (…, 3) as lightness 0..1 and the opponents green-red and blue-yellow."""
    return np.asarray(np.cbrt(linear(rgb) @ _CONES.T) @ _OPPONENTS.T)


def steps(scale: str, share: Array) -> tuple[Array, Array]:
    """Which colour each share (any shape) has, as a byte, and the colours (n, 3) that are counted so.

    ``scale`` and ``share`` are those of ``coloured``.

    >>> index, colours = steps("diverging", np.array([-1.0, 0.0, 1.0]))
    >>> index.tolist(), colours[index[0]].tolist()
    ([0, 127, 254], [5, 48, 97])
    """
    share = (np.asarray(share) + 1) / 2 if scale == "diverging" else np.asarray(share)
    if scale == "gray":
        levels = np.arange(256, dtype=np.uint8)
        return np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8), np.repeat(levels[:, None], 3, axis=1)
    step = np.nan_to_num(np.asarray(share, dtype=np.float64) * (STEPS - 1))
    anchors = DIVERGING if scale == "diverging" else SEQUENTIAL
    return np.rint(step).clip(0, STEPS - 1).astype(np.uint8), _scale(anchors)


@cache
def _scale(anchors: str) -> Array:
    """Steps between the anchors, even in OKLab: half-way looks half-way, which a blend of bytes does not."""
    corners = oklab(np.array([list(bytes.fromhex(anchor)) for anchor in anchors.split()]))
    at, where = np.linspace(0, 1, STEPS), np.linspace(0, 1, len(corners))
    return _from_oklab(np.stack([np.interp(at, where, corners[:, part]) for part in range(3)], axis=1))


def _from_oklab(lab: Array) -> Array:
    """Lightness and opponents (…, 3) as bytes of sRGB, what it has no colours for at its edge."""
    light = (lab @ np.linalg.inv(_OPPONENTS).T) ** 3 @ np.linalg.inv(_CONES).T
    light = light.clip(0, 1)
    share = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(share * 255).astype(np.uint8))


def wheel(turn: Array) -> Array:
    """Hues around a circle, all as light and as colourful: ``turn`` (…) in turns -> (…, 3) bytes of sRGB.

    Equal steps look equal, and what lies just below 1 looks like what lies just above 0.

    >>> wheel(np.array([0, 1 / 3, 2 / 3, 1])).tolist()
    [[232, 119, 131], [120, 177, 83], [93, 161, 243], [232, 119, 131]]

    Source: Björn Ottosson, "A perceptual color space for image processing" (2020): OKLCh, its a and b as
    chroma and hue.
    """
    angle = 2 * np.pi * np.asarray(turn) + WARM
    return _from_oklab(
        np.stack([np.full_like(angle, LIGHTNESS), CHROMA * np.cos(angle), CHROMA * np.sin(angle)], axis=-1)
    )


def colour(place: int) -> Style:
    """The colour of a series by its place; after six they start again, and letters tell those apart."""
    return Style(color=COLOURS[place % len(COLOURS)])


def letter(place: int) -> str:
    """The letter that marks a series, by its place.

    >>> letter(0), letter(27)
    ('a', 'B')
    """
    return LETTERS[place % len(LETTERS)]
