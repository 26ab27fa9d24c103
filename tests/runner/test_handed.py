"""What receives results in place of standard output."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest

from dlcli.cli import invoke
from dlcli.errors import WrongUsage
from dlcli.runner.environment import Environment
from dlcli.runner.handed import Handed
from dlcli.runner.option import was_typed


def received(words: Sequence[str], *, stdin: bytes = b"", **more: str) -> list[Handed]:
    """What a line hands over; it writes nothing to either stream."""
    handed: list[Handed] = []
    out, err = io.BytesIO(), io.StringIO()
    invoke(words, Environment(io.BytesIO(stdin), out, err, variables=more, receive=handed.append))
    assert (out.getvalue(), err.getvalue()) == (b"", "")
    return handed


def test_a_result_is_handed_over_with_its_numbers_and_its_story() -> None:
    (handed,) = received(["softmax", "1 2; 3 4", "--axis", "row", "--show"])
    assert handed.command == "softmax"
    assert handed.line.again("x") == ["dlcli", "softmax", "x", "--axis", "row"]
    np.testing.assert_allclose(handed.tensor("probabilities").data[0], 1 / (1 + np.exp(2)))
    assert handed.tensor().attrs["command"] == "softmax '1 2; 3 4' --axis row --show"
    assert "0.1192" in handed.story("plain")
    assert "exp(2 − 4)" in handed.story("plain", (("0", "1"),))


def test_later_things_are_as_they_were_when_the_command_ran() -> None:
    (handed,) = received(["softmax", "1 2; 3 4", "--axis", "row"])
    before = np.geterr()
    assert not was_typed("axis")
    with handed.at_work():
        assert was_typed("axis")
        assert set(np.geterr().values()) == {"ignore"}
    assert not was_typed("axis")
    assert np.geterr() == before


def test_the_cells_of_the_line_are_those_that_are_explained() -> None:
    (handed,) = received(["softmax", "1 2; 3 4", "--explain", "0,1"])
    assert handed.story("plain") == handed.story("plain", (("0", "1"),)) != handed.story("plain", ())


def test_a_cell_that_is_not_there_is_refused_before_anything_is_handed_over() -> None:
    handed: list[Handed] = []
    world = Environment(None, io.BytesIO(), io.StringIO(), receive=handed.append)
    with pytest.raises(Exception, match="0,7"):
        invoke(["softmax", "1 2; 3 4", "--explain", "0,7"], world)
    assert handed == []


def test_each_input_is_a_result_and_an_overview_is_one() -> None:
    assert [one.item.attrs["source"] for one in received(["show", "sample:cat", "sample:exercise"])] == [
        "sample:cat",
        "sample:exercise",
    ]
    (page,) = received(["samples"])
    assert len(page.result.outputs) > 5
    assert "sample:cat" in page.story("plain")


def test_a_file_is_written_where_the_line_says_so(tmp_path: object) -> None:
    path = f"{tmp_path}/x.npy"
    (handed,) = received(["softmax", "1 2; 3 4", "-o", path])
    np.testing.assert_array_equal(np.load(path), handed.tensor().data)


def test_what_is_wrong_with_the_line_is_raised() -> None:
    with pytest.raises(WrongUsage, match="--pad-mode goes with --padding"):
        received(["conv", "1 2; 3 4", "-k", "diag", "--pad-mode", "edge"])


def test_an_option_asks_the_environment_that_was_handed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    line = ["conv", "sample:exercise", "--kernel", "diag"]
    whole = received(line)[0].tensor().shape
    monkeypatch.setenv("DLCLI_CONV_STRIDE", "2")
    assert received(line)[0].tensor().shape == whole
    assert received(line, DLCLI_CONV_STRIDE="3")[0].tensor().shape < whole
    with pytest.raises(Exception, match="'none' is neither"):
        received(line, DLCLI_CONV_STRIDE="none")


@pytest.mark.parametrize(
    "name", ["DLCLI_VERSION", "DLCLI_HELP", "DLCLI_SOFTMAX_HELP", "DLCLI_SOFTMAX_OUTPUT"]
)
def test_what_has_no_variable_is_not_read_from_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    assert len(received(["softmax", "1 2; 3 4"], **{name: "1"})) == 1
