"""The forms of the page: every option of ``--help``, with what its control has to know."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dlcli.cli import COMMANDS
from dlcli.lab.forms import form
from tests.conftest import Type


@pytest.mark.parametrize("name", COMMANDS)
def test_a_form_has_every_option_of_the_help(name: str, cli: Type, capsys: Any) -> None:
    cli(name, "--help")
    told = re.findall(
        r"^  (?:-\w, )?(--[\w-]+)(?: / [\w-]+)?(?: \S+)?(?:  |$)", capsys.readouterr().out, re.MULTILINE
    )
    made = [option["flag"] for group in form(name)["groups"] for option in group["options"]]
    assert sorted(made) == sorted(set(told))
    assert len(told) > 5


def test_a_control_knows_the_range_the_words_and_the_company_of_its_option() -> None:
    made = {option["flag"]: option for group in form("conv")["groups"] for option in group["options"]}
    assert (made["--stride"]["kind"], made["--stride"]["least"], made["--stride"]["default"]) == (
        "pair",
        1,
        "1",
    )
    assert made["--channels"]["words"] == ["sum", "keep", "gray"]
    assert made["--layer"]["needs"] == ["--weights"]
    assert "--pad-mode" in made["--transposed"]["excludes"]
    assert {"diag", "sobel-x", "gabor:"} <= set(made["--kernel"]["words"])
    assert (made["--kernel"]["many"], made["--kernel"]["kind"]) == (True, "read")
    assert all(
        made[flag]["elsewhere"] for flag in ("--output", "--explain", "--max-pixels", "--help", "--watch")
    )


def test_headings_of_all_commands_are_told_from_those_of_one() -> None:
    shared = {group["heading"]: group["shared"] for group in form("conv")["groups"]}
    assert not any(shared[heading] for heading in ("Kernels", "Sliding", "Transposed"))
    assert all(shared[heading] for heading in ("Result", "Input", "Story"))
