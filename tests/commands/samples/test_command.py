"""``dlcli samples``: what comes along, one by one and on a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.wire.samples import page, samples

PLAIN = ("-f", "plain", "--width", "80")


def test_a_sample_is_passed_on_as_it_is(cli: Any) -> None:
    sent = cli("samples", "cat").tensor
    with Image.open(Path(__file__).parents[3] / "samples" / "cat.png") as image:
        np.testing.assert_array_equal(sent.data, np.asarray(image))
    assert sent.attrs["source"] == "sample:cat"
    assert cli("samples", "sample:cat").tensor.data.shape == sent.data.shape


def test_the_page_tells_of_every_sample(cli: Any) -> None:
    told = " ".join(cli("samples", *PLAIN).out.split())
    assert told.startswith(f"Samples {len(samples())}, for any command that reads")
    assert all(f"sample:{name}" in told for name in samples())


@pytest.mark.parametrize("name", samples())
def test_one_sample_has_a_source_and_a_licence_and_something_to_see(name: str, cli: Any) -> None:
    told = cli("samples", name, *PLAIN).out
    entry = page()[name]
    words = " ".join(told.split())
    for part in (f"Sample sample:{name}: {entry.what}", f"Source {entry.source}", f"Licence {entry.licence}"):
        assert " ".join(part.split()) in words
    assert f"sample:{name}" in told[told.index("Try next") :]


def test_several_samples_go_into_one_file_by_their_names(cli: Any) -> None:
    assert cli("samples", "cat", "lines", "-o", "both.npz").code == 0  # both are images
    with np.load("both.npz") as file:
        assert (file["cat"].shape, file["lines"].shape) == ((300, 451, 3), (240, 320))


def test_a_name_that_is_none_is_wrong_usage(cli: Any) -> None:
    ended = cli("samples", "kat")
    assert (ended.code, ended.raw) == (2, b"")
    assert ended.err == "dlcli samples: there is no sample 'kat': did you mean sample:cat?\n"


def test_a_world_is_shown_as_its_text(cli: Any) -> None:
    told = cli("samples", "student", "-f", "plain").out
    assert "World  10 outcomes of actions" in told
    assert "  state,action,next,probability,reward\n" in told
    assert "  asleep,,,,\n" in told
    assert told.rstrip().endswith("dlcli mdp sample:student")


def test_a_world_is_sent_as_its_outcomes(cli: Any) -> None:
    sent = cli("samples", "maze").tensor
    assert sent.axes[1].labels == ("state", "action", "next", "probability", "reward", "start")
    assert sent.attrs["source"] == "sample:maze"
    values = cli("mdp", "--optimal", stdin=cli("samples", "maze").raw).tensor
    assert values.axes[0].labels[0] == "0,0"


def test_of_a_long_text_the_list_shows_the_beginning(cli: Any) -> None:
    page = cli("samples", "student", "maze", "-f", "plain", "--width", "80").out
    assert "  …\n" in page
    assert "asleep,,,," not in page


def test_a_trained_net_is_asked_next(cli: Any) -> None:
    for name in ("digits-cnn", "denoiser"):
        told = cli("samples", name, "-f", "plain").out
        assert told.rstrip().endswith(f"dlcli predict sample:{name} sample:digits")
