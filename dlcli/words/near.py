"""The known name that is most like a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: Letters from which on the beginning of a name stands for it.
SHORTEST = 3


def plain(word: str) -> str:
    """A word of the command line as names are written: in small letters, apart by hyphens.

    >>> plain("Sobel_X")
    'sobel-x'
    """
    return word.lower().replace("_", "-")


def known_as(word: str, names: Iterable[str]) -> str:
    """A word with the name before its first colon as it is written in ``names``, if that is one of them.

    >>> known_as("Gaussian:5", ["gaussian"]), known_as("Me.csv", ["gaussian"])
    ('gaussian:5', 'Me.csv')
    """
    head, colon, rest = word.partition(":")
    names = set(names)
    return word if head in names or plain(head) not in names else plain(head) + colon + rest


def some(names: Sequence[str], most: int = 8) -> str:
    """The first names, and … for those that are left out.

    >>> some(["cat", "dog"]), some(["cat", "dog", "owl"], 2)
    ('cat, dog', 'cat, dog, …')
    """
    return ", ".join(names[:most]) + ", …" * (len(names) > most)


def did_you_mean(
    word: str, names: Iterable[str], otherwise: str = "", *, called: str = "{}", cutoff: float = 0.6
) -> str:
    """A question after the name most like a word; ``otherwise`` where none is like it.

    ``called`` is how a name is written, and ``cutoff`` how like it must be, from 0 to 1.

    >>> did_you_mean("sobelx", ["box", "sobel-x", "diag"])
    'did you mean sobel-x?'
    >>> did_you_mean("cat", ["sobel-x", "diag"], "there are sobel-x and diag")
    'there are sobel-x and diag'
    """
    near = nearest(word, names, cutoff=cutoff)
    return otherwise if near is None else f"did you mean {called.format(near)}?"


def nearest(word: str, names: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The name most like a word, at least as like as ``cutoff`` (0 to 1); None where there is none.

    Capitals are as good as small letters, except between names that differ in nothing else. Where a single
    name begins with the whole word, of three letters at least, that one is meant.

    >>> nearest("catt.png", ["cat.png", "dog.png"]), nearest("Relu", ["elu", "relu"])
    ('cat.png', 'relu')
    >>> nearest("freq", ["frequency", "frame"])
    'frequency'
    """
    from difflib import get_close_matches

    names = list(names)
    if alike := [name for name in names if name.lower() == word.lower()]:
        return get_close_matches(word, alike, n=1, cutoff=0)[0]
    begun = [name for name in names if name.lower().startswith(word.lower())]
    if len(word) >= SHORTEST and len(begun) == 1:
        return begun[0]
    exact = get_close_matches(word, names, n=1, cutoff=cutoff)
    small = {name.lower(): name for name in reversed(names)}
    near = exact or [small[one] for one in get_close_matches(word.lower(), list(small), n=1, cutoff=cutoff)]
    return next(iter(near), None)
