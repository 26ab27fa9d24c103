"""A bundle of options that several commands share."""

from __future__ import annotations

from dataclasses import dataclass

from dlcli.commands.kinds.net_files import NetFiles
from dlcli.runner.option import heading, option, parameters


@dataclass(frozen=True)
class Before:
    """One field that stands before the bundle."""

    net: bool = option("--net", under="Net", help="A net.")


@dataclass(frozen=True)
class Options(NetFiles, Before):
    """The bundle between two fields."""

    more: bool = option("--more", under="More", help="More.")


def test_a_bundle_stands_under_the_heading_of_the_option_before_it() -> None:
    found = [(param.name, heading(param)) for param in parameters(Options)]
    assert found == [("net", "Net"), ("save_weights", "Net"), ("layout", "Net"), ("more", "More")]
