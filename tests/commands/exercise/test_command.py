"""``dlcli exercise``: the list, sheets for one and for a class, files, one's own exercises, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dlcli.teaching.topic import topics

SECRET = "correct horse battery staple"

OWN = """
title = "A mean of neighbours"
text = '''
The row x is averaged in windows of {n}. Compute the cell y[{i}], counted from 0.
'''
show = ["x"]
formula = "y[i] = (x[i] + … + x[i + n - 1]) / n"
idea = "Add the numbers of one window, and divide."

[draw]
x = "whole 0..9 x 6"
n = "one of 2, 3"
i = "whole 1..3"

[answer]
line = "dlcli pool '{x}' --kind avg --size 1,{n} --stride 1"
cell = "0,{i}"
tolerance = 0.005

[[slip]]
id = "mean.max"
says = "with the largest in place of the mean"
line = "dlcli pool '{x}' --kind max --size 1,{n} --stride 1"
"""


@pytest.fixture
def folder(cli: Any) -> Path:
    """The folder that lines run in, with a class, a secret, a set and an exercise of one's own."""
    here = Path.cwd()
    (here / "class.csv").write_text("name,mail\nAda Lovelace,ada@x.org\nGrace Hopper,grace@x.org\n")
    (here / "secret").write_text(f"{SECRET}\n")
    (here / "secret").chmod(0o600)
    (here / "week3.toml").write_text(
        'title = "Week 3"\n[[task]]\ntopic = "conv-cell"\ncount = 2\n[[task]]\ntopic = "mean.toml"\npoints = 2\n'
    )
    (here / "mean.toml").write_text(OWN)
    return here


def test_without_a_topic_all_are_listed_by_chapter(cli: Any) -> None:
    ended = cli("exercise")
    assert (ended.code, ended.err) == (0, "")
    for one in topics().values():
        assert f"  {one.name} " in ended.out
        assert f"\n{one.chapter}" in f"\n{ended.out}"
    assert f"{len(topics())} topics. Try: dlcli exercise " in ended.out


def test_a_sheet_says_how_it_is_made_again_and_that_makes_it_again(cli: Any) -> None:
    first = cli("exercise", "conv-cell", "outsize", "--count", "2", "--name", "Ada Lovelace", "--seed", "7")
    line = first.out.splitlines()[0]
    assert line == "# dlcli exercise conv-cell outsize --level 2 --count 2 --seed 7 --name 'Ada Lovelace'"
    assert [text for text in first.out.splitlines() if text.startswith("Task ")] == [
        "Task 1: One cell of a convolution (1 point)",
        "Task 2: One cell of a convolution (1 point)",
        "Task 3: Output size of a convolution (1 point)",
        "Task 4: Output size of a convolution (1 point)",
    ]
    again = cli("exercise", "conv-cell", "outsize", "--count", "2", "--seed", "7", "--name", "Ada Lovelace")
    assert again.raw == first.raw
    assert cli("exercise", "conv-cell", "outsize", "--count", "2", "--seed", "8").raw != first.raw


def test_plain_text_is_as_wide_as_it_is_told(cli: Any) -> None:
    sheets = {width: cli("exercise", "outsize", "--width", str(width)).out for width in (40, 76, 120)}
    text = {width: one.split("(1 point)")[1].split("1.rows")[0] for width, one in sheets.items()}
    longest = {width: max(map(len, one.splitlines())) for width, one in text.items()}
    assert 30 < longest[40] <= 40 < 60 < longest[76] <= 76 < longest[120] <= 120
    assert sheets[76] == cli("exercise", "outsize").out


def test_a_terminal_shows_the_same_words(cli: Any) -> None:
    plain = cli("exercise", "conv-map")
    shown = cli("exercise", "conv-map", stdout_is_terminal=True, variables={"NO_COLOR": "1"})
    words = [word for word in plain.out.split("Task 1")[1].split() if word.isalpha()]
    assert {word for word in words if len(word) > 4} <= set(shown.out.split()) | {"convolution,"} | set(
        words[:6]
    )
    assert "1.y[0,0] =\n" in shown.out
    assert "\x1b" not in shown.out
    assert "\x1b" in cli("exercise", "conv-map", stdout_is_terminal=True).out


def test_a_class_has_a_sheet_each_and_the_key_apart(cli: Any, folder: Path) -> None:
    line = ("exercise", "--set", "week3.toml", "--for", "class.csv", "--secret", "secret")
    ended = cli(*line, "-o", "sheets/{name}.txt", "--key", "key.txt")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    ada, grace = (
        (folder / "sheets" / f"{name}.txt").read_text() for name in ("Ada_Lovelace", "Grace_Hopper")
    )
    assert ada != grace
    assert ada.splitlines()[0] == "Week 3 - Ada Lovelace"
    assert "Task 3: A mean of neighbours (2 points)" in ada
    assert SECRET not in ada + grace + (folder / "key.txt").read_text()
    assert "y[i] = (x[i] + … + x[i + n - 1]) / n" in (folder / "key.txt").read_text()
    assert "=" in ada
    assert "see:" not in ada
    again = cli(*line)
    assert again.out.split("\f") == [ada, grace]


def test_the_solution_is_the_key_and_how_it_is_reached(cli: Any) -> None:
    ended = cli("exercise", "outsize", "--solution")
    assert "    rows = (n + 2p − k) div s + 1   (div: divide, and round down)\n" in ended.out
    assert "see: dlcli tensor 0 --broadcast" in ended.out


def test_a_secret_that_others_can_read_is_told(cli: Any, folder: Path) -> None:
    (folder / "secret").chmod(0o644)
    ended = cli("exercise", "outsize", "--for", "class.csv", "--secret", "secret")
    assert (ended.code, ended.err) == (0, "dlcli: others can read secret: chmod 600 secret\n")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("conv-cel",), 2, "no topic 'conv-cel': did you mean conv-cell?"),
        (("outsize", "--for", "class.csv"), 2, "--for goes with --secret: add it, or leave --for out"),
        (
            ("outsize", "--set", "week3.toml"),
            2,
            "--set says which tasks there are; outsize is named beside it",
        ),
        (("outsize", "-o", "{nmae}.txt"), 2, "-o {nmae}.txt: {nmae} stands for nothing: {name} or {index}"),
        (
            ("outsize", "-o", "a.txt", "--key", "a.txt"),
            2,
            "a.txt would be written twice: give each its own name",
        ),
        (
            ("mean.toml", "-f", "plain", "-o", "mean.toml"),
            2,
            "mean.toml is what is read: another name keeps it",
        ),
        (("--set", "none.toml"), 2, "--set none.toml: no such file or directory"),
        (("none.toml",), 2, "the exercise none.toml: no such file or directory"),
        (("outsize", "--for", "class.csv", "--secret", "class.csv", "-o", "x.pdf"), 2, "-o x.pdf: no form"),
        (
            ("outsize", "--for", "none.csv", "--secret", "secret"),
            2,
            "--for none.csv: no such file or directory",
        ),
        (("outsize", "--secret", "short"), 1, "--secret short: 3 characters; a secret has 12 at least"),
        (("outsize", "--seed", "1", "--secret", "secret"), 2, "--seed does not go with --secret"),
    ],
)
def test_what_cannot_be_says_so(cli: Any, folder: Path, words: tuple[str, ...], code: int, told: str) -> None:
    (folder / "short").write_text("abc\n")
    ended = cli("exercise", *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert ended.err.startswith(f"dlcli exercise: {told}")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("title =", "titel =", "mean.toml: unknown 'titel': did you mean title?"),
        ("[draw]", "[drawn]", "mean.toml: unknown 'drawn': did you mean draw?"),
        ('"whole 0..9 x 6"', '"any"', "mean.toml: [draw] x = 'any': write 'whole 0..9'"),
        ("{n}. Compute", "{m}. Compute", "mean.toml: {m} is not drawn: "),
        ('says = "with the largest in place of the mean"', "", "mean.toml: slip 1 has no 'says'"),
        ("--kind max", "--kind maxi", "mean.toml: dlcli pool "),
        ("--kind max", "--kind avg", "mean/2: 500 draws, and none counts: mean.max gives the key"),
        ("--stride 1", "--stride 1 -o secret", "mean.toml: dlcli pool "),
        (
            "pool '{x}' --kind avg",
            "pool 'nan nan nan nan nan nan' --kind avg",
            "a line of the exercise gives no",
        ),
        ('show = ["x"]', 'show = ["z"]', "mean.toml: show: z is not drawn"),
        ('cell = "0,{i}"', 'cell = "9,{i}"', "mean.toml: the line gives numbers of shape"),
        (
            "[answer]",
            '[answer]\nis = "3"',
            "mean.toml: [answer] has a line of dlcli, or what it is: one of them",
        ),
        ('id = "mean.max"', 'id = "conv.flip"', "mean.toml: slip 1: another slip is called 'conv.flip'"),
    ],
)
def test_an_exercise_of_ones_own_that_is_wrong_says_where(
    cli: Any, folder: Path, old: str, new: str, told: str
) -> None:
    assert cli("exercise", "mean.toml").code == 0
    (folder / "mean.toml").write_text(OWN.replace(old, new, 1))
    ended = cli("exercise", "mean.toml")
    assert ended.code == 1
    assert ended.err.startswith(f"dlcli exercise: {told}"), ended.err


def test_an_exercise_of_ones_own_has_the_numbers_of_its_lines(cli: Any, folder: Path) -> None:
    from dlcli.teaching.drawing import draw
    from dlcli.teaching.own import topic_of_file

    topic = topic_of_file(OWN, "mean.toml")
    for counter in range(20):
        task = draw(topic, 2, "a test", "", counter).task
        x, n, i = (task.given[name] for name in "xni")
        window = x[i : i + int(n)]
        assert abs(float(task.key[0]) - sum(window) / len(window)) < 1e-6
        assert task.wrong["mean.max"] == (max(window),)
    assert task.blocks[1].rows == (tuple(map(str, x)),)


def test_an_exercise_of_ones_own_says_where_no_decimal_is_exact(cli: Any, folder: Path) -> None:
    (folder / "third.toml").write_text(
        'text = "?"\n[draw]\nx = "one of 1, 2"\n[answer]\nis = "{x}/3"\nform = "number"\n'
    )
    assert "1.answer =   (as a fraction)\n" in cli("exercise", "third.toml").out


def test_slips_that_always_give_the_same_are_named(cli: Any, folder: Path) -> None:
    slips = "".join(f'[[slip]]\nid = "{one}"\nsays = "so"\nis = "7"\n' for one in ("a.one", "a.two"))
    (folder / "two.toml").write_text(f'text = "?"\n[answer]\nis = "3"\nform = "number"\n{slips}')
    ended = cli("exercise", "--stress", "two.toml")
    assert (ended.code, ended.err) == (
        1,
        "dlcli exercise: two/2: 500 draws, and none counts: a.one and a.two give the same\n",
    )


def test_stress_tells_how_often_a_slip_can_be_seen(cli: Any, folder: Path) -> None:
    ended = cli("exercise", "--stress", "outsize")
    assert ended.code == 0
    assert ended.out.startswith("outsize, level 1: 500 draws\n  draws needed: 1.")
    assert "  * size.plus-one            can be seen in 100 %\n" in ended.out
