"""Drawings become worlds: walls, edges, slipping, jumps, wind, and letters that mean nothing."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dlcli.errors import BadData
from dlcli.worlds.toml_grid import read_grid
from dlcli.worlds.world import World


def outcomes(world: World, state: str, action: str) -> dict[tuple[str, float], float]:
    """(next state, reward) -> probability."""
    moves = world.transitions
    pair = world.states.index(state) * moves.n_actions + world.actions.index(action)
    return {
        (world.states[moves.next[k]], float(moves.reward[k])): round(float(moves.probability[k]), 12)
        for k in range(*moves.pairs[pair : pair + 2])
    }


def test_walls_are_no_states_and_stop_a_move() -> None:
    world = read_grid('step_reward = -1\nbump_reward = -3\ngrid = """\nS#.\n..G\n"""')
    assert world.states == ("0,0", "0,2", "1,0", "1,1", "1,2")
    assert outcomes(world, "0,0", "right") == {("0,0", -3): 1}
    assert outcomes(world, "0,0", "down") == {("1,0", -1): 1}
    assert outcomes(world, "0,2", "down") == {("1,2", -1): 1}
    assert world.layout is not None
    assert world.layout.walls.tolist() == [[False, True, False], [False] * 3]
    assert world.layout.marks == {(0, 0): "S", (1, 2): "G"}


def test_slipping_goes_to_either_side_and_adds_up() -> None:
    world = read_grid('slip = 0.2\ngrid = """\n...\n.S.\n..G\n"""\n[legend]\nG = {reward = 5, end = true}')
    assert outcomes(world, "1,1", "right") == {("1,2", 0): 0.8, ("0,1", 0): 0.1, ("2,1", 0): 0.1}
    assert outcomes(world, "0,0", "up") == {("0,0", 0): 0.9, ("0,1", 0): 0.1}
    assert outcomes(world, "1,2", "down") == {("2,2", 5): 0.8, ("1,1", 0): 0.1, ("1,2", 0): 0.1}
    assert outcomes(world, "2,2", "up") == {}


def test_outcomes_of_every_action_add_up_to_one() -> None:
    rng = np.random.default_rng(0)
    drawn = "\n".join("".join(row) for row in rng.choice(list("..#JG"), size=(9, 7)))
    text = f'slip = 0.3\nwind = [0, 1, 0, 2, 0, 0, 1]\ngrid = """\n{drawn}\nSj.....\n"""\n'
    world = read_grid(f"{text}[legend]\nJ = {{jump = 'j'}}\nj = 'floor'")
    moves = world.transitions
    sums = np.add.reduceat(moves.probability, moves.pairs[:-1][np.diff(moves.pairs) > 0])
    assert np.abs(sums - 1).max() < 1e-12
    keys = np.stack([moves.state, moves.action, moves.next, moves.reward])
    assert np.unique(keys, axis=1).shape == keys.shape


def test_kings_move_eight_ways_and_slip_by_a_right_angle() -> None:
    world = read_grid('moves = "king"\nslip = 0.5\ngrid = """\n...\n.S.\n..G\n"""')
    assert len(world.actions) == 8
    assert outcomes(world, "1,1", "up-left") == {("0,0", 0): 0.5, ("2,0", 0): 0.25, ("0,2", 0): 0.25}


def test_who_enters_may_find_himself_elsewhere() -> None:
    text = 'step_reward = -1\ngrid = "ST.G"\n[legend]\nT = {to = "S", reward = -7, label = "trap"}'
    world = read_grid(text)
    assert world.states == ("0,0", "0,2", "0,3")
    assert outcomes(world, "0,0", "right") == {("0,0", -7): 1}
    assert outcomes(world, "0,0", "left") == {("0,0", -1): 1}
    assert world.layout is not None
    assert world.layout.names["T"] == "trap"


def test_a_king_in_the_wind_is_carried_after_his_step() -> None:
    world = read_grid('moves = "king"\nwind = [0, 1, 1]\ngrid = """\n...\n...\nS.G\n"""')
    assert outcomes(world, "2,1", "down-right") == {("2,2", 0): 1}
    assert outcomes(world, "2,1", "right") == {("1,2", 0): 1}
    assert outcomes(world, "2,1", "up-right") == {("0,2", 0): 1}


def test_without_a_start_episodes_begin_anywhere_but_at_an_end() -> None:
    assert read_grid('grid = "..G"').transitions.start.tolist() == [0.5, 0.5, 0]
    assert read_grid('grid = "S.S.G"').transitions.start.tolist() == [0.5, 0, 0.5, 0, 0]


def test_a_wall_may_have_a_label_and_say_what_it_is_not() -> None:
    text = 'grid = "SW.G"\n[legend]\nW = {wall = true, label = "hedge", end = false, start = false}'
    world = read_grid(text)
    assert world.states == ("0,0", "0,2", "0,3")


def test_an_end_that_is_no_start_in_the_drawing_is_no_matter() -> None:
    text = 'grid = "S.G"\n[legend]\nB = {start = true, end = true}'
    assert read_grid(text).transitions.start.tolist() == [1, 0, 0]


def test_a_legend_may_say_it_in_a_word_or_a_number() -> None:
    text = 'grid = "aXb3Z"\n[legend]\na = "start"\nX = "wall"\nb = "end"\n3 = -2.5\nZ = {terminal = true}'
    world = read_grid(text)
    moves = world.transitions
    assert moves.terminal.tolist() == [False, True, False, True]
    assert moves.start.tolist() == [1, 0, 0, 0]
    assert outcomes(world, "0,3", "up") == {("0,3", 0): 1}


def test_name_and_discount_are_taken() -> None:
    world = read_grid('name = "hall"\ngamma = 0.9\ngrid = "S.G"')
    assert (world.name, world.gamma) == ("hall", 0.9)


DEEP = "its tables and lists are nested more than 8 deep; a world needs a grid and a [legend]"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("grid =", "not TOML: Invalid value (at end of document)"),
        ("slip = 0.1", 'a world in TOML needs a drawing of its cells: grid = """\\nS..\\n.#G\\n"""'),
        ('grid = ""', "a grid without a cell; draw one letter for each, such as 'S..G'"),
        ('grid = """\nS..\n.G\n"""', "line 2 of the grid has 2 cells; the first has 3"),
        ('grid = "SxG"', "the grid has a letter 'x' that the legend does not know; it knows #, ., S, G"),
        ('grid = "SG"\nslipp = 1', "no key 'slipp': did you mean slip?"),
        ('grid = "SG"\nslip = 1.5', "slip expects a number from 0 to 1; received 1.5"),
        ('grid = "SG"\ngamma = -1', "gamma expects a number from 0 to 1; received -1"),
        ('grid = "SG"\nstep_reward = "x"', "step_reward expects a number; received 'x'"),
        ('grid = "SG"\nstep_reward = inf', "step_reward expects a number; received inf"),
        ('grid = "SG"\nmoves = "knight"', "moves expects cross or king; received knight"),
        ('grid = "SG"\nwind = [1]', "wind expects a number for each of 2 columns; received 1"),
        ('grid = "SG"\nwind = [1, -1]', "wind expects how many cells it carries up in each column, such as [0, 1, 2]"),
        ('grid = "SG"\nlegend = 1', "[legend] expects letters and what they mean, such as G = {reward = 1, end = true}"),
        ('grid = "SG"\n[legend]\nGG = 1', "the legend is about single letters; received 'GG'"),
        ('grid = "SG"\n[legend]\nG = "ende"', "no meaning of G 'ende': did you mean end?"),
        ('grid = "SG"\n[legend]\nG = {rewrad = 1}', "no key for G 'rewrad': did you mean reward?"),
        ('grid = "SG"\n[legend]\nG = {end = 1}', "end of G expects true or false"),
        ('grid = "SG"\n[legend]\nG = {to = 1}', "to of G expects text in quotation marks"),
        ('grid = "SJG"\n[legend]\nJ = {jump = "b"}', "a jump to 'b' needs one such cell in the grid; it is there 0 times"),
        ('grid = "S.J.G"\n[legend]\nJ = {jump = "."}', "a jump to '.' needs one such cell in the grid; it is there 2 times"),
        ('grid = "SJ#G"\n[legend]\nJ = {jump = "#"}', "a jump to '#' needs one such cell in the grid; it is a wall or leads elsewhere"),
        ('grid = "GG"', "in every cell of the grid the episode has ended: there is nowhere to start"),
        ('grid = "##"', "in every cell of the grid the episode has ended: there is nowhere to start"),
        ('grid = "G"\n[legend]\nG = {start = true, end = true}', "in every cell of the grid the episode has ended: there is nowhere to start"),
        ('grid = "S.G"\n[legend]\nG = {start = true, end = true}', "'G' is both a start and an end: no episode can begin where it ends; leave out one of the two"),
        ('grid = "..G"\n[legend]\nG = {start = true, end = true}', "'G' is both a start and an end: no episode can begin where it ends; leave out one of the two"),
        ('grid = "SWG"\n[legend]\nW = {wall = true, end = true}', "W is a wall, which nobody enters: leave out end, or wall"),
        ('grid = "SWG"\n[legend]\nW = {wall = true, reward = 0, start = true}', "W is a wall, which nobody enters: leave out start and reward, or wall"),
        ('grid = "SWG"\n[legend]\nW = {wall = true, terminal = true, to = "S", jump = "G"}', "W is a wall, which nobody enters: leave out end, to and jump, or wall"),
        ('grid = "STG"\n[legend]\nT = {to = "S", start = true}', "T leads to S, so nobody is ever on it: leave out start, or to"),
        ('grid = "STG"\n[legend]\nT = {to = "S", end = true, jump = "S"}', "T leads to S, so nobody is ever on it: leave out end and jump, or to"),
        ('grid = "SJG"\n[legend]\nJ = {jump = "S", end = true}', "J ends the episode, so nobody jumps from it: leave out jump, or end"),
        ('name = ""\ngrid = "SG"', "name expects a word"),
        ('grid = "SG"\na = ' + "[" * 10_000, DEEP),
        ('grid = "SG"\na = ' + "[" * 100 + "]" * 100, DEEP),
        ('grid = "SG"\nmoves.' + "a." * 2_000 + "b = 1", DEEP),
        ('grid = "SG"\n[legend.' + "a." * 50 + "b]", DEEP),
        ('grid = "SG"\nslip = 1' + "0" * 5_000, "not TOML: it holds a number with too many digits"),
        ('grid = "SG"\nslip = 1' + "0" * 400, "slip expects a number; received one with hundreds of digits"),
        ('grid = "SG"\nslip = 0x' + "f" * 5_000, "slip expects a number; received one with hundreds of digits"),
        ('grid = "SG"\n[legend]\nG = 1' + "0" * 400, "reward expects a number; received one with hundreds of digits"),
        ('grid = "SG"\nwind = [0, 1' + "0" * 400 + "]", "wind expects how many cells it carries up in each column, such as [0, 1, 2]"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text: str, told: str) -> None:
    with pytest.raises(BadData, match=f"^{re.escape(told)}$"):
        read_grid(text)
