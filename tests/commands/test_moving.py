"""Pictures that move: the numbers in each are those of the engine."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.cli import run
from dlcli.runner.environment import Environment
from dlcli.runner.handed import Handed
from dlcli.runner.storyteller import view_of
from dlcli.tensor import Array
from dlcli.views.frames import DIGITS, Frames
from dlcli.views.page.compose import figure_of
from dlcli.views.page.figures import Drawing
from dlcli.views.page.shapes import Box, Letters
from dlcli.views.pictures.uncovered import Uncovered
from dlcli.views.shelf import Shelf
from dlcli.views.tables.board import Board, in_decimals, texts_of
from dlcli.words.number import number

GUIDE = Path(__file__).parents[2] / "docs" / "moving.md"

#: The guide's figures, by their numbers, and the lines that draw them.
FIGURES = dict(re.findall(r"^\* ([1-9]\.[1-9]), .*: `dlcli (.*) -o \d\.gif`$", GUIDE.read_text(), re.M))


def film(line: str, most: int | None = None) -> tuple[list[RenderableType], Frames, Handed]:
    """What moves in a line: its pictures, what is told of them, and the result."""
    handed: list[Handed] = []
    told = io.StringIO()
    world = Environment(io.BytesIO(), io.BytesIO(), told, receive=handed.append)
    assert run(shlex.split(line), world) == 0, told.getvalue()
    (one,) = handed
    with one.at_work():
        frames = view_of(one.command, one.result.view).frames(one.result.work, precision=DIGITS, most=most)
        pictures = [*frames.pictures]
    assert len(pictures) == frames.shown
    return pictures, frames, one


def moved(line: str, most: int | None = None) -> tuple[Frames, list[list[RenderableType]], Handed]:
    """What moves in a line: the frames, the parts of each picture, and the result."""
    pictures, frames, one = film(line, most)
    return frames, [[*_parts(picture)] for picture in pictures], one


def _parts(picture: RenderableType) -> Any:
    assert isinstance(picture, Group)
    for part in picture.renderables:
        if isinstance(part, Shelf):
            yield from (body for _, body in part.blocks)
        else:
            yield part


def _named(picture: RenderableType) -> dict[str, Any]:
    """What stands beside each other in a picture, by its names."""
    assert isinstance(picture, Group)
    shelves = [part for part in picture.renderables if isinstance(part, Shelf)]
    return dict(block for shelf in shelves for block in shelf.blocks)


def boards(parts: list[RenderableType]) -> list[Board]:
    return [part for part in parts if isinstance(part, Board)]


def words(parts: list[RenderableType]) -> str:
    return "\n".join(part.plain for part in parts if isinstance(part, Text))


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_of_convolution_arithmetic_has_the_numbers_of_the_engine(figure: str) -> None:
    line = FIGURES[figure]
    frames, pictures, one = moved(line)
    output, work = one.tensor().data, one.result.work
    if "--transposed" in line:
        assert frames.shown == frames.total == work.input.data.size
        for place, parts in enumerate(pictures):
            i, j = divmod(place, work.input.shape[1])
            seen, _, laid = boards(parts)
            assert np.argwhere(seen.lit).tolist() == [[i, j]]
            np.testing.assert_array_equal(laid.lit, np.isfinite(work.stamp((i, j), 0, 0)))
            sums = sum(
                np.nan_to_num(work.stamp(divmod(k, work.input.shape[1]), 0, 0)) for k in range(place + 1)
            )
            known = laid.texts != ""
            np.testing.assert_array_equal(laid.texts[known], texts_of(sums, 3)[known])
        np.testing.assert_array_equal(boards(pictures[-1])[-1].texts, texts_of(output, 3))
        return
    assert frames.shown == frames.total == output.size
    for place, parts in enumerate(pictures):
        cell = divmod(place, output.shape[1])
        seen, answers = boards(parts)
        assert np.argwhere(answers.lit).tolist() == [[*cell]]
        np.testing.assert_array_equal(
            answers.texts.ravel()[: place + 1], texts_of(output, 3).ravel()[: place + 1]
        )
        assert not answers.texts.ravel()[place + 1 :].any()
        values, weights = _numbers(seen.texts[seen.lit]), _numbers(seen.below[seen.lit])
        assert (values * weights).sum() == output[cell]
        assert words(parts).endswith(f"= {number(output[cell], 3)}")


def _numbers(texts: Array) -> Array:
    return np.array([float(text.replace("−", "-").replace("×", "")) for text in texts.tolist()])


def test_there_are_nine_figures_and_the_guides_own_numbers_come_out() -> None:
    assert len(FIGURES) == 9
    # Dumoulin and Visin, figure 1.1: the output values of a discrete convolution
    _, pictures, _ = moved(FIGURES["2.5"].replace("--stride 2", ""))
    assert boards(pictures[-1])[-1].texts.tolist() == [
        ["12", "12", "17"],
        ["10", "17", "19"],
        ["9", "6", "14"],
    ]


def test_bias_and_activation_stand_behind_the_sum() -> None:
    _, pictures, _ = moved("conv '1 2; 3 4' --kernel '-1 0; 0 -1' --bias 0.5 --activation relu")
    assert words(pictures[0]).splitlines()[-1].strip() == "= −5   + bias 0.5 = −4.5   relu: 0"
    _, pictures, _ = moved("conv '1 2' --kernel '1 1' --transposed --bias 1")
    assert boards(pictures[-1])[-1].texts.tolist() == [["2", "4", "3"]]


def test_channels_have_a_board_each() -> None:
    line = "conv sample:cat --kernel box:2"  # three channels; numbers only where there are few
    frames, pictures, _ = moved(line, most=3)
    assert (frames.shown, frames.total) == (3, 299)
    first, *_, last = ([part for part in parts if isinstance(part, Uncovered)] for parts in pictures)
    assert [one.share for one in (first[-1], last[-1])] == [(1 / 299, 1.0), (1.0, 1.0)]


@pytest.mark.parametrize(
    ("line", "repeats"),
    [("conv {} -k identity", 2), ("conv {} --kernel '1 2; 3 4' --transposed --stride 2", 4)],
)
def test_what_repeats_in_a_large_map_is_as_light_everywhere(line: str, repeats: int, tmp_path: Path) -> None:
    file = tmp_path / "stripes.png"
    Image.fromarray(np.tile(np.array([0, 255], np.uint8), (610, 405))).save(file)
    _, pictures, one = moved(line.format(file), most=2)
    seen, known, *_ = (part.page for part in pictures[-1] if isinstance(part, Uncovered))
    output = one.tensor().data
    shades = known.colours[known.data][..., 0] / 255 * output.max()
    assert abs(shades.mean() - output.mean()) < 0.01 * output.max()
    lines = shades.mean(axis=0)  # the mean of neighbours that hold a whole pattern
    wide = repeats * len(lines) / output.shape[1]
    along = np.convolve(lines, np.ones(12) / 12, "valid")
    assert wide < 12
    assert np.ptp(along) < 0.06 * output.max()
    assert seen.data.mean() == pytest.approx(127, abs=2)


def test_of_many_channels_three_are_shown_and_the_sum_is_of_all() -> None:
    numbers = np.arange(20).reshape(2, 2, 5).tolist()
    for more in ("--padding same", "--transposed"):
        pictures, _, one = film(f"conv '{numbers}' --kernel box:2 {more}")
        assert words([*_parts(pictures[0])]).splitlines()[0].endswith(", 3 of 5 channels of the input")
        assert len(_named(pictures[0])) == 4
        shown = _named(pictures[-1])["feature map"].texts
        np.testing.assert_array_equal(shown, texts_of(one.tensor().data, 3))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("conv sample:cat " + "--kernel box:3 " * 12, "449 windows, 3 of 12 maps"),
        ("conv sample:cat --kernel box:2 --transposed " + "--kernel box:2 " * 4, "451 stamps, 3 of 5 maps"),
        ("conv sample:cat --kernel box:3", "449 windows"),
    ],
)
def test_of_many_maps_three_are_shown_and_it_is_told(line: str, told: str) -> None:
    _, (picture, *_), _ = moved(line, most=2)
    assert words(picture).endswith(told)


def test_a_large_kernel_is_a_picture_beside_the_map() -> None:
    pictures, _, one = film("conv sample:cat --kernel random:9", most=2)
    drawn = _named(pictures[0])["kernel, 9 × 9"]
    np.testing.assert_array_equal(drawn.values, one.result.work.kernels[0].array[..., 0])
    rows = "; ".join(["1 2 3 4 5 6 7 8 9 1 2 3"] * 12)
    frames, pictures, _ = moved(f"conv '{rows}' --kernel random:9 --padding same", most=2)
    assert frames.what == "windows"  # 20 × 20 numbers with the padding
    assert boards(pictures[0])[0].beside.sum() == 20 * 20 - 12 * 12


def test_the_root_of_powers_is_of_numbers_as_they_are() -> None:
    _, pictures, one = moved("pool '1 -2' --kind lp --p 3 --size 1,2")
    assert np.isnan(one.tensor().data).all()
    assert words(pictures[0]).endswith("(Σ x^3)^(1/3) of 1, −2 = nan")


@pytest.mark.parametrize("kind", ["max", "min", "avg"])
def test_a_window_of_a_pooling_keeps_what_the_engine_keeps(kind: str) -> None:
    line = f"pool '1 3 2 1; 4 2 0 1; 5 1 3 3' --kind {kind} --stride 1 --padding same"
    _, pictures, one = moved(line)
    output = one.tensor().data
    assert len(pictures) == output.size
    for place, parts in enumerate(pictures):
        seen, answers = boards(parts)
        cell = divmod(place, output.shape[1])
        inside = _numbers(seen.texts[seen.lit & (seen.texts != "")])
        found = {"max": np.max, "min": np.min, "avg": np.mean}[kind](inside)
        np.testing.assert_allclose(found, output[cell])
        assert answers.texts[cell] == number(output[cell], 3)
        assert words(parts).endswith(f"= {number(output[cell], 3)}")
        if kind != "avg":
            assert _numbers(seen.texts[seen.below == kind]).tolist() == [output[cell]]


def test_a_query_has_its_scores_shares_and_sum() -> None:
    frames, pictures, one = moved("attn 'the cat sat on' --causal")
    work = one.result.work
    assert (frames.shown, frames.what) == (4, "queries")
    for q, parts in enumerate(pictures):
        row, table, values = boards(parts)
        np.testing.assert_array_equal(row.texts[-1], in_decimals(work.attended.weights[0, q], 3))
        np.testing.assert_array_equal(row.texts[0], in_decimals(work.attended.scores[0, q], 3))
        np.testing.assert_array_equal(table.texts[: q + 1], in_decimals(work.attended.weights[0, : q + 1], 3))
        assert not table.texts[q + 1 :].any()
        np.testing.assert_array_equal(values.texts[-1], in_decimals(one.tensor().data[q, :5], 3))
    _, pictures, _ = moved("attn '" + "a b c d e " * 4 + "'", most=2)
    assert boards(pictures[1])[0].texts.shape[1] == 12  # of many keys those that are looked at most


def test_a_step_of_a_recurrent_net_has_its_gates_and_states() -> None:
    _, pictures, one = moved("rnn 'the cat sat' --cell lstm --units 3")
    done = one.result.work.steps.layers[-1].directions[0]
    for t, parts in enumerate(pictures):
        gates, states, _ = boards(parts)
        rows = [
            *(part[t] for name, part in done.parts.items() if name != "recall"),
            done.cell[t],
            done.states[t],
        ]
        np.testing.assert_array_equal(gates.texts, in_decimals(np.array(rows), 3))
        np.testing.assert_array_equal(states.texts[:, : t + 1], in_decimals(done.states[: t + 1].T, 3))
    assert f"step {len(pictures)} of {len(pictures)} (index {len(pictures) - 1}): reads sat" in words(
        pictures[-1]
    )


@pytest.mark.parametrize("shape", ["", "--shape many-to-one"])
def test_of_two_readers_each_has_its_gates_and_the_states_that_it_has_read(shape: str) -> None:
    pictures, _, one = film(f"rnn 'the cat sat' --cell lstm --units 3 --bidirectional {shape}")
    work = one.result.work
    for t, picture in enumerate(pictures):
        named = _named(picture)
        ahead, back = np.split(work.steps.layers[-1].outputs[t], 2)  # merged by concat
        assert named["→ gates and states"].texts[-1].tolist() == in_decimals(ahead, 3).tolist()
        gates = named["← gates and states"]
        assert gates.texts[-1].tolist() == in_decimals(back, 3).tolist()
        output = _numbers(gates.texts[gates.rows.index("output o")])
        cell = _numbers(gates.texts[gates.rows.index("cell c")])
        np.testing.assert_allclose(output * np.tanh(cell), back, atol=2e-3)
        read = named["← h so far"].texts != ""
        assert read[0].tolist() == [step >= t for step in range(3)]
        whose = "y, of both: h→ of this step, h← of step 0" if shape else "y, of both"
        assert (whose in named) is (not shape or t == 2)


def test_a_decoder_says_what_it_was_likeliest_to_say() -> None:
    _, pictures, one = moved("seq2seq 'the cat sees a dog' --weights sample:translator")
    decoded = one.result.work.decoded
    for t, parts in enumerate(pictures):
        _, odds = boards(parts)
        assert (
            odds.texts[odds.lit].tolist()
            == in_decimals(decoded.probabilities[t].max(keepdims=True), 3).tolist()
        )
    assert words(pictures[-1]).endswith(f"= {number(float(np.exp(decoded.log_likelihood)), 3)}")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("--beam 3", "of the 3 answers that --beam 3 followed, this one is the likeliest as a whole"),
        ("--temperature 2", "the tokens are drawn: it is not always the likeliest that is said"),
        ("", "p = "),
    ],
)
def test_why_a_token_is_said_that_is_not_the_likeliest(more: str, told: str) -> None:
    _, pictures, _ = moved(f"seq2seq 'the cat sees a dog' --weights sample:translator {more}")
    assert words(pictures[0]).splitlines()[1].startswith(told)
    assert words(pictures[0]).splitlines()[-1].count("=") == 1  # nothing was multiplied yet


def test_a_cache_fills_token_by_token() -> None:
    _, pictures, one = moved("transformer 'the cat sat' --causal")
    work = one.result.work
    for t, parts in enumerate(pictures):
        keys, _, shares = boards(parts)
        np.testing.assert_array_equal(
            keys.texts[: t + 1], in_decimals(work.attended(work.layer).key[0, : t + 1, :4], 3)
        )
        assert not keys.texts[t + 1 :].any()
        np.testing.assert_array_equal(
            shares.texts[: t + 1, 0], in_decimals(work.weights.data[work.layer, 0, t, : t + 1], 3)
        )
        took = work.decoding[t].products
        assert words(parts).endswith(
            f"{took.cached:,} times; without the cache it would {took.again:,} times"
        )


def test_sweeps_go_from_nothing_to_the_values() -> None:
    frames, pictures, one = moved("mdp gridworld:4x4 --sweeps 3")
    assert (frames.shown, frames.total) == (4, 4)
    assert not drawn(pictures[0]).any()
    np.testing.assert_allclose(drawn(pictures[-1]), one.tensor().data)


def test_the_squares_of_a_world_have_room_for_their_numbers() -> None:
    handed: list[Handed] = []
    world = Environment(io.BytesIO(), io.BytesIO(), io.StringIO(), receive=handed.append)
    assert run(shlex.split("mdp gridworld --sweeps 5 --gamma 0.9"), world) == 0
    (one,) = handed
    for precision in (3, 6):
        with one.at_work():
            *_, last = view_of("mdp", "story").frames(one.result.work, precision=precision, most=2).pictures
        drawing = next(part for part in figure_of(last).parts[-1].parts if isinstance(part, Drawing))
        squares = [shape for shape in drawing.shapes if isinstance(shape, Box)]
        values = [
            shape for shape in drawing.shapes if isinstance(shape, Letters) and shape.text[1:2].isdigit()
        ]
        assert len(values) == 14
        assert all(len(value.text) * 7.2 <= squares[1].width for value in values)


def test_updates_of_a_grid_end_with_what_was_learnt() -> None:
    frames, pictures, one = moved("td gridworld:4x4 --episodes 20", most=12)
    assert frames.shown < frames.total == one.result.work.replay.count
    np.testing.assert_allclose(drawn(pictures[-1]), one.tensor().data)


def drawn(parts: list[Any]) -> Array:
    """The values of the world that is drawn."""
    return np.nan_to_num(parts[1].grid.values).ravel()


def test_a_frame_moves_over_the_sound_and_the_spectrum_follows() -> None:
    frames, pictures, one = moved("stft sample:tones", most=4)
    work = one.result.work
    assert (frames.shown, frames.total) == (4, work.data.shape[1])
    for parts, share in zip(pictures, (1 / frames.total, None, None, 1.0), strict=True):
        (known,) = (part for part in parts if isinstance(part, Uncovered))
        assert share in (None, known.share[1])
    wave, curves = pictures[-1][1:3]
    start = work.framing.first + (frames.total - 1) * work.framing.hop
    assert wave.frame == (start, start + work.framing.length)
    piece = work.frame_samples(frames.total - 1)
    np.testing.assert_array_equal(curves.series[1].y, piece * work.plan.window)


def test_a_training_shows_its_kernels_epoch_by_epoch(cli: Any) -> None:
    ended = cli("train", "small-cnn", "sample:digits", "--epochs", "2", "--per-class", "5", "-o", "x.gif")
    assert (ended.code, Path("x.gif").read_bytes()[:6]) == (0, b"GIF89a")
    assert [one.name for one in Path().iterdir()] == ["x.gif"]  # and no net
    refused = cli("train", "mlp,small-cnn", "sample:digits", "-o", "x.gif")
    assert (refused.code, "-o is of one training" in refused.err) == (2, True)


def test_a_training_that_is_watched_has_kernels_and_keeps_to_its_frames(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    line = "train small-cnn sample:digits --per-class 5 --epochs 4 --frames 3 --watch --width 80"
    shown = cli(*line.split(), stdout_is_terminal=True, variables={"TERM": "xterm-256color"})
    film = shown.out.split("\x1b[?25h")[0].split("\x1b[J")
    assert (shown.code, len(film)) == (0, 3)
    for picture, told in zip(film, ("before the first epoch", "epoch 2: ", "epoch 4: "), strict=True):
        assert told in picture
        assert any("▀" in line or "▄" in line for line in picture.splitlines()[1:4])  # the first kernels
    assert "the start and 2 of 4 epochs are shown" in shown.err


@pytest.mark.parametrize("most", [2, 3, 12])
def test_a_prediction_has_no_more_pictures_than_were_asked_for(most: int) -> None:
    frames, pictures, one = moved("td gridworld:4x4 --episodes 20", most=most)
    assert len(pictures) == frames.shown <= most
    np.testing.assert_allclose(drawn(pictures[-1]), one.tensor().data)
    assert frames.said.startswith("the start")
    assert frames.said.endswith(" of 20 episodes are shown")


def test_a_stamp_is_the_kernel_times_its_cell() -> None:
    _, pictures, _ = moved("conv '3 -1' --kernel '1 2; 0 -4' --transposed")
    stamps = [boards(parts)[1].texts.tolist() for parts in pictures]
    assert stamps == [[["3", "6"], ["0", "−12"]], [["−1", "−2"], ["0", "4"]]]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("conv '1 2; 3 4' --kernel '1 1' --kernel '2 0'", "; the first of 2 kernels"),
        ("pool '[[[1,2],[3,4]],[[5,6],[7,8]]]' --size 1", "; the first of 2 channels"),
        ("pool '1 2; 3 4' --size 1", "column 0"),
        ("conv '[[[1,2],[3,4]],[[5,6],[7,8]]]' --kernel 2 --channels keep", "; the first of 2 channels"),
        ("attn 'a b c d e f g h i j k l m n'", ", 12 of 14 keys, the largest shares"),
        ("rnn 'a b' --layers 2 --units 2", "; layer 2 of 2"),
        ("rnn 'a b' --bidirectional --units 2", "; → reads from the start, ← from the end"),
        ("transformer 'a b c d e f g h i j k l m' --causal", "; 12 of 13 tokens side by side"),
    ],
)
def test_what_is_left_out_of_a_picture_stands_in_its_title(line: str, told: str) -> None:
    _, pictures, _ = moved(line)
    assert words(pictures[0]).splitlines()[0].endswith(told)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (
            "seq2seq 'the cat sees a dog' --weights sample:translator",
            ["state, 6 of 32 units", "p of the next, 8 of 22 tokens"],
        ),
        (
            "rnn '1 2 3 4 5 6 7; 1 0 1 0 1 0 1' --units 8",
            ["x, 6 of 7 numbers", "gates and states, 6 of 8 units", "h so far", "y, 6 of 7 outputs"],
        ),
        (
            "rnn 'a b c d e f g h i j k' --units 2",
            ["gates and states", "h so far, 10 of 11 steps", "y, 6 of 11 outputs"],
        ),
        ("attn 'the cat' --dim 9", ["shares", "values, 5 of 9 numbers"]),
        (
            "transformer 'the cat' --causal --heads 1 --dim 8",
            ["keys in the cache, 4 of 8 numbers", "values in the cache, 4 of 8 numbers", "share"],
        ),
    ],
)
def test_a_block_says_of_how_much_it_is_a_part(line: str, names: list[str]) -> None:
    (picture, *_), _, _ = film(line)
    assert [*_named(picture)] == names


@pytest.mark.parametrize(
    ("more", "share"), [("", "0.333"), ("--precision 5", "0.33333"), ("--precision 2", "0.33")]
)
def test_numbers_have_the_digits_that_are_asked_for(
    more: str, share: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Board] = []

    def written(frames: Frames, *_: Any, **__: Any) -> list[str]:
        seen.extend(boards([*_parts(next(iter(frames.pictures)))]))
        return []

    monkeypatch.setattr("dlcli.runner.moving.write", written)
    line = f"attn '0 0; 0 0; 0 0' -o {tmp_path / 'x.gif'} {more}"
    assert run(shlex.split(line), Environment(io.BytesIO(), io.BytesIO(), io.StringIO())) == 0
    assert seen[0].texts[-1].tolist() == [share] * 3
