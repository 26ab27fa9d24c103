"""Films and pictures that are watched: which files move, how many pictures, what is refused."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import dlcli
from dlcli.runner.progress import Progress
from dlcli.views.frames import thinned
from dlcli.views.page.raster import painted

GRID = ("conv", "1 2 3; 4 5 6; 7 8 9", "--kernel", "1 0; 0 1")


def film(path: str) -> tuple[int, list[float]]:
    """How many pictures there are, and the milliseconds of each."""
    with Image.open(path) as file:
        times = []
        for place in range(getattr(file, "n_frames", 1)):
            file.seek(place)
            file.load()
            times.append(file.info.get("duration", 0))
    return len(times), times


@pytest.mark.parametrize("suffix", [".gif", ".apng", ".webp", ".GIF"])
def test_a_file_that_can_move_does(suffix: str, cli: Any) -> None:
    ended = cli(*GRID, "-o", f"x{suffix}")
    assert (ended.code, ended.raw, ended.err) == (0, b"", "")
    assert film(f"x{suffix}") == (4, [500, 500, 500, 2000])


@pytest.mark.parametrize("still", [("--emit", "feature-map"), ("--scale", "minmax"), ("--axes",)])
def test_one_result_stands_still(still: tuple[str, ...], cli: Any) -> None:
    assert cli(*GRID, *still, "-o", "x.gif").code == 0
    assert film("x.gif")[0] == 1
    ended = cli(*GRID, *still, "-o", "x.apng")
    told = f"{still[0]} is of a still picture, and -o x.apng moves: leave one of them out"
    assert (ended.code, told in ended.err) == (2, True)
    assert cli(*GRID, "-o", "y.apng", variables={"DLCLI_SCALE": "minmax"}).code == 0
    assert film("y.apng")[0] == 4


def test_a_command_without_steps_names_those_that_have_some(cli: Any) -> None:
    ended = cli("softmax", "1 2", "-o", "x.apng")
    assert ended.code == 2
    assert "nothing moves here; it does in conv, pool, " in ended.err
    assert ended.err.endswith("Write a .png\n")
    assert cli("softmax", "1 2", "-o", "x.gif").code == 0  # a picture of two shares, as ever
    assert film("x.gif")[0] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((*GRID, "--fps", "3"), "--fps goes with --watch or --output"),
        ((*GRID, "--fps", "3", "-o", "x.npy"), "--fps is of pictures that move: write them with -o x.gif"),
        ((*GRID, "--magnify", "2", "-o", "x.png"), "--magnify is of pictures that move"),
        ((*GRID, "--frames", "1", "-o", "x.gif"), "1 is not in the range 2<=x<=2000"),
        ((*GRID, "--fps", "51", "-o", "x.gif"), "'51' is not a number from 0.1 to 50"),
        ((*GRID, "--fps", "0.001", "-o", "x.gif"), "'0.001' is not a number from 0.1 to 50"),
        ((*GRID, "-o", "x.mp4"), ".ogg, .apng, .md"),
        (("softmax", "1 2", "--axes", "-o", "x.apng"), "nothing moves here"),
        (("train", "mlp", "digits8", "--emit", "history", "-o", "x.gif"), "--emit is of a still picture"),
        (("mdp", "gridworld:4x4", "-o", "x.gif"), "nothing moves where values are found at once: add --sweeps"),
        (("transformer", "a b", "-o", "x.gif"), "nothing moves where all tokens are seen at once: add --causal"),
        (("td", "bandit:3", "--control", "q-learning", "-o", "x.gif"), "-o x.gif: nothing moves in what this"),
        (("rnn", "a b", "--cell", "lstm", "--cell", "gru", "-o", "x.gif"), "nothing moves in what this line gives; give one --cell"),
        (("conv", "sample:speech", "-k", "1 1", "-o", "x.gif"), "write a .wav, or pipe it to dlcli stft"),
        ((*GRID, "--watch"), "--watch shows pictures that move: it needs a terminal and -f rich"),
    ],
)  # fmt: skip
def test_what_cannot_move_is_refused_and_nothing_is_written(
    words: tuple[str, ...], told: str, cli: Any, tmp_path: Path
) -> None:
    ended = cli(*words)
    assert (ended.code, ended.out, told in ended.err) == (2, "", True), ended.err
    assert len(ended.err.splitlines()) <= 2
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("most", "told"), [(3, "more or fewer"), (2, "more")])
def test_long_runs_are_thinned_and_it_is_told(most: int, told: str, cli: Any) -> None:
    ended = cli(*GRID, "--frames", str(most), "--fps", "10", "-o", "x.apng")
    assert ended.err == f"dlcli: x.apng: {most} of 4 windows are shown; --frames N shows {told}\n"
    assert film("x.apng") == (most, [100] * (most - 1) + [1600])


def test_of_a_film_of_one_picture_it_is_told(cli: Any) -> None:
    ended = cli("pool", "1 2; 3 4", "-o", "x.gif")
    assert ended.err == "dlcli: x.gif: one picture, in which nothing moves: there is no second step\n"


@pytest.mark.parametrize(("total", "most"), [(4, 3), (1000, 24), (25, 24), (7, 2)])
def test_the_first_and_the_last_step_are_always_shown(total: int, most: int) -> None:
    shown = thinned(total, most)
    assert (shown[0], shown[-1], len(shown)) == (0, total - 1, most)
    gaps = {after - before for before, after in pairwise(shown)}
    assert max(gaps) - min(gaps) <= 1


def test_a_file_is_whole_or_as_it_was(cli: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Path("x.gif").write_bytes(b"before")

    def broken(pictures: object, times: object, file: Any, *, format: str) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dlcli.wire.pictures.moving.write_moving", broken)
    ended = cli(*GRID, "-o", "x.gif")
    assert (ended.code, "x.gif" in ended.err) == (1, True)
    assert Path("x.gif").read_bytes() == b"before"
    assert [one.name for one in tmp_path.iterdir()] == ["x.gif"]


def test_a_long_film_says_which_picture_is_being_painted(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    class Watched(Progress):
        def __enter__(self) -> Watched:
            monkeypatch.setattr(
                "dlcli.views.page.raster.painted",
                lambda *a, **k: told.append(self.doing()) or painted(*a, **k),
            )
            return self

    monkeypatch.setattr("dlcli.runner.delivery.Progress", Watched)
    assert cli(*GRID, "--frames", "3", "-o", "x.gif").code == 0
    assert told == [f"dlcli conv -o x.gif: painting picture {n} of 3" for n in (1, 2, 3)]


def test_films_are_small(cli: Any) -> None:
    rows = "; ".join(" ".join(str((7 * i + 3 * j * j) % 10) for j in range(10)) for i in range(10))
    assert cli("conv", rows, "--kernel", "sobel-x", "--frames", "60", "-o", "x.gif").code == 0
    assert (film("x.gif")[0], Path("x.gif").stat().st_size < 500_000) == (60, True)
    assert cli("conv", "sample:cat", "--kernel", "diag", "-o", "y.apng").code == 0
    assert (film("y.apng")[0], Path("y.apng").stat().st_size < 1_000_000) == (24, True)


def test_each_of_several_inputs_has_its_film(cli: Any) -> None:
    assert cli("pool", "1 2; 3 4", "4 3; 2 1", "-o", "{index}.gif").code == 0
    assert (film("0.gif")[0], film("1.gif")[0]) == (1, 1)
    ended = cli("pool", "1 2; 3 4", "4 3; 2 1", "-o", "x.gif")
    assert (ended.code, "would all be written to 'x.gif'" in ended.err) == (2, True)


def test_a_film_is_drawn_larger_and_darker(cli: Any) -> None:
    assert cli(*GRID, "-o", "x.gif").code == cli(*GRID, "--magnify", "2", "-o", "y.gif").code == 0
    assert cli(*GRID, "--theme", "dark", "-o", "z.gif").code == 0
    with Image.open("x.gif") as small, Image.open("y.gif") as large, Image.open("z.gif") as dark:
        assert large.size == (2 * small.width, 2 * small.height)
        assert small.convert("L").getpixel((1, 1)) == 255
        assert dark.convert("L").getpixel((1, 1)) < 40


def test_an_outcome_is_saved_as_a_film(tmp_path: Path) -> None:
    made = dlcli.run("conv '1 2; 3 4' --kernel '1 1'")
    made.save(tmp_path / "x.gif")
    assert film(str(tmp_path / "x.gif"))[0] == 2
    made.save(tmp_path / "y.gif", emit="feature-map")
    assert film(str(tmp_path / "y.gif"))[0] == 1
    with pytest.raises(dlcli.WrongUsage, match="nothing moves here"):
        dlcli.run("softmax '1 2'").save(tmp_path / "z.apng")


def test_too_many_pixels_are_refused(cli: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("dlcli.runner.moving.MOST", 1000)
    ended = cli(*GRID, "-o", "x.gif")
    assert (ended.code, "try a smaller --magnify or fewer --frames" in ended.err) == (1, True)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("colour", [True, False])
def test_windows_are_watched_on_a_terminal(colour: bool, cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    variables = {"NO_COLOR": "" if colour else "1", "TERM": "xterm-256color"}
    shown = cli(*GRID, "--watch", stdout_is_terminal=True, variables=variables)
    assert shown.code == 0
    assert shown.out.count("\x1b[J") == 3  # each of four pictures over the one before
    assert ("[5]" in shown.out) is not colour  # what is lit is told apart without colour, too
    assert "= 6" in shown.out
    assert "Try next" in shown.out.split("\x1b[?25h")[1]
    assert "--watch" not in shown.out


def test_a_terminal_that_only_prints_letters_is_not_played_to(cli: Any) -> None:
    ended = cli(*GRID, "--watch", stdout_is_terminal=True, variables={"TERM": "dumb"})
    assert (ended.code, ended.out, "a TERM other than dumb" in ended.err) == (2, "", True)


def test_a_low_terminal_keeps_the_sum_and_says_what_is_left_out(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr("dlcli.runner.player._rows", lambda stream: 6)
    shown = cli(*GRID, "--watch", stdout_is_terminal=True, variables={"TERM": "xterm-256color"})
    for place, film in enumerate(shown.out.split("\x1b[?25h")[0].split("\x1b[J")):
        assert film.count("\n") == 6
        assert "lines are left out: the terminal is too low" in film
        assert f" = {[6, 8, 12, 14][place]}" in film


def test_a_photo_as_a_gif_says_that_colours_are_lost(cli: Any) -> None:
    ended = cli("conv", "sample:cat", "--kernel", "diag", "--frames", "2", "-o", "x.gif")
    assert "a GIF has 256 colours, these pictures have " in ended.err
    assert "a GIF has" not in cli("attn", "the cat sat", "-o", "y.gif").err


def test_a_variable_that_watches_breaks_no_pipe(cli: Any) -> None:
    ended = cli(*GRID, "-f", "csv", variables={"DLCLI_CONV_WATCH": "1"})
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("moves", [("--watch",), ("-o", "x.gif")])
def test_a_worksheet_does_not_move(moves: tuple[str, ...], cli: Any, tmp_path: Path) -> None:
    ended = cli(*GRID, "--blank", *moves, stdout_is_terminal=True, variables={"TERM": "xterm-256color"})
    told = f"--blank is a worksheet without numbers, and {' '.join(moves)} moves"
    assert (ended.code, ended.out, told in ended.err) == (2, "", True), ended.err
    assert [*tmp_path.iterdir()] == []
