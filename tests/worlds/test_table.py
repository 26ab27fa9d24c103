"""Tables of outcomes, and of policies, with the line of whatever is wrong."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest

from dlcli.errors import BadData
from dlcli.wire.read import read_tensors
from dlcli.wire.stream import Limits, Source
from dlcli.worlds.builtin import random_walk
from dlcli.worlds.policy_table import read_policy
from dlcli.worlds.table import read_table

TABLE = """state,action,next,probability,reward
home,walk,work,0.9,-2
home,walk,home,0.1,-1
home,ride,work,1,-1
work,rest,home,1/2,0
work,rest,bed,1/2,3
"""


def test_states_stand_in_the_order_of_their_lines_and_ends_after_them() -> None:
    world = read_table(TABLE)
    moves = world.transitions
    assert world.states == ("home", "work", "bed")
    assert world.actions == ("walk", "ride", "rest")
    assert moves.terminal.tolist() == [False, False, True]
    assert moves.start.tolist() == [1, 0, 0]
    assert moves.probability.tolist() == [0.9, 0.1, 1, 0.5, 0.5]
    assert moves.next.tolist() == [1, 0, 1, 0, 2]
    assert moves.reward.tolist() == [-2, -1, -1, 0, 3]


@pytest.mark.parametrize("mark", ["\t", ";"])
def test_columns_may_be_divided_otherwise_and_stand_in_any_order(mark: str) -> None:
    rows = [line.split(",") for line in TABLE.splitlines()]
    text = "\ufeff" + "\r\n".join(mark.join(row[i] for i in (4, 2, 0, 1, 3)) for row in rows)
    same, other = read_table(TABLE), read_table(text)
    assert other.states == same.states
    assert other.transitions.reward.tolist() == same.transitions.reward.tolist()


def test_names_may_hold_commas_in_quotes() -> None:
    world = read_table('state,action,next,probability,reward\n"0,0",go,"0,1",1,0\n')
    assert world.states == ("0,0", "0,1")


def test_a_start_column_says_where_episodes_begin() -> None:
    world = read_table("state,next,reward,start\na,b,0,0.25\nb,c,0,0.75\n")
    assert world.transitions.start.tolist() == [0.25, 0.75, 0]
    assert world.actions == ("go",)


def test_episodes_begin_in_the_first_state_that_is_no_end() -> None:
    assert read_table("state,next,reward\nbed,,\nhome,bed,0\n").transitions.start.tolist() == [0, 1]


CHAIN = "state,next,reward\nlecture 1,exercise,0\nexercise,{end},0\n"

#: States that no line begins with, though another has nearly the same name.
ENDS = ["lecture 3", "lecture 10", "Lecture 1", "exam", "exercises", "exercsie", "lecturer's pub"]


@pytest.mark.parametrize("end", ENDS)
def test_a_state_that_no_line_begins_with_is_an_end(end: str) -> None:
    world = read_table(CHAIN.format(end=end))
    assert world.states == ("lecture 1", "exercise", end)
    assert world.transitions.terminal.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("end", "meant"),
    [
        ("exercsie", "exercise"),
        ("exercises", "exercise"),
        ("excercise", "exercise"),
        ("exrcise", "exercise"),
        ("Exercise", "exercise"),
        ("lecture1", "lecture 1"),
        ("Lecture 1", "lecture 1"),
        ("lectrue 1", "lecture 1"),
    ],
)
def test_an_end_that_may_be_a_slip_of_the_pen_is_noted(end: str, meant: str) -> None:
    told = f"line 3: {end} ends the episode, for no line begins with it; did you mean {meant}?"
    assert read_table(CHAIN.format(end=end)).notes == (told,)


@pytest.mark.parametrize("end", ["lecture 3", "lecture 10", "exam", "lecturer's pub", "exercise 2", "exit"])
def test_another_number_or_another_word_is_no_slip(end: str) -> None:
    assert read_table(CHAIN.format(end=end)).notes == ()


@pytest.mark.parametrize(
    "names", ["state A,state B,state C", "low battery,high battery,no battery", "0,0;0,1;0,2", "1000,1001,1002", "10 kW,20 kW,0 kW", "+,-,*", "bad,bed,bid", "東京,東亰,東方"],
)  # fmt: skip
def test_names_that_are_alike_on_purpose_are_left_alone(names: str) -> None:
    first, second, third = names.split(";" if ";" in names else ",")
    world = read_table(f'state,next,reward\n"{first}","{second}",0\n"{second}","{third}",1\n')
    assert (world.states, world.notes) == ((first, second, third), ())


def test_short_names_with_letters_that_changed_places_are_noted() -> None:
    world = read_table("state,next,reward\nwarm,cool,0\ncool,wram,0\nhot,losoe,0\nloose,warm,0\n")
    assert world.notes == (
        "line 3: wram ends the episode, for no line begins with it; did you mean warm?",
        "line 4: losoe ends the episode, for no line begins with it; did you mean loose?",
    )


def test_two_ends_may_be_one_with_a_slip() -> None:
    world = read_table("state,next,reward\nwork,asleep,0\nhome,aslep,0\n")
    assert world.notes == (
        "line 3: aslep ends the episode, for no line begins with it; did you mean asleep?",
    )


def test_ends_that_are_listed_are_not_noted() -> None:
    assert read_table(CHAIN.format(end="exercises") + "exercises,,\n").notes == ()


def test_ends_may_be_listed() -> None:
    world = read_table(TABLE + "bed,,,,\n")
    assert world.states == ("home", "work", "bed")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TABLE.replace("0.9", "0.8"), "the probabilities of action walk in state home add up to 0.9, not to 1"),
        (TABLE.replace("bed", "bad") + "bed,,,,\n", "line 6: action rest in state work leads to 'bad', which no line begins with: did you mean bed? an end needs a line of its own: bad,,,,"),
        (TABLE.replace("work,0.9", "Work,0.9") + "bed,,,,\n", "line 2: action walk in state home leads to 'Work', which no line begins with: did you mean work? an end needs a line of its own: Work,,,,"),
        ("next\treward\tstate\nbed\t1\thome\nbde\t0\thome\n\t\tbed\n", "line 3: action go in state home leads to 'bde', which no line begins with: did you mean bed? an end needs a line of its own: \\t\\tbde"),
        (TABLE.replace("bed", "xyz") + "bed,,,,\n", "line 6: action rest in state work leads to 'xyz', which no line begins with: an end needs a line of its own: xyz,,,,"),
        (TABLE.replace("work,0.9,-2", ",0.9,-2"), "line 2: there is no next state"),
        (TABLE.replace("home,walk,work", ",walk,work"), "line 2: there is no state"),
        (TABLE + "bed,rest,,,\n", "line 7: there is no next state"),
        (TABLE + "bed,,,1,\n", "line 7: there is no action"),
        (TABLE.replace("home,walk,work", "home,,work"), "line 2: there is no action"),
        (TABLE.replace("0.9,-2", "most,-2"), "line 2: probability expects a number; received 'most'"),
        (TABLE.replace("0.9,-2", "0.9,"), "line 2: there is no reward"),
        (TABLE.replace("1/2,0", "1/0,0"), "line 5: probability expects a number; received '1/0'"),
        (TABLE.replace("0.9,-2", "0.9,nan"), "line 2: reward expects a number; received 'nan'"),
        (TABLE.replace("0.9,-2", "0.9"), "line 2 has 4 cells; the header has 5"),
        (TABLE.replace("0.9", "-0.9"), "the probability of action walk in state home expects a finite number from 0 to 1; received -0.9"),
        (TABLE.replace("reward", "pay"), "no column reward: the header of such a table is state,action,next,probability,reward"),
        (TABLE.replace("action", "state"), "the header has two columns 'state'"),
        ("state,next,reward\n", "a world without an outcome: below the header, each line says what an action leads to"),
        ("state,next,reward,start\na,b,0,0.5\na,b,0,0.4\n", "line 3: the start of state a is 0.5 above; received 0.4"),
        ("state,next,reward,start\na,b,0,-1\nb,c,0,2\n", "the start of state a expects a finite number from 0 to 1; received -1"),
        ("state,next,reward,start\na,b,0,0.5\nb,c,0,0.4\n", "the probabilities of the start add up to 0.9, not to 1"),
        ("state,next,reward,start\na,b,10,0.5\nb,,,0.5\n", "line 3: episodes end in b, so none can start there: leave out its start 0.5"),
        ("state,next,reward,start\na,b,0,0.5\nb,,,0.25\na,b,0,0.5\n", "line 3: episodes end in b, so none can start there: leave out its start 0.25"),
        ('state,next,reward\n"a,b,0\n', "line 2: unexpected end of data"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text: str, told: str) -> None:
    with pytest.raises(BadData, match=f"^{re.escape(told)}$"):
        read_table(text)


def test_a_policy_is_an_action_a_line() -> None:
    text = "state,action,probability\nA,left,1/4\nA,right,0.75\nB,right,1\n"
    assert read_policy(text, random_walk(2)).tolist() == [[0, 0], [0.25, 0.75], [0, 1], [0, 0]]


def test_a_policy_is_a_column_an_action() -> None:
    text = "state,right,left\nB,0.5,0.5\nA,1,0\nleft end,0,0\n"
    assert read_policy(text, random_walk(2)).tolist() == [[0, 0], [0, 1], [0.5, 0.5], [0, 0]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("state,action\nA,left\nC,left\n", "line 3: the world has no state 'C': there are left end, A, B, right end"),
        ("state,action\nA,leftt\nB,left\n", "line 2: the world has no action 'leftt': did you mean left?"),
        ("state,action\nA,left\n", "the policy's probabilities in state B add up to 0, not to 1"),
        ("state,action\nA,left\nA,left\n", "line 3: action left in state A has a line above"),
        ("state,action\nA,left\nB,left\nleft end,left\n", "the policy takes action left in state left end, which has none: it is terminal"),
        ("state,up\nA,1\n", "the header of a policy is state,action,probability, or state and the names of actions: left, right"),
        ("action\nleft\n", "no column state: the header of such a table is state,action,probability"),
        ("state,action,probability\nA,left,x\n", "line 2: probability expects a number; received 'x'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_policy_is_said(text: str, told: str) -> None:
    with pytest.raises(BadData, match=f"^{re.escape(told)}$"):
        read_policy(text, random_walk(2))


def test_large_tables_are_read() -> None:
    n = 20_000
    rows = "".join(f"s{i},go,s{i + 1},1,{i}\n" for i in range(n))
    moves = read_table(f"state,action,next,probability,reward\n{rows}").transitions
    assert moves.n_states == n + 1
    assert np.array_equal(moves.next, np.arange(1, n + 1))


@pytest.mark.parametrize(
    "text",
    [
        "# of a lecture\nstate,next,reward\na,b,1.5\n",
        "sep=;\nstate;next;reward\na;b;1,5\n",
        "state;next;reward\na;b;+1,5\n",
        "state;next;reward\na;b;3/2\n",
    ],
)
def test_notes_and_commas_as_in_tables_of_numbers(text: str) -> None:
    assert read_table(text).transitions.reward.tolist() == [1.5]


def test_the_minus_sign_of_the_screens_in_a_reward() -> None:
    assert read_table("state,next,reward\na,b,−1\n").transitions.reward.tolist() == [-1]


@pytest.mark.parametrize(
    ("mark", "cell", "value", "said"),
    [
        ("\t", "0,125", 0.125, ""),
        (";", "0,125", 0.125, ""),
        (",", '"0,125"', 0.125, ""),
        (",", '"1,234.5"', 1234.5, ""),
        ("\t", "1,250", 1.25, "'1,250' was read as 1.250; if the comma divides thousands: tr -d ,"),
        (";", "1.250", 1.25, "'1.250' was read as 1.25; if the point divides thousands: tr -d ."),
        (
            ",",
            '"1,250"',
            1250,
            r"""'1,250' was read as 1250; if it is a decimal comma: sed -E 's/"(-?[0-9]+),/"\1./g'""",
        ),
    ],
)
def test_a_comma_is_in_a_world_what_it_is_in_a_table_of_numbers(
    mark: str, cell: str, value: float, said: str
) -> None:
    world = read_table(f"state{mark}next{mark}reward\na{mark}b{mark}{cell}\n")
    heard: list[str] = []
    source = Source(io.BytesIO(f"x{mark}y\n7{mark}{cell}\n".encode()), "input", heard.append)
    (tensor,) = read_tensors(source, limits=Limits())
    assert world.transitions.reward[0] == tensor.data[0, 1] == value
    assert list(world.notes) == [line.removeprefix("dlcli: input: ") for line in heard] == [said] * bool(said)


def test_names_with_commas_say_nothing_of_the_numbers() -> None:
    world = read_table('state,next,reward\n"1,5","1,6","1,250"\n')
    assert world.transitions.reward[0] == 1250


def test_a_line_break_in_the_name_of_a_column() -> None:
    world = read_table('"note\non it",state,next,reward\n"x\ny",a,b,1\n')
    assert (world.states, world.transitions.reward.tolist()) == (("a", "b"), [1])
