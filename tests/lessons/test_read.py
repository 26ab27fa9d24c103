"""The format of lessons: what a file is read as, and what is said of one that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlcli.errors import BadData
from dlcli.lessons.lesson import Command, Question, Text
from dlcli.lessons.read import is_open, parse, read_lesson

LESSON = """#!/bin/sh
# # Sums
#
# 5 minutes
#
# Adding **is** easy.

echo 3
#> 3

#? And 2 + 2?
#? Take your time.

# ---
# ## More
echo \\
  4
#> 4
#> {*}
#! 1
echo 5
# Five.
"""


def test_a_lesson_is_slides_of_text_questions_and_commands() -> None:
    lesson = parse(LESSON)
    assert (lesson.title, lesson.minutes) == ("Sums", 5)
    first, second = lesson.slides
    assert first.blocks == (
        Text(2, "# Sums\n\n5 minutes\n\nAdding **is** easy."),
        Command(8, "echo 3", ("3",), 0, 9, 10),
        Question(11, "And 2 + 2?\nTake your time."),
    )
    assert second.blocks == (
        Text(15, "## More"),
        Command(16, "echo \\\n  4", ("4", "{*}"), 1, 18, 21),
        Command(21, "echo 5", (), 0, 22, 22),
        Text(22, "Five."),
    )


@pytest.mark.parametrize(
    ("lines", "commands"),
    [
        ("x='a\n\n# b'\n", ["x='a\n\n# b'"]),
        ('x="a \\" \n\n"; y=1\n', ['x="a \\" \n\n"; y=1']),
        ("cat <<END >x\n# a\n\n#> b\nEND\necho c\n", ["cat <<END >x\n# a\n\n#> b\nEND\necho c"]),
        ("cat <<-'END'\n\n\tEND\n\necho c\n", ["cat <<-'END'\n\n\tEND", "echo c"]),
        ("cat <<A <<B\nB\nA\n\nB\n", ["cat <<A <<B\nB\nA\n\nB"]),
        ("echo it\\'s\n\necho b\n", ["echo it\\'s", "echo b"]),
        ("echo a # it's\n\necho b\n", ["echo a # it's", "echo b"]),
        ("echo a#'b'\n\necho b\n", ["echo a#'b'", "echo b"]),
        ("echo $((1 << 2))\n\necho b\n", ["echo $((1 << 2))", "echo b"]),
        ("cat <<<x\n\necho b\n", ["cat <<<x", "echo b"]),
        ("echo a \\\n\necho b\n", ["echo a \\\n\necho b"]),
        ("echo a\n  # of the shell\necho b\n", ["echo a\n  # of the shell\necho b"]),
        ("echo a", ["echo a"]),
    ],
)
def test_a_command_ends_where_the_shell_says(lines: str, commands: list[str]) -> None:
    assert [command.text for command in parse(lines).commands] == commands


def test_what_is_open_stays_so_until_its_end() -> None:
    assert is_open("cat <<END\nEND x")
    assert not is_open("cat <<END\nEND")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# # A\n", "lesson: no command is in it"),
        ("", "lesson: no command is in it"),
        ("#> 3\n", "lesson:1: '#>' stands right below the command"),
        ("echo 3\n\n#> 3\n", "lesson:3: '#>' stands right below the command"),
        ("# a\n#! 2\n", "lesson:2: '#!' stands right below the command"),
        ("false\n#! one\n", "lesson:2: .*an exit code from 0 to 255"),
        ("false\n#! 256\n", "lesson:2: .*an exit code from 0 to 255"),
        ("false\n#! 1\n#! 2\n", "lesson:3: a second exit code"),
        ("echo\n#?\n", "lesson:2: behind '#[?]' stands a question"),
        ("echo\n## Head\n", "lesson:2: '## Head': text begins with '# '"),
        ("echo\n#text\n", "lesson:2: '#text': text begins with '# '"),
        ("# a\n\necho 'a\n# b\n", "lesson:3: the command that begins here has a quotation"),
        ("cat <<END\nEN\n", "lesson:1: the command that begins here has a quotation or a here-document"),
        ("echo a\r\n", "lesson:1: at letter 7 stands a carriage return"),
        ("\ufeffecho a\n", "lesson:1: at letter 1 stands U[+]FEFF"),
        ("echo a\n# \x1b[2J\n", "lesson:2: at letter 3 stands U[+]001B"),
        ("echo a\n\n# \u202etxt\n", "lesson:3: at letter 3 stands U[+]202E"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(BadData, match=told):
        parse(text)


def test_what_is_no_text_is_no_lesson(tmp_path: Path) -> None:
    file = tmp_path / "a.sh"
    file.write_bytes(b"echo a\n# caf\xe9\n")
    with pytest.raises(BadData, match=r"a.sh:2: .*UTF-8; received the byte 0xe9"):
        read_lesson(str(file))
    file.write_bytes(b"#" * (1 << 20) + b"\n")
    with pytest.raises(BadData, match="up to 1,048,576 bytes"):
        read_lesson(str(file))
    with pytest.raises(BadData, match="directory"):
        read_lesson(str(tmp_path))
