"""The letters of the course's notes stand beside ours, and their slips are called slips."""

from __future__ import annotations

import shlex
from typing import Any

import numpy as np
import pytest

SAID = {
    "rnn '1 0 2'": ["W_hx is W, W_hh is U."],
    "rnn '1 0 2' --cell leaky": ["α is a"],
    "rnn '1 0 2' --cell lstm": [
        "C̃_t is g[t], C_t is c[t]; W_fx and W_fh are W_f and U_f transposed",
        "Their c_t = c_{t−1} at the output gate is a slip: the new cell state is c[t] = f[t] · c[t−1] + i[t] · g[t]",
    ],
    "rnn '1 0 2' --cell gru": ["W_ir and W_hr are W_r and U_r transposed, b_ir and b_hr are b_r and b′_r"],
    "rnn '1 0 2' --cell gru --reset-before": ["their n_t resets after the product"],
    "rnn '1 0 2' --bidirectional": ["h_t is h→[t] and j_t is h←[t]; W_jx and W_jj are W and U of ←."],
    "rnn '1 0 2' --bptt": [
        "Beginning with ∂L_2/∂W_{y_3} · ∂y_2/∂h_3 is a slip: L[2] depends on y[2] and y[2] on h[2]",
    ],
    "seq2seq 'a b c'": ["x_1 is x[0], y_1 is y[0], and c = h_{T_x} is h[2]."],
    "td random-walk": ["RPE, the reward prediction error, is δ = r + γ · V(s') − V(s)"],
    "td random-walk --gamma 0.9": ["Written without γ they are right only where γ is 1; here γ = 0.9."],
    "td random-walk --method lambda": ["RPE, the reward prediction error, is δ"],
    "tensor '1 2 3' --broadcast 3,3": ["that the last value is taken to fill up is a slip"],
    "returns '1 2 3'": ["where notes begin with R_{t+1} + R_{t+2} + γ²·R_{t+3}, one is missing"],
}


@pytest.mark.parametrize("line", SAID)
def test_a_story_says_how_the_notes_write_it(line: str, cli: Any) -> None:
    ended = cli(*shlex.split(line), "-f", "plain")
    assert (ended.code, ended.err) == (0, "")
    assert max(map(len, ended.out.split("\n"))) <= 80
    told = " ".join(ended.out.split())
    for words in SAID[line]:
        assert words in told


@pytest.mark.parametrize(
    "line",
    ["td random-walk --method mc", "td cliff --control sarsa --episodes 3", "tensor '1 2; 3 4' --reshape 4"],
)
def test_where_nothing_of_it_is_shown_nothing_is_said(line: str, cli: Any) -> None:
    assert "Course notes" not in cli(*shlex.split(line), "-f", "plain").out


def test_broadcasting_takes_no_last_value(cli: Any) -> None:
    """NumPy's and TensorFlow's rule: (3,) beside (2,) is an error, an axis of 1 is repeated."""
    assert cli("tensor", "[1, 2, 3]", "--broadcast", "3,3").tensor.data.tolist() == [[1, 2, 3]] * 3
    assert cli("tensor", "[1, 2]", "--broadcast", "3").code != 0


def test_the_letters_are_those_of_pytorch(cli: Any) -> None:
    """W_ir x + W_hr h with PyTorch's rows is x W_r + h U_r: the matrices are transposed."""
    words = ("rnn", "1 0 2; 3 1 1", "--cell", "gru", "--units", "2")
    assert cli(*words, "--save-weights", "torch.npz", "--layout", "torch").code == 0
    assert cli(*words, "--save-weights", "keras.npz", "--layout", "keras").code == 0
    with np.load("torch.npz") as torch, np.load("keras.npz") as keras:
        rows = next(torch[name] for name in torch.files if "weight_hh" in name)[:2]
        columns = next(keras[name] for name in keras.files if "recurrent_kernel" in name)[:, 2:4]
    np.testing.assert_array_equal(rows, columns.T)  # r stands first in PyTorch, second in Keras
