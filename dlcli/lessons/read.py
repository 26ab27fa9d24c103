r"""The format of lessons: a file that ``sh`` runs as it is, whose comments are the lesson.

======================= =================================================
``# text``, ``#``       Markdown
a command               as it is typed; it may go on over several lines
``#> line``             a line of what is to be seen: ``...`` alone stands
                        for any lines, ``{*}`` for any letters
``#! N``                the exit code, where it is not 0
``#? question``         a pause with a question
``# ---``               a new slide
an empty line           ends a command and what is to be seen of it
======================= =================================================

In a quotation and in a here-document that are not closed yet, every line is the command's.
"""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass, field

from dlcli.errors import BadData, printable
from dlcli.lessons.lesson import Block, Command, Lesson, Question, Slide, Text

#: Bytes of a file that may be a lesson.
MOST = 1 << 20

#: Unicode's classes of characters that are not seen and change how others are (see ``views.text.text``).
UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
SEEN = "\t\u200c\u200d"

#: Where a here-document is announced: what ends it, and whether tabs before that do not count.
HERE = re.compile(r"<<(-?)[ \t]*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?([A-Za-z_]\w*))")

CODE = re.compile(r"#! (\d{1,3})")


def read_lesson(path: str) -> Lesson:
    """The lesson of a file. Raises ``BadData`` for what is none."""
    try:
        if os.stat(path).st_size > MOST:
            raise BadData(f"{path}: a lesson has up to {MOST:,} bytes")
        with open(path, "rb") as file:
            data = file.read(MOST + 1)
    except OSError as error:
        raise BadData(f"{path}: {os.strerror(error.errno or 0)}") from error
    try:
        source = data.decode()
    except UnicodeDecodeError as error:
        line, byte = data.count(b"\n", 0, error.start) + 1, data[error.start]
        raise BadData(f"{path}:{line}: a lesson is text in UTF-8; received the byte 0x{byte:02x}") from error
    return parse(source, path)


def parse(source: str, name: str = "lesson") -> Lesson:
    r"""The lesson that a text is. Raises ``BadData`` with the line of what is wrong.

    >>> lesson = parse("# # Sums\n\n#? What is 1 + 2?\n\necho $((1 + 2))\n#> 3\n")
    >>> lesson.title, [(step.text, step.expected) for step in lesson.commands]
    ('Sums', [('echo $((1 + 2))', ('3',))])
    """
    reader = _Reader(name)
    lines = source.split("\n")
    for number, line in enumerate(lines[:-1] if not lines[-1] else lines, 1):
        reader.take(number, line)
    slides = reader.finish()
    if not any(slide.commands for slide in slides):
        raise BadData(
            f"{printable(name)}: no command is in it: a lesson has lines such as dlcli softmax '1 2 3'"
        )
    return Lesson(name, source, slides)


def unseen(line: str) -> tuple[int, str] | None:
    r"""The first character that no lesson may have, behind its place from 1; None where there is none.

    >>> unseen("a\x1b[2J"), unseen("a\tb")
    ((2, '\x1b'), None)
    """
    for place, char in enumerate(line, 1):
        if char not in SEEN and unicodedata.category(char) in UNSEEN:
            return place, char
    return None


def is_open(command: str) -> bool:
    r"""Whether a command goes on in the next line, whatever that is: in a quotation, in a here-document.

    >>> [is_open(text) for text in ("echo 'a", "cat <<END\na", "cat <<END\na\nEND", "echo \\", "echo it\\'s")]
    [True, True, False, True, False]
    """
    place, quoted = 0, ""
    ends: list[tuple[str, bool]] = []
    while place < len(command):
        char = command[place]
        if quoted:
            place += char == "\\" and quoted == '"'
            quoted = "" if char == quoted else quoted
        elif char == "\\":
            place += 1
            if place == len(command):
                return True
        elif char in "'\"":
            quoted = char
        elif char == "#" and (place == 0 or command[place - 1] in " \t\n;|&("):
            place = command.find("\n", place) % (len(command) + 1)
            continue
        elif char == "<" and (found := HERE.match(command, place)) and command[place - 1 : place] != "<":
            ends.append((found[2] or found[3] or found[4], bool(found[1])))
            place = found.end()
            continue
        elif char == "\n" and ends:
            for end, tabs in ends:
                begin = place + 1
                while True:
                    if begin > len(command) or place < 0:
                        return True
                    place = command.find("\n", begin)
                    line = command[begin : None if place < 0 else place]
                    if (line.lstrip("\t") if tabs else line) == end:
                        break
                    begin = place + 1
            ends = []
            if place < 0:
                return False
        place += 1
    return bool(quoted or ends)


@dataclass
class _Reader:
    """Takes line after line; ``command`` are the lines of one that may go on."""

    name: str
    slides: list[list[Block]] = field(default_factory=lambda: [[]])
    command: list[str] = field(default_factory=list)
    begun: int = 0
    end: int = 0
    expected: list[str] = field(default_factory=list)
    code: int | None = None
    last: str = ""

    def take(self, number: int, line: str) -> None:
        """One line of the file."""
        if found := unseen(line):
            place, char = found
            what = (
                "a carriage return, which sh takes for a letter"
                if char == "\r"
                else f"U+{ord(char):04X}, which is not seen"
            )
            raise self._wrong(number, f"at letter {place} stands {what}: take it out")
        if self.command and not self.end and is_open("\n".join(self.command)):
            self.command.append(line)
            return
        last, self.last = self.last, self._kind(number, line)
        match self.last:
            case "shown":
                self._of_command(number, "#>")
                self.expected.append(line[3:] if line[2:3] == " " else line[2:])
            case "code":
                self._of_command(number, "#!")
                code = CODE.fullmatch(line.rstrip())
                if code is None or int(code[1]) > 255:
                    raise self._wrong(number, f"{line!r}: behind '#! ' stands an exit code from 0 to 255")
                if self.code is not None:
                    raise self._wrong(number, "a second exit code of the same command")
                self.code = int(code[1])
            case "question":
                self._close(number)
                said = line[2:].strip()
                if not said:
                    raise self._wrong(number, "behind '#?' stands a question")
                self._add(Question(number, said), joined=last == "question", by="\n")
            case "slide":
                self._close(number)
                self.slides.append([])
            case "text":
                self._close(number)
                self._add(Text(number, line[2:]), joined=True, by="\n" if last == "text" else "\n\n")
            case "empty":
                self._close(number)
            case "command":
                if self.end:
                    self._close(number)
                self.begun = self.begun or number
                self.command.append(line)

    def finish(self) -> tuple[Slide, ...]:
        """The slides, those without anything left out."""
        if self.command and not self.end and is_open("\n".join(self.command)):
            raise self._wrong(
                self.begun, "the command that begins here has a quotation or a here-document without an end"
            )
        self._close(self.begun + len(self.command) + len(self.expected) + (self.code is not None))
        return tuple(Slide(tuple(blocks)) for blocks in self.slides if blocks)

    def _kind(self, number: int, line: str) -> str:
        if not line.strip():
            return "empty"
        if number == 1 and line.startswith("#!"):
            return "interpreter"
        if not line.startswith("#"):
            return "command"
        if line.rstrip() == "# ---":
            return "slide"
        for sign, kind in (("#>", "shown"), ("#?", "question"), ("#!", "code")):
            if line.startswith(sign):
                return kind
        if line == "#" or line.startswith("# "):
            return "text"
        raise self._wrong(
            number,
            f"{printable(line[:20])!r}: text begins with '# ', what is to be seen with '#> ', "
            "a question with '#? ', an exit code with '#! '",
        )

    def _of_command(self, number: int, sign: str) -> None:
        if not self.command:
            raise self._wrong(
                number, f"'{sign}' stands right below the command that it is of: an empty line ends that"
            )
        self.end = self.end or number

    def _close(self, number: int) -> None:
        if self.command:
            self.slides[-1].append(
                Command(
                    self.begun,
                    "\n".join(self.command),
                    tuple(self.expected),
                    self.code or 0,
                    self.end or number,
                    number,
                )
            )
        self.command, self.expected, self.code, self.begun, self.end = [], [], None, 0, 0

    def _add(self, block: Text | Question, *, joined: bool, by: str) -> None:
        blocks = self.slides[-1]
        if joined and blocks and type(blocks[-1]) is type(block):
            before = blocks.pop()
            assert not isinstance(before, Command)
            block = type(block)(before.line, f"{before.markdown}{by}{block.markdown}")
        blocks.append(block)

    def _wrong(self, number: int, what: str) -> BadData:
        return BadData(f"{printable(self.name)}:{number}: {what}")
