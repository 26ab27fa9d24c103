"""What the weights of an attention are like, and one score term by term."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.attention.attention import attention
from dlcli.engines.attention.similarities import Additive, Cosine, Dot, General, Scaled
from dlcli.engines.attention.strips import NUMBERS
from dlcli.engines.attention.survey import survey
from dlcli.engines.attention.terms import pair_terms
from dlcli.engines.tensors.softmax import entropy

RNG = np.random.default_rng(3)


def drawn(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape)


@pytest.mark.parametrize("queries", [3, 200, 1300])
def test_facts_are_those_of_the_whole_matrix(queries: int) -> None:
    keys = 1000
    q, k, v = drawn(2, queries, 4), drawn(2, keys, 4), drawn(2, keys, 4)
    assert queries < 1000 or 2 * queries * keys > NUMBERS  # several strips
    found = survey(q, k, v, causal=True, fine=50)
    whole = attention(q, k, v, causal=True).weights
    np.testing.assert_allclose(found.bits, entropy(whole), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(found.strongest, whole.argmax(axis=-1))
    np.testing.assert_array_equal(found.share, whole.max(axis=-1))
    assert not found.blind.any()
    rows = min(queries, 50)
    assert found.picture.shape == (2, rows, 50)
    edges = np.arange(rows + 1) * queries // rows
    for row in (0, rows // 2, rows - 1):
        block = whole[:, edges[row] : edges[row + 1], 20:40].max(axis=(1, 2))
        np.testing.assert_allclose(found.picture[:, row, 1], block, rtol=1e-10, atol=1e-15)


def test_of_few_weights_the_picture_is_themselves() -> None:
    q, k = drawn(5, 4), drawn(7, 4)
    np.testing.assert_allclose(survey(q, k, k).picture, attention(q, k, k).weights, rtol=1e-12)


def test_who_sees_nothing_is_told() -> None:
    x = drawn(3, 4)
    assert survey(x, x, x, mask=np.array([[True], [False], [True]])).blind.tolist() == [False, True, False]


@pytest.mark.parametrize(
    "how",
    [Scaled(), Dot(), Cosine(), General(drawn(4, 3)), Additive(drawn(4, 2), drawn(3, 2), drawn(2))],
    ids=lambda how: how.name,
)
def test_the_terms_add_up_to_the_score(how) -> None:
    q, k = drawn(4), drawn(3 if how.name in ("general", "additive") else 4)
    terms = pair_terms(how, q, k)
    assert terms.products.sum() == pytest.approx(terms.total)
    assert terms.score == pytest.approx(how.scores(q[None], k[None]).item())
    if terms.sums is not None:
        np.testing.assert_allclose(np.tanh(terms.sums), terms.left)


def test_without_a_length_there_is_no_angle() -> None:
    assert pair_terms(Cosine(), np.zeros(2), np.ones(2)).score == 0
