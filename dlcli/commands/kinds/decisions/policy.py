"""The policy that a word of the command line stands for, in the world that is looked at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.bellman import evaluate, q_values
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.policy import checked_policy, equal_shares, proper_actions, random_policy
from dlcli.errors import BadData, WrongUsage, printable
from dlcli.runner.kinds import Real, Words
from dlcli.runner.option import option
from dlcli.runner.result import Run
from dlcli.tensor import Tensor
from dlcli.wire.read import Literal, open_input, read_tensors
from dlcli.wire.sniff import kind_of
from dlcli.wire.stream import Limits, Source
from dlcli.wire.typed.text import read_text
from dlcli.words.near import did_you_mean, known_as, some
from dlcli.worlds.policy_table import read_policy
from dlcli.worlds.world import World

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: Words for policies, and what they are.
POLICIES = {
    "random": "Every action of a state, equally likely.",
    "greedy": "The best actions by the values of the random policy: one step of policy improvement.",
    "optimal": "The best actions there are.",
    "FILE": "A table state,action,probability, or what --emit policy wrote; - for standard input.",
}


class PolicyWord(Words):
    """``random``, ``greedy``, ``optimal``, or a file with a policy."""

    file = "read"
    name = "random|greedy|optimal|FILE"
    words = tuple(word for word in POLICIES if word.islower())

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word as it was typed."""
        return str(value) if value == "-" or os.path.lexists(value) else known_as(str(value), self.words)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Files, and the words that begin so."""
        from click.shell_completion import CompletionItem

        # Files come first: bash forgets what stands before them.
        return [CompletionItem(incomplete, type="file"), *super().shell_complete(ctx, param, incomplete)]


def policy_option(under: str, *, excludes: str | tuple[str, ...] = ()) -> Any:
    """The field ``--policy`` of a command's options, under one of its headings."""
    return option(
        "--policy",
        PolicyWord(),
        "random",
        under=under,
        excludes=excludes,
        help="What is done in each state.",
    )


def gamma_option(under: str) -> Any:
    """The field ``--gamma`` of a command's options, under one of its headings."""
    return option(
        "--gamma",
        Real("G", least=0, most=1),
        under=under,
        help="The discount: what a reward is worth that comes a step later. [default: the world's own, or 1]",
    )


def check_policy(word: str, run: Run) -> None:
    """Raise ``WrongUsage`` where a policy is to come from standard input, and the world does."""
    inputs = run.line.inputs
    if word == "-" and inputs and run.environment.stdin_is_terminal:
        raise WrongUsage("--policy -: nothing to read: pipe a policy in, or name a file")
    if word == "-" and (not inputs or {"-", run.environment.stdin_file} & {*inputs}):
        raise WrongUsage(
            "--policy -: standard input is for the world; name the world, or write the policy to a file"
        )


def policy_of(word: str, world: World, gamma: float, run: Run) -> Array:
    """The policy (S, A) of a word.

    Raises ``BadData`` for a file that holds none of this world, with the nearest word when there is no such
    file, and ``EngineError`` when an optimum is asked for and there is none.
    """
    moves = world.transitions
    if word == "random":
        return random_policy(moves)
    if word == "greedy":
        values = evaluate(moves, random_policy(moves), gamma, states=world.states)
        return equal_shares(proper_actions(moves, q_values(moves, values, gamma), gamma))
    if word == "optimal":
        return policy_iteration(moves, gamma, states=world.states).policy
    known = PolicyWord.words
    literal = Literal("a policy", f"the policies with names are {', '.join(known)}", lambda: known)
    with open_input(word, stdin=run.environment.stdin, literal=literal) as source:
        return _read(source, world, run.limits)


def _in_order(tensor: Tensor, world: World) -> Array:
    """The numbers of a policy, its rows and columns in the order of the states and actions of a world.

    Raises ``BadData`` for names that are not those of the world.
    """
    data = np.asarray(tensor.data)
    for place, (axis, names) in enumerate(zip(tensor.axes, (world.states, world.actions), strict=False)):
        if axis.labels in (None, names):
            continue
        number = {name: i for i, name in enumerate(axis.labels or ())}
        if missing := [name for name in names if name not in number]:
            what = ("state", "action")[place]
            hint = did_you_mean(missing[0], number, f"it has {some([*number])}")
            raise BadData(printable(f"the policy has no {what} {missing[0]!r}, which the world has: {hint}"))
        data = data.take([number[name] for name in names], axis=place)
    return data


def _read(source: Source, world: World, limits: Limits) -> Array:
    """A policy from a table, or from a tensor (state, action)."""
    try:
        if source.at_end():
            source.bad("nothing in it (0 bytes)")
        if kind_of(source) == "text":
            return read_policy(read_text(source, limits=limits), world)
        found = list(read_tensors(source, limits=limits))
        (tensor,) = [one for one in found if one.name == "policy"] if len(found) > 1 else found
        if tensor.axis_names[:1] == ("method",):
            methods = tensor.axes[0].labels or ()
            source.bad(
                f"these are {len(tensor.data)} policies, of {' and '.join(map(printable, methods))}: one is "
                "followed at a time; let one method learn alone"
            )
        data = _in_order(tensor, world)
        return checked_policy(data, world.transitions, world.states, world.actions)
    except EngineError as error:
        source.bad(str(error))
    except BadData as error:
        if str(error).startswith(source.name):
            raise
        source.bad(str(error))
    except ValueError:
        source.bad("a policy is one tensor (state, action); there are several")
