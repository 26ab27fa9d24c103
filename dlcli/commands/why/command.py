"""``dlcli why``: the whole way to an answer."""

from __future__ import annotations

from dataclasses import dataclass

from dlcli.commands.kinds.exercises.record import learner_of
from dlcli.errors import DlcliError
from dlcli.runner.command import tool
from dlcli.runner.environment import Environment
from dlcli.runner.manual import Manual

MANUAL = Manual(emits={}, examples=("dlcli why",))


@dataclass(frozen=True)
class Options:
    """There is nothing to say."""


@tool("why", MANUAL, Options)
def command(environment: Environment, options: Options) -> None:
    """Tell the whole way to the answer that was right last: the rule, each line, and what of dlcli shows it.

    Then what the usual slips would have given. Before an answer is right, dlcli hint helps.
    """
    from dlcli.teaching.hints import why

    learner, _ = learner_of(environment)
    drawn = learner.solved()
    if drawn is None:
        raise DlcliError("no answer has been right yet: dlcli learn asks, dlcli hint helps")
    told = [f"{drawn.topic.title}, level {drawn.level}", *why(drawn)]
    environment.stdout.write(("\n".join(told) + "\n").encode(errors="replace"))
