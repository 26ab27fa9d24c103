"""The headings of stories that commands declare, and what ``--only``, ``--without`` and ``--details`` do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import pytest

from dlcli.cli import COMMANDS, front_door
from dlcli.runner.command import LabCommand
from dlcli.words.headings import ANY, is_known
from tests.test_screens import LINES, SCREENS

ROOT = Path(__file__).parent.parent / "dlcli"
SHARED_SOURCE = "".join(file.read_text() for file in (ROOT / "commands" / "kinds").rglob("*.py"))
ENGINES = "".join(file.read_text() for file in (ROOT / "engines" / "tensors").glob("*.py"))


def declared(name: str) -> tuple[str, ...]:
    command = front_door.get_command(click.Context(front_door), name)
    assert isinstance(command, LabCommand)
    return command.manual.sections


@pytest.mark.parametrize("name", COMMANDS)
def test_the_headings_of_all_screens_are_declared(name: str) -> None:
    """Those of the recorded screens, where a heading is what stands in bold where a line begins."""
    for file, line in LINES.items():
        if line.split(" | ")[-1].split()[1] == name:
            screen = (SCREENS / f"{file}-80-truecolour.txt").read_text()
            headings = re.findall(r"^\x1b\[1m([^\x1b]+)\x1b\[0m", screen, re.MULTILINE)
            assert headings
            for heading in headings:
                assert is_known(heading, declared(name)), (file, heading)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_headings_that_its_code_writes_out_are_declared_and_no_others(name: str) -> None:
    source = "".join(file.read_text() for file in (ROOT / "commands" / name.replace("-", "_")).rglob("*.py"))
    written = set(re.findall(r'Section\(\s*"\w+",\s*"([^"]+)"', source))
    assert written <= set(declared(name))
    everywhere = re.sub(r"SECTIONS = \(.*?\n\)", "", source, flags=re.DOTALL) + SHARED_SOURCE + ENGINES
    words = everywhere.lower()
    for heading in declared(name):
        first = re.findall(r"[\w-]+", heading.replace(ANY, ""))[0]
        assert first.lower() in words, heading
    assert len(set(declared(name))) == len(declared(name))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_lists_the_headings(name: str) -> None:
    with click.Context(front_door) as root:
        command = front_door.get_command(root, name)
        assert command is not None
        told = "".join(command.get_help(click.Context(command, root)).split())
    assert "".join(f"Sections: {'; '.join(declared(name))} Examples: ".split()) in told


def test_a_long_story_fits_a_projector(cli: Any) -> None:
    words = ("attn", "the cat sat on the mat", "-f", "plain", "--only", "weights,eachquery,Notice")
    ended = cli(*words)
    assert (ended.code, ended.err) == (0, "")
    assert re.findall(r"^\w[\w ]*?(?=  |$)", ended.out, re.MULTILINE) == ["Weights", "Each query", "Notice"]
    assert len(ended.out.splitlines()) < 30
    aside = cli("attn", "the cat sat on the mat", "--show", "--only", "weights,eachquery,Notice")
    assert aside.err.strip() == ended.out.strip()
    for form, sign in (("markdown", "### Each query"), ("html", "Each query"), ("svg", "Each")):
        page = cli("attn", "the cat sat on the mat", "-f", form, "--only", "eachquery").out
        assert sign in page
        assert "Scaled" not in page


def test_the_arithmetic_of_a_cell_has_sections_too(cli: Any) -> None:
    ended = cli("rnn", "1 0 0 1", "--cell", "lstm", "--explain", "2,0", "--explain", "1,0", "--only", "result",
                "-f", "plain")  # fmt: skip
    assert [line.split("  ")[0] for line in ended.out.splitlines() if line] == ["Result", "Result"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--only", "polled"), "no story has a section 'polled': did you mean Pooled?"),
        (("--only", "flux"), "no story has a section 'flux': there are Input; "),
        (("--only", "input,,"), ""),
        (("--only", ","), "',' names no section: give one, such as result"),
        (("--only", "input", "--without", "notice"), "--only does not go with --without"),
        (("--only", "input", "--only", "notice"), "the option takes one value: write --only input,notice"),
    ],
)
def test_names_that_are_none(words: tuple[str, ...], told: str, cli: Any) -> None:
    ended = cli("pool", "1 2; 3 4", "-f", "plain", *words)
    assert ended.code == (2 if told else 0)
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2


def test_of_many_sections_those_most_like_a_word_are_named(cli: Any) -> None:
    ended = cli("rnn", "1 0", "-f", "plain", "--only", "nosuch")
    assert ended.code == 2
    assert "no story has a section 'nosuch': nearest are " in ended.err
    assert "rnn --help" in ended.err
    assert len(ended.err) < 250


def test_a_section_that_a_run_lacks_does_not_undo_its_work(cli: Any) -> None:
    ended = cli("pool", "1 2; 3 4", "--only", "argmax", "--show", "-o", "pooled.npy")
    assert ended.code == 0
    assert "--only argmax: this story has no such section; it has Input; Size; " in ended.err
    assert "Pooled" in ended.err
    assert Path("pooled.npy").exists()


@pytest.mark.parametrize("words", [("--only", "input"), ("--without", "input"), ("--details",)])
def test_where_no_story_is_told_they_are_refused(words: tuple[str, ...], cli: Any) -> None:
    for more in ((), ("-f", "csv"), ("-o", "pooled.npy")):
        ended = cli("pool", "1 2; 3 4", *words, *more)
        assert (ended.code, ended.raw) == (2, b"")
        assert f"{words[0]} says what a story tells, and none is told: add -f plain, --show or" in ended.err
    assert cli("pool", "1 2; 3 4", *words, "-o", "pooled.md").code == 0
    assert Path("pooled.md").exists()


def test_variables_say_it_for_all_stories_and_disturb_no_data(cli: Any) -> None:
    chosen = {"DLCLI_ONLY": "result"}
    assert cli("pool", "1 2; 3 4", variables=chosen).tensor.data.item() == 4
    assert cli("pool", "1 2; 3 4", "-f", "plain", variables=chosen).out.startswith("Pooled")


def test_a_result_alone_has_its_numbers_and_no_weights_of_others(cli: Any) -> None:
    told = cli("rnn", "1 0 0 1", "--cell", "lstm", "--emit", "gates", "-f", "plain").out
    assert len(told.splitlines()) <= 30
    assert "Output weights" not in told
    assert "Output weights" in cli("rnn", "1 0 0 1", "--emit", "outputs", "-f", "plain").out
    told = cli("seq2seq", "the cat", "--emit", "context", "-f", "plain").out
    numbers = cli("seq2seq", "the cat", "--emit", "context").tensor.data
    assert len(numbers) <= 64
    listed = told.partition("Context")[2].partition("Try next")[0]
    assert len(re.findall(r"−?0\.\d{4}", listed)) >= len(numbers)


def test_how_it_was_computed_is_told_with_details_alone(cli: Any) -> None:
    words = ("stft", "0 1 0 -1 0 1 0 -1", "--frame", "4", "-f", "plain")
    assert "PyTorch" not in cli(*words).out
    assert "PyTorch mirrors the sound there" in " ".join(cli(*words, "--details").out.split())
    assert cli(*words, "--only", "conventions").out.startswith("Conventions")


@pytest.mark.parametrize(
    ("line", "alone", "others"),
    [
        ("softmax '2 1 0.1' --emit exponentials", "Exponentials  1 × 3", ["Probabilities", "Evenness"]),
        ("rnn 'the cat' --cell lstm --emit gates", "Gates  4 × 2 × 2", ["Steps", "Loss"]),
        ("attn 'the cat' --emit scores", "Scores  how far each", ["Weights", "Output", "Notice"]),
        ("conv '1 2; 3 4' -k diag -k box:2 --emit winner", "Winner  ", ["Feature map"]),
        ("td random-walk --emit rms", "RMS error", ["Values", "Ends"]),
    ],
)
def test_the_story_of_a_result_that_was_asked_for(
    line: str, alone: str, others: list[str], shell: Any
) -> None:
    page = f"\n{shell(f'dlcli {line} -f plain').out}"
    assert f"\n{alone}" in page
    assert not [heading for heading in others if f"\n{heading}  " in page]


@pytest.mark.parametrize(
    ("begun", "offered"),
    [
        ("comp", ["computed-by"]),
        ("input,POOL", ["input,pooled"]),
        ("notice,try", ["notice,try-next"]),
        ("resul", ["result"]),
        ("z", []),
    ],
)
def test_the_shell_completes_the_last_of_the_list(begun: str, offered: list[str]) -> None:
    with click.Context(front_door) as root:
        command = front_door.get_command(root, "pool")
        assert command is not None
        option = next(one for one in command.params if one.name == "only")
        found = option.type.shell_complete(click.Context(command), option, begun)
    assert [one.value for one in found] == offered
    for word in offered:
        assert is_known(word.rpartition(",")[2], (*declared("pool"), "result"))


def test_an_explanation_in_a_page_is_as_quiet_as_a_story_in_one(cli: Any) -> None:
    for words in ((), ("--explain", "0,0"), ("--explain", "all")):
        assert cli("pool", "1 2; 3 4", *words, "-o", "pooled.html").err == ""
    assert "Pooled" in cli("pool", "1 2; 3 4", "--explain", "0,0", "-o", "pooled.npy").err
