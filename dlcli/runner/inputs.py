"""The words of a command line become tensors, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dlcli.errors import WrongUsage
from dlcli.runner.environment import Environment
from dlcli.tensor import Tensor
from dlcli.wire.limits import Limits
from dlcli.wire.read import open_input, read_tensors


def words_of(inputs: Sequence[str], environment: Environment, example: str) -> tuple[str, ...]:
    """The inputs that were named, or ``-``; never a silent wait for a person to type a tensor."""
    words = tuple(inputs) or ("-",)
    if "-" in words and environment.stdin is None:
        raise WrongUsage(f"standard input is closed and no input is named\nTry '{example}'.")
    if not inputs and environment.stdin_is_terminal:
        raise WrongUsage(
            "nothing to read: name a file, sample:NAME or a literal such as '1 2; 3 4', or pipe something in"
            f"\nTry '{example}'."
        )
    if words.count("-") > 1:
        raise WrongUsage("'-' (standard input) can be read once; it is named more than once")
    return words


def tensors(
    word: str, environment: Environment, limits: Limits, block: Callable[[int], int] | None = None
) -> Iterator[Tensor]:
    """The tensors of one input, each made when the one before it has been dealt with.

    With ``block``, which takes a sample rate, a sound is several tensors of about so many samples.
    """
    with open_input(word, stdin=environment.stdin) as source:
        yield from read_tensors(source, limits=limits, block=block)
