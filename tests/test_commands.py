"""Every command of the table: help, manual page, examples, terminal, pipe, bad input, and what it loads."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import sys
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from rich.cells import cell_len

from dlcli.cli import CHAPTERS, COMMANDS, front_door
from dlcli.errors import WrongUsage
from dlcli.runner.command import LabCommand
from dlcli.runner.manual import grouped, help_record
from dlcli.runner.option import OTHERS, SHARED
from dlcli.tensor import Axis, Tensor, default_axes, names_of
from dlcli.views.page import raster
from dlcli.views.page.shapes import Letters
from dlcli.wire.read import read_tensors
from dlcli.wire.samples import samples
from dlcli.wire.stream import Limits, Source
from dlcli.wire.typed.table_write import write_table
from tests.told import Told, check, parts_of

ROOT = Path(__file__).parent.parent


PACKAGE = Path(__file__).parent.parent / "dlcli"


def command_of(name: str) -> LabCommand:
    command = front_door.get_command(click.Context(front_door), name)
    assert isinstance(command, LabCommand)
    return command


TABLE = {name: command_of(name) for name in COMMANDS}
READING = [name for name, command in TABLE.items() if any(p.name == "inputs" for p in command.params)]
WORLDLY = [name for name, command in TABLE.items() if any(p.metavar == "[WORLD]..." for p in command.params)]
EXAMPLES = [(name, line) for name, command in TABLE.items() for line in command.manual.examples]

#: Options without which a command would not know what to do.
NEEDED = {
    "conv": ["-k", "identity", "-k", "box"],
    "mask": ["--above", "1"],
    "predict": ["--fit", "stretch"],
    "rnn": ["--cell", "lstm"],
    "seq2seq": ["--target-vocabulary", "a b"],
    "stft": ["--sample-rate", "8000"],
    "train": ["--epochs", "1"],
}

#: Arguments that stand before the input, where another option may take their place.
FIRST = {"train": ["mlp"]}

#: Bytes of a sample that is tried as text.
BOOK = 20_000

#: Commands that learn from sets of data, and have no use for other numbers.
LEARNING = ["train"]

#: Commands that hold an input against another, whose shape it must have.
HOLDING = ["compare"]

#: What commands that read no tensors are asked for, to see what they load.
LIGHT = {
    "compare": "sample:exercise",
    "kernels": "diag",
    "samples": "sunspots",
    "summary": "cnn",
    "train": "shapes:20",
}

each = pytest.mark.parametrize("name", TABLE)
each_reading = pytest.mark.parametrize("name", READING)


def words_before_input(name: str) -> list[str]:
    """Arguments that must stand before the input, as the first example has them."""
    needed = [p for p in TABLE[name].params if isinstance(p, click.Argument) and p.required]
    return FIRST.get(name) or TABLE[name].manual.examples[0].split()[2 : 2 + len(needed)]


def of_input(name: str, line: str) -> str:
    """A line without the arguments that stand before its input."""
    return line.replace(" ".join(words_before_input(name)), "")


def bare(name: str, *more: str) -> list[str]:
    """The shortest words that let a command work on whatever stands on its standard input."""
    return [name, *words_before_input(name), *NEEDED.get(name, ()), *more]


def food(name: str, cli: Any) -> bytes:
    """What the sweeps pipe into a command: the exercise, its spectrum, a world or some digits where wanted."""
    exercise: bytes = cli("samples", "exercise").raw
    if name not in READING:
        return b""
    if name in WORLDLY:
        return (ROOT / "samples" / "student.csv").read_bytes()
    if name in LEARNING:
        return cli("tensor", "--index", "0:40", stdin=cli("show", "digits8").raw).raw
    spectrum = ("stft", "--frame", "2", "--hop", "1", "--sample-rate", "8000")
    return cli(*spectrum, stdin=exercise).raw if name == "istft" else exercise


def said(ended: Any) -> str:
    """What a command said on standard error, but for how each epoch of a training went."""
    return re.sub(r"^epoch .*\n", "", ended.err, flags=re.MULTILINE)


def test_what_a_story_module_has_under_the_names_of_a_view_is_that() -> None:
    """A helper that is imported under such a name would be called with what it does not know."""
    wanted = {"story": 1, "explain": 2, "frames": 1, "with_axes": 2}
    for path in sorted(PACKAGE.glob("commands/*/story*.py")):
        module = import_module(f"dlcli.commands.{path.parent.name}.{path.stem}")
        for name, count in wanted.items():
            if (given := getattr(module, name, None)) is None:
                continue
            parameters = signature(given).parameters.values()
            positional = [one for one in parameters if one.default is one.empty]
            assert len(positional) == count, f"{path}: {name}"
            assert any(one.name == "precision" for one in parameters), f"{path}: {name}"


@pytest.mark.parametrize(
    ("line", "has"),
    [
        ("td random-walk --episodes 2", {"state"}),
        ("stft sample:tones --frequencies log", {"frequency (Hz)", "5000"}),
        ("mdp gridworld:4x4", set()),
    ],
)
def test_a_picture_with_axes_has_those_of_the_story(
    line: str, has: set[str], shell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: set[str] = set()
    known = raster.painted

    def painted(block: Any, **how: Any) -> Any:
        said.update(shape.text for shape in block.shapes if isinstance(shape, Letters))
        return known(block, **how)

    monkeypatch.setattr("dlcli.views.plate.in_pixels", painted)
    ended = shell(f"dlcli {line} --axes -o axes.png")
    assert (ended.code, "Traceback" in ended.err) == (0, False)
    assert has <= said


def test_the_chapters_are_in_the_order_of_the_course() -> None:
    assert list(CHAPTERS) == ["Tensors", "See", "Hear", "Remember", "Attend", "Learn", "Decide"]
    assert sum(map(len, CHAPTERS.values())) == len(COMMANDS)


@each
def test_help_has_groups_formulas_results_and_examples(name: str, cli: Any, capsys: Any) -> None:
    assert cli(name, "--help").code == 0
    told = capsys.readouterr().out
    assert told.startswith(f"Usage: dlcli {name} [OPTIONS]")
    for title, _ in grouped(TABLE[name].params):
        assert f"\n{title}:\n" in told
    manual = TABLE[name].manual
    assert "\nExamples:\n" + "".join(f"  {line}\n" for line in manual.examples) in told
    for what, formula in manual.formulas.items():
        assert re.search(rf"  {re.escape(what)} *= {re.escape(formula)}\n", told)
    assert all(f"{emit}" in told for emit in manual.emits)


@each
def test_every_option_stands_in_one_group_and_says_what_it_is(name: str) -> None:
    command = TABLE[name]
    options = [p for p in command.params if isinstance(p, click.Option)]
    shown = [option.name for _, group in grouped(command.params) for option in group]
    assert sorted(shown) == sorted(str(option.name) for option in options)
    titles = [title for title, _ in grouped(command.params)]
    shared = [title for title in SHARED if title in titles]
    assert titles[-len(shared) :] == shared
    assert OTHERS not in titles  # each option of its own has a heading
    for option in options:
        assert option.help, option.name
        assert re.match(r"\S.*[.\])]$", option.help, re.DOTALL), option.help
        has_default = not option.is_flag and isinstance(option.default, str | int | float)
        assert option.show_default or not has_default or "[default: " in option.help, option.name
        if range_ := getattr(option.type, "range", ""):
            record = help_record(option, click.Context(command))
            assert record is not None
            assert record[1].endswith((f"; {range_}]", f"  [{range_}]"))


@each
def test_the_manual_page_tells_of_every_option_result_and_example(name: str) -> None:
    page = (ROOT / "man" / f"dlcli-{name}.1").read_text()
    titles = re.findall(r"^\.Sh (.*)$", page, re.MULTILINE)
    for title in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "RESULTS", "ENVIRONMENT", "EXIT STATUS",
                  "EXAMPLES", "SEE ALSO"):  # fmt: skip
        assert title in titles
    for option in TABLE[name].params:
        if isinstance(option, click.Option):
            assert re.search(rf"^\.It .*Fl -{max(option.opts, key=len)[2:]}( |$)", page, re.MULTILINE)
    assert all(f".It Cm {emit}\n" in page for emit in TABLE[name].manual.emits)
    assert page.count("\n.Dl dlcli") == len(TABLE[name].manual.examples)


@each
def test_there_are_three_examples_and_one_explains(name: str) -> None:
    lines = TABLE[name].manual.examples
    assert len(lines) >= 3
    assert all(re.match(r"dlcli [a-z]", line) and f"dlcli {name}" in line for line in lines)
    if any(option.name == "explain" for option in TABLE[name].params):
        assert any("--explain" in line for line in lines)


@pytest.mark.parametrize("line", [line for _, line in EXAMPLES if " -o " not in line])
def test_examples_run_in_a_pipe(line: str, shell: Any) -> None:
    """What is written to a file, nothing goes down a pipe of: the terminal below sees to it."""
    ended = shell(line)
    assert ended.code == 0, ended.err
    assert ended.raw


def check_fits(page: str, line: str, width: int) -> None:
    """Whether no row of what an example shows is wider than the terminal."""
    for row in page.split("\n"):
        # Words of a command line are never cut: only they may be longer than the screen is wide.
        assert cell_len(row) <= width or re.match(r" {2,6}\S+( \\)?$", row), (line, row)


def explanation(told: Told) -> Any:
    """The arithmetic of a cell in the middle, where there is any."""
    try:
        return told.explanation()
    except WrongUsage:
        return None


@pytest.mark.parametrize(("name", "line"), EXAMPLES)
def test_on_wide_and_narrow_terminals_a_story_fits_and_what_it_says_to_try_next_runs(
    name: str, line: str, shell: Any, told: list[Told], also_on: Any
) -> None:
    (narrow,) = also_on({"width": 40})
    ended = shell(line, stdout_is_terminal=True, width=80)
    assert ended.code == 0, ended.err
    assert all(Path(file).stat().st_size for file in re.findall(r" -o (\S+)", line) if "{" not in file)
    pages = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text) for text in (ended.out, narrow.getvalue().decode())]
    assert pages[0].strip()
    if "-f " not in line:
        assert "\x1b[" in ended.out
        assert pages[1].strip()
    if " -f " not in line or " -f plain" in line:
        for page, width in zip(pages, (80, 40), strict=True):
            check_fits(page, line, width)
    assert told or re.search(r"(^| )-f (?!plain|markdown)", line)
    for one in told:
        check(one, parts_of(one.stories))
        if "--explain" not in line and (arithmetic := explanation(one)) is not None:
            check(one, parts_of([arithmetic]))
    told.clear()
    lines = re.findall(r"^Try next\n  ((?:.*\\\n)*.*)", pages[0], re.MULTILINE)
    assert lines or "-f " in line or "--explain" in line
    for typed in lines:
        # Two runs say as well as twenty whether a line can be typed.
        tried = shell(re.sub(r" --runs \d+", " --runs 2", re.sub(r"\\\n *", "", typed)))
        assert tried.code == 0, f"{typed}: {tried.err}"
        assert tried.raw or "-o " in typed, typed


@each_reading
@pytest.mark.parametrize("things", ["room 1\ncat\nthe cat sat\n", "[[1, 2], [3, 4.5]]\n[[-5, 0.5, 2]]\n"])
def test_the_next_line_names_the_one_of_several_that_it_is_for(
    name: str, things: str, cli: Any, shell: Any
) -> None:
    """Of a file with several sentences or matrices; ``cat`` alone would be a slip for the sample."""
    Path("several.txt").write_text(things)
    needed = ["-k", "1"] if name == "conv" else NEEDED.get(name, ())
    told = cli(name, *words_before_input(name), "several.txt", *needed, "-f", "plain")
    pages = told.out.split("Try next\n  ")[1:]
    if told.code or name == "istft":  # it has no use for such things; nobody types a spectrum
        assert name in WORLDLY or name == "istft" or told.err
        return
    assert len(pages) == len(things.splitlines())
    for page in pages:
        line = re.sub(r" \\\n +", " ", page.split("\n\n")[0]).strip()
        tried = shell(line)
        assert (tried.code, "several.txt" in line) == (0, False), (line, tried.err)


@each_reading
@pytest.mark.parametrize("piped", [False, True])
def test_the_next_line_runs_for_all_of_several_that_nobody_types(
    name: str, piped: bool, cli: Any, shell: Any
) -> None:
    """Of two sizes: a cell of the larger one is none of the smaller."""
    large, small = np.linspace(-1, 1, 900).reshape(30, 30), np.linspace(0.1, 0.9, 156).reshape(13, 12)
    np.savez("two.npz", large=large, small=small)
    needed = ["-k", "1"] if name == "conv" else NEEDED.get(name, ())
    words = shlex.join([name, *words_before_input(name), *([] if piped else ["two.npz"]), *needed])
    told = shell(f"{'dlcli tensor two.npz -f frame | ' * piped}dlcli {words} -f plain")
    pages = told.out.split("Try next\n  ")[1:]
    if told.code:
        assert name in (*WORLDLY, *LEARNING, *HOLDING, "istft"), told.err
        return
    assert len(pages) == 2
    for page in pages:
        line = re.sub(r" \\\n +", " ", page.split("\n\n")[0]).strip()
        tried = shell(line)
        assert tried.code == 0, (line, tried.err)


@each_reading
def test_what_was_typed_in_few_decimals_is_shown_in_full(name: str, cli: Any) -> None:
    """1.0625 is no 1.063 where 269.75 stands beside it."""
    if name in (*WORLDLY, *LEARNING, *HOLDING, "istft", "seq2seq", "stft"):
        pytest.skip("none of its tables shows what was typed")
    needed = ["-k", "1"] if name == "conv" else NEEDED.get(name, ())
    words = [name, *words_before_input(name), *needed, "-f", "plain"]
    rows = (
        ["269.75 -476.25 1.0625"] if name == "returns" else ["269.75 -476.25; 1.0625 2", "0.125 2.125; 0.5 2"]
    )
    for row in rows:
        page = cli(*words, row).out.partition("Try next")[0]
        shown = {float(text.replace("−", "-")) for text in re.findall(r"−?\d+\.?\d*", page)}
        assert set(map(float, re.findall(r"\S+\b", row))) <= shown, page
        assert not shown & {1.06, 1.063, 0.13, 2.13, 269.8}, page


def next_line(page: str) -> str:
    """The line that a story says to try next."""
    return re.sub(r" \\\n +", " ", page.split("Try next\n  ")[1]).strip()


@each_reading
def test_the_next_line_keeps_the_pipe_that_was_typed(name: str, cli: Any, shell: Any) -> None:
    told = cli(*bare(name), "-f", "plain", stdin=food(name, cli))
    line = next_line(told.out)
    if name in WORLDLY:  # a table says nothing of who sent it
        assert line.startswith(f"… | dlcli {name} ")
    else:
        made = (
            "dlcli show digits8 | dlcli tensor --index 0:40 | "
            if name in LEARNING
            else "dlcli samples exercise | "
        )
        made += "dlcli stft --frame 2 --hop 1 --sample-rate 8000 | " if name == "istft" else ""
        assert line.startswith(made)
        assert f"| dlcli {name}" in line
        tried = shell(line)
        assert (tried.code, "sample:" in of_input(name, line)) == (0, False), (line, tried.err)


@each_reading
def test_the_next_line_names_what_another_program_sends_by_dots(name: str, cli: Any) -> None:
    given = food(name, cli)
    if name not in ("istft", *LEARNING, *HOLDING):  # nobody types a spectrum, or digits
        given = given if name in WORLDLY else b"1 2 3\n4 5 6\n7 8 9\n"
        line = next_line(cli(*bare(name), "-f", "plain", stdin=given).out)
        assert re.match(rf"… \| dlcli {name}\b", line)
        assert "sample:" not in of_input(name, line)


@each_reading
def test_the_next_line_keeps_the_file_that_was_named(name: str, cli: Any, shell: Any) -> None:
    """Also one of dlcli's own, which knows the commands that made it."""
    path = "mine.csv" if name in WORLDLY else "mine.safetensors"
    Path(path).write_bytes(food(name, cli))
    words = [name, *words_before_input(name), path, *NEEDED.get(name, ())]
    line = next_line(cli(*words, "-f", "plain").out)
    assert shlex.split(line)[: 3 + len(words_before_input(name))] == [
        "dlcli",
        *words[: words.index(path) + 1],
    ]
    tried = shell(line)
    assert tried.code == 0, (line, tried.err)


@each
def test_in_a_pipe_a_command_sends_tensors(name: str, cli: Any) -> None:
    sent = cli(*bare(name), stdin=food(name, cli))
    assert (sent.code, said(sent)) == (0, "")
    assert sent.tensors
    first = sent.tensors[0]
    assert first.attrs["command"].split(" | ")[-1].split()[0] == name


@each
def test_every_result_can_be_had_by_name(name: str, cli: Any) -> None:
    for emit in TABLE[name].manual.emits:
        sent = cli(*bare(name), "--emit", emit, stdin=food(name, cli))
        assert (sent.code, said(sent)) == (0, ""), emit
        assert sent.tensors
        if len(TABLE[name].manual.emits) > 1:  # then the story is of that result alone
            alone = cli(*bare(name, "--emit", emit), "--show", "--only", "result", stdin=food(name, cli))
            headings = re.findall(r"^(?!dlcli)(\w[^\n]*?)(?=  |$)", alone.err, re.MULTILINE)
            assert headings, emit
            assert len(headings) <= (4 if name == "conv" and emit != "feature-map" else 2), emit


@each
def test_what_is_written_as_text_comes_back(name: str, cli: Any) -> None:
    given, small = food(name, cli), []
    if name == "samples":  # a picture or a net is a book as text
        small = [word for word, path in samples().items() if Path(path).stat().st_size < BOOK]
    for emit in TABLE[name].manual.emits:
        words = bare(name, *small, "--emit", emit)
        frames = cli(*words, stdin=given).tensors
        for form in ("csv", "tsv", "json"):
            comes_back(frames, cli(*words, "-f", form, stdin=given).raw, form)


@pytest.mark.parametrize("form", ["csv", "tsv"])
@each_reading
def test_what_is_written_of_two_inputs_comes_back_as_two(name: str, form: str, cli: Any) -> None:
    Path("given").write_bytes(food(name, cli))
    words = (*bare(name), "given", "given")
    frames = cli(*words).tensors
    assert len(frames) > 1
    comes_back(frames, cli(*words, "-f", form).raw, form)


@pytest.mark.parametrize("form", ["csv", "tsv"])
@pytest.mark.parametrize("name", ["attn", "rnn", "transformer", "seq2seq"])
def test_a_sentence_that_says_a_word_twice_comes_back(name: str, form: str, cli: Any) -> None:
    for emit in TABLE[name].manual.emits:
        words = (*bare(name, "--emit", emit), "no no cat", "no no")
        comes_back(cli(*words).tensors, cli(*words, "-f", form).raw, form)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "mdp gridworld",
            "mdp gridworld --emit policy",
            "mdp gridworld --emit q",
            "mdp cliff",
            "td windy --episodes 9",
        ),
        *("mdp frozen-lake --optimal", "mdp random-walk:3", "td cliff --control sarsa --emit q --episodes 9"),
        *("mdp frozen-lake --emit transitions", "mdp random-walk --emit transitions", "samples student"),
        *("td random-walk --emit trace", "td cliff --control double-q --emit trace --episodes 9"),
        "td windy --emit trace --episodes 2",
        *("kernels diag", "kernels diag box:3", "kernels sobel-x sobel-y", "conv '1 2' '3 4; 5 6' -k box:1"),
        *("stft sample:tones --emit magnitude", "stft sample:tones --emit mel"),
        *(
            "attn 'the cat 1,5'",
            "attn 'the cat' --emit weights",
            "attn 'no no cat' --heads 2 --emit weights",
            "rnn 'no no cat' --cell lstm --emit gates",
            "seq2seq 'the cat' --target-vocabulary '1 2'",
        ),
        *("rnn 'the cat' --cell gru", "transformer 'the cat'", "tensor '1 2; 3 4' --index :,0:1"),
    ],
)
def test_names_and_axes_come_back_from_text(line: str, shell: Any) -> None:
    frames = shell(f"dlcli {line}").tensors
    for form in ("csv", "tsv", "json"):
        comes_back(frames, shell(f"dlcli {line} -f {form}").raw, form)


def comes_back(frames: list[Tensor], text: bytes, form: str) -> None:
    """Whether a text is read as these tensors, with their axes.

    In a table height and width are row and column, and where numbers stand for names, these are equal.
    """
    assert frames
    said: list[str] = []
    source = Source(io.BytesIO(text), f"input.{form}", said.append)
    for made, read in zip(frames, read_tensors(source, limits=Limits()), strict=True):
        assert names_of(read).keys() == names_of(made).keys()
        plain = form != "json" and made.axes == (Axis("height"), Axis("width"))
        axes = default_axes(2) if plain else made.axes
        if form != "json" and names_of(made):
            axes = (Axis("row"), axes[1])
            assert called(read) == called(made)
            copy = io.BytesIO()
            write_table(read, copy, delimiter="\t" if form == "tsv" else ",")
            assert copy.getvalue() in text
        else:
            np.testing.assert_array_equal(read.data.astype(made.data.dtype), made.data)
        for axis, again, length in zip(axes, read.axes, made.shape, strict=True):
            assert (again.name, again.labels, again.unit) == (axis.name, axis.labels, axis.unit)
            assert (again.start, again.numeric) == (axis.start, axis.numeric)
            if axis.step is not None and length > 1:
                assert again.step == pytest.approx(axis.step)
    assert said in ([], ["dlcli: input.csv: ',' was read between numbers; decimal commas: tr , ."])


def called(tensor: Tensor) -> list[list[float | str]]:
    """The rows of a table, with names in place of the numbers that stand for them."""
    names = names_of(tensor)
    return [
        [
            names[head][int(value)] if head in names and value in range(len(names[head])) else value
            for head, value in zip(tensor.axes[1].labels or (), row, strict=True)
        ]
        for row in tensor.data.tolist()
    ]


@each_reading
@pytest.mark.parametrize(
    ("word", "stdin", "told"),
    [
        ("nowhere.png", b"", "'nowhere.png' is neither a file nor"),
        ("sample:kat", b"", "there is no sample 'kat': did you mean sample:cat?"),
        ("-", b"", "standard input: nothing in it (0 bytes)"),
        ("-", b"\x89PNG\r\n\x1a\nbroken", "standard input"),
    ],
)
def test_bad_input_ends_in_two_lines(name: str, word: str, stdin: bytes, told: str, cli: Any) -> None:
    code = 2 if name == "compare" else 1  # there 1 says that numbers differ, as with cmp and diff
    refused(name, code, told, cli(*bare(name), word, stdin=stdin))


@each
@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("--frobnicate", "no such option"),
        ("--emit=nothing", "'nothing' is not"),
        ("--emit", "option '--emit' requires an argument"),
        ("--show=yes", "option '--show' does not take a value"),
        ("--precision=0", "0 is not in the range 1<=x<=17"),
    ],
)
def test_a_bad_option_ends_in_two_lines(name: str, word: str, told: str, cli: Any) -> None:
    refused(name, 2, told, cli(*bare(name), word))


#: The options that take a file: command, flag, and the input that it is for.
WITH_FILES = [
    (
        name,
        flag,
        "the cat"
        if name == "seq2seq" or flag == "--model"
        else "digits8"
        if name in LEARNING
        else "1 2; 3 4",
    )
    for name, command in TABLE.items()
    for p in command.params
    for flag, kind in [(max(p.opts, key=len), str(p.type.name))]
    if re.search(r"\b(FILE|DIR|KERNEL)\b", kind) and flag.startswith("--")
    if getattr(p.type, "file", "") != "write"
]


def test_there_are_options_that_take_files() -> None:
    flags = {flag for _, flag, _ in WITH_FILES}
    assert flags >= {"--kernel", "--weights", "--mask", "--policy", "--targets", "--memory", "--key"}


@pytest.mark.parametrize(("name", "flag", "given"), WITH_FILES)
@pytest.mark.parametrize("file", ["missing.csv", "folder/missing.npz"])
def test_a_file_that_is_missing_is_one_error_wherever_it_is_named(
    name: str, flag: str, given: str, file: str, cli: Any
) -> None:
    """The work failed, as where it is the input: the command line itself is right."""
    before = ["random-walk"] if name in WORLDLY else [] if flag == "--query" else [given]
    more = ["--decoder"] if flag in ("--memory", "--memory-mask") else []
    more += ["--memory", "1 2; 3 4"] if flag == "--memory-mask" else []
    if re.match("--[wb]-", flag):  # matrices go together, and a bias with its matrix
        together = {"--w-query", "--w-key", "--w-value", flag.replace("--b", "--w")} - {flag}
        more = [word for one in sorted(together) for word in (one, "1 0; 0 1")]
    refused(name, 1, file, cli(name, *words_before_input(name), *before, flag, file, *more, "-f", "json"))


@each
def test_an_option_that_is_given_nothing_is_refused(name: str, cli: Any) -> None:
    # That is what -o "$UNSET" is in a script.
    for option in TABLE[name].params:
        if isinstance(option, click.Option) and not option.is_flag:
            ended = cli(*bare(name), max(option.opts, key=len), "")
            refused(name, 2, f"{max(option.opts, key=len)}': ", ended)


def test_a_result_is_not_lost_where_its_file_has_no_name(cli: Any) -> None:
    for more in ((), ("-f", "csv"), ("-f", "plain")):
        told = "invalid value for '-o' / '--output': it is empty: give a value, or leave the option out"
        refused("softmax", 2, told, cli("softmax", "1 2", "-o", "", *more))


def refused(name: str, code: int, told: str, ended: Any) -> None:
    """Whether a command line wrote nothing and said why, in a line or two that begin with its command."""
    assert (ended.code, ended.raw) == (code, b"")
    assert ended.err.startswith(f"dlcli {name}: ")
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2
    assert "Traceback" not in ended.err


@each_reading
def test_nothing_on_a_terminal_is_a_usage_error_with_an_example(name: str, cli: Any) -> None:
    ended = cli(*bare(name), stdin_is_terminal=True)
    assert ended.code == 2
    assert ended.err.endswith(f"\nTry '{TABLE[name].manual.examples[0]}'.\n")


#: What runs each of the lines that come in, in a process that has loaded what all of them load.
LOADING = """
import json, os, sys
import numpy
from dlcli.cli import run
for name, words in json.load(sys.stdin).items():
    if (child := os.fork()) == 0:
        code = run(words)
        print(json.dumps([name, code, list(sys.modules)]), file=sys.stderr, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_numbers_in_a_pipe_load_numpy_and_nothing_heavier(tmp_path: Path) -> None:
    """In one process for all: a new one for each would be another quarter of a second."""
    np.save(tmp_path / "x.npy", np.arange(1.0, 10.0).reshape(3, 3))
    lines = {
        name: bare(name, LIGHT.get(name, "random-walk" if name in WORLDLY else str(tmp_path / "x.npy")))
        for name in TABLE
    }
    done = subprocess.run(
        [sys.executable, "-c", LOADING],
        input=json.dumps(lines).encode(), capture_output=True, check=True, cwd=ROOT,
    )  # fmt: skip
    told = [json.loads(line) for line in done.stderr.decode().splitlines() if line.startswith("[")]
    assert [name for name, _, _ in told] == list(TABLE)
    for name, code, loaded in told:
        assert (name, code) == (name, 0)
        heavy = {"rich", "PIL", "soundfile", "zipfile", "csv", "tempfile", "importlib.metadata"}
        assert (name, heavy & set(loaded)) == (name, set())
        assert f"dlcli.commands.{name}.command" in loaded


@each
def test_the_story_in_every_form_for_people(name: str, cli: Any) -> None:
    for format_, sign in {
        "plain": "Try next",
        "markdown": "### ",
        "html": "<!DOCTYPE html>",
        "svg": "<svg",
    }.items():
        told = cli(*bare(name), "-f", format_, "--width", "80", stdin=food(name, cli))
        assert (told.code, said(told)) == (0, "")
        assert sign in told.out


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["cnov"], "dlcli: no command 'cnov': did you mean 'conv'?"),
        (["conv", "--kernal", "diag"], "dlcli conv: no such option '--kernal'. Did you mean '--kernel'?"),
        (["conv", "-k", "diagg", "1 2"], "did you mean diag?"),
    ],
)
def test_a_near_word_is_suggested(typed: list[str], told: str, cli: Any) -> None:
    ended = cli(*typed)
    assert ended.code == 2
    assert told in ended.err
