"""What a run gives: arrays, axes, arithmetic, files, and how it is shown."""

from __future__ import annotations

import builtins
import io
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import dlcli


@pytest.fixture(scope="module")
def pooled() -> dlcli.Outcome:
    return dlcli.run("conv sample:cat --kernel diag | pool --size 2")


def test_results_are_arrays_by_name(pooled: dlcli.Outcome) -> None:
    assert pooled.names == ("pooled", "argmax")
    assert pooled._ipython_key_completions_() == ["pooled", "argmax"]
    assert pooled["pooled"].shape == (149, 225)
    assert "argmax" in pooled
    assert [axis.name for axis in pooled.axes] == ["height", "width"]
    np.testing.assert_array_equal(np.asarray(pooled), pooled["pooled"])
    assert np.asarray(pooled, dtype=np.float16).dtype == np.float16
    with pytest.raises(ValueError, match="read-only"):
        pooled["pooled"][0, 0] = 1
    with pytest.raises(dlcli.DlcliError, match="this run gives no map; it gives pooled, argmax"):
        pooled["map"]


def test_what_the_line_emits_is_what_the_outcome_stands_for() -> None:
    outcome = dlcli.run("pool sample:exercise --size 2 --emit argmax")
    assert outcome.tensor().name == "argmax"
    np.testing.assert_array_equal(np.asarray(outcome), outcome["argmax"])


def test_nothing_is_computed_that_nobody_asks_for() -> None:
    outcome = dlcli.run("softmax", [[1, 2]])
    made: list[str] = []
    outputs = outcome._handed[0].result.outputs
    for name, make in list(outputs.items()):
        outputs[name] = lambda name=name, make=make: made.append(name) or make()  # type: ignore[index,misc]
    repr(outcome), len(outcome), outcome.names, outcome.line
    assert made == []
    assert outcome["exponentials"].shape == (1, 2)
    assert made == ["exponentials"]


def test_several_inputs_are_a_sequence() -> None:
    outcome = dlcli.run("pool", "sample:exercise", [[1, 2], [3, 4]], size=2)
    assert [one["pooled"].tolist() for one in outcome][1] == [[4]]
    assert (len(outcome), outcome[-1]["pooled"].tolist()) == (2, [[4]])
    assert str(outcome) == f"{outcome[0]}\n\n{outcome[1]}"
    assert repr(outcome).endswith(": 2 results>")
    with pytest.raises(dlcli.WrongUsage, match=r"gave 2 results: say of which one, as in outcome\[0\]"):
        outcome["pooled"]
    assert len(dlcli.run("show", outcome)) == 2


def test_the_tensors_of_one_file_are_told_apart_as_in_the_shell(
    shell: Any,
) -> None:
    np.savez("x.npz", one=np.eye(2), other=np.ones((2, 2)))
    told = str(dlcli.run("softmax x.npz"))
    assert told == shell("dlcli softmax x.npz -f plain").out.rstrip("\n")
    assert "dlcli softmax x.npz" not in told  # which would be both of them


def test_a_cell_is_explained_by_place_and_by_label() -> None:
    shares = dlcli.run("attn", "the cat sat")
    told = shares.explain("cat", "sat", of="weights")
    assert repr(told) == str(told) == str(shares.explain(1, 2, of="weights"))
    assert "softmax" in str(told).lower()
    assert "<" in told._repr_html_()
    assert "|" in told._repr_markdown_()
    with pytest.raises(dlcli.DlcliError, match="there is no cell 7"):
        dlcli.run("softmax", [1, 2]).explain(7)
    with pytest.raises(dlcli.DlcliError, match="this run gives no nope"):
        shares.explain(0, of="nope")


@pytest.mark.parametrize("name", ["x.npy", "x.csv", "x.json", "x.png", "x.svg", "x.html", "x.md"])
def test_a_file_is_that_of_the_shell(name: str, pooled: dlcli.Outcome, shell: Any) -> None:
    assert shell(f"{pooled.line} -o shell-{name}").code == 0
    pooled.save(name)
    pooled.save(name)  # again is no error: it is replaced, as by a second command
    assert Path(name).read_bytes() == Path(f"shell-{name}").read_bytes().replace(
        b" -o shell-" + name.encode(), b""
    )


def test_a_file_of_arithmetic_says_nothing_beside_it(capsys: Any, shell: Any) -> None:
    line = "dlcli softmax '1 2; 3 4' --explain 0,1"
    shell(f"{line} -o a.md")
    dlcli.run(line).save("b.md")
    assert capsys.readouterr() == ("", "")
    assert Path("a.md").read_text() == Path("b.md").read_text()


def test_a_file_of_all_results_has_them_by_name(pooled: dlcli.Outcome) -> None:
    pooled.save("x.npz")
    with np.load("x.npz") as file:
        assert [name for name in file if not name.startswith("_")] == ["pooled", "argmax"]
        np.testing.assert_array_equal(file["argmax"], pooled["argmax"])


def test_a_file_of_another_result_in_another_scale(pooled: dlcli.Outcome, shell: Any) -> None:
    shell(f"{pooled.line} --emit argmax --scale view -o a.png")
    pooled.save(Path("b.png"), emit="argmax", scale="view")
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()
    with pytest.raises(dlcli.WrongUsage, match="--scale says how numbers become the shades"):
        pooled.save("c.npy", scale="view")
    with pytest.raises(dlcli.WrongUsage, match=r"the suffix '\.zip' names no format"):
        pooled.save("c.zip")
    assert sorted(os.listdir()) == ["a.png", "b.png"]


def test_a_catalogue_is_one_outcome_of_all_its_entries(shell: Any) -> None:
    outcome = dlcli.run("kernels")
    assert len(outcome) == 1
    assert outcome["sobel-x"].shape == (3, 3)
    shell("dlcli kernels -o {name}.npy")
    outcome.save("python-{name}.npy")
    assert Path("python-sobel-x.npy").read_bytes() == Path("sobel-x.npy").read_bytes()
    assert str(dlcli.run("kernels -f csv")) == shell("dlcli kernels -f csv").out.rstrip("\n")


def test_a_notebook_is_shown_the_story_and_the_map(pooled: dlcli.Outcome) -> None:
    html, markdown, png = pooled._repr_html_(), pooled._repr_markdown_(), pooled._repr_png_()
    assert html is not None
    assert "Receptive field" in html
    assert markdown is not None
    assert "| layer |" in markdown.replace("  ", " ").replace("  ", " ")
    assert png is not None
    assert Image.open(io.BytesIO(png)).size == (225, 149)
    spectrum = dlcli.run("stft sample:tones --emit db")
    assert Image.open(io.BytesIO(spectrum._repr_png_() or b"")).width > 500
    for small in ("softmax '1 2'", "stft sample:tones | istft", "show sample:tones"):
        assert dlcli.run(small)._repr_png_() is None
    assert dlcli.run("show", np.full((9, 9), 1j))._repr_png_() is None


def test_in_a_kernel_nothing_is_shown_on_the_way(monkeypatch: Any) -> None:
    """There rich displays what it prints, wherever it is to be printed."""

    class ZMQInteractiveShell:
        """What a kernel's shell is called."""

    monkeypatch.setattr(builtins, "get_ipython", ZMQInteractiveShell, raising=False)
    shown: list[Any] = []
    monkeypatch.setattr("rich.jupyter.display", lambda *parts: shown.append(parts))
    told = dlcli.run("conv sample:exercise --kernel diag")
    assert "Feature map" in str(told)
    assert "```text" in str(dlcli.run("stft sample:tones")._repr_markdown_())  # of what has to be drawn
    assert told._repr_html_()
    assert repr(told.explain(0, 1))
    assert shown == []


def test_the_rules_of_a_story_hold_inside_it_alone(pooled: dlcli.Outcome) -> None:
    page = str(pooled._repr_html_())
    style, _, body = page.removeprefix("<style>").partition("</style>")
    for look in ("true],.vscode-light", "false],.vscode-dark"):
        assert f":is([data-jp-theme-light={look}) .dlcli.dlcli.dlcli{{color:" in style
        style = style.replace(f":is([data-jp-theme-light={look}) ", "")
    selectors = re.findall(r"(?:^|[{}])([^{}@]+)(?=\{)", style)
    assert len(selectors) > 50
    assert all(one.startswith(".dlcli.dlcli.dlcli") for selector in selectors for one in selector.split(","))
    assert body.startswith('<div class="dlcli"><article')
    assert not re.search(r"<(html|head|body|script|link|iframe)|url\(|https?:", page)


def test_a_picture_on_the_page_says_nothing(capsys: Any) -> None:
    dlcli.run("conv sample:cat --kernel sobel-x")._repr_png_()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("format_", ["csv", "json", "markdown", "keras"])
def test_a_format_of_the_line_is_what_is_shown(format_: str, shell: Any) -> None:
    line = f"dlcli summary small-cnn -f {format_}"
    outcome = dlcli.run(line)
    assert str(outcome) == shell(line).out.rstrip("\n")
    assert outcome._repr_html_() is outcome._repr_markdown_() is outcome._repr_png_() is None


def test_what_is_said_beside_a_result_is_kept(capsys: Any) -> None:
    outcome = dlcli.run("flatten sample:digits")
    assert outcome.notes
    assert capsys.readouterr().err.splitlines() == outcome.notes


def test_a_film_has_the_options_of_the_line(shell: Any) -> None:
    mapped = dlcli.run("conv sample:exercise --kernel diag")
    mapped.save("a.gif", fps=5, frames=3, magnify=2, theme="dark")
    shell("dlcli conv sample:exercise --kernel diag --fps 5 --frames 3 --magnify 2 --theme dark -o b.gif")
    assert Path("a.gif").read_bytes() == Path("b.gif").read_bytes()
    with pytest.raises(dlcli.WrongUsage, match=r"--fps: .*is not a number from 0\.1 to 50"):
        mapped.save("c.gif", fps=500)
    with pytest.raises(dlcli.WrongUsage, match="nothing moves in what this command gives"):
        dlcli.run("softmax '1 2'").save("d.html", fps=2)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"path": "q.html", "theme": "pink"}, "--theme: 'pink' is not one of 'auto', 'light', 'dark'"),
        ({"path": "q.png", "theme": "dark"}, "--theme is of pages, of pictures with --axes"),
        ({"path": "q.png", "fps": 3, "frames": 4}, "fps, frames: q.png does not move"),
        ({"path": "q.html", "axes": True}, "--axes draws a picture file between its axes, and none is"),
        ({"path": "q.html", "format": "docx"}, "--format: 'docx' is not one of"),
    ],
)
def test_what_a_line_is_refused_is_refused_here(options: dict[str, Any], told: str) -> None:
    with pytest.raises(dlcli.WrongUsage, match=re.escape(told)):
        dlcli.run("conv sample:exercise --kernel diag").save(**options)
    assert not os.path.exists(options["path"])
