"""``dlcli check``: one's own sheet, a class from an empty folder to its marks, statistics, refusals."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from dlcli.teaching.drawing import draw
from dlcli.teaching.topic import topic_of
from dlcli.teaching.worked import words

SECRET = "correct horse battery staple"
CLASS = ("--topic", "outsize", "--count", "3", "--for", "class.csv", "--secret", "secret")


def of_class(name: str, slip: str = "") -> list[str]:
    """The answers of somebody to the three tasks of the class, rightly or with a slip."""
    tasks = [draw(topic_of("outsize"), 2, SECRET, name, counter).task for counter in range(3)]
    return [words((task.wrong[slip] if slip else task.key)[0]) for task in tasks]


def handed_in(answers: list[str]) -> str:
    return "".join(f"{number}.rows = {answer}\n" for number, answer in enumerate(answers, 1))


@pytest.fixture
def folder(cli: Any) -> Path:
    """A class of four, of which one handed in nothing."""
    here = Path.cwd()
    (here / "class.csv").write_text("name,mail\nAda Lovelace,ada@x.org\nGrace Hopper,\nAlan Turing,\nEve,\n")
    (here / "secret").write_text(SECRET)
    (here / "secret").chmod(0o600)
    (here / "in").mkdir()
    (here / "in" / "ada_lovelace.txt").write_text(handed_in(of_class("Ada Lovelace")))
    (here / "in" / "Grace Hopper.txt").write_text(handed_in(of_class("Grace Hopper", "size.plus-one")))
    (here / "in" / "Eve.txt").write_bytes(bytes(range(256)))
    return here


FILES = ("in/ada_lovelace.txt", "in/Grace Hopper.txt", "in/Eve.txt")


def test_ones_own_sheet_is_marked_by_what_its_first_line_says(cli: Any) -> None:
    text = cli("exercise", "outsize", "--level", "1", "--seed", "3").out
    key = words(draw(topic_of("outsize"), 1, "3").task.key[0])
    ended = cli("check", "-", stdin=text.replace("1.rows =", f"1.rows = {key}").encode())
    assert (ended.code, ended.out) == (
        0, "standard input  1 of 1 points, 100 %\n  Task 1, outsize: 1 of 1, right\n"
    )  # fmt: skip
    less = words(draw(topic_of("outsize"), 1, "3").task.wrong["size.plus-one"][0])
    ended = cli("check", "-", "--solution", stdin=text.replace("1.rows =", f"1.rows = {less}").encode())
    assert f"1.rows: '{less}' is what comes out without the + 1\n" in ended.out
    assert f" = {key}\n" in ended.out


def test_a_class_is_marked_with_reasons_and_without_the_key(cli: Any, folder: Path) -> None:
    ended = cli("check", *CLASS, *FILES)
    assert (ended.code, ended.err) == (0, "")
    assert "Ada Lovelace (in/ada_lovelace.txt)  3 of 3 points, 100 %" in ended.out
    assert "Grace Hopper (in/Grace Hopper.txt)  0 of 3 points, 0 %" in ended.out
    assert ended.out.count(": your slip: it comes out without the + 1\n") == 3
    assert "your slip: without the + 1 (size.plus-one). The steps are counted" in ended.out
    assert "in/Eve.txt: this is no text" in ended.out
    assert "No hand-in of 1  Alan Turing\n" in ended.out
    for key in of_class("Grace Hopper"):
        assert f"= {key}\n" not in ended.out


def test_several_answers_of_one_reason_are_told_in_one_line(cli: Any, folder: Path) -> None:
    (folder / "x.txt").write_text("# dlcli exercise conv-map --level 1\n1.y = 771 772; 773 774\n")
    assert "1.y[1,1]: '771', '772', '773', '774' are not right" in " ".join(cli("check", "x.txt").out.split())


def test_a_class_as_a_table_for_a_spreadsheet(cli: Any, folder: Path) -> None:
    (folder / "in" / "Alan Turing.txt").write_text("1.rows = =HYPERLINK(1)\n")
    ended = cli("check", *CLASS, *FILES, "in/Alan Turing.txt", "-o", "marks.csv")
    assert (ended.code, ended.out) == (0, "")
    rows = list(csv.DictReader(io.StringIO((folder / "marks.csv").read_text())))
    assert [(row["name"], row["points"], row["of"], row["percent"]) for row in rows] == [
        ("Ada Lovelace", "3", "3", "100"), ("Grace Hopper", "0", "3", "0"), ("Eve", "0", "3", "0"),
        ("Alan Turing", "0", "3", "0"),
    ]  # fmt: skip
    assert rows[1]["slips"] == "size.plus-one"
    assert rows[2]["notes"] == "in/Eve.txt: this is no text; hand in a text file, CSV or JSON"
    assert not any(cell.startswith(("=", "@")) for row in rows for cell in row.values())


def test_every_answer_with_its_verdict_as_json(cli: Any, folder: Path) -> None:
    found = json.loads(cli("check", *CLASS, *FILES, "-f", "json").out)
    one = found[1]["answers"]["2.rows"]
    typed = of_class("Grace Hopper", "size.plus-one")[1]
    assert (one["typed"], one["verdict"], one["slips"], one["share"]) == (
        typed,
        "slip",
        ["size.plus-one"],
        "0",
    )


def test_one_table_may_hold_the_whole_class(cli: Any, folder: Path) -> None:
    rows = [["name", "1.rows", "2.rows", "3.rows"]]
    rows += [
        [name, *of_class(name, slip)]
        for name, slip in (("Ada Lovelace", ""), ("Alan Turing", "size.pad-once"))
    ]
    (folder / "all.csv").write_text("\n".join(";".join(row) for row in rows))
    ended = cli("check", *CLASS, "all.csv", "-f", "csv")
    assert [line.split(",")[:3] for line in ended.out.splitlines()[1:3]] == [
        ["Ada Lovelace", "all.csv", "3"], ["Alan Turing", "all.csv", "0"],
    ]  # fmt: skip


def test_passing_is_an_exit_code(cli: Any, folder: Path) -> None:
    assert cli("check", *CLASS, FILES[0], "--pass", "0%").code == 0
    ended = cli("check", *CLASS, *FILES, "--pass", "60%")
    assert ended.code == 1
    assert (
        ended.err
        == "dlcli check: 3 of 4 have not passed, 1 of them without a hand-in: Grace Hopper, Eve, Alan Turing\n"
    )


def test_statistics_by_task_and_by_slip(cli: Any, folder: Path) -> None:
    ended = cli("check", *CLASS, *FILES, "--statistics")
    assert "3 hand-ins, 33.33 % on average" in ended.out
    assert ended.out.count(" outsize  33.33 %  1.00            size.plus-one 1") == 3
    (folder / "in" / "nobody.txt").write_text("1.rows = 3\n")
    assert cli("check", *CLASS, *FILES, "in/nobody.txt", "--statistics").out == ended.out
    table = cli("check", *CLASS, *FILES, "--statistics", "-f", "csv").out
    assert table.splitlines()[1] == "1,outsize,3,0.3333,1.0000,size.plus-one:1"


def test_whose_a_file_is_is_never_guessed(cli: Any, folder: Path) -> None:
    (folder / "in" / "nobody.txt").write_text("1.rows = 3\n")
    (folder / "in" / "Ada-Lovelace.txt").write_text("1.rows = 3\n")
    ended = cli("check", *CLASS, FILES[0], "in/nobody.txt", "in/Ada-Lovelace.txt")
    assert "in/nobody.txt: whose is it? Nobody of the class is called 'in/nobody.txt'" in ended.out
    assert "a second hand-in of Ada Lovelace, beside in/ada_lovelace.txt: keep one" in ended.out
    assert ended.err.startswith("dlcli check: in/nobody.txt: whose is it?")
    inside = folder / "in" / "Alan Turing_7_assignsubmission_file"
    inside.mkdir()
    (inside / "sheet.txt").write_text(handed_in(of_class("Alan Turing")))
    assert (
        "Alan Turing (in/Alan Turing_7"
        in cli("check", *CLASS, str(inside / "sheet.txt").replace(str(folder) + "/", "")).out
    )
    (folder / "in" / "Alan Turing.txt").write_text(
        "name: Ada Lovelace\n" + handed_in(of_class("Ada Lovelace"))
    )
    ended = cli("check", *CLASS, "in/Alan Turing.txt")
    assert "it says that it is from Ada Lovelace; it is marked as that of Alan Turing" in " ".join(
        ended.out.split()
    )


def test_what_is_read_is_never_written_over(cli: Any, folder: Path) -> None:
    for path in (FILES[0], "secret", "class.csv"):
        before = (folder / path).read_bytes()
        ended = cli("check", *CLASS, *FILES, "-f", "csv", "-o", path)
        assert (ended.code, ended.err) == (2, f"dlcli check: {path} is what is read: another name keeps it\n")
        assert (folder / path).read_bytes() == before


def test_what_a_file_is_called_goes_before_what_it_says(cli: Any, folder: Path) -> None:
    (folder / "in" / "Alan Turing.json").write_text('{"name": "Grace Hopper", "1.rows": 1}')
    ended = cli("check", *CLASS, "in/Alan Turing.json", "in/Grace Hopper.txt")
    assert "Alan Turing (in/Alan Turing.json)" in ended.out
    assert "Grace Hopper (in/Grace Hopper.txt)" in ended.out


@pytest.mark.parametrize(
    ("words_", "stdin", "code", "told"),
    [
        ((), b"", 2, "what is to be marked: name a file, as in dlcli check sheet.txt"),
        (("none.txt",), b"", 2, "none.txt: no such file or directory"),
        (("-",), b"1.rows = 3\n", 1, "standard input: its first line is to say which tasks it has"),
        (("-",), b"# dlcli exercise outsize --set x.toml\n", 1, "standard input: its first line"),
        (("-",), b"# dlcli exercise /etc/passwd.toml\n", 1, "standard input: its first line"),
        (("-",), b"# dlcli exercise outsize --count 100000\n", 1, "standard input: its first line"),
        (("-",), b"# dlcli exercise nothing\n", 2, "no topic 'nothing'"),
        (("-", "--pass", "600%"), b"", 2, "invalid value for '--pass': '600%' is no share from 0 to 100 %"),
        (("-", "--accept", "conv.flip"), b"", 1, "--accept: 'conv.flip' is a slip, not a convention"),
        (("-", "--secret", "secret"), b"", 2, "which sheets are these: add --set FILE.toml, or --topic"),
    ],
)
def test_what_cannot_be_says_so(
    cli: Any, folder: Path, words_: tuple[str, ...], stdin: bytes, code: int, told: str
) -> None:
    ended = cli("check", *words_, stdin=stdin)
    assert (ended.code, ended.raw) == (code, b"")
    assert ended.err.startswith(f"dlcli check: {told}")
