"""The story of how a series goes on."""

from __future__ import annotations

from dlcli.commands.kinds.nets.forecast_story import forecast_sections
from dlcli.commands.predict.net_facts import again, learnt, net_words
from dlcli.commands.predict.series.record import Going
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import plain


def story(work: Going, *, precision: int = 4) -> Story:
    """The series, the net, and what it foretells."""
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("parameters", "Net", net_words(work.model)),
        *(Section("parameters", "Learnt", told) for told in learnt(work.model, precision)),
        *forecast_sections(work.forecast),
        *(Section("notice", "Notice", plain(told)) for told in [_FED_BACK] * (work.forecast.steps > 1)),
        Section("next", "Try next", body=CommandLine(*again(work, "-f", "csv"))),
    )


_FED_BACK = "Each step is told from those before it, foretold ones among them: errors add up."
