"""A command that works on all its inputs at once."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.errors import DlcliError
from dlcli.runner.command import command
from dlcli.runner.environment import Environment
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Together
from dlcli.tensor import Tensor
from dlcli.wire.read import read_tensors
from dlcli.wire.stream import Limits, Source


@command("stack", Manual({"stacked": "All of them."}, ("dlcli stack 1 2",)))
def stack(run: Run) -> Together:
    def work(tensors: Sequence[Tensor]) -> Result:
        if len({tensor.shape for tensor in tensors}) > 1:
            raise EngineError("they differ in shape")
        stacked = Tensor(np.stack([tensor.data for tensor in tensors]), name="stacked")
        return Result({"stacked": lambda: stacked}, None)

    return Together(work)


def stacked(*words: str, stdin: bytes = b"") -> list[Tensor]:
    out = io.BytesIO()
    environment = Environment(io.BytesIO(stdin), out, io.StringIO(), variables={})
    with stack.make_context("stack", list(words), obj=environment) as context:
        stack.invoke(context)
    return list(read_tensors(Source(io.BytesIO(out.getvalue()), "output"), limits=Limits()))


def test_several_inputs_are_one_result() -> None:
    (made,) = stacked("1 2", "-", "5 6", stdin=b"3 4")
    assert made.data.tolist() == [[[1, 2]], [[3, 4]], [[5, 6]]]
    assert made.attrs == {"source": "literal", "command": "stack '1 2' - '5 6'"}


def test_one_that_fails_fails_all() -> None:
    with pytest.raises(DlcliError, match=r"^literal: they differ in shape$"):
        stacked("1 2", "3")
    with pytest.raises(DlcliError, match=r"'nowhere.npy' is neither a file nor"):
        stacked("1 2", "nowhere.npy")


@command(
    "count",
    Manual({"total": "Their sum."}, ("dlcli count 1 2",), sometimes={"apart": "How far two are apart."}),
)
def count(run: Run) -> Together:
    def work(tensors: Sequence[Tensor]) -> Result:
        outputs = {"total": lambda: Tensor(sum(tensor.data for tensor in tensors), name="total")}
        if len(tensors) == 2:
            outputs["apart"] = lambda: Tensor(tensors[1].data - tensors[0].data, name="apart")
        return Result(outputs, None)

    return Together(work)


def counted(*words: str) -> list[Tensor]:
    out = io.BytesIO()
    environment = Environment(io.BytesIO(), out, io.StringIO(), variables={})
    with count.make_context("count", list(words), obj=environment) as context:
        count.invoke(context)
    return list(read_tensors(Source(io.BytesIO(out.getvalue()), "output"), limits=Limits()))


def test_a_result_that_only_some_runs_have() -> None:
    assert counted("--emit", "apart", "1 2", "5 7")[0].data.tolist() == [[4, 5]]
    with pytest.raises(DlcliError, match=r"^this run gives no apart; it gives total$"):
        counted("--emit", "apart", "1 2")
    assert list(count.manual.results) == ["total", "apart"]


def test_the_first_input_names_the_result() -> None:
    (made,) = stacked("-", "5 6", stdin=b"3 4")
    assert made.attrs["source"] == "-"
