"""The axis that a word of the command line means, for the tensor that is being worked on."""

from __future__ import annotations

from dlcli.errors import WrongUsage, printable
from dlcli.tensor import Tensor
from dlcli.words.near import did_you_mean


def axis_place(word: str, tensor: Tensor, option: str = "--axis") -> int:
    """The place of an axis, counted from the front, by its name or else by its index.

    >>> axis_place("column", Tensor([[1, 2]])), axis_place("-2", Tensor([[1, 2]]))
    (1, 0)

    Raises ``WrongUsage`` when there is no such axis, with the near name or a list of all of them.
    """
    names = tensor.axis_names
    if word in names:
        return names.index(word)
    try:
        place = int(word)
    except ValueError:
        pass
    else:
        if -len(names) <= place < len(names):
            return place % len(names)
    axes = ", ".join(f"{name} ({place})" for place, name in enumerate(names))
    known = {0: "a single number has none", 1: f"the only one is {axes}"}.get(
        len(names), f"the axes are {axes}"
    )
    hint = printable(" ".join(filter(None, [did_you_mean(word, names), known])))
    raise WrongUsage(f"{option} {printable(word)}: there is no such axis: {hint}")
