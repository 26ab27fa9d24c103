"""What the page is told is what the shell tells: stories, cells, numbers; and what is refused says where."""

from __future__ import annotations

import base64
import contextlib
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import dlcli
from dlcli.cli import COMMANDS
from dlcli.lab.answer import answer
from dlcli.lab.files import Folder
from dlcli.lab.forms import command_of, form
from dlcli.python.words import split

FIRST = {name: command_of(name).manual.examples for name in COMMANDS}
EXPLAINING = {
    name: next(line for line in lines if "--explain" in line)
    for name, lines in FIRST.items()
    if any("--explain" in line for line in lines)
}

#: Cells of each command, beside those of its manual.
CELLS = 19


class Words(HTMLParser):
    """The text of an element ``article``, blanks as one."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inside = 0
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.inside += tag == "article"

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag == "article"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.texts += data.split()


def words(page: str) -> str:
    return " ".join(Words(page).texts)


def run(line: str, **more: Any) -> dict[str, Any]:
    return answer({"run": {"stages": split(line), **more}}, Folder.at("."))


def shown(line: str) -> str:
    """A line of a manual without what says where its result goes."""
    return re.sub(r" (-o|-f|--show|--width|--theme|--pixels)[ =]?\S*", "", line.partition("  #")[0])


@pytest.mark.parametrize("name", COMMANDS)
def test_a_story_is_the_shells_word_for_word(name: str, shell: Any) -> None:
    line = shown(FIRST[name][0])
    told = run(line)
    assert "error" not in told
    assert words(told["story"]) == words(shell(f"{line} -f html").out)
    assert told["line"].replace("'", "") == line.replace("'", "").replace(" --above -", " --above -")
    last = told["stages"][-1]
    assert last["shape"]
    assert len(told["stages"]) == len(split(line))


@pytest.mark.parametrize("name", EXPLAINING)
def test_cells_are_explained_as_the_shell_explains_them(name: str, shell: Any) -> None:
    """That of the manual, and some from the first to the last."""
    line = shown(EXPLAINING[name])
    typed = re.findall(r" --explain[ =](\S+)", line)[0].strip("'")
    without = re.sub(r" --explain[ =]\S+", "", line)
    shape = run(without)["explained"][0]["shape"]
    size = int(np.prod(shape))
    places = {size * part // CELLS for part in range(CELLS)} | {size - 1}
    cells = [",".join(map(str, np.unravel_index(place, shape))) or "()" for place in sorted(places)]
    told = {cell: run(without, cell=cell) for cell in (typed, *cells)}
    can = [cell for cell in told if "error" not in told[cell]]
    assert typed in can
    asked = " ".join(f"--explain '{cell}'" for cell in can)
    assert " ".join(words(told[cell]["arithmetic"]) for cell in can) == words(
        shell(f"{without} {asked} -f html").out
    )
    for cell in told.keys() - can:
        assert (
            told[cell]["error"]["text"].split("\n")[0] in shell(f"{without} --explain '{cell}' -f html").err
        )


@pytest.mark.parametrize("word", ["sample:cat", "sample:exercise", "1 -2; 0.5 3", "sample:student"])
@pytest.mark.parametrize("line", ["pool {} --size 2", "softmax {} --axis last", "normalize {}", "flatten {}"])
def test_numbers_are_those_that_the_shell_sends(line: str, word: str, shell: Any) -> None:
    line = line.format(f"'{word}'")
    ended = shell(f"dlcli {line}")
    if ended.code:
        assert run(line)["error"]["text"].split("\n")[0] in ended.err
        return
    (tensor,) = ended.tensors
    found = answer({"values": {"stages": split(line), "of": tensor.name}}, Folder.at("."))
    numbers = np.frombuffer(base64.b64decode(found["data"]), "<f4").reshape(found["shape"])
    assert found["axes"] == list(tensor.axis_names)
    assert np.array_equal(numbers, tensor.data.astype(np.float32), equal_nan=True)


def test_a_cell_is_that_of_the_story_that_was_clicked(shell: Any) -> None:
    line = "softmax '1 2' '3 4 5'"
    told = run(line)
    assert [one["shape"] for one in told["explained"]] == [[1, 2], [1, 3]]
    assert re.findall('data-story="(.)"', told["story"]) == ["0", "1"]
    for story, word in enumerate(("1 2", "3 4 5")):
        found = words(run(line, cell="0,1", story=story)["arithmetic"])
        assert found == words(shell(f"dlcli softmax '{word}' --explain 0,1 -f html").out)
        asked = {"stages": split(line), "of": "probabilities", "story": story}
        numbers = np.frombuffer(base64.b64decode(answer({"values": asked}, Folder.at("."))["data"]), "<f4")
        assert np.array_equal(numbers, shell(f"dlcli softmax '{word}'").tensors[0].data[0].astype(np.float32))
    assert "there are 2" in run(line, cell="0,1", story=2)["error"]["text"]


def test_an_input_that_failed_is_named_beside_the_stories_of_the_others() -> None:
    told = run("softmax '1 2' no.npy")
    assert "1 of 2 inputs failed" in told["error"]["text"]
    assert ["no.npy" in note for note in told["notes"]] == [True]
    assert len(told["explained"]) == 1
    assert words(run("softmax '1 2' no.npy", cell="0,1")["arithmetic"]) == words(
        run("softmax '1 2'", cell="0,1")["arithmetic"]
    )
    asked = {"stages": [["softmax", "no.npy", "1 2"]], "of": "probabilities"}
    assert answer({"values": asked}, Folder.at("."))["shape"] == [1, 2]


def test_what_is_refused_has_its_line() -> None:
    assert run("nosuch 'a b'")["line"] == "dlcli nosuch 'a b'"
    assert run("show /etc/passwd | flatten")["line"] == "dlcli show /etc/passwd | dlcli flatten"
    assert run("show \ud800/../..")["line"] == "dlcli show '?/../..'"


def test_what_is_saved_of_a_training_is_the_net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    line = "train mlp sample:digits8 --epochs 1 --per-class 5"
    for name in ("net.safetensors", "net.html"):
        found = answer({"save": {"stages": split(line), "name": name}}, Folder.at("."))
        assert found.get("saved") == f"dlcli-lab/{name}"
    assert "error" not in run("predict dlcli-lab/net.safetensors sample:digits8")
    assert 'class="story"' in Path("dlcli-lab/net.html").read_text(encoding="utf-8")
    refused = answer({"save": {"stages": split(f"{line} --runs 2"), "name": "n.npz"}}, Folder.at("."))
    assert "-o" in refused["error"]["text"]


def test_values_of_what_is_not_there_are_refused() -> None:
    found = answer(
        {"values": {"stages": [["conv", "1 2; 3 4", "-k", "diag"]], "of": "other"}}, Folder.at(".")
    )
    assert "'other' is no tensor" in found["error"]["text"]


@pytest.mark.parametrize(
    ("line", "flag", "about"),
    [
        ("conv '1 2; 3 4' --kernel diag --stride 0", "--stride", False),
        ("conv '1 2; 3 4' -k diag -k '0 x'", "--kernel", False),
        ("conv '1 2; 3 4' --kernel diag --layer x", "--layer", False),
        ("conv '1 2; 3 4' --kernel nosuch", "--kernel", False),
        ("conv nosuch.png --kernel diag", None, True),
        ("conv '1 2 3; 4 5 6; 7 8 9' -k diag -k '1 0 1; 0 1 0; 1 0 1'", "--kernel", False),
        ("softmax '1 2' --temprature 2", None, False),
        ("tensor '1 2; 3 4' --index zzz", "--index", False),
        ("normalize '1 2; 3 4' --gain zzz", "--gain", False),
        ("attn 'a b' --position zzz", "--position", False),
        ("td random-walk --trace 8 --emit evaluated", "--emit", False),
        ("seq2seq 'the cat sees a dog' --weights sample:translator --units 1", "--units", False),
        ("mdp gridworld:4x4 --average-reward", "--average-reward", False),
        ("compare '1 2' zzz", None, True),
        ("pool '1 2; 3 4' --size 9", None, False),  # not at the option that is advised
        ("conv '1 2; 3 4' --kernel box:9", "--kernel", False),
    ],
)
def test_a_refusal_says_at_which_control_it_stands(line: str, flag: str | None, about: bool) -> None:
    error = run(line)["error"]
    assert (error["flag"], error["input"]) == (flag, about)
    assert error["text"]
    assert "--help" not in error["text"]


def test_a_pipe_has_a_card_for_each_stage_and_a_stage_that_is_refused_is_named() -> None:
    told = run("conv sample:cat -k diag | pool --size 4 | flatten")
    assert [stage["shape"] for stage in told["stages"]] == ["299 × 450", "74 × 112", "8288"]
    assert told["input"]["shape"] == "300 × 451 × 3"
    assert all("<img" in one["thumb"] for one in (told["input"], *told["stages"][:2]))
    assert len(told["stages"][0]["thumb"]) < 12_000
    assert "<svg" in run("stft sample:tones | istft")["stages"][0]["thumb"]
    refused = run("conv sample:cat -k diag | pool --size 0 | flatten")
    assert (refused["stage"], refused["error"]["flag"]) == (1, "--size")
    assert len(refused["stages"]) == 1


def test_a_line_comes_back_in_parts_with_the_forms_of_its_commands(tmp_path: Path) -> None:
    found = answer(
        {"parse": "dlcli conv -kdiag 'a b.png' --stride=2 | pool --size 2 --explain 0,1"}, Folder.at(tmp_path)
    )
    assert found["stages"] == [
        {"command": "conv", "inputs": ["a b.png"], "options": {"--kernel": ["diag"], "--stride": ["2"]}, "cell": None},
        {"command": "pool", "inputs": [], "options": {"--size": ["2"]}, "cell": "0,1"},
    ]  # fmt: skip
    assert list(found["forms"]) == ["conv", "pool"]


def test_what_the_page_leaves_out_of_a_line_is_told() -> None:
    def left(line: str) -> Any:
        return answer({"parse": line}, Folder.at("."))

    form("softmax")  # asked for before the line: the short word for help is known all the same
    found = left("softmax '1 2' --TEMPERATURE=2 -ox.npz -f json -h | show --max-bytes 9 --explain 0")
    assert [one.partition(":")[0] for one in found["left"]] == ["-o x.npz", "-f json", "-h", "--max-bytes 9"]
    assert all(len(one.partition(": ")[2]) > 20 for one in found["left"])
    assert [one["options"] for one in found["stages"]] == [{"--temperature": ["2"]}, {}]
    train = left("train mlp sample:digits8 -o net.npz --log log.csv")
    assert [one.partition(":")[0] for one in train["left"]] == ["-o net.npz", "--log log.csv"]
    assert train["stages"][0]["options"] == {}
    assert left("softmax '-1 2'")["left"] == []
    explained = left("softmax '1 2' --explain all --explain 0,1 --explain 0,0")
    assert [one.partition(":")[0] for one in explained["left"]] == ["--explain all", "--explain 0,0"]
    assert explained["stages"][0]["cell"] == "0,1"
    assert "a click on a number" in run("softmax '1 2'", cell="all")["error"]["text"]


def test_a_line_that_no_shell_would_take_is_refused_in_its_words(shell: Any) -> None:
    for line in ("softmax '2 1' --temprature 2", "softmax '2 1' --axis", "conv x.png --flip=1"):
        told = answer({"parse": line}, Folder.at("."))["error"]["text"]
        assert told == shell(f"dlcli {line}").err.split("\n")[0]
    assert "Save… writes a file" in answer({"parse": "softmax '1 2' > x"}, Folder.at("."))["error"]["text"]


@pytest.mark.parametrize("name", ["sobel-x", "box:3", "gaussian:3", "gabor:5", "log:5", "unsharp"])
def test_a_kernel_by_name_is_edited_as_the_same_numbers(name: str) -> None:
    found = answer({"matrix": name}, Folder.at("."))["matrix"]
    named, typed = (dlcli.run(["conv", "sample:exercise", "-k", k, "--padding", "8"]) for k in (name, found))
    assert named.tensor().data.tobytes() == typed.tensor().data.tobytes()


def test_numbers_of_a_kernel_are_short_where_they_can_be() -> None:
    assert answer({"matrix": "sobel-x"}, Folder.at("."))["matrix"] == "-1 0 1; -2 0 2; -1 0 1"
    assert answer({"matrix": "box:2"}, Folder.at("."))["matrix"] == "1/4 1/4; 1/4 1/4"
    assert "error" in answer({"matrix": "nosuch"}, Folder.at("."))


def test_files_that_have_changed_since_a_run_are_named_and_not_explained(tmp_path: Path) -> None:
    folder = Folder.at(tmp_path)
    table = tmp_path / "a.csv"
    table.write_text("1 2\n3 4\n")
    asked = {"stages": [["softmax", str(table.name)]]}
    marks = answer({"run": asked}, folder)["marks"]
    assert list(marks) == ["a.csv"]
    asked |= {"marks": marks, "of": "probabilities", "name": "x.npy", "cell": "0,1"}
    with contextlib.chdir(tmp_path):
        assert "arithmetic" in answer({"run": asked}, folder)
        assert "data" in answer({"values": asked}, folder)
        table.write_text("1 2\n3 9\n")
        for kind in ("run", "values", "save"):
            found = answer({kind: asked}, folder)
            assert found["changed"] == ["a.csv"]
            assert found["error"]["text"] == "a.csv has changed: run the line again"
        assert not (tmp_path / "dlcli-lab").exists()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("compare '1 2; 3 4' '1 2; 3 4'", "matrix"),
        ("mask '1 -2; 3 4' --above 2", "matrix"),
        ("stft sample:tones | mask --above -15db", "spectrum"),
        ("attn 'a b c' --emit weights", "table of scores"),
    ],
)
def test_cells_are_clicked_where_others_stand_for_them(line: str, name: str) -> None:
    told = run(line)
    assert told["explained"][0]["name"] == name
    result = (
        told["story"] if "compare" in line else told["story"][told["story"].index('data-part="result"') :]
    )
    assert f'data-of="{name}"' in result
    assert "data-cell" in result


@pytest.mark.parametrize(
    ("line", "cell", "lit"),
    [
        ("mdp gridworld:4x4", "5", {"1", "4", "6", "9"}),
        ("attn 'the cat sat' --dim 2", "1,0", {"1,0", "1,1", "1,2", "0,0", "0,1"}),
        ("rnn '1 0; 0 1; 1 1' --units 2 --seed 1", "2,0", {"1,0", "1,1"}),
        ("rnn '1 0; 0 1; 1 1' --units 2 --seed 1 --bidirectional", "1,2", {"2,2", "2,3"}),
    ],
)
def test_the_states_that_a_number_came_from_are_lit(line: str, cell: str, lit: set[str]) -> None:
    told = run(line, cell=cell)["arithmetic"]
    found = re.findall(r'data-of="(?:values|states|queries|table of scores)" data-from="([^"]*)"', told)
    found += re.findall(r'data-from="([^"]*)" data-of="(?:values|states|queries|table of scores)"', told)
    assert {one for cells in found for one in cells.split()} == lit


def test_a_cell_that_is_named_by_words_comes_back_by_its_place() -> None:
    assert run("attn 'the cat sat'", cell="cat,sat")["cell"] == "1,2"


def test_nothing_is_advised_that_the_page_does_not_take(tmp_path: Path) -> None:
    Image.new("1", (5000, 5000)).save(tmp_path / "big.png")
    with contextlib.chdir(tmp_path):
        error = run("show big.png")["error"]
        assert error["text"].endswith("allowed; in a shell --max-pixels reads it")
        assert (error["flag"], error["input"]) == (None, True)
        wide = run("tensor '1 2' --broadcast 9000,9000,2")["error"]
        assert (wide["text"].endswith("allowed; broadcast to less"), wide["flag"]) == (True, "--broadcast")
        unknown = answer({"save": {"stages": [["softmax", "1 2"]], "name": "x.zzz"}}, Folder.at("."))
        assert "-f" not in unknown["error"]["text"]


def test_a_command_that_is_none_is_told_as_in_a_shell(cli: Any) -> None:
    for found in (run("softmx 1"), answer({"parse": "softmx 1"}, Folder.at("."))):
        assert found["error"]["text"] == "no command 'softmx': did you mean 'softmax'?"
        assert found["error"]["text"] in cli("softmx", "1").err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such pipes")
def test_what_others_fill_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    found = answer({"run": {"stages": [["show", "pipe.csv"]]}}, Folder.at(tmp_path))
    assert "nothing that others fill" in found["error"]["text"]


def test_what_is_an_option_stands_before_the_end_of_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-dash.csv").write_text("1 2\n3 4\n")
    told = answer({"run": {"stages": [["softmax", "--axis", "0", "--", "-dash.csv"]]}}, Folder.at("."))
    assert told["line"].endswith(told["behind"])
    assert told["behind"] == " -- -dash.csv"
    assert "softmax ./-dash.csv --axis 0 --temperature 3" in words(told["story"])
