"""Lines run from Python: the same as the shell's, by arrays and arguments, and what is refused."""

from __future__ import annotations

import errno
import locale
import os
import re
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from PIL import Image

import dlcli
from dlcli.cli import COMMANDS
from dlcli.python.session import command_of
from dlcli.python.words import frames_of

FIRST = {name: command_of([name]).manual.examples for name in COMMANDS}  # type: ignore[union-attr]
EXPLAINING = {
    name: next(line for line in lines if "--explain" in line)
    for name, lines in FIRST.items()
    if any("--explain" in line for line in lines)
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_line_gives_what_the_shell_gives_byte_for_byte(name: str, shell: Any) -> None:
    """What goes down the pipe, the file that is written, and the story."""
    line = FIRST[name][0]
    ended = shell(line)
    assert ended.code == 0, ended.err
    written = {file: Path(file).read_bytes() for file in re.findall(r"-o (\S+)", line)}
    for file in written:
        os.remove(file)
    outcome = dlcli.run(line)
    assert "".join(f"{note}\n" for note in outcome.notes) == ended.err
    for file, held in written.items():
        assert Path(file).read_bytes() == held
    if written:
        return
    assert frames_of(outcome.sent) == ended.raw
    assert str(outcome) == shell(f"{line} -f plain").out.rstrip("\n")


@pytest.mark.parametrize("name", EXPLAINING)
def test_the_arithmetic_of_a_cell_is_that_of_the_shell(name: str, shell: Any) -> None:
    line = EXPLAINING[name]
    told = shell(f"{line} -f plain").out.rstrip("\n")
    assert str(dlcli.run(line)) == told
    cells = re.findall(r" --explain (\S+)", line)
    emit = re.search(r"--emit (\S+)", line)
    without = re.sub(r" --explain \S+", "", line)
    (cell,) = cells if len(cells) == 1 else ("",)
    if cell and "'" not in cell:
        words = [] if cell == "()" else cell.split(",")
        assert str(dlcli.run(without).explain(*words, of=emit[1] if emit else None)) == told


def test_a_pipe_carries_what_it_carries_in_a_shell(shell: Any) -> None:
    line = "dlcli conv sample:cat --kernel diag | dlcli pool --size 2 | dlcli show"
    outcome = dlcli.run(line)
    assert frames_of(outcome.sent) == shell(line).raw
    assert outcome.line == line
    step = dlcli.run("show", dlcli.run("pool", dlcli.run("conv sample:cat --kernel diag"), size=2))
    assert (step.line, str(step)) == (line, str(outcome))


@pytest.mark.parametrize(
    ("array", "word"),
    [
        ([[1, 2], [3, 4]], "'1 2; 3 4'"),
        ([1, 2, 3], "'[1, 2, 3]'"),
        (np.array([[-0.5, 1e-9]]), "'-0.5 1e-09'"),
        (np.array([[[1], [2]], [[3], [4]]]), "'[[[1], [2]], [[3], [4]]]'"),
        (np.array([[1, 2]], dtype=np.float32), "array.npy"),
        (np.array([[1, np.inf]]), "array.npy"),
        (np.array([1 + 2j]), "array.npy"),
        (np.array(3.0), "array.npy"),
        (np.zeros((0, 3)), "array.npy"),
        (np.arange(400).reshape(20, 20).T, "array.npy"),
        (dlcli.Tensor([[1, 2]], name="my/scores"), "my-scores.npy"),
        (dlcli.Tensor([1, 2], (dlcli.Axis("token", ("a", "b")),), name="a b"), "a-b.safetensors"),
    ],
)
def test_an_array_arrives_as_it_is(array: Any, word: str) -> None:
    outcome = dlcli.run("show", array)
    given = array.data if isinstance(array, dlcli.Tensor) else np.asarray(array)
    assert outcome.line == f"dlcli show {word}"
    (arrived,) = outcome.sent
    assert (arrived.data.dtype, arrived.shape) == (given.dtype, given.shape)
    np.testing.assert_array_equal(arrived.data, given)
    if isinstance(array, dlcli.Tensor):
        assert (arrived.axes, arrived.name) == (array.axes, array.name)


def test_arrays_have_names_of_their_own_and_leave_files_alone(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("array.npy", np.zeros((3, 3), "f4"))
    one, other = np.full((2, 2), 1, "f4"), np.full((2, 2), 2, "f4")
    assert dlcli.run("show", one)["tensor"].tolist() == one.tolist()
    told = dlcli.run("compare", one, other, atol=1)
    assert told.line == "dlcli compare array-2.npy array-3.npy --atol 1"
    assert np.abs(told["difference"]).tolist() == [[1, 1], [1, 1]]
    assert os.listdir() == ["array.npy"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kernel": "diag", "stride": (2, 1), "padding": 1, "pad_mode": "edge"},
         "--kernel diag --stride 2,1 --padding 1 --pad-mode edge"),
        ({"kernel": ["diag", "antidiag"], "bias": np.array([0.5, 1])},
         "--kernel diag --kernel antidiag --bias 0.5 --bias 1.0"),
        ({"kernel": np.eye(2, dtype="f4"), "flip": True, "transposed": False, "bias": None},
         "--kernel '1.0 0.0; 0.0 1.0' --flip"),
        ({"kernel": [[[0, 1], [1, 0]], [[1, 0], [0, 1]]]}, "--kernel '0 1; 1 0' --kernel '1 0; 0 1'"),
        ({"kernel": "diag", "explain": (0, 1), "seed": np.int64(3)}, "--kernel diag --explain 0,1 --seed 3"),
        ({"kernel": "diag", "explain": [(0, 1), (1, 1)]}, "--kernel diag --explain 0,1 --explain 1,1"),
    ],
)  # fmt: skip
def test_arguments_are_options(options: dict[str, Any], words: str) -> None:
    by_call = dlcli.run("conv sample:exercise", **options)
    assert by_call.line == f"dlcli conv sample:exercise {words}"
    assert str(by_call) == str(dlcli.run(by_call.line))


def test_a_switch_with_two_sides_is_turned_off() -> None:
    assert dlcli.run("stft sample:speech", center=False).line == "dlcli stft sample:speech --no-center"


def test_a_reserved_word_ends_with_an_underscore() -> None:
    line = dlcli.run("td random-walk", lambda_=0.5, method="lambda").line
    assert line == "dlcli td random-walk --lambda 0.5 --method lambda"


@pytest.mark.parametrize(
    ("call", "kind", "told"),
    [
        (lambda: dlcli.run("conf x"), dlcli.WrongUsage, "no command 'conf': did you mean 'conv'?"),
        (lambda: dlcli.run("conv x -k diag --nope"), dlcli.WrongUsage, "no such option '--nope'"),
        (lambda: dlcli.run("softmax", [[1]], nope=None), dlcli.WrongUsage, "no such option '--nope'"),
        (lambda: dlcli.run("softmax"), dlcli.WrongUsage, "nothing to read: name a file"),
        (lambda: dlcli.run("lab --port 0"), dlcli.WrongUsage, "is for a shell: dlcli lab --port 0"),
        (lambda: dlcli.run(" "), dlcli.WrongUsage, "a command is missing"),
        (lambda: dlcli.run("softmax x | "), dlcli.WrongUsage, "a command is missing"),
        (lambda: dlcli.run("softmax 'x"), dlcli.WrongUsage, "no closing quotation"),
        (lambda: dlcli.run("softmax x > y"), dlcli.WrongUsage, "'>' is for a shell"),
        (lambda: dlcli.run("softmax nix.npy"), dlcli.BadData, "'nix.npy' is neither a file"),
        (lambda: dlcli.run("softmax", [[1], [2, 3]]), dlcli.WrongUsage, "received list: "),
        (lambda: dlcli.run("softmax", ["a"]), dlcli.WrongUsage, "received list of dtype <U1"),
        (lambda: dlcli.run("softmax", None), dlcli.WrongUsage, "received NoneType of dtype object"),
        (lambda: dlcli.run("show", np.ma.array([1, 2], mask=[0, 1])), dlcli.WrongUsage, "masked"),
        (lambda: dlcli.run("conv sample:cat", kernel=np.zeros((2, 2, 2))), dlcli.WrongUsage, r"array \(2, 2, 2\)"),
        (lambda: dlcli.run("conv sample:cat", kernel="diag", flip=1), dlcli.WrongUsage, "--flip is a switch"),
        (lambda: dlcli.run("show sample:cat | pool", size=2), dlcli.WrongUsage, "size: this line has 2 commands"),
        (lambda: dlcli.run("conv '1 2; 3 4'", k="diag"), dlcli.WrongUsage, "k: an option has its long name here, kernel"),
        (lambda: dlcli.run("softmax '1 2' --explain all --explain 0,0"), dlcli.WrongUsage, "is of every cell"),
        (lambda: dlcli.run("softmax", np.array([1], "complex256")), dlcli.WrongUsage, "complex256; astype"),
        (lambda: dlcli.run("show '1 2' -o nix/x.npy"), dlcli.DlcliError, "there is no folder .*nix"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_an_error_in_the_words_of_the_shell(
    call: Any, kind: type, told: str, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=told):
        call()
    assert os.listdir() == []
    assert capsys.readouterr() == ("", "")


def test_the_labels_of_a_table_are_those_of_its_axes() -> None:
    class Table:
        """As a DataFrame of pandas is."""

        index, columns = ["x", "y"], ("a", "b")

        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return np.array([[1.0, 2.0], [3.0, 4.0]])

    given = dlcli.run("softmax", Table())
    assert [axis.labels for axis in given.axes] == [("x", "y"), ("a", "b")]
    assert "at row x, column b" in str(given.explain("x", "b"))
    Table.index = [0, 1]  # places, which are no names
    assert [axis.labels for axis in dlcli.run("softmax", Table()).axes] == [None, ("a", "b")]


def test_what_a_pipe_brings_and_nobody_reads_is_told(capsys: Any) -> None:
    outcome = dlcli.run("softmax '1 2' | pool '1 2; 3 4'")
    assert outcome.notes == ["dlcli pool: what softmax sends is not read: the line names its input"]
    assert dlcli.run("softmax '1 2' | pool --size 1").notes == []


def test_the_error_of_a_pipe_says_of_which_command_it_is() -> None:
    with pytest.raises(dlcli.DlcliError, match="the window is larger") as raised:
        dlcli.run("conv '1 2; 3 4' -k diag | pool --size 9")
    assert raised.value.__notes__ == ["in command 2 of 2: dlcli pool --size 9"]
    assert raised.traceback[-1].name == "_stage"  # nothing of the inside is shown
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (MemoryError(), "not enough memory; try a smaller input"),
        (OSError(errno.ENOSPC, ""), "cannot use the output: No space left on device"),
    ],
)
def test_what_the_machine_lacks_is_told_as_in_the_shell(
    raised: Exception, told: str, monkeypatch: Any
) -> None:
    def invoke(*_: Any) -> None:
        raise raised

    monkeypatch.setattr("dlcli.python.session.invoke", invoke)
    with pytest.raises(dlcli.DlcliError, match=f"^{told}"):
        dlcli.run("show sample:cat")
    monkeypatch.setattr("dlcli.python.session.invoke", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):  # a fault of ours is shown whole
        dlcli.run("show sample:cat")


def test_what_passed_before_a_failure_is_its_outcome(capsys: Any) -> None:
    with pytest.raises(dlcli.DlcliError, match="1 of 2 inputs failed") as raised:
        dlcli.run("show", "sample:exercise", "nix.npy")
    assert raised.value.outcome["tensor"].shape == (4, 5)
    assert capsys.readouterr().err.startswith("dlcli show: 'nix.npy' is neither a file")
    with pytest.raises(dlcli.DlcliError, match="beyond the tolerance") as raised:
        dlcli.run("compare", [[1, 2]], [[1, 3]])
    assert raised.value.outcome["difference"].tolist() == [[0, 1]]


def test_a_variable_acts_only_where_it_is_handed_in(monkeypatch: Any) -> None:
    monkeypatch.setenv("DLCLI_CONV_STRIDE", "2")
    line = "conv sample:exercise --kernel diag"
    assert dlcli.run(line)["feature-map"].shape == (3, 4)
    assert dlcli.run(line, environment=os.environ)["feature-map"].shape == (2, 2)


def test_a_seed_repeats_what_is_random() -> None:
    drawn = [dlcli.run("dropout", np.ones((9, 9)), seed=seed)["dropped"].tolist() for seed in (1, 2, 1)]
    assert drawn[0] == drawn[2] != drawn[1]


def test_help_is_printed_and_gives_nothing(capsys: Any) -> None:
    outcome = dlcli.run("softmax --help")
    assert (len(outcome), outcome._repr_html_()) == (0, None)
    assert capsys.readouterr().out.startswith("Usage: dlcli softmax")
    with pytest.raises(dlcli.DlcliError, match="gave no result"):
        outcome.tensor()


def state() -> tuple[Any, ...]:
    """What a run might leave behind in its process."""
    return (
        np.geterr(),
        click.get_current_context(silent=True),
        list(warnings.filters),
        [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)],
        threading.active_count(),
        locale.setlocale(locale.LC_ALL),
        Image.MAX_IMAGE_PIXELS,
        os.getcwd(),
        dict(os.environ),
        len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0,
        np.random.get_state()[1].tolist(),
        [command.params for command in map(command_of, ([name] for name in COMMANDS)) if command],
    )


def test_a_run_leaves_nothing_behind(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [
        "conv sample:cat --kernel diag | pool --size 2",
        "softmax '1000 nan; 3 -inf'",
        "train mlp digits8 --epochs 1 -o x.safetensors",
        "softmax nix.npy",
        "conv sample:cat --nope",
    ]

    def play() -> list[str]:
        told = []
        for line in lines:
            try:
                told.append(str(dlcli.run(line)))
            except dlcli.DlcliError as error:
                told.append(str(error))
        return told

    first = play()
    os.remove("x.safetensors")
    before = state()
    assert play() == first
    assert state() == before


def test_a_path_that_begins_with_a_hyphen_is_no_option(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("-k.npy", np.eye(2))
    assert dlcli.run("show", Path("-k.npy"))["tensor"].shape == (2, 2)


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "x.npy"
    for number in (1, 2):
        np.save(file, np.full((2, 2), number))
        assert dlcli.run("show", file)["tensor"].max() == number
    picture = tmp_path / "x.png"
    for shade in (10, 200):
        Image.new("L", (4, 4), shade).save(picture)
        assert dlcli.run("show", picture)["tensor"].max() == shade


def test_threads_run_lines_beside_each_other() -> None:
    found: dict[int, Any] = {}

    def work(size: int) -> None:
        found[size] = dlcli.run(f"conv sample:cat --kernel diag | pool --size {size}")

    before = state()
    threads = [threading.Thread(target=work, args=(size,)) for size in (2, 3, 4, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state() == before, "what one thread put back, another had changed"
    for size, outcome in found.items():
        assert str(outcome) == str(dlcli.run(f"conv sample:cat --kernel diag | pool --size {size}"))


def test_importing_loads_nothing_and_a_run_only_what_its_command_needs() -> None:
    """In a process of its own, for this one has everything loaded."""
    program = (
        "import sys, dlcli\n"
        "heavy = {'numpy', 'click', 'rich', 'PIL', 'soundfile', 'IPython', 'tempfile', 'shlex'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
        "r = dlcli.run('softmax', [[1, 2], [3, 4]], axis='row')['probabilities']\n"
        "print(*sorted({'rich', 'PIL', 'soundfile', 'IPython', 'subprocess'} & set(sys.modules)))\n"
        "print(*[m for m in sys.modules if m.startswith('dlcli.commands.') and m.count('.') == 2])\n"
        "print(*dir(dlcli))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    at_import, after, commands, names = done.stdout.split("\n")[:4]
    assert (at_import, after) == ("", "")
    assert set(commands.split()) <= {"dlcli.commands.softmax", "dlcli.commands.kinds"}
    assert set(names.split()) == set(dlcli.__all__)


@pytest.mark.parametrize("line", [5, None, [1, 2]])
def test_what_is_no_line_is_refused(line: Any) -> None:
    with pytest.raises(dlcli.WrongUsage, match="a line of commands is wanted"):
        dlcli.run(line)


def test_a_result_is_had_by_its_name_in_python_too() -> None:
    assert dlcli.run("conv", [[1, 2], [3, 4]], kernel="1 1")["feature_map"].tolist() == [[3], [7]]
