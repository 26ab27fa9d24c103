"""What heads look at, by weights whose head_patterns are known."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.transformer.head_patterns import PATTERNS, head_patterns


@pytest.mark.parametrize(
    ("shift", "habit"),
    [(0, "itself"), (-1, "before"), (1, "after")],
)
def test_a_head_that_looks_at_one_place(shift: int, habit: str) -> None:
    weights = np.eye(5, k=shift)[None]
    found = head_patterns(weights).shares[0]
    assert found[PATTERNS.index(habit)] == pytest.approx((5 - abs(shift)) / 5)
    assert all(share == 0 for name, share in zip(PATTERNS[:3], found[:3], strict=True) if name != habit)


def test_ends_and_evenness() -> None:
    first = np.zeros((4, 4))
    first[:, 0] = 1
    even = np.full((4, 4), 0.25)
    found = head_patterns(np.stack([first, first[:, ::-1], even]))
    np.testing.assert_allclose(found.shares[:, 3], [1, 0, 0.25])
    np.testing.assert_allclose(found.shares[:, 4], [0, 1, 0.25])
    np.testing.assert_allclose(found.bits, [0, 0, 2])


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 4), (2, 0, 0)])
def test_only_tokens_among_themselves(shape: tuple[int, ...]) -> None:
    with pytest.raises(EngineError, match=r"weights \(head, token, token\); received"):
        head_patterns(np.ones(shape))
