"""The record of a learner, for the commands that read it and add to it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dlcli.runner.environment import Environment

if TYPE_CHECKING:
    from dlcli.teaching.learner import Learner


def learner_of(environment: Environment, now: datetime | None = None) -> tuple[Learner, str]:
    """The learner as their record tells, and the file of the record."""
    from dlcli.teaching.learner import Learner, events_of, path_of
    from dlcli.teaching.topic import topics

    variables = os.environ if environment.variables is None else environment.variables
    path = path_of(variables)
    return Learner(events_of(path), topics(), now or datetime.now(UTC)), path
