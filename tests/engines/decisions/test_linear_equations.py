"""Elimination is that of LAPACK, but for rounding and for what has no solution."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.decisions.linear_equations import solve_by_elimination, solve_by_reduction


@pytest.mark.parametrize("size", [1, 2, 6, 40])
def test_it_is_that_of_lapack(size: int) -> None:
    rng = np.random.default_rng(2)
    a = -rng.dirichlet(np.ones(size + 1), size=(5, size))[..., :size] + np.eye(size)
    b = rng.normal(size=(5, size))
    found = solve_by_elimination(a, b)
    assert found is not None
    np.testing.assert_allclose(found, np.linalg.solve(a, b[..., None])[..., 0], rtol=1e-10)
    np.testing.assert_allclose((a @ found[..., None])[..., 0], b, rtol=1e-10, atol=1e-12)


def test_each_system_is_solved_by_itself() -> None:
    rng = np.random.default_rng(3)
    a = np.eye(5) - 0.1 * rng.random((4, 5, 5))
    b = rng.normal(size=(4, 5))
    together = solve_by_elimination(a, b)
    assert together is not None
    for one, (matrix, right) in enumerate(zip(a, b, strict=True)):
        alone = solve_by_elimination(matrix[None], right[None])
        assert alone is not None
        np.testing.assert_array_equal(alone[0], together[one])


def test_what_was_given_is_left_as_it_was() -> None:
    a, b = np.array([[[1.0, -0.5], [-0.25, 1.0]]]), np.array([[1.0, 2.0]])
    solve_by_elimination(a, b)
    assert a.tolist() == [[[1.0, -0.5], [-0.25, 1.0]]]
    assert b.tolist() == [[1.0, 2.0]]


def test_a_pivot_must_be_above_what_is_asked_for() -> None:
    a, b = np.array([[[1.0, -1.0], [-1.0, 1.0 + 1e-9]]]), np.ones((1, 2))
    assert solve_by_elimination(a, b) is not None
    assert solve_by_elimination(a, b, least=1e-8) is None
    assert solve_by_elimination(np.array([[[1.0, -1.0], [-1.0, 1.0]]]), b) is None


@pytest.mark.parametrize(("size", "wide"), [(1, 1), (2, 2), (30, 30), (60, 4)])
def test_reduction_solves_as_lapack_does(size: int, wide: int) -> None:
    rng = np.random.default_rng(4)
    row, column = np.nonzero(np.abs(np.subtract.outer(np.arange(size), np.arange(size))) <= wide)
    weight, leave, b = rng.random(row.size), rng.random(size) ** 4, rng.normal(size=size)
    matrix = np.zeros((size, size))
    matrix[row, column] = -weight
    np.fill_diagonal(matrix, 0)
    np.fill_diagonal(matrix, leave - matrix.sum(axis=1))
    found = solve_by_reduction(row, column, weight, leave, b)
    np.testing.assert_allclose(found, np.linalg.solve(matrix, b), rtol=1e-10)


def test_what_nobody_leaves_has_no_solution() -> None:
    one, two = np.array([0, 1]), np.array([1, 0])
    assert solve_by_reduction(one, two, np.ones(2), np.zeros(2), np.ones(2)) is None
