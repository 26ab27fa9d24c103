"""Going on with words: what was read stays, and nothing is computed otherwise than in one pass."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.nets import Net, builtin
from dlcli.nets.generation import Writer, attentions, cached_numbers
from dlcli.nets.spec import model_spec

WORDS = [3, 0, 5, 5, 1]


def net_of(name: str, window: int = 64) -> Net:
    net = Net(builtin(name, input=(window,), said={"vocabulary": 7}), np.float64).draw(1)
    net.flat *= 1.5  # far enough from even shares
    return net


@pytest.mark.parametrize("name", ["char-rnn", "char-rnn:gru", "char-rnn:simple", "tiny-gpt"])
def test_each_step_says_what_a_pass_over_all_words_says(name: str) -> None:
    net = net_of(name)
    writer = Writer(net, WORDS)
    draws = list(writer.write(12, np.random.default_rng(0)))
    assert writer.words[: len(WORDS)] == WORDS
    assert writer.words[len(WORDS) :] == [one.word for one in draws]
    for step, drawn in enumerate(draws):
        net.forget()
        whole = net.forward(np.array(writer.words[: len(WORDS) + step], float)[:, None])
        np.testing.assert_allclose(drawn.logits, whole[:, -1, 0], rtol=1e-9, atol=1e-11)


def test_behind_its_room_a_net_reads_the_last_words_anew() -> None:
    net = net_of("tiny-gpt", 8)
    writer = Writer(net, WORDS)
    draws = list(writer.write(10, np.random.default_rng(0)))
    for step in (2, 3, 4, 9):
        seen = writer.words[: len(WORDS) + step][-8:]
        whole = net.forward(np.array(seen, float)[:, None])
        np.testing.assert_allclose(draws[step].logits, whole[:, -1, 0], rtol=1e-9, atol=1e-11)


def test_writing_leaves_no_state_behind() -> None:
    net = net_of("char-rnn")
    x = np.array(WORDS, float)[:, None]
    before = net.forward(x).copy()
    net.forget()
    list(Writer(net, WORDS).write(3, None))
    np.testing.assert_array_equal(net.forward(x), before)


def test_the_maps_of_a_decoder_add_up_and_see_nothing_later() -> None:
    net = net_of("tiny-gpt")
    maps = attentions(net, WORDS)
    assert maps.shape == (2, 4, 5, 5)
    np.testing.assert_allclose(maps.sum(axis=-1), 1)
    assert (np.triu(maps, 1) == 0).all()
    assert cached_numbers(net) == 2 * 2 * 64
    assert cached_numbers(net_of("char-rnn")) == 0


def test_what_foretells_no_word_is_refused() -> None:
    with pytest.raises(EngineError, match=r"forecast foretells no next word"):
        Writer(Net(builtin("forecast")), [0])
    ahead = [
        {"kind": "embedding", "input_dim": 7, "output_dim": 4}, {"kind": "transformer-block"},
        {"kind": "dense", "units": 7},
    ]  # fmt: skip
    with pytest.raises(EngineError, match="transformer_block looks at later ones; there are none"):
        Writer(Net(model_spec({"name": "block", "input": [8], "layer": ahead})), [0])
    with pytest.raises(EngineError, match="nothing to go on from"):
        Writer(net_of("char-rnn"), [])
