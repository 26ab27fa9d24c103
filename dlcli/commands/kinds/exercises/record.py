"""The record of a learner, for the commands that read it and add to it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dlcli.runner.environment import Environment

if TYPE_CHECKING:
    from dlcli.teaching.learner import Learner


def learner_of(environment: Environment) -> tuple[Learner, str]:
    """The learner as their record tells, and the file of the record.

    ``DLCLI_LEARN_NOW`` may say what time it is, as in 2026-03-01T12:00:00Z.
    """
    from dlcli.teaching.learner import Learner, events_of, path_of
    from dlcli.teaching.topic import topics

    variables = os.environ if environment.variables is None else environment.variables
    path = path_of(variables)
    told = variables.get("DLCLI_LEARN_NOW")
    now = datetime.strptime(told, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if told else datetime.now(UTC)
    return Learner(events_of(path), topics(), now), path
