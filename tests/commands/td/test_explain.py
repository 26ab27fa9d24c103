"""One update of a value in full: every factor is there, and what is shown adds up to what is said."""

from __future__ import annotations

import re
from typing import Any

import pytest


def told(cli: Any, *words: str, width: int = 80) -> str:
    ended = cli("td", *words, "-f", "plain", "--width", str(width), "--precision", "9")
    assert ended.code == 0, ended.err
    return str(ended.out)


def numbers(text: str) -> list[float]:
    return [float(found.replace("−", "-")) for found in re.findall(r"−?\d+(?:\.\d+)?(?:e−?\d+)?", text)]


def section(text: str, name: str) -> list[str]:
    """The lines below a heading."""
    return re.split(rf"^{name}.*\n", text, maxsplit=1, flags=re.MULTILINE)[1].split("\n\n")[0].splitlines()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("update", ["0", "9"])
def test_the_target_of_n_steps_is_the_sum_of_all_its_factors(update: str, width: int, cli: Any) -> None:
    words = ("cliff", "--method", "n-step", "--n", "3", "--gamma", "0.9", "--initial", "-2")
    text = told(cli, *words, "--explain", update, width=width)
    _, *rows, _, total = section(text, "Target")
    assert [row.split()[0] for row in rows] == ["0", "1", "2", "3"]
    assert "V(" in rows[3]
    products = []
    for k, row in enumerate(rows):
        power, value, product = numbers(row)[-3:]
        assert power == pytest.approx(0.9**k)
        assert product == pytest.approx(power * value, rel=1e-6)
        products.append(product)
    assert numbers(total)[-1] == pytest.approx(sum(products), rel=1e-7)
    line = re.search(r"G of 3\s+= Σ γ\^k·r \+ γ\^3·V\(\S+\)\s+= (\S+)\s+\+ (\S+)·\((\S+)\)\s+= (\S+)\n", text)
    assert line is not None, text
    rewards, power, ahead, target = (numbers(found)[0] for found in line.groups())
    assert rewards == pytest.approx(sum(products[:-1]), rel=1e-6)
    assert (power, ahead) == (pytest.approx(0.9**3), pytest.approx(numbers(rows[3])[-2], rel=1e-5))
    assert target == pytest.approx(rewards + power * ahead, rel=1e-6)
    assert target == pytest.approx(numbers(total)[-1], rel=1e-6)


def test_of_a_long_return_the_middle_is_summed_up(cli: Any) -> None:
    words = ("cliff", "--method", "n-step", "--n", "30", "--gamma", "0.9", "--initial", "-2")
    text = told(cli, *words, "--explain", "5")
    _, *rows, _, middle, total = section(text, "Target")
    assert [int(row.split()[0]) for row in rows] == [*range(6), *range(24, 31)]
    assert "k = 6 to 23" in middle
    assert numbers(total)[-1] == pytest.approx(sum(numbers(row)[-1] for row in [*rows, middle]), abs=1e-6)


def test_the_trace_of_td_lambda_is_filled_in(cli: Any) -> None:
    words = ("random-walk", "--method", "lambda", "--lambda", "0.8", "--gamma", "0.9", "--explain", "6")
    text = told(cli, *words)
    found = re.search(r"trace of B +γ·λ·old trace \+ 1 = 0\.9·0\.8·(\S+) \+ 1 = (\S+)\n", text)
    assert found is not None
    old, trace = (float(number) for number in found.groups())
    assert trace == pytest.approx(0.9 * 0.8 * old + 1)
    assert old > 0
    for row in section(text, "Traces")[1:]:
        was, now, before, move, after = numbers(row)[-5:]
        own = row.split()[0] == "B"
        assert now == pytest.approx(0.72 * was + own, rel=1e-6)
        assert after == pytest.approx(before + move, abs=1e-8)
    replacing = told(cli, *words, "--traces", "replacing")
    assert re.search(r"trace of B +1\n", replacing)


def test_old_traces_end_with_their_episode(cli: Any) -> None:
    text = told(cli, "random-walk", "--method", "lambda", "--explain", "3")
    assert "episode 1, step 0" in text
    (row,) = section(text, "Traces")[1:]
    assert numbers(row)[:2] == [0, 1]


def test_a_step_size_that_falls_says_how_often_it_was_there(cli: Any) -> None:
    text = told(cli, "random-walk", "--alpha", "1/n", "--explain", "9")
    found = re.search(r"α +1/n = 1/(\d+) = (\S+)\n", text)
    assert found is not None
    assert float(found[2]) == pytest.approx(1 / int(found[1]))
    assert "1/n = " not in told(cli, "random-walk", "--explain", "9")
    assert " α " in section(told(cli, "random-walk", "--alpha", "1/n", "--trace", "9"), "Updates")[0]


def test_a_value_is_shown_though_nothing_of_it_counts(cli: Any) -> None:
    text = told(cli, "random-walk", "--gamma", "0", "--initial", "0.5", "--explain", "1")
    assert "r + γ·V(E) = 0 + 0·0.5 = 0" in text


@pytest.mark.parametrize("width", [80, 120])
def test_a_line_for_each_update_of_td_lambda_has_its_trace(width: int, cli: Any) -> None:
    words = ("random-walk", "--method", "lambda", "--gamma", "0.9", "--alpha", "0.2", "--trace", "8")
    text = told(cli, *words, width=width)
    head, *rows = section(text, "Updates")
    assert head.split()[-3:] == ["trace", "V(s)", "new"] or head.split()[-4:-1] == ["trace", "V(s)", "new"]
    for row in rows[:8]:
        delta, trace, before, after = numbers(row)[-4:]
        assert after == pytest.approx(before + 0.2 * delta * trace, abs=1e-6)
    assert any(numbers(row)[-3] > 1 for row in rows[:8])
    note = " ".join(" ".join(rows[8:]).split())
    assert (
        "moves the earlier states of its episode as well, by α · δ · their trace: here up to 2 of them"
        in note
    )
    assert "trace" not in section(told(cli, "random-walk", "--trace", "8"), "Updates")[0]


def test_when_no_other_state_moves_that_is_said(cli: Any) -> None:
    text = told(cli, "random-walk", "--method", "lambda", "--initial", "0.5", "--trace", "2")
    assert "none of these did." in " ".join(text.split())
