"""``dlcli td``: what is learnt, traced, compared, explained, reproduced and refused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len

from dlcli.commands.td.command import predicted
from dlcli.commands.td.options import Options
from dlcli.engines.decisions.learning.td import td_error
from dlcli.engines.decisions.policy import random_policy
from dlcli.worlds import textbook
from dlcli.worlds.builtin import random_walk
from dlcli.worlds.gym import SteppedWorld
from dlcli.worlds.textbook import CERTAIN, FIGURES

EXACT = np.array([0, 1, 2, 3, 4, 5, 0]) / 6


def plain(cli: Any, *words: str) -> str:
    told = cli("td", *words, "-f", "plain", "--width", "80")
    assert told.code == 0, told.err
    return str(told.out)


def test_values_come_close_to_the_exact_ones(cli: Any) -> None:
    values = cli("td", "random-walk", "--runs", "40", "--alpha", "0.05", "--episodes", "400").tensor
    assert (values.name, values.axis_names) == ("values", ("state",))
    assert values.axes[0].labels == ("left end", "A", "B", "C", "D", "E", "right end")
    assert np.abs(values.data - EXACT).max() < 0.03
    assert (values.attrs["gamma"], values.attrs["seed"]) == (1.0, 0)
    errors = cli(
        "td", "random-walk", "--runs", "40", "--alpha", "0.05", "--episodes", "400", "--emit", "errors"
    ).tensor
    np.testing.assert_allclose(errors.data, values.data - EXACT, atol=1e-12)


def test_every_row_of_the_trace_is_the_formula(cli: Any) -> None:
    trace = cli(
        "td", "random-walk", "--gamma", "0.9", "--initial", "0.5", "--trace", "40", "--emit", "trace"
    ).tensor
    assert trace.axis_names == ("update", "column")
    assert trace.axes[1].labels == (
        "episode", "state", "action", "reward", "next", "target", "delta", "alpha", "before", "after",
    )  # fmt: skip
    assert trace.shape == (40, 10)
    values = np.array([0, 0.5, 0.5, 0.5, 0.5, 0.5, 0])
    for episode, s, a, r, s2, target, delta, alpha, before, after in trace.data.tolist():
        assert before == values[int(s)]
        assert target == r + 0.9 * values[int(s2)]
        assert delta == td_error(target, before)
        assert after == before + alpha * delta
        assert int(s2) == int(s) + (1 if a else -1)
        assert r == float(s2 == 6)
        values[int(s)] = after
        assert episode >= 0


@pytest.mark.parametrize("words", [(), ("--control", "sarsa")])
def test_a_table_of_the_trace_tells_states_and_actions_by_name(words: tuple[str, ...], cli: Any) -> None:
    told = ("td", "sample:student", *words, "--trace", "20", "--emit", "trace")
    rows = [line.split(",") for line in cli(*told, "-f", "csv").raw.decode().splitlines()][1:]
    states = ["lecture 1", "phone", "lecture 2", "exercise", "asleep"]
    actions = ["listen", "scroll", "put away", "go to bed", "solve", "café"]
    numbers = [[states.index(row[1]), actions.index(row[2]), states.index(row[4])] for row in rows]
    assert numbers == cli(*told).tensor.data[:, [1, 2, 4]].tolist()


@pytest.mark.parametrize("traces", ["accumulating", "replacing"])
def test_the_trace_of_td_lambda_has_the_eligibility_that_makes_it_the_formula(traces: str, cli: Any) -> None:
    words = ("td", "random-walk", "--method", "lambda", "--traces", traces, "--lambda", "0.8")
    trace = cli(*words, "--gamma", "0.9", "--alpha", "0.2", "--trace", "60", "--emit", "trace").tensor
    assert trace.axes[1].labels[-3:] == ("before", "after", "trace")
    rows = dict(zip(trace.axes[1].labels, trace.data.T, strict=True))
    np.testing.assert_array_equal(
        rows["after"], rows["before"] + rows["alpha"] * rows["trace"] * rows["delta"]
    )
    assert (rows["trace"].max() > 1) == (traces == "accumulating")
    fades, episode = np.zeros(7), -1
    for i in range(60):
        fades *= 0.9 * 0.8 if rows["episode"][i] == episode else 0
        episode, state = rows["episode"][i], int(rows["state"][i])
        fades[state] = fades[state] + 1 if traces == "accumulating" else 1
        assert rows["trace"][i] == pytest.approx(fades[state])


def test_the_trace_of_double_q_names_the_table_of_every_update(cli: Any) -> None:
    words = ("td", "cliff", "--control", "double-q", "--alpha", "0.5", "--initial", "2", "--trace", "80")
    trace = cli(*words, "--emit", "trace").tensor
    assert trace.axes[1].labels[-2:] == ("after", "table")
    rows = dict(zip(trace.axes[1].labels, trace.data.T, strict=True))
    q = np.full((3, 38, 4), 2.0)
    for i in range(80):
        place = int(rows["table"][i]), int(rows["state"][i]), int(rows["action"][i])
        assert rows["before"][i] == q[place]
        q[place] = rows["after"][i]
    assert set(rows["table"]) == {1, 2}


@pytest.mark.parametrize("words", [("--control", "sarsa"), ("--control", "double-q"), ()])
def test_episodes_of_a_trace_end_where_they_are_cut(words: tuple[str, ...], cli: Any) -> None:
    told = ("td", "cliff", *words, "--max-steps", "10", "--episodes", "4", "--trace", "25")
    assert cli(*told, "--emit", "trace").tensors[0].data[:, 0].tolist() == [0] * 10 + [1] * 10 + [2] * 5
    rows = cli(*told, "-f", "plain", "--width", "80").out.split("Updates")[1].splitlines()[2:27]
    assert [i for i, row in enumerate(rows) if re.match(r"  \d", row)] == [0, 10, 20]


def test_rms_is_the_mean_over_runs_after_each_episode(cli: Any) -> None:
    words = ("td", "random-walk", "--runs", "3", "--episodes", "10")
    rms = cli(*words, "--emit", "rms").tensor
    assert rms.shape == (11,)
    assert (rms.axes[0].name, rms.axes[0].start, rms.axes[0].step) == ("episode", 0, 1)
    assert rms.data[0] == pytest.approx(np.sqrt((EXACT[1:6] ** 2).mean()))
    values = cli(*words[:2], "--runs", "1", "--episodes", "10").tensor.data
    alone = cli(*words[:2], "--runs", "1", "--episodes", "10", "--emit", "rms").tensor.data
    assert alone[-1] == pytest.approx(np.sqrt(((values - EXACT)[1:6] ** 2).mean()))


def test_several_step_sizes_and_methods_stand_side_by_side(cli: Any) -> None:
    words = ("td", "random-walk", "--method", "td0", "--method", "mc", "--alpha", "0.1", "--alpha", "1/n")
    values = cli(*words).tensor
    assert values.axis_names == ("state", "method")
    assert values.axes[1].labels == ("TD(0), α = 0.1", "TD(0), α = 1/n", "MC, α = 0.1", "MC, α = 1/n")
    for place, (method, alpha) in enumerate([("td0", "0.1"), ("td0", "1/n"), ("mc", "0.1"), ("mc", "1/n")]):
        single = cli("td", "random-walk", "--method", method, "--alpha", alpha).tensor
        np.testing.assert_array_equal(single.data, values.data[:, place])
    assert cli(*words, "--emit", "rms").tensor.shape == (101, 4)
    assert cli(*words, "--emit", "q").tensor.axis_names == ("method", "state", "action")


def test_more_runs_leave_the_first_one_as_it_was(cli: Any) -> None:
    one = cli("td", "cliff", "--episodes", "3", "--max-steps", "50", "--emit", "trace")
    many = cli("td", "cliff", "--episodes", "3", "--max-steps", "50", "--emit", "trace", "--runs", "7")
    (first,), (other,) = one.tensors, many.tensors
    np.testing.assert_array_equal(first.data, other.data)


def test_a_seed_decides(cli: Any) -> None:
    first, again, other = (
        cli("td", "random-walk", "--seed", seed, "--emit", "returns").tensor.data for seed in ("1", "1", "2")
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_errors_over_transitions(cli: Any) -> None:
    rms = cli("td", "random-walk", "--runs", "5", "--against", "transitions", "--emit", "rms").tensor
    assert rms.axes[0].name == "transition"
    assert rms.axes[0].step >= 1
    assert np.isfinite(rms.data).all()
    assert rms.data[0] > rms.data[-1]


def test_batch_td_and_mc_on_the_textbook_s_predictor(cli: Any) -> None:
    words = ("td", "predictor", "--episodes", "2000", "--batch", "--method", "td0", "--method", "mc")
    values = cli(*words).tensor
    assert values.axes[1].labels == ("batch TD(0)", "batch MC")
    assert np.abs(values.data[:2] - 0.75).max() < 0.15


def test_what_control_emits(cli: Any) -> None:
    words = ("td", "cliff", "--control", "q-learning", "--alpha", "0.5", "--episodes", "200", "--runs", "4")
    q = cli(*words, "--emit", "q").tensor
    assert q.axis_names == ("state", "action")
    values = cli(*words).tensor
    np.testing.assert_allclose(values.data[:-1], np.nanmax(q.data[:-1], axis=1))
    assert cli(*words, "--emit", "returns").tensor.shape == (4, 200)
    rms = cli(*words, "--emit", "rms").tensor
    assert (rms.shape, rms.axes[0].start) == ((201,), 0)  # as of values: first that before all episodes
    best = cli("mdp", "cliff", "--optimal").tensor.data
    assert rms.data[0] == pytest.approx(np.sqrt((best[:-1] ** 2).mean()))
    assert rms.data[-1] < rms.data[0]
    start = values.axes[0].labels.index("3,0")
    assert values.data[start] == pytest.approx(-13, abs=0.2)
    (trace,) = cli(*words, "--emit", "trace", "--trace", "30").tensors
    for row in trace.data:
        assert row[9] == row[8] + row[7] * row[6]
    both = cli(*words, "--control", "sarsa").tensor
    assert both.axes[1].labels == ("Q-learning", "SARSA")


def test_one_update_is_explained(cli: Any) -> None:
    told = plain(cli, "random-walk", "--initial", "0.5", "--explain", "2")
    assert "Update 2  episode 0, step 2: in E came right, paid 1 and led to right end" in told
    assert "δ         target − V(E) = 1 − 0.5 = 0.5" in told
    assert "new V(E)  0.5 + 0.1·0.5 = 0.55" in told
    assert "V(E) goes from 0.5 to 0.55: it went better than expected" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--method", "mc", "--gamma", "0.9", "--explain", "0"), "r after D"),
        (("--method", "n-step", "--n", "2", "--explain", "0", "--initial", "0.5"), "V(E)"),
        (("--method", "lambda", "--explain", "2"), "3 of them reach the error δ = 1"),
        (("--control", "sarsa", "--explain", "3"), "worth of s'"),
        (("--control", "double-q", "--explain", "1"), "Q₂(s', best by Q₁)"),
    ],
)
def test_every_method_explains_its_updates(words: tuple[str, ...], told: str, cli: Any) -> None:
    assert told in plain(cli, "random-walk", *words)


def test_a_value_below_0_is_added_in_brackets(cli: Any) -> None:
    told = plain(cli, "sample:student", "--explain", "4")
    assert re.search(r"target +r \+ γ·V\(phone\) = −1 \+ \(−0\.\d+\) = −1\.\d+\n", told)


def test_the_story_names_the_formula_the_numbers_and_the_truth(cli: Any) -> None:
    told = plain(cli, "random-walk", "--trace", "3")
    assert "new V(s)  V(s) + α · [r + γ · V(s') − V(s)]" in told
    assert "episode  s  a      s'         r  target  δ  V(s)  new V(s)" in told
    assert re.search(r"state +TD\(0\) +exact +error", told)
    assert re.search(r"RMS error  0.5528 at first, [\d.]+ at the end", told)
    assert "band" in plain(cli, "random-walk", "--runs", "9")


def test_a_world_whose_values_nobody_knows_shows_its_returns(cli: Any) -> None:
    told = cli("td", "gridworld:5x5", "--gamma", "1", "--max-steps", "20", "--episodes", "5", "-f", "plain")
    assert "no exact values: from state 0,0 rewards come for ever" in told.out
    errors = cli(
        "td", "gridworld:5x5", "--gamma", "1", "--max-steps", "20", "--episodes", "5", "--emit", "errors"
    )
    assert np.isnan(errors.tensors[0].data).all()


@pytest.mark.parametrize("words", [(), ("--control", "double-q"), ("--method", "lambda")])
def test_an_update_in_full_and_a_line_for_each_go_together(words: tuple[str, ...], cli: Any) -> None:
    told = plain(cli, "random-walk", *words, "--explain", "2", "--trace", "3")
    assert told.index("Updates  the first 3 of ") < told.index("Update 2  ")
    assert "Updates" not in plain(cli, "random-walk", *words, "--explain", "2")


def test_episodes_that_pass_the_step_limit_are_counted(cli: Any) -> None:
    told = cli("td", "windy", "--episodes", "5", "--max-steps", "10")
    assert (told.code, told.err) == (
        0,
        "dlcli: 5 of 5 episodes were cut after 10 steps; --max-steps says when\n",
    )
    one = cli("td", "cliff", "--episodes", "1", "--max-steps", "10", "--control", "sarsa")
    assert one.err == "dlcli: 1 of 1 episode was cut after 10 steps; --max-steps says when\n"
    of_two = cli("td", "random-walk", "--episodes", "2", "--max-steps", "8")
    assert of_two.err == "dlcli: 1 of 2 episodes was cut after 8 steps; --max-steps says when\n"


OF_CONTROL = ("fig2.2", "fig2.3", "fig2.4", "ex6.5", "ex6.6")


@pytest.mark.parametrize(
    ("name", "seed"),
    [
        (name, seed)
        for name in FIGURES
        for seed in ("0", "5")
        if name not in OF_CONTROL and not (seed == "5" and name in CERTAIN)
    ],
)
@pytest.mark.usefixtures("fewer_runs")
def test_every_figure_is_reproduced_and_fits(name: str, seed: str, cli: Any, also_on: Any) -> None:
    """Where nothing is drawn by lot one seed is as good as another."""
    (narrow,) = also_on({"width": 40})
    told = cli("td", "--reproduce", name, "--seed", seed, "-f", "plain", "--width", "80")
    assert (told.code, told.err) == (0, "")
    assert "FAIL" not in told.out
    assert "✓ pass" in told.out
    for page, columns in ((told.out, 80), (narrow.getvalue().decode(), 40)):
        assert "Sutton and Barto" in " ".join(page.split())
        for row in page.split("\n"):
            assert cell_len(row) <= columns or re.match(r" {2,6}\S+( \\)?$", row), row


@pytest.mark.parametrize("name", OF_CONTROL)
def test_the_figures_of_control_are_reproduced(name: str, cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textbook, "RUNS", 500)  # of 2000
    told = cli("td", "--reproduce", name, "-f", "csv")
    assert told.code == 0
    assert all(line.endswith(",1.0") for line in told.out.splitlines()[1:])


def test_a_figure_that_does_not_hold_ends_with_1_and_is_shown_all_the_same(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(textbook.book, "PREDICTOR_TD", (0.5, 0.75))
    told = cli("td", "--reproduce", "ex6.4", "-f", "plain", "--width", "80")
    assert told.code == 1
    assert told.err == "dlcli td: ex6.4: 1 of 4 comparisons with the book failed\n"
    assert "✗ FAIL" in told.out


def test_a_figure_has_another_name(cli: Any) -> None:
    assert "Figure  fig6.2: random walk" in plain(cli, "--reproduce", "fig6.3")


def test_all_figures_one_after_the_other(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {name: FIGURES[name] for name in ("ex6.4", "fig3.2")}
    monkeypatch.setattr("dlcli.commands.td.reproduce.FIGURES", few)
    sent = cli("td", "--reproduce", "all")
    assert [tensor.name for tensor in sent.tensors] == ["ex6.4", "fig3.2"]
    assert sent.tensors[1].shape == (25, 4)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (
            ("random-walk", "--alpha", "0"),
            2,
            "'0' is no step size: give a number above 0 and up to 1, such as 0.1, or 1/n",
        ),
        (("random-walk", "--alpha", "1.5"), 2, "'1.5' is no step size"),
        (("random-walk", "--alpha", "1/0"), 2, "'1/0' is no step size"),
        (("random-walk", "--gamma", "1.5"), 2, "'1.5' is not a number from 0 to 1"),
        (("random-walk", "--gamma", "-0.1"), 2, "'-0.1' is not a number from 0 to 1"),
        (("random-walk", "--lambda", "2", "--method", "lambda"), 2, "'2' is not a number from 0 to 1"),
        (("random-walk", "--policy", "gready"), 1, "did you mean greedy?"),
        (("random-walk", "--start", "Z"), 2, "--start Z: there is no such state"),
        (
            ("random-walk", "--n", "3"),
            2,
            "--n goes with --method n-step or --control n-step-sarsa: add it, or leave --n out",
        ),
        (
            ("random-walk", "--lambda", "0.5"),
            2,
            "--lambda goes with --method lambda or --control sarsa-lambda: add it",
        ),
        (("random-walk", "--first-visit"), 2, "--first-visit goes with --method mc or --control mc: add it"),
        (
            ("random-walk", "--traces", "replacing"),
            2,
            "--traces goes with --method lambda or --control sarsa-lambda: add it",
        ),
        (
            ("random-walk", "--batch", "--method", "lambda"),
            2,
            "--batch does not go with --method lambda: leave one of them out",
        ),
        (
            ("random-walk", "--batch", "--alpha", "0.1"),
            2,
            "--batch does not go with --alpha: leave one of them out",
        ),
        (
            ("random-walk", "--batch", "--trace", "3"),
            2,
            "--trace does not go with --batch: leave one of them out",
        ),
        (("random-walk", "--batch", "--watch"), 2, "--watch does not go with --batch"),
        (("random-walk", "--batch", "--explain", "3"), 2, "--explain shows a single update"),
        (
            ("random-walk", "--explain", "99999"),
            2,
            "--explain 99999 is no update of the first run: there are 0 to",
        ),
        (("cliff", "--control", "sarsa", "--method", "td0"), 2, "--method does not go with --control"),
        (("cliff", "--control", "sarsa", "--policy", "greedy"), 2, "--policy does not go with --control"),
        (
            ("cliff", "--control", "sarsa", "--against", "transitions"),
            2,
            "--against does not go with --control",
        ),
        (("-", "--policy", "-"), 2, "--policy -: standard input is for the world; name the world"),
        (("cliff", "--epsilon", "0.2"), 2, "--epsilon goes with --control: add it"),
        (("cliff", "--control", "q"), 2, "'q' is not one of"),
        (
            ("cliff", "--method", "sarsa"),
            2,
            "sarsa learns what to do, not what a policy is worth: type --control sarsa",
        ),
        (
            ("cliff", "--control", "td0"),
            2,
            "td0 learns what a policy is worth, not what to do: type --method td0",
        ),
        (("cliff", "--control", "sarsa", "--explain", "99999999"), 2, "is no update of the first run"),
        (
            ("--reproduce", "ex6.4", "--alpha", "0.1"),
            2,
            "--reproduce has its own settings; leave out --alpha",
        ),
        (
            ("--reproduce", "ex6.4", "--explain", "1,1"),
            2,
            "--explain goes with a single run, not with --reproduce",
        ),
        (("--reproduce", "fig9.9"), 2, "'fig9.9' is not one of"),
        (
            ("random-walk", "--reproduce", "ex6.4"),
            2,
            "--reproduce ex6.4 stands for the input; 'random-walk' is named beside it",
        ),
    ],
)
def test_what_cannot_be_is_said_in_words(words: tuple[str, ...], code: int, told: str, cli: Any) -> None:
    ended = cli("td", *words, "-f", "plain")
    assert ended.code == code
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2


def test_a_figure_has_no_other_results(cli: Any) -> None:
    ended = cli("td", "--reproduce", "ex6.4", "--emit", "rms")
    assert (ended.code, ended.err) == (1, "dlcli td: this run gives no rms; it gives values\n")


def test_more_steps_than_are_held_at_once_are_refused(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlcli.engines.decisions.walk.MOST_STEPS", 500)
    ended = cli("td", "cliff", "--episodes", "10", "--runs", "3")
    assert ended.code == 1
    assert ended.err == (
        "dlcli td: cliff: 30 episodes take more than 500 steps; try fewer episodes or runs, or a lower step limit\n"
    )


def test_episodes_beyond_all_bounds_are_refused_at_once(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlcli.runner.result.Run.generator", None)  # there is none for each of the runs
    ended = cli("td", "random-walk", "--runs", "100000", "--episodes", "1000000")
    told = "100000000000 episodes take more than 40000000 steps; try fewer episodes or runs"
    assert (ended.code, told in ended.err) == (1, True)


def test_watching_draws_the_world_again_and_again_on_a_terminal(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    for words in (
        ("gridworld:4x4", "--episodes", "3"),
        ("random-walk", "--method", "lambda", "--episodes", "3"),
        ("predictor", "--method", "mc", "--episodes", "3"),
        ("cliff", "--control", "double-q", "--episodes", "3", "--max-steps", "30"),
    ):
        shown = cli("td", *words, "--watch", stdout_is_terminal=True)
        assert shown.code == 0
        assert shown.out.count("\x1b[J") > 2
        assert shown.out.startswith("\x1b[?25l")
        assert shown.out.count("\x1b[?25h") == 1
        assert "Try next" in shown.out
    beside = cli("td", "random-walk", "--watch", "--explain", "1", "--episodes", "3", stdout_is_terminal=True)
    assert beside.out.count("\x1b[J") > 2
    assert "Update 1" in beside.out.split("\x1b[?25h")[1]


@pytest.mark.parametrize("words", [(), ("-f", "plain"), ("-o", "x.npy"), ("--show",)])
@pytest.mark.parametrize("control", [(), ("--control", "sarsa")])
def test_watching_without_a_terminal_is_refused_before_anything_is_learnt(
    words: tuple[str, ...], control: tuple[str, ...], cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlcli.commands.td.command.predicted", None)
    monkeypatch.setattr("dlcli.commands.td.command.controlled", None)
    ended = cli("td", "windy", "--watch", *control, *words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("dlcli td: --watch shows pictures that move: it needs a terminal")


def test_watching_on_a_terminal_that_is_to_show_something_else_is_refused(cli: Any) -> None:
    ended = cli("td", "windy", "--watch", "-f", "csv", stdout_is_terminal=True)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("dlcli td: --watch shows pictures that move: it needs a terminal and -f rich")


def test_the_last_picture_shows_the_values_that_were_learnt() -> None:
    world = random_walk()
    for method in ("td0", "mc", "n-step", "lambda"):
        options = Options(method=(method,), max_steps=100, initial=0.5, episodes=9)
        policy = random_policy(world.transitions)
        work = predicted(world, policy, options, np.random.default_rng(0).spawn(1))
        *_, last = work.replay.moments(20, 9)
        np.testing.assert_allclose(last.values, work.values[0])


class Coin:
    """Heads pays 1, tails nothing; the state 0 begins, 1 is never seen, 2 is the end."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def reset(self) -> int:
        return 0

    def step(self, action: int) -> tuple[int, float, bool]:
        return 2, float(action), True


@pytest.fixture
def coin(monkeypatch: pytest.MonkeyPatch) -> None:
    """``gym:Coin`` is a world that can only be stepped in."""
    made = SteppedWorld(
        "gym:Coin", ("there", "never", "end"), ("tails", "heads"), Coin, attrs={"source": "gym:Coin"}
    )
    monkeypatch.setattr("dlcli.commands.kinds.decisions.world.gym_world", lambda word: made)


@pytest.mark.usefixtures("coin")
def test_a_world_that_can_only_be_stepped_in(cli: Any) -> None:
    values = cli(
        "td", "gym:Coin", "--episodes", "400", "--runs", "3", "--alpha", "1/n", "--method", "mc"
    ).tensor
    assert values.axes[0].labels == ("there", "end")
    assert abs(values.data[0] - 0.5) < 0.1
    told = plain(cli, "gym:Coin", "--trace", "3")
    assert "no exact values: this world has no table to compute them from" in told
    q = cli("td", "gym:Coin", "--control", "q-learning", "--episodes", "200", "--emit", "q").tensor
    np.testing.assert_allclose(q.data[0], [0, 1], atol=0.01)
    assert re.search(
        r"double Q .* 1\n", plain(cli, "gym:Coin", "--control", "sarsa", "--control", "double-q")
    )
    assert "update of the first run" in cli("td", "gym:Coin", "--control", "sarsa", "--explain", "999").err
    assert "Update 3" in plain(cli, "gym:Coin", "--control", "sarsa", "--explain", "3")


@pytest.mark.usefixtures("coin")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--policy", "greedy"), "gym:Coin can only be stepped in: --policy random is known there"),
        (("--start", "there"), "gym:Coin begins where it likes; leave out --start"),
    ],
)
def test_what_needs_a_table_is_refused_without_one(words: tuple[str, ...], told: str, cli: Any) -> None:
    ended = cli("td", "gym:Coin", *words)
    assert (ended.code, told in ended.err) == (1, True)


@pytest.mark.parametrize("command", ["mdp", "td"])
@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("gym:FrozenLake-v1?success_rate=2", "the probability of action left in state 0,0 expects a finite number from 0 to 1; received -0.5; try another success_rate"),
        ("gym:FrozenLake-v1?is_slippery=maybe", "is_slippery expects true or false, yes or no, on or off; received 'maybe'"),
        ("gym:FrozenLake-v1?map_name=9x9", "map_name expects 4x4 or 8x8; received '9x9'"),
        ("gym:Blackjack-v1?render_mode=human", "dlcli draws the world itself: leave out render_mode"),
    ],
)  # fmt: skip
def test_what_an_option_of_gymnasium_cannot_be_is_told(command: str, word: str, told: str, cli: Any) -> None:
    pytest.importorskip("gymnasium")
    ended = cli(command, word)
    assert (ended.code, ended.raw, ended.err) == (1, b"", f"dlcli {command}: {word}: {told}\n")


@pytest.mark.parametrize("legend", ["{start = true, end = true}", "'end'"])
@pytest.mark.parametrize("words", [("mdp",), ("td",), ("td", "--control", "sarsa")])
def test_a_grid_that_is_over_everywhere_has_no_start(words: tuple[str, ...], legend: str, cli: Any) -> None:
    grid = f'grid = "G"\n[legend]\nG = {legend}\n'
    ended = cli(words[0], "-", *words[1:], stdin=grid.encode())
    told = "standard input: in every cell of the grid the episode has ended: there is nowhere to start"
    assert (ended.code, ended.raw, ended.err) == (1, b"", f"dlcli {words[0]}: {told}\n")


def test_a_start_where_episodes_end_is_refused(cli: Any) -> None:
    table = "state,action,next,probability,reward,start\na,go,b,1,10,0.5\nb,,,,,0.5\n"
    ended = cli("mdp", "-", "--episodes", "1000", stdin=table.encode())
    told = "standard input: line 3: episodes end in b, so none can start there: leave out its start 0.5"
    assert (ended.code, ended.err) == (1, f"dlcli mdp: {told}\n")


HUGE = b"state,action,next,probability,reward\na,go,b,1,1e308\na,run,b,1,1e308\nb,go,c,1,1e308\n"
TOO_MUCH = (
    "the rewards add up to more than 1.798e308, the most that a number here can be; try them in a larger unit"
)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("mdp", ()),
        ("mdp", ("--optimal",)),
        ("mdp", ("--sweeps", "3")),
        ("td", ()),
        ("td", ("--method", "mc", "--runs", "2")),
        ("td", ("--control", "q-learning")),
        ("td", ("--control", "sarsa", "--alpha", "0.5")),
        ("td", ("--control", "expected-sarsa")),
        ("td", ("--control", "double-q", "--alpha", "0.5")),
    ],
)
def test_rewards_that_overflow_are_told_of(command: str, words: tuple[str, ...], cli: Any) -> None:
    ended = cli(command, "-", *words, "-f", "plain", "--width", "80", stdin=HUGE)
    told = ended.err.removeprefix(f"dlcli {command}: ").rstrip()
    assert ended.code == 1
    assert re.fullmatch(
        r"1 of 3 values is no finite number: (.*)\.|2 of 3 values are no finite numbers: (.*)\.", told
    )
    assert TOO_MUCH in told
    text = " ".join(ended.out.split())
    assert f"Notice {told}" in text
    assert "−inf" not in text
    assert "a nan ■" not in text
    data = cli(command, "-", *words, "-f", "csv", stdin=HUGE)
    assert (data.code, data.err) == (ended.code, ended.err)


def test_steps_that_grow_without_end_are_told_of(cli: Any) -> None:
    words = (
        "td",
        "gridworld:10x10",
        "--method",
        "lambda",
        "--lambda",
        "1",
        "--alpha",
        "1",
        "--episodes",
        "200",
    )
    ended = cli(*words, "-f", "plain", "--width", "80")
    assert ended.code == 1
    assert (
        "values are no finite numbers: each step of learning led farther away; try a smaller --alpha."
        in ended.err
    )


def test_errors_whose_squares_overflow_are_told_of(cli: Any) -> None:
    ended = cli("td", "-", "-f", "plain", "--width", "80", stdin=HUGE.replace(b"308", b"200"))
    assert (ended.code, ended.err) == (0, "")
    assert "their squares are no finite numbers" in " ".join(ended.out.split())


@pytest.mark.parametrize("more", [(), ("--method", "mc"), ("--control", "q-learning")])
def test_the_trace_is_whole_unless_so_many_updates_are_asked_for(more: tuple[str, ...], cli: Any) -> None:
    words = ("td", "random-walk", "--episodes", "200", *more, "--emit", "trace")
    trace = cli(*words).tensor
    assert trace.data[-1, trace.axes[1].labels.index("episode")] == 199
    assert cli(*words, "--trace", "150").tensor.data.tolist() == trace.data[:150].tolist()


def test_a_trace_that_is_not_whole_says_so(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlcli.commands.td.record.WHOLE", 50)
    ended = cli("td", "random-walk", "--emit", "trace")
    assert ended.tensors[0].shape[0] == 50
    assert ended.err == "dlcli: the trace holds the first 50 of 894 updates; --trace says how many\n"


@pytest.mark.parametrize(
    ("words", "whose"),
    [
        (("--alpha", "0.1", "--alpha", "0.2"), "TD(0), α = 0.1"),
        (("--method", "td0", "--method", "mc"), "TD(0)"),
        (("--runs", "3"), "run 1 of 3"),
        (("--alpha", "0.1", "--alpha", "0.2", "--runs", "3"), "TD(0), α = 0.1, run 1 of 3"),
        (("--control", "sarsa", "--control", "q-learning", "--runs", "2"), "SARSA, run 1 of 2"),
        ((), ""),
    ],
)
def test_whose_updates_are_traced_and_explained_is_said_where_there_are_others(
    words: tuple[str, ...], whose: str, cli: Any
) -> None:
    traced = cli("td", "random-walk", *words, "--emit", "trace")
    assert traced.err == (f"dlcli: the trace is that of {whose}\n" if whose else "")
    told = " ".join(plain(cli, "random-walk", *words, "--trace", "3", "--explain", "2").split())
    assert re.search(rf"the first 3 of \d+{re.escape(f', {whose}') if whose else ''} episode s a", told)
    assert f"Update 2 {f'{whose}; ' if whose else ''}episode 0, step 2: in " in told


def test_a_batch_has_no_trace(cli: Any) -> None:
    ended = cli("td", "random-walk", "--batch", "--emit", "trace")
    assert ended.code == 1
    assert "this run gives no trace; it gives values, errors" in ended.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--steps", "100"), "--steps goes with --control and --approximate: add both, or leave --steps out"),
        (("--steps", "100", "--control", "sarsa"), "--steps goes with --approximate: add it"),
        (("--save-weights", "x.npz"), "--save-weights goes with --control and --approximate mlp: add both"),
        (("--epsilon", "0.1"), "--epsilon goes with --control: add it"),
        (
            ("--control", "sarsa", "--explore", "ucb", "--epsilon", "0.1"),
            "--epsilon does not go with --explore",
        ),
        (("--control", "sarsa", "--policy", "random"), "--policy does not go with --control"),
        (("--traces", "accumulating"), "--traces goes with --method lambda or --control sarsa-lambda"),
        (("--tilings", "8"), "--tilings goes with --approximate tiles"),
        (("--control", "sarsa", "--explore", "optimistic:5", "--initial", "0"), "leave out --initial"),
    ],
)
def test_what_does_nothing_is_refused_even_with_its_default(
    words: tuple[str, ...], told: str, cli: Any
) -> None:
    ended = cli("td", "random-walk", *words)
    assert (ended.code, told in ended.err) == (2, True), ended.err


@pytest.mark.parametrize("format_", ["plain", "csv", "json", "markdown"])
def test_a_result_that_this_run_does_not_give_is_refused_in_every_format(format_: str, cli: Any) -> None:
    ended = cli("td", "random-walk", "--episodes", "2", "--emit", "sizes", "-f", format_)
    assert (ended.code, ended.out) == (1, "")
    assert "this run gives no sizes; it gives values" in ended.err


def test_the_policy_that_was_learnt_is_one_that_mdp_reads(cli: Any, tmp_path: Any) -> None:
    """Of two ways to an end the one that pays is learnt; where nothing was learnt all are equally likely."""
    world = tmp_path / "fork.csv"
    world.write_text(
        "state,action,next,probability,reward\nA,left,end,1,0\nA,right,end,1,2\nB,left,A,1,0\nB,right,A,1,0\n"
    )
    words = ("td", str(world), "--control", "q-learning", "--episodes", "60", "--emit", "policy")
    both = cli(*words, "--runs", "2", "-f", "csv")
    assert "the policy is that of run 1 of 2" in both.err
    ended = cli(*words)
    assert both.out == cli(*words, "-f", "csv").out
    sent = ended.tensor
    assert (sent.axis_names, sent.axes[0].labels) == (("state", "action"), ("A", "B", "end"))
    assert sent.data.tolist() == [[0, 1], [0.5, 0.5], [0, 0]]
    again = cli("mdp", str(world), "--policy", "-", stdin=ended.raw)
    assert again.tensor.data.tolist() == [2, 2, 0]
    assert cli("td", str(world), "--policy", "-", "--episodes", "1", stdin=ended.raw).code == 0
    assert "standard input is for the world" in cli("mdp", "--policy", "-", stdin=ended.raw).err
