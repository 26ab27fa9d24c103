"""``dlcli mdp``: values, action values, policies and transitions of worlds from everywhere, and bad words."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

STUDENT = (Path(__file__).parents[3] / "samples" / "student.csv").read_text()

#: Sutton and Barto, 2nd edition, figures 3.2, 3.5 and 4.1.
FIGURE_3_2 = "3.3 8.8 4.4 5.3 1.5 1.5 3.0 2.3 1.9 0.5 0.1 0.7 0.7 0.4 -0.4 -1.0 -0.4 -0.4 -0.6 -1.2 -1.9 -1.3 -1.2 -1.4 -2.0"
FIGURE_3_5 = "22.0 24.4 22.0 19.4 17.5 19.8 22.0 19.8 17.8 16.0 17.8 19.8 17.8 16.0 14.4 16.0 17.8 16.0 14.4 13.0 14.4 16.0 14.4 13.0 11.7"
FIGURE_4_1 = "0 -14 -20 -22 -14 -18 -20 -20 -20 -20 -18 -14 -22 -20 -14 0"


@pytest.mark.parametrize(
    ("words", "book"),
    [
        (("gridworld:5x5",), FIGURE_3_2),
        (("gridworld:5x5", "--optimal"), FIGURE_3_5),
        (("gridworld:5x5", "--policy", "optimal"), FIGURE_3_5),
        (("gridworld:4x4",), FIGURE_4_1),
        (("gridworld:4x4", "--sweeps", "1"), "0" + 14 * " -1" + " 0"),
        (("gridworld:4x4", "--sweeps", "0"), 16 * " 0"),
        (("gridworld:4x4", "--policy", "greedy"), "0 -1 -2 -3 -1 -2 -3 -2 -2 -3 -2 -1 -3 -2 -1 0"),
        (("random-walk:3",), "0 0.25 0.5 0.75 0"),
        (("random-walk:3", "--gamma", "0"), "0 0 0 0.5 0"),
    ],
)
def test_values_are_the_book_s(words: tuple[str, ...], book: str, cli: Any) -> None:
    values = cli("mdp", *words).tensor
    assert (values.name, values.axis_names) == ("values", ("state",))
    assert np.abs(values.data - np.array(book.split(), float)).max() <= 0.05


def test_student_by_hand(cli: Any) -> None:
    """Undiscounted and at random: exercise = (10 + 1 + 0.2 l1 + 0.4 l2 + 0.4 e) / 2 and so on."""
    found = cli("mdp", "sample:student")
    values = dict(zip(found.tensor.axes[0].labels, found.tensor.data.tolist(), strict=True))
    first, phone, second, exercise = (values[s] for s in ("lecture 1", "phone", "lecture 2", "exercise"))
    assert abs(first - (-3 + second + phone) / 2) < 1e-12
    assert abs(phone - (-1 + phone + first) / 2) < 1e-12
    assert abs(second - (-2 + exercise) / 2) < 1e-12
    assert abs(exercise - (11 + 0.2 * first + 0.4 * second + 0.4 * exercise) / 2) < 1e-12
    assert values["asleep"] == 0


def test_what_is_emitted(cli: Any) -> None:
    words = ("mdp", "sample:student", "--optimal")
    q, policy = (cli(*words, "--emit", emit).tensor for emit in ("q", "policy"))
    assert q.axis_names == policy.axis_names == ("state", "action")
    assert q.axes[1].labels == ("listen", "scroll", "put away", "go to bed", "solve", "café")
    best = np.nanargmax(q.data[:4], axis=1)
    assert [q.axes[1].labels[a] for a in best] == ["listen", "put away", "listen", "solve"]
    assert policy.data[:4].sum() == policy.data[range(4), best].sum() == 4
    assert np.isnan(q.data[4]).all()
    assert q.attrs["gamma"] == 1.0
    assert q.attrs["source"] == "sample:student"


def test_all_results_into_one_file(cli: Any) -> None:
    assert cli("mdp", "cliff", "-o", "cliff.npz").code == 0
    with np.load("cliff.npz") as file:
        assert {"values", "q", "policy", "ends", "transitions"} == set(file)


def test_transitions_are_a_world_again(cli: Any) -> None:
    sent = cli("mdp", "sample:maze", "--emit", "transitions")
    again = cli("mdp", stdin=sent.raw).tensor
    assert np.array_equal(again.data, cli("mdp", "sample:maze").tensor.data)
    assert again.axes[0].labels[:2] == ("0,0", "0,1")
    assert again.attrs["command"].startswith("mdp sample:maze --emit transitions | mdp")
    text = cli("mdp", "sample:maze", "--emit", "transitions", "-f", "csv").raw
    from_text = cli("mdp", "-", stdin=text).tensor.data
    assert np.abs(np.sort(from_text) - np.sort(again.data)).max() < 1e-12


@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_a_table_of_transitions_is_a_world_with_the_same_names(kind: str, cli: Any) -> None:
    text = cli("mdp", "sample:student", "--emit", "transitions", "-f", kind).raw
    rows = [line.split("," if kind == "csv" else "\t") for line in text.decode().splitlines()]
    assert rows[0] == ["state", "action", "next", "probability", "reward", "start"]
    assert rows[1] == ["lecture 1", "listen", "lecture 2", "1.0", "-2.0", "1.0"]
    again, before = cli("mdp", "-", stdin=text).tensor, cli("mdp", "sample:student").tensor
    assert again.axes == before.axes
    assert np.array_equal(again.data, before.data)


@pytest.mark.parametrize("kind", ["csv", "json", "npy", "frame"])
def test_a_policy_that_was_emitted_is_read(kind: str, cli: Any) -> None:
    emitted = cli("mdp", "frozen-lake", "--optimal", "--emit", "policy", "-f", kind).raw
    Path(f"policy.{kind}").write_bytes(emitted)
    best = cli("mdp", "frozen-lake", "--optimal").tensor.data
    assert np.abs(cli("mdp", "frozen-lake", "--policy", f"policy.{kind}").tensor.data - best).max() < 1e-12


@pytest.mark.parametrize("kind", ["csv", "tsv", "json", "npz"])
def test_a_policy_is_read_whatever_its_actions_are_called(kind: str, cli: Any) -> None:
    rows = ['a,"go ""x""",b,1', 'a,"x,y",b,2', "a,x;y,b,3", 'b,"go ""x""",T,1', 'b,"x,y",T,4', "b,x;y,T,1"]
    Path("world.csv").write_text("\n".join(["state,action,next,reward", *rows, "T,,,"]) + "\n")
    line = ("mdp", "world.csv", "--gamma", "0.5")
    assert cli(*line, "--optimal", "--emit", "policy", "-o", f"best.{kind}").code == 0
    found = cli(*line, "--policy", f"best.{kind}").tensor
    assert found.data.tolist() == [5, 4, 0]


def test_a_policy_by_hand(cli: Any) -> None:
    Path("right.csv").write_text("state,action\nA,right\nB,right\nC,right\nD,right\nE,left\n")
    ended = cli("mdp", "random-walk", "--policy", "right.csv", "--gamma", "0.5")
    assert ended.tensor.data.tolist() == [0] * 7
    assert "the policy in right.csv" in cli("mdp", "random-walk", "--policy", "right.csv", "-f", "plain").out


def test_worlds_from_a_pipe_and_from_files(cli: Any) -> None:
    assert cli("mdp", "-", stdin=STUDENT.encode()).tensor.axes[0].labels[0] == "lecture 1"
    assert cli("mdp", stdin=b'step_reward = -1\ngrid = "S..G"').tensor.data.round(9).tolist() == [
        -24,
        -20,
        -12,
        0,
    ]
    Path("end.toml").write_text("[legend]\nG = {end = true, reward = 3}\n")
    Path("hall.toml").write_text('gamma = 0.5\ngrid = "S.G"\n[legend]\nG = {end = true, reward = 4}\n')
    assert cli("mdp", "hall.toml", "--optimal").tensor.data.tolist() == [2, 4, 0]
    Path("legend.toml").write_text('[legend]\nG = "end"\n')
    assert "a world in TOML needs a drawing" in cli("mdp", "legend.toml").err


def test_several_worlds_one_after_the_other(cli: Any) -> None:
    assert len(cli("mdp", "random-walk", "cliff").tensors) == 2


def test_start_is_what_the_story_is_about(cli: Any) -> None:
    told = cli("mdp", "random-walk", "--start", "E", "-f", "plain", "--width", "80").out
    assert "Start  episodes are worth 0.8333 at E" in told
    again = cli("mdp", "random-walk", "--start", "5", "-f", "plain", "--width", "80").out
    assert again.split("Try next")[0] == told.split("Try next")[0]
    emitted = cli("mdp", "random-walk", "--start", "E", "--emit", "transitions").tensor
    assert emitted.data[:, 5].tolist() == [0] * 8 + [1, 1]


def test_sweeps_in_place(cli: Any) -> None:
    together = cli("mdp", "random-walk", "--sweeps", "2").tensor.data
    in_place = cli("mdp", "random-walk", "--sweeps", "2", "--in-place").tensor.data
    assert together.tolist() == [0, 0, 0, 0, 0.25, 0.5, 0]
    assert in_place.tolist() == [0, 0, 0, 0, 0.25, 0.625, 0]


@pytest.mark.parametrize(
    "more",
    [(), ("--sweeps", "2"), ("--sweeps", "2", "--in-place"), ("--optimal", "--sweeps", "3"), ("--optimal",)],
)
@pytest.mark.parametrize("state", ["0,1", "2,2"])
def test_the_terms_add_up_to_the_value(state: str, more: tuple[str, ...], cli: Any) -> None:
    words = ("mdp", "gridworld:5x5", *more)
    values = cli(*words).tensor
    value = values.data[values.axes[0].labels.index(state)]
    told = cli(*words, "--explain", state, "-f", "plain", "--precision", "12", "--width", "200").out
    shown = re.search(rf"Value  v\({state}\) = (\S+)", told)
    assert shown
    assert abs(float(shown[1].replace("−", "-")) - value) < 1e-10
    table = told[told.index("Arithmetic") : told.index("Equation")].splitlines()[2:]
    products = [
        float(line.split()[-1].replace("−", "-")) for line in table if line.strip() and "─" not in line
    ]
    if "--optimal" in more:
        assert abs(max(products) - value) < 1e-10
    else:
        assert abs(products[-1] - value) < 1e-10
        assert abs(sum(products[:-1]) - value) < 1e-9


def sampled(told: str) -> tuple[float, float]:
    """The average of the returns that a story tells, and how far it may be off."""
    found = re.search(r"were worth (\S+) on average, give or take ([\d.e−]+)", " ".join(told.split()))
    assert found
    return float(found[1].replace("−", "-")), float(found[2].replace("−", "-"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("random-walk",), 0.5),
        (("cliff", "--optimal"), -13.0),
        (("frozen-lake", "--optimal"), 14 / 17),
        (("sample:student", "--gamma", "0.9"), None),
        (("gridworld:5x5", "--start", "0,1"), 8.789),
        (("predictor",), 0.75),
        (("random-walk", "--gamma", "0", "--start", "E"), 0.5),
    ],
)
def test_episodes_are_worth_what_is_expected(
    words: tuple[str, ...], expected: float | None, cli: Any
) -> None:
    """Five standard errors: a wrong alarm in two million seeds."""
    if expected is None:
        expected = float(cli("mdp", *words).tensor.data[0])
    told = cli("mdp", *words, "--episodes", "2000", "-f", "plain", "--precision", "6").out
    mean, error = sampled(told)
    assert abs(mean - expected) <= 5 * error + 1e-3


def test_a_seed_lives_through_the_same_episodes(cli: Any) -> None:
    told = [
        sampled(cli("mdp", "random-walk", "--episodes", "50", "--seed", seed, "-f", "plain").out)[0]
        for seed in ("3", "3", "4")
    ]
    assert told[0] == told[1] != told[2]


def test_a_world_of_one_state_has_one_state(cli: Any) -> None:
    text = b"state,next,probability,reward\nhere,here,1,1\n"
    told = cli("mdp", "-", "--gamma", "0.5", "-f", "plain", stdin=text).out
    assert ", 1 state (no end, start here), 1 action, 1 outcome" in " ".join(told.split())
    assert "exact: one linear equation\n" in told


def test_episodes_without_an_end_are_cut_and_counted(cli: Any) -> None:
    words = ("mdp", "gridworld:5x5", "--gamma", "1", "--sweeps", "2", "--episodes", "3", "-f", "plain")
    assert "3 of them were cut short by the step limit" in " ".join(cli(*words).out.split())
    discounted = cli("mdp", "gridworld:5x5", "--episodes", "3", "-f", "plain").out
    assert "cut short" not in discounted


def test_one_episode_has_no_chart(cli: Any) -> None:
    told = cli("mdp", "cliff", "--optimal", "--episodes", "1", "-f", "plain").out
    assert "Episodes  1 with seed 0 were worth −13 on average\n" in told


def test_an_end_has_nothing_to_explain(cli: Any) -> None:
    told = cli("mdp", "cliff", "--explain", "3,11", "-f", "plain").out
    assert "3,11 is an end: nothing follows, v(3,11) = 0" in told


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("nonsense",), 1, "'nonsense' is neither a file nor a world: the worlds with names are random-walk, "),
        (("gridwrld:4x4",), 1, "'gridwrld:4x4' is neither a file nor a world: did you mean gridworld?"),
        (("clif",), 1, "did you mean cliff?"),
        (("qqqqq",), 1, "the worlds with names are random-walk, gridworld, cliff, windy, frozen-lake, bandit, cars, gambler, blackjack, "),
        (("random-walk:x",), 1, "'x' is no number of states from 1 to 1000000; try random-walk:19"),
        (("sample:exercise",), 1, "sample:exercise: a world is a table with the header state,action,next,probability,reward, or TOML"),
        (("random-walk", "--gamma", "1.5"), 2, "'1.5' is not a number from 0 to 1"),
        (("random-walk", "--gamma", "-1"), 2, "'-1' is not a number from 0 to 1"),
        (("gridworld:5x5", "--gamma", "1"), 1, "gridworld:5x5: from state 0,0 rewards come for ever and with gamma 1 have no sum; try gamma 0.9"),
        (("gridworld:5x5", "--gamma", "1", "--optimal"), 1, "gridworld:5x5: from state 0,0 a loop earns more on every turn, and with gamma 1 without end; try gamma 0.9"),
        (("random-walk", "--optimal", "--policy", "greedy"), 2, "--optimal does not go with --policy greedy: leave one of them out"),
        (("random-walk", "--in-place"), 2, "--in-place goes with --sweeps: add it, or leave --in-place out"),
        (("random-walk", "--sweeps", "-1"), 2, "-1 is not in the range"),
        (("random-walk", "--start", "Q"), 2, "--start Q: there is no such state: there are left end, A, B, C, D, E, right end"),
        (("sample:student", "--start", "lecture1"), 2, "--start lecture1: there is no such state: did you mean lecture 1?"),
        (("random-walk", "--start", "left end"), 2, "--start left end: episodes end in that state"),
        (("random-walk", "--policy", "gredy"), 1, "'gredy' is neither a file nor a policy: did you mean greedy?"),
        (("random-walk", "--explain", "Q", "-f", "plain"), 2, "--explain Q: 'Q' is no state and no index"),
        (("random-walk", "--explain", "9", "-f", "plain"), 2, "--explain 9 is no state: give its name or number, such as left end, A"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(words: tuple[str, ...], code: int, told: str, cli: Any) -> None:
    ended = cli("mdp", *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("0.2,1", "0.1,1", "standard input: the probabilities of action café in state exercise add up to 0.9, not to 1"),
        ("exercise,solve,asleep", "exercise,solve,aslep", "standard input: line 8: action solve in state exercise leads to 'aslep', which no line begins with: did you mean asleep? an end needs a line of its own: aslep,,,,"),
        ("0.2,1", "much,1", "standard input: line 9: probability expects a number; received 'much'"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_table_is_told(old: str, new: str, told: str, cli: Any) -> None:
    assert old in STUDENT
    ended = cli("mdp", "-", stdin=STUDENT.replace(old, new).encode())
    assert (ended.code, ended.err) == (1, f"dlcli mdp: {told}\n")


@pytest.mark.parametrize("command", ["mdp", "td"])
def test_an_end_that_may_be_a_slip_is_told_beside_the_result(command: str, cli: Any) -> None:
    Path("engine.csv").write_text("state,next,reward\nwarm,cool,0\ncool,wram,1\n")
    ended = cli(command, "engine.csv", "-f", "csv")
    told = "engine.csv: line 3: wram ends the episode, for no line begins with it; did you mean warm?"
    assert (ended.code, ended.err) == (0, f"dlcli: {told}\n")
    assert "wram" in ended.out


def test_of_many_slips_a_few_are_told_and_the_rest_counted(cli: Any) -> None:
    ends = ("nroth", "nort", "n\x07orth", "noorth", "norht")
    rows = "".join(f"north,{i},{end},0.2,1\n" for i in range(5) for end in ends)
    ended = cli("mdp", "-", "-f", "csv", stdin=f"state,action,next,probability,reward\n{rows}".encode())
    assert ended.code == 0
    assert [line.split(" ends")[0] for line in ended.err.splitlines()] == [
        "dlcli: standard input: line 2: nroth",
        "dlcli: standard input: line 3: nort",
        "dlcli: standard input: line 5: noorth",
        "dlcli: standard input: and 1 more such",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("state,action\nA,up\n", "policy.csv: line 2: the world has no action 'up': there are left, right"),
        ("state,action\nA,left\n", "policy.csv: the policy's probabilities in state B add up to 0, not to 1"),
        ("1 2\n3 4\n", "policy.csv: no column state: the header of such a table is state,action,probability"),
    ],
)
def test_what_is_wrong_in_a_policy_is_told(text: str, told: str, cli: Any) -> None:
    Path("policy.csv").write_text(text)
    ended = cli("mdp", "random-walk", "--policy", "policy.csv")
    assert (ended.code, ended.err) == (1, f"dlcli mdp: {told}\n")


def test_a_policy_of_another_world_is_refused(cli: Any) -> None:
    Path("policy.npy").write_bytes(cli("mdp", "cliff", "--emit", "policy", "-f", "npy").raw)
    ended = cli("mdp", "windy", "--policy", "policy.npy")
    told = "policy.npy: a policy of this world is (70, 4) (state, action); received (38, 4)"
    assert ended.err == f"dlcli mdp: {told}\n"


def test_a_world_that_is_only_stepped_in_is_sent_to_td(cli: Any) -> None:
    pytest.importorskip("gymnasium")
    ended = cli("mdp", "gym:Blackjack-v1")
    told = "gym:Blackjack-v1 has no table of transitions to compute with; it can be learnt by stepping"
    assert (ended.code, ended.err) == (1, f"dlcli mdp: {told}: dlcli td gym:Blackjack-v1\n")


def test_names_that_steer_a_terminal_are_harmless(cli: Any) -> None:
    text = "state,action,next,probability,reward\n\x1b[31mred,[bold]go,\x07end,1,1\n"
    told = cli("mdp", "-", "-f", "plain", stdin=text.encode()).out
    assert "␛[31mred" in told
    assert "[bold]go" in told
    assert not set(told) & set("\x1b\x07")


def test_a_long_walk_undiscounted(cli: Any) -> None:
    """From state i of 5000 the right end is come to with probability i / 5001."""
    values = cli("mdp", "random-walk:5000").tensor.data
    assert np.abs(values[1:-1] - np.arange(1, 5001) / 5001).max() < 2e-12


@pytest.mark.parametrize("suffix", ["csv", "tsv", "json", "npz", "npy"])
def test_names_stay_however_long_they_are(suffix: str, cli: Any) -> None:
    """The names of 1,500 states have more than a million characters."""
    names = [f"{'long ' * 150}{i}" for i in range(1500)]
    lines = [f"{here},go,{there},1" for here, there in pairwise(names)]
    Path("way.csv").write_text("\n".join(["state,action,next,reward", *lines]))
    file = f"policy.{suffix}"
    written = cli("mdp", "way.csv", "--emit", "policy", "-o", file)
    assert (written.code, written.err) == (0, "")
    again = cli("mdp", "way.csv", "--policy", file, "-f", "json")
    assert (again.code, again.err) == (0, "")
    assert again.tensors[0].axes[0].labels == tuple(names)
    if suffix != "npy":
        assert cli("tensor", file, "-f", "json").tensors[0].axes[0].labels == tuple(names)


def test_names_that_a_frame_has_no_room_for_are_said(cli: Any) -> None:
    assert cli("mdp", "gridworld:200x200", "--sweeps", "0").tensor.axes[0].labels[-1] == "199,199"
    piped = cli("mdp", "random-walk:150000", "--sweeps", "0")
    assert piped.err == (
        "dlcli: the names of state take more than the 1048576 bytes of a header and are left out; "
        "json, csv and .npz keep them: -f json, or -o FILE.npz\n"
    )
    assert (piped.tensors[0].shape, piped.tensors[0].axes[0].labels) == ((150_002,), None)
    file = cli("mdp", "random-walk:150000", "--sweeps", "0", "-o", "all.safetensors")
    assert file.err.startswith("dlcli: all.safetensors: the names of state")
    outcomes = cli("mdp", "random-walk:20000", "--sweeps", "0", "--emit", "transitions")
    assert cli("mdp", "--sweeps", "0", stdin=outcomes.raw).tensor.axes[0].labels[19999] == "19999"


def test_the_policy_among_the_results_of_a_run_is_taken(cli: Any) -> None:
    cli("mdp", "frozen-lake", "--optimal", "-o", "lake.npz")
    found = cli("mdp", "frozen-lake", "--policy", "lake.npz").tensor.data
    assert found[0] == pytest.approx(14 / 17)


def test_a_policy_is_taken_by_its_names(cli: Any) -> None:
    """The same states in another order; and the policy of another world."""
    Path("one.csv").write_text("state,action,next,reward\na,up,b,1\na,down,a,0\nb,up,c,2\nb,down,a,0\n")
    Path("two.csv").write_text("state,action,next,reward\nb,down,a,0\nb,up,c,2\na,up,b,1\na,down,a,0\n")
    Path("far.csv").write_text("state,action,next,reward\nx,up,y,1\nx,down,x,0\ny,up,z,2\ny,down,x,0\n")
    for kind in ("json", "csv"):
        best = cli("mdp", "two.csv", "--gamma", "0.9", "--optimal", "--emit", "policy", "-f", kind).raw
        Path(f"best.{kind}").write_bytes(best)
        found = cli("mdp", "one.csv", "--policy", f"best.{kind}", "--gamma", "0.9").tensor.data
        assert found.tolist() == cli("mdp", "one.csv", "--optimal", "--gamma", "0.9").tensor.data.tolist()
        refused = cli("mdp", "far.csv", "--policy", f"best.{kind}")
        assert refused.code == 1
        assert "state" in refused.err
    assert cli("mdp", "far.csv", "--policy", "best.json").err == (
        "dlcli mdp: best.json: the policy has no state 'x', which the world has: it has b, a, c\n"
    )


ABSORBING = "state,action,next,probability,reward\nA,go,A,1/2,0\nA,go,T,1/2,1\nT,none,T,1,0\n"
TAKEN = "only stays where it is for nothing: taken for an end"


def test_a_state_that_only_stays_for_nothing_is_an_end(cli: Any) -> None:
    Path("world.csv").write_text(ABSORBING)
    told = cli("mdp", "world.csv", "-f", "plain", "--width", "80")
    assert "2 states (1 end, start A), 1 action, 2 outcomes" in told.out.replace("\n  ", " ")
    assert told.err == f"dlcli: world.csv: T {TAKEN}\n"
    learnt = cli("td", "world.csv", "--episodes", "50", "-f", "json")
    assert learnt.err == f"dlcli: world.csv: T {TAKEN}\n"  # and nothing of episodes that were cut
    # As a tensor of transitions, too; a loop that pays is none, nor is a world that is nothing else.
    columns = ("state", "action", "next", "probability", "reward")
    axes = (Axis("outcome"), Axis("column", columns))
    piped = cli("mdp", stdin=Tensor([[0, 0, 1, 1, 1], [1, 0, 1, 1, 0]], axes))
    assert piped.err == f"dlcli: standard input: 1 {TAKEN}\n"
    Path("pays.csv").write_text(ABSORBING.replace("T,none,T,1,0", "T,none,T,1,2"))
    assert cli("mdp", "pays.csv", "--gamma", "0.5").tensor.data[1] == 4
    Path("stays.csv").write_text("state,next,reward\nA,A,0\n")
    assert cli("mdp", "stays.csv").tensor.data.tolist() == [0]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("mdp", "random-walk"), "γ = 0.999999"),
        (("mdp", "random-walk"), "With γ = 0.999999 a reward ten steps later counts 0.99999 of one now."),
        (("mdp", "random-walk", "--explain", "A"), "0.999999·0.3333"),
        (("td", "random-walk", "--episodes", "3"), "γ = 0.999999"),
        (("td", "random-walk", "--control", "sarsa", "--episodes", "3"), "γ = 0.999999"),
        (("returns", "1 2 3"), "γ = 0.999999"),
        (("returns", "1 2 3"), "G_0 5.999992"),
        (("returns", "1 2 3", "--explain", "0,0"), "1 + 0.999999·4.999997 = 5.999992"),
    ],
)
def test_a_discount_near_1_is_not_shown_as_1(words: tuple[str, ...], shown: str, cli: Any) -> None:
    told = cli(*words, "--gamma", "0.999999", "-f", "plain", "--width", "80").out
    assert shown in " ".join(told.split())
    assert "γ = 1 " not in told


def test_two_policies_are_not_one(cli: Any) -> None:
    both = cli(
        "td", "cliff", "--control", "sarsa", "--control", "q-learning", "--episodes", "5", "--emit", "policy"
    )
    ended = cli("mdp", "cliff", "--policy", "-", stdin=both.raw)
    assert ended.code == 1
    assert "these are 2 policies, of SARSA and Q-learning: one is followed at a time" in ended.err
