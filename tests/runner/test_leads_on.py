"""Slips of the shell: each is taken as it was meant, or told with the words that lead on."""

from __future__ import annotations

import io
import re
import shlex
import zipfile
from itertools import product
from pathlib import Path
from typing import Any

import click
import pytest

from dlcli.cli import COMMANDS, front_door
from dlcli.errors import WrongUsage
from dlcli.runner.kinds import Whole
from dlcli.runner.option import check_repeated


def parameters(kind: type) -> list[tuple[str, str, Any]]:
    """Command, flag and type of every option whose values are of a kind."""
    found = []
    for name in COMMANDS:
        command = front_door.get_command(click.Context(front_door), name)
        assert command is not None
        found += [(name, max(p.opts, key=len), p.type) for p in command.params if isinstance(p.type, kind)]
    return found


CHOICES = [(name, flag, type_) for name, flag, type_ in parameters(click.Choice) if flag.startswith("--")]


@pytest.mark.parametrize(("command", "flag", "type_"), CHOICES, ids=[f"{c} {f}" for c, f, _ in CHOICES])
def test_choices_take_capitals_and_underscores(command: str, flag: str, type_: Any) -> None:
    with front_door.make_context("dlcli", ["samples"]) as outer:
        loaded = front_door.get_command(outer, command)
        assert loaded is not None
        (option,) = [p for p in loaded.params if flag in p.opts]
        inner = click.Context(loaded, parent=outer)
        for word in type_.choices:
            assert option.type.convert(word.upper().replace("-", "_"), option, inner) == word


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("conv sample:exercise -k Sobel_X", "conv sample:exercise -k sobel-x"),
        ("conv sample:exercise -k Box:2 --Padding Same --pad_mode Reflect", "conv sample:exercise -k box:2 --padding same --pad-mode reflect"),
        ("CONV sample:exercise -k diag -f JSON", "conv sample:exercise -k diag -f json"),
        ("rnn '1 2' --cell LSTM", "rnn '1 2' --cell lstm"),
        ("rnn '1 2' --cell Leaky:0.5+2", "rnn '1 2' --cell leaky:0.5+2"),
        ("activate Leaky_ReLU '1 -2'", "activate leaky-relu '1 -2'"),
        ("stft sample:tones --window Hann", "stft sample:tones --window hann"),
        ("mdp Random_Walk:5 --policy Random", "mdp random-walk:5 --policy random"),
        ("show sample:Exercise", "show sample:exercise"),
        ("samples Exercise", "samples exercise"),
        ("kernels Gaussian:3", "kernels gaussian:3"),
        ("td random-walk --episodes 1e1 --runs 2.0", "td random-walk --episodes 10 --runs 2"),
        ("td random-walk --control Q_Learning --episodes 5", "td random-walk --control q-learning --episodes 5"),
        ("conv sample:exercise -k diag --stride 2e0,1", "conv sample:exercise -k diag --stride 2,1"),
    ],
)  # fmt: skip
def test_the_same_in_other_letters(typed: str, meant: str, cli: Any) -> None:
    first, second = (cli(*shlex.split(line)) for line in (typed, meant))
    assert (second.code, first.err, first.code) == (0, second.err, 0)
    assert [a.data.tobytes() for a in first.tensors] == [b.data.tobytes() for b in second.tensors]


def test_a_file_comes_before_a_name_in_other_letters(cli: Any) -> None:
    Path("Box").write_text("1 2; 3 4")
    assert cli("conv", "1 0; 0 0", "-k", "Box").tensor.data.tolist() == [[1.0]]


WHOLES = parameters(Whole)


@pytest.mark.parametrize(("command", "flag", "type_"), WHOLES, ids=[f"{c} {f}" for c, f, _ in WHOLES])
def test_whole_numbers_may_be_typed_in_any_way_that_means_one(command: str, flag: str, type_: Any) -> None:
    most = type_.max or 10**9
    assert type_.convert("1e1", None, None) == 10 if type_.min <= 10 <= most else True
    assert type_.convert(f"{max(type_.min, 1)}.0", None, None) == max(type_.min, 1)
    for word in ("1.000", "1,000"):
        with pytest.raises(click.BadParameter, match="may be 1000 or 1: write it without a mark"):
            type_.convert(word, None, None)
    for word in ("2.5", "many", "inf", "nan", "1j", "1/3", ""):
        with pytest.raises(click.BadParameter, match="is not a whole number"):
            type_.convert(word, None, None)


def test_a_decimal_comma_is_shown_with_its_point(cli: Any) -> None:
    ended = cli("dropout", "1 2", "--rate", "0,5")
    assert "'0,5' is not a number" in ended.err
    assert "; with a decimal point it is 0.5" in ended.err


def test_no_option_is_a_range_of_clicks_own() -> None:
    plain = [(name, flag) for name, flag, type_ in parameters(click.IntRange) if not isinstance(type_, Whole)]
    assert plain == []
    assert parameters(click.types.IntParamType) == parameters(Whole)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("conv sample:exercise -kernel diag", "no such option '-kernel'. Did you mean '--kernel'?"),
        ("conv sample:exercise -k diag -pad_mode=same", "no such option '-pad_mode=same'. Did you mean '--pad-mode'?"),
        ("td cliff -episodes 5", "no such option '-episodes'. Did you mean '--episodes'?"),
        ("conv sample:exercise -k '1 0, 0 1'", "--kernel '1 0, 0 1': '1 0, 0 1' has commas as well as blanks; if they end the rows, write '1 0; 0 1'"),
        ("show '1 2 3, 4 5 6'", "if they end the rows, write '1 2 3; 4 5 6'"),
        ("conv sample:exercise -k 'diag sobel-x'", "(for several: --kernel diag --kernel sobel-x)"),
        ("td cliff --alpha '0.1, 1/n'", "(for several: --alpha 0.1 --alpha 1/n)"),
        ("td cliff --method n-step --n 1,2", "'1,2' is not a whole number (for several: --n 1 --n 2)"),
        ("td cliff --method td0,mc", "'td0', 'n-step', 'lambda', 'mc' (for several: --method td0 --method mc)"),
        ("rnn '1 2 3' --cell 'lstm gru'", "did you mean lstm? (for several: --cell lstm --cell gru)"),
        ("help cnov", "no command 'cnov': did you mean 'conv'?"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_what_was_meant(line: str, told: str, cli: Any) -> None:
    ended = cli(*shlex.split(line))
    assert ended.code in (1, 2)
    assert told in ended.err
    assert ended.err.count("\n") <= 2


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("mdp cliff --gamma 0.9 --gamma 0.5", "--gamma 0.9 and --gamma 0.5"),
        ("td cliff --control sarsa --epsilon 0 --epsilon=0.1", "--epsilon 0 and --epsilon 0.1"),
        ("td cliff --episodes 5 --EPISODES 6 --episodes 7", "--episodes 5 and --episodes 6 and --episodes 7"),
        ("mdp cliff --policy random --policy greedy", "--policy random and --policy greedy"),
        ("pool '1 2; 3 4' --stride 1 --stride 2", "--stride 1 and --stride 2"),
        ("conv '1 2' -k 1 -f json --format csv", "--format json and --format csv"),
        ("stft sample:vowel --center --no-center", "--center and --no-center"),
    ],
)
def test_two_values_of_an_option_that_takes_one_are_refused(line: str, told: str, cli: Any) -> None:
    ended = cli(*shlex.split(line))
    said = f"{told} stand on one line, and the option takes one value: keep one of them\n"
    assert (ended.code, ended.raw, ended.err) == (2, b"", f"dlcli {line.split()[0]}: {said}")


SINGLE = [
    (name, max(one.opts, key=len))
    for name in COMMANDS
    for one in (front_door.get_command(click.Context(front_door), name) or front_door).params
    if isinstance(one, click.Option) and not (one.multiple or one.is_flag)
]


@pytest.mark.parametrize(("command", "flag"), SINGLE, ids=" ".join)
def test_no_option_that_takes_one_value_counts_the_last(command: str, flag: str) -> None:
    made = front_door.get_command(click.Context(front_door), command)
    assert made is not None
    context = click.Context(made)
    context.meta["dlcli.words"] = (flag, "1", flag, "2")
    with pytest.raises(WrongUsage, match=f"^{flag} 1 and {flag} 2 stand on one line"):
        check_repeated(context)


def test_what_is_said_twice_alike_compares_or_stands_in_a_variable_is_no_contradiction(cli: Any) -> None:
    line = ("conv", "1 2 3", "-k", "1", "-k", "2")
    assert cli(*line, "-f", "npy", "-f", "npy", "--flip", "--flip").err == ""
    assert (
        cli("conv", "1 2; 3 4", "-k", "diag", "--stride", "1", variables={"DLCLI_CONV_STRIDE": "2"}).err == ""
    )


def test_a_short_option_with_its_value_is_none(cli: Any) -> None:
    assert cli("conv", "sample:exercise", "-kdiag").code == 0
    assert cli("conv", "1, 2, 3", "-k", "1").tensor.shape == (1, 3)


def test_help_is_a_command_too(capsys: pytest.CaptureFixture[str], cli: Any) -> None:
    for line, begin in ((("help",), "Usage: dlcli [OPTIONS]"), (("help", "conv"), "Usage: dlcli conv")):
        assert cli(*line).code == 0
        assert capsys.readouterr().out.startswith(begin)


def archive(member: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr(member, b"")
    return stream.getvalue()


FOREIGN = {
    "a.pt": (archive("a/data.pkl"), "safetensors.torch.save_file"),
    "b.pth": (b"\x80\x02}q\x00.", "safetensors.torch.save_file"),
    "a.h5": (b"\x89HDF\r\n\x1a\n" + bytes(20), "numpy.savez('net.npz'"),
    "a.keras": (archive("model.weights.h5"), "numpy.savez('net.npz'"),
    "a.xlsx": (archive("xl/workbook.xml"), "save it as CSV"),
    "a.docx": (archive("word/document.xml"), "plain text"),
    "a.m4a": (bytes(4) + b"ftypM4A " + bytes(20), "ffmpeg -i"),
    "a.heic": (bytes(4) + b"ftypheic" + bytes(20), "magick"),
    "a.pdf": (b"%PDF-1.7\n%abc", "pdftoppm"),
    "a.mat": (b"MATLAB 5.0 MAT-file, Platform", "scipy.io.loadmat"),
    "a.gz": (b"\x1f\x8b\x08" + bytes(20), "unpack it first"),
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("line", ["show", "attn", "conv -k 1", "mdp", "transformer 'a b' --weights"])
def test_a_file_of_another_program_is_called_by_its_name(line: str, name: str, cli: Any) -> None:
    data, told = FOREIGN[name]
    Path(name).write_bytes(data)
    Path("bare").write_bytes(data)
    for words, stdin in (([name], b""), (["bare"], b""), (["-"], data)):
        ended = cli(*shlex.split(line), *words, stdin=data if stdin else b"")
        if words != [name] and name in ("b.pth",):  # two bytes of a pickle tell no more than that
            assert "pickle" in ended.err
            continue
        assert ended.code == 1
        assert told in ended.err
        assert ended.err.count("\n") == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_story_in_a_pipe_is_known(command: str, cli: Any, shell: Any, also_on: Any) -> None:
    loaded: Any = front_door.get_command(click.Context(front_door), command)
    lines = (line.partition(" -f ")[0] for line in loaded.manual.examples)
    example = next(line for line in lines if "sample:" in line or "." not in line.replace("0.", ""))
    forms = ("rich", "markdown", "html", "svg")
    others = also_on(*({"story": form} for form in forms))
    plain = shell(f"{example.partition(' -o ')[0]} -f plain", variables={"FORCE_COLOR": "1"})
    assert plain.code == 0
    stories = {"plain": plain.raw, **dict(zip(forms, (page.getvalue() for page in others), strict=True))}
    for line, (form, story) in product(("pool", "attn", "show", "mdp"), stories.items()):
        ended = cli(line, stdin=story)
        assert (form, ended.code, ended.out) == (form, 1, "")
        assert ended.err.startswith(
            f"dlcli {line}: standard input: the story of a command, for people to read"
        )
        assert ended.err.count("\n") == 1


@pytest.mark.parametrize("words", ["softmax -- -1.csv", "attn -- '-dash of salt'", "flatten -- -a.csv"])
def test_what_begins_with_a_hyphen_is_read_again_by_the_next_line(words: str, shell: Any) -> None:
    for name in ("-a.csv", "-1.csv"):
        Path(name).write_text("1,2\n3,4\n")
    told = shell(f"dlcli {words.replace(' -- ', ' -f plain -- ')}")
    (following,) = re.findall(r"Try next\n  (.+)", told.out)
    assert shell(following).code == 0
