"""Whole processes: pipes that close, disks that fill, Ctrl-C, and a real terminal of 80 columns."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import ptyprocess
import pyte
import pytest

DLCLI = [sys.executable, "-m", "dlcli"]
CLEAN = {
    k: v
    for k, v in os.environ.items()
    if not k.startswith("DLCLI_") and k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")
}

#: What NumPy and OpenBLAS may be told to be: an old processor, one with fused products, none with AVX-512.
PROCESSORS: tuple[dict[str, str], ...] = (
    {"OPENBLAS_CORETYPE": "Prescott"},
    {"OPENBLAS_CORETYPE": "Haswell"},
    {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "X86_V4"},
)


def shell(line: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A line of bash in a folder; ``dlcli`` is ours."""
    program = f'set -o pipefail; dlcli() {{ "{sys.executable}" -m dlcli "$@"; }}; {line}'
    return subprocess.run(
        ["bash", "-c", program], cwd=folder, env={**CLEAN, **more}, capture_output=True, text=True, timeout=60
    )


@pytest.fixture(scope="module")
def processors() -> tuple[dict[str, str], ...]:
    """Settings under which a product of matrices differs in its last bits; without such there is no test."""
    program = (
        "import numpy as np; x = np.random.default_rng(0).random((64, 64)); print((x @ x).tobytes().hex())"
    )
    line = f"{shlex.quote(sys.executable)} -c {shlex.quote(program)}"
    if len({shell(line, Path.cwd(), **processor).stdout for processor in PROCESSORS}) == 1:
        pytest.skip("this NumPy multiplies matrices the same way, whatever OPENBLAS_CORETYPE says")
    return PROCESSORS


@pytest.mark.parametrize(
    "line",
    [
        "dlcli td sample:maze --gamma 0.9 --runs 60 --emit rms",
        "dlcli td random-walk --batch --method td0 --method mc --emit rms",
        "dlcli td cliff --control double-q --episodes 60 --emit q",
        "dlcli mdp frozen-lake --gamma 0.99",
        "dlcli mdp gridworld:20x20",
    ],
)
def test_worlds_give_the_same_bits_whatever_the_processor_does_best(
    line: str, processors: tuple[dict[str, str], ...], tmp_path: Path
) -> None:
    found = {shell(f"{line} -f csv", tmp_path, **processor).stdout for processor in processors}
    assert len(found) == 1
    assert len(found.pop()) > 100


def test_a_pipe_of_three(tmp_path: Path) -> None:
    done = shell(
        "dlcli conv sample:cat -k diag --channels keep -f frame | dlcli conv -k box:2 -f frame | "
        "dlcli conv -k '1' -f json | head -c 64",
        tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith('{"name": "feature map", "dtype": "float32", "shape": [298, 449]')


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("dlcli conv sample:cat -k diag | wc -c", "dlcli conv: 538 kB tensor frame; words: -f plain\n"),
        (
            "dlcli conv sample:cat -k diag >y 2>err; cat err >&2",
            "dlcli conv: 538 kB tensor frame; words: -f plain\n",
        ),
        ("dlcli conv 5 -k 1 | wc -c", "dlcli conv: 1 kB tensor frame; words: -f plain\n"),
        ("dlcli kernels box >y", "dlcli kernels: 1 kB tensor frame; words: -f plain\n"),
        ("dlcli attn 'a b' --seed 1 'a c' >y", "dlcli attn: 1 kB tensor frame; words: -f plain\n"),
        ("dlcli conv 5 -k 1 -f frame >y", ""),
        ("DLCLI_FORMAT=frame dlcli conv 5 -k 1 >y", ""),
        ("DLCLI_FORMAT=plain dlcli conv 5 -k 1 >y", ""),
        ("dlcli conv 5 -k 1 -f csv", ""),
        ("dlcli conv 5 -k 1 -f rich", ""),
        ("dlcli conv 5 -k 1 -o y.npy", ""),
    ],
)
def test_a_frame_that_nobody_asked_for_is_told_where_nobody_looks(
    line: str, told: str, tmp_path: Path
) -> None:
    done = shell(line, tmp_path)
    assert (done.returncode, done.stderr) == (0, told)


def test_a_pipe_on_a_terminal_is_silent_and_a_file_is_told(tmp_path: Path) -> None:
    program = f'dlcli() {{ "{sys.executable}" -m dlcli "$@"; }}; '
    assert Screen(["bash", "-c", program + "dlcli conv 5 -k 1 | wc -l"], tmp_path).raw.strip().isdigit()
    written = Screen(["bash", "-c", program + "dlcli conv 5 -k 1 >y"], tmp_path)
    assert written.raw == b"dlcli conv: 1 kB tensor frame; words: -f plain\r\n"


def test_a_closed_pipe_ends_a_command_quietly(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.ones((2000, 2000)))
    for format in ("frame", "csv", "json", "npy"):
        done = shell(
            f"dlcli conv x.npy x.npy -k 1 -f {format} | head -c 10 >/dev/null; echo ${{PIPESTATUS[0]}}",
            tmp_path,
        )
        assert (done.stdout, done.stderr) == ("0\n", ""), format
    done = shell("dlcli conv sample:cat -k diag -f rich | true; echo ${PIPESTATUS[0]}", tmp_path)
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    for words in ("", "-f csv", "-f plain", "-o /dev/full -f npy"):
        done = shell(f"dlcli conv sample:exercise -k diag {words} >/dev/full", tmp_path)
        assert done.returncode == 1
        assert re.fullmatch(
            r"dlcli conv: cannot (use the output|write /dev/full): No space left on device\n", done.stderr
        )


def test_a_closed_standard_stream(tmp_path: Path) -> None:
    done = shell("dlcli conv sample:exercise -k diag >&-", tmp_path)
    assert (done.returncode, done.stderr) == (
        1, "dlcli conv: standard output is closed; redirect it to a file, a pipe or /dev/null\n",
    )  # fmt: skip
    done = shell("dlcli conv -k diag <&-", tmp_path)
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "dlcli conv: standard input is closed and no input is named",
    )
    assert shell("dlcli conv sample:exercise -k diag -f csv 2>&-", tmp_path).returncode == 0


def test_every_reader_works_from_a_pipe_as_from_a_file(tmp_path: Path) -> None:
    line = "dlcli conv sample:cat -k 1 --channels gray"
    make = "; ".join([f"{line} --scale clip -o cat.{suffix}" for suffix in ("png", "bmp", "tif", "webp")] + [
        f"{line} -o cat.{suffix}" for suffix in ("npy", "npz", "safetensors", "json", "csv", "tsv")])  # fmt: skip
    assert shell(make, tmp_path).returncode == 0
    for file in sorted(tmp_path.iterdir()):
        if file.suffix not in (".csv", ".tsv", ".json"):
            done = shell(
                f"cmp <(dlcli conv {file.name} -k box -f npy) <(cat {file.name} | dlcli conv -k box -f npy)",
                tmp_path,
            )
            assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), file
        else:
            done = shell(
                f"cmp <(dlcli conv {file.name} -k box -f npy) <(dlcli conv -k box -f npy < {file.name})",
                tmp_path,
            )
            assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), file


def test_ctrl_c_ends_with_130_and_leaves_nothing(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.ones((3000, 3000), np.float32))
    process = subprocess.Popen(
        [*DLCLI, "conv", *["x.npy"] * 500, "-k", "random:9", "-o", "{index}.npy"],
        cwd=tmp_path, env=CLEAN, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # A job in the background of a script is born deaf to Ctrl-C, and so are its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    while not (tmp_path / "1.npy").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "")
    assert not [file for file in os.listdir(tmp_path) if file.endswith(".part")]


@pytest.mark.parametrize("name", ["TERM", "HUP", "QUIT", "XCPU", "ALRM", "VTALRM", "USR1", "USR2", "IO"])
def test_a_signal_leaves_no_half_written_file(name: str, tmp_path: Path) -> None:
    number = signal.Signals[f"SIG{name}"]
    np.save(tmp_path / "x.npy", np.ones((3000, 3000), np.float32))
    process = subprocess.Popen(
        [*DLCLI, "conv", *["x.npy"] * 500, "-k", "random:9", "-f", "csv", "-o", "{index}.csv"],
        cwd=tmp_path, env=CLEAN, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )  # fmt: skip
    while not [file for file in os.listdir(tmp_path) if file.endswith(".part")]:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (128 + number, "", "")
    assert not [file for file in os.listdir(tmp_path) if file.endswith(".part")]


def test_a_signal_that_comes_in_the_middle_of_an_import_ends_the_program() -> None:
    program = """
import builtins, signal
from dlcli import cli

def run(words):
    builtins.__import__ = refuse
    signal.raise_signal(signal.SIGTERM)

def refuse(*names, **more):
    raise KeyError("an import within an import")

cli.run = run
try:
    cli.main()
except KeyboardInterrupt as stopped:
    print(stopped.number)
"""
    done = subprocess.run([sys.executable, "-c", program], env=CLEAN, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("15\n", "")


def test_what_nohup_ignores_stays_ignored(tmp_path: Path) -> None:
    program = (
        "import signal, sys; from dlcli import cli; "
        "signal.signal(signal.SIGHUP, signal.SIG_IGN); cli.run = lambda _: 0\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN, callable(signal.getsignal(signal.SIGTERM)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=CLEAN, capture_output=True, text=True, check=True
    )
    assert done.stdout == "True True\n"


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_by_its_name_is_added_to(name: str, tmp_path: Path) -> None:
    done = shell(
        f"echo before >log; {{ dlcli conv '5 0' '6 0' -k 1 -f json -o {name}; echo after; }} >>log; cat log",
        tmp_path,
    )
    before, five, six, after = done.stdout.splitlines()
    assert (done.returncode, before, after) == (0, "before", "after")
    assert ("[[5.0, 0.0]]" in five, "[[6.0, 0.0]]" in six) == (True, True)
    assert os.listdir(tmp_path) == ["log"]


def test_results_go_to_other_descriptors_and_into_other_programs(tmp_path: Path) -> None:
    done = shell("dlcli conv 5 -k 1 -f json -o /dev/stderr", tmp_path)
    assert (done.stdout, '"data": [[5.0]]' in done.stderr) == ("", True)
    done = shell("dlcli conv 5 -k 1 -f npy -o /dev/fd/3 3>y.npy && dlcli show y.npy -f json", tmp_path)
    assert '"data": [[5.0]]' in done.stdout
    done = shell("dlcli conv '5 0' '6 0' -k 1 -f json -o >(tr 5 7 >x.json); sleep 0.5; cat x.json", tmp_path)
    assert (len(done.stdout.splitlines()), '"data": [[7.0, 0.0]]' in done.stdout) == (2, True)
    assert done.stderr == ""
    assert sorted(os.listdir(tmp_path)) == ["x.json", "y.npy"]


def test_several_results_go_to_a_device_and_through_a_named_pipe(tmp_path: Path) -> None:
    done = shell("dlcli softmax '1 2' '3 4' -o /dev/null -f csv", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    line = "mkfifo pipe; cat pipe & dlcli conv '5 0' '6 0' -k 1 -f json -o pipe; wait"
    done = shell(line, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert ("[[5.0, 0.0]]" in done.stdout, "[[6.0, 0.0]]" in done.stdout) == (True, True)
    assert os.listdir(tmp_path) == ["pipe"]


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="this system has no /proc")
def test_a_descriptor_of_the_shell_is_known_by_the_number_of_its_process(tmp_path: Path) -> None:
    line = "{ echo before >&5; dlcli softmax '0 0' '1 1' -f csv -o /proc/$$/fd/5; echo after >&5; } 5>log; cat log"
    done = shell(line, tmp_path)
    assert (done.stdout, done.stderr) == ("before\n0.5,0.5\n\n\n0.5,0.5\nafter\n", "")
    # Where it is not ours as well, a pipe of another process is written to as it is.
    done = shell(
        "exec 5> >(cat); (dlcli softmax '0 0' -f csv -o /proc/$$/fd/5) 5>&-; exec 5>&-; sleep 0.5", tmp_path
    )
    assert (done.stdout, done.stderr) == ("0.5,0.5\n", "")
    done = shell("dlcli softmax '0 0' -f csv -o /proc/$$/fd/77", tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("/fd/77: that process has no such descriptor\n")
    assert os.listdir(tmp_path) == ["log"]


def test_frames_pass_one_by_one_while_the_sender_waits(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*DLCLI, "conv", "-k", "1", "-f", "json"], env=CLEAN, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    frame = subprocess.run(
        [*DLCLI, "conv", "5 6", "-k", "1"], env=CLEAN, capture_output=True, check=True
    ).stdout
    assert process.stdin is not None
    assert process.stdout is not None
    for _ in range(3):
        process.stdin.write(frame)
        process.stdin.flush()
        assert b'"data": [[5.0, 6.0]]' in process.stdout.readline()
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    process.stdout.close()


def peak(program: str) -> int:
    """The most memory that a Python program ever holds, in bytes."""
    measured = program + "\nimport resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    done = subprocess.run(
        [sys.executable, "-c", measured], env=CLEAN, capture_output=True, text=True, check=True
    )
    return int(done.stdout.split()[-1]) * 1024


STREAM = """
import io, os, sys, numpy
from dlcli.cli import run
from dlcli.tensor import Tensor
from dlcli.wire.tensors.frame import write_frame
from dlcli.runner.environment import Environment
reader, writer = os.pipe()
if os.fork() == 0:
    os.close(reader)
    stream = open(writer, "wb", buffering=0)
    tensor = Tensor(numpy.ones((1000, 1000)))
    for _ in range({count}):
        write_frame(tensor, stream)
    os._exit(0)
os.close(writer)
out = open(os.devnull, "wb", buffering=0)
code = run(["conv", "-k", "1 1"], Environment(open(reader, "rb", buffering=0), out, sys.stderr))
assert code == 0
"""


def test_a_stream_of_any_length_needs_the_memory_of_one_tensor() -> None:
    few, many = (peak(STREAM.format(count=count)) for count in (2, 12))
    assert many - few < 4_000_000, "ten more tensors of 8 MB each took more than half of one"


class Screen:
    """A terminal of 80 by 200 with dlcli running in it."""

    def __init__(self, words: list[str], folder: Path, columns: int = 80, **more: str) -> None:
        variables = {**CLEAN, "TERM": "xterm-256color", "COLORTERM": "truecolor", "DLCLI_PIXELS": "blocks"}
        variables |= more
        self.process = ptyprocess.PtyProcess.spawn(
            words, cwd=str(folder), env=variables, dimensions=(200, columns)
        )
        self.screen = pyte.Screen(columns, 200)
        self.raw = b""
        stream = pyte.ByteStream(self.screen)
        while True:
            try:
                piece = self.process.read(65536)
            except EOFError:
                break
            self.raw += piece
            stream.feed(piece)
        self.code = self.process.wait()

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]


@pytest.mark.parametrize("words", [
    ["sample:cat", "--kernel", "diag"],
    ["sample:cat", "-k", "sobel-x", "-k", "sobel-y", "--channels", "keep"],
    ["sample:exercise", "-k", "0.9 1.1; -2.8 0.8", "--bias", "0.15"],
    ["sample:cat", "-k", "gabor:45,21", "--padding", "same", "--pad-mode", "reflect", "--explain", "0,0"],
    ["sample:exercise", "-k", "diag", "--explain", "2,3"],
])  # fmt: skip
@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_shows_the_story_and_no_line_wraps(words: list[str], columns: int, tmp_path: Path) -> None:
    seen = Screen([*DLCLI, "conv", *words], tmp_path, columns)
    assert seen.code == 0
    printed = seen.raw.decode().replace("\r", "").rstrip("\n").split("\n")
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in printed]
    assert max(map(len, plain)) <= columns
    assert [line.rstrip() for line in plain] == seen.lines[: len(plain)]
    assert plain[0].startswith("Input")
    assert not re.search(r"\x1b(?!\[[0-9;]*m)", seen.raw.decode())


@pytest.mark.parametrize("suffix", ["svg", "html"])
def test_a_story_in_a_file_leaves_the_terminal_its_sixteen_colours(suffix: str, tmp_path: Path) -> None:
    words = ["1 2 3; 4 5 6; 7 8 9", "8 7; 6 5", "-k", "diag", "-o", f"story-{{index}}.{suffix}"]
    seen = Screen([*DLCLI, "conv", *words], tmp_path, TERM="linux", COLORTERM="")
    assert seen.code == 0
    assert b"\x1b[30;107m" in seen.raw
    assert not re.search(rb"[34]8;[25];", seen.raw)


def test_standard_input_a_pipe_and_standard_output_a_terminal(tmp_path: Path) -> None:
    line = f'"{sys.executable}" -m dlcli conv sample:exercise -k diag | "{sys.executable}" -m dlcli conv -k box:2'
    seen = Screen(["bash", "-c", line], tmp_path)
    assert seen.code == 0
    assert seen.lines[0].startswith("Input  feature map of sample:exercise, 3 × 4 (row, column), float64")
    assert max(map(len, seen.lines)) <= 80
    written = Screen(["bash", "-c", line + " -o y.npy"], tmp_path)
    assert written.lines[0].startswith("Input")
    assert np.load(tmp_path / "y.npy").shape == (2, 3)


def test_labels_from_outside_move_no_cursor(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text('harmless column,"\x1b[2J\x1b[31mevil\x07"\n1,2\n3,4\n')
    seen = Screen([*DLCLI, "conv", "x.csv", "-k", "1"], tmp_path)
    assert seen.code == 0
    assert any("[2J" in line and "evil" in line for line in seen.lines)
    assert b"\x1b[2J" not in seen.raw
    assert b"\x07" not in seen.raw


def test_nothing_on_a_terminals_standard_input_is_said_at_once(tmp_path: Path) -> None:
    seen = Screen([*DLCLI, "conv", "-k", "diag"], tmp_path)
    assert seen.code == 2
    assert seen.lines[0].startswith("dlcli conv: nothing to read: name a file, sample:NAME or a literal")


def test_work_that_takes_long_shows_that_it_goes_on(tmp_path: Path) -> None:
    program = (
        "import io, sys, time\n"
        "from dlcli.runner.environment import Environment\n"
        "from dlcli.runner.progress import Progress\n"
        "err = io.StringIO()\n"
        "world = Environment(None, io.BytesIO(), err, stderr_is_terminal=sys.argv[1] == 'terminal', width=20)\n"
        "with Progress('dlcli conv a-long-file-name.png', world, patience=float(sys.argv[2])):\n"
        "    time.sleep(0.5)\n"
        "print(ascii(err.getvalue()))\n"
    )

    def said(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", program, *words], env=CLEAN, capture_output=True, text=True, check=True
        ).stdout

    long = said("terminal", "0.1")
    assert long.startswith("'\\r\\x1b[2Kdlcli conv a-long-f\\r\\x1b[2K")
    assert long.endswith("\\r\\x1b[2K'\n")
    assert said("terminal", "5") == "''\n"
    assert said("file", "0.1") == "''\n"


def test_the_line_to_try_names_the_file_that_standard_input_is(tmp_path: Path) -> None:
    (tmp_path / "a b.csv").write_text("1,2,3\n4,5,6\n")
    (tmp_path / "-x.csv").write_text("1,2,3\n4,5,6\n")
    named = "'a b.csv'"
    for typed in (
        f"dlcli show -f plain < {named}",
        f"cd /usr && dlcli show - -f plain < '{tmp_path}/a b.csv'",
    ):
        line = shell(typed, tmp_path).stdout.split("Try next\n")[1].replace("\\\n", " ").strip()
        assert shlex.split(line)[2].endswith("a b.csv")
        assert shell(f"{line} -f json", tmp_path).returncode == 0
    for typed, before in (
        (f"cat {named} | dlcli show -f plain", "… | dlcli show"),
        ("dlcli show -f plain < -x.csv", "dlcli show ./-x.csv"),
        (f"(read -r line; dlcli show -f plain) < {named}", "… | dlcli show"),  # not from its beginning
        (f"dlcli show -f plain < {named} {named}", f"dlcli show {named}"),
        (f"dlcli show '1 2' -f plain < {named}", "dlcli show '1 2'"),
        (f"rm {named}; dlcli show -f plain < <(echo 1 2)", "… | dlcli show"),
    ):
        assert shell(typed, tmp_path).stdout.split("Try next\n")[1].strip().startswith(before), typed
