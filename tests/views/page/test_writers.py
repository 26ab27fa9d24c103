"""Stories as pages: what HTML and SVG hold, read back, and what in them is text and never markup."""

from __future__ import annotations

import io
import json
import re
import zlib
from base64 import b64decode
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from rich.console import Group
from rich.text import Text

from dlcli.engines.convolution import conv2d
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.look import look
from dlcli.views.page import html, svg
from dlcli.views.page.compose import figure_of
from dlcli.views.page.figures import Cell, HasFigure, Row, Table, Words
from dlcli.views.page.layout import WIDTH, Block, block
from dlcli.views.page.raster import painted
from dlcli.views.page.shapes import Box, Dots, Letters, Stroke
from dlcli.views.page.shapes import Image as Picture
from dlcli.views.page.style import svg_style
from dlcli.views.pictures.tone import Tone
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.step_table import Columns, StepTable
from dlcli.views.tables.sums import Summands
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.worlds.state_list import StateList
from dlcli.wire.read import read_tensors
from dlcli.wire.samples import known_sample
from dlcli.wire.stream import Limits, Source

EVIL = "</title><script>alert(1)</script>\x1b[2J&\"'"
PICTURE = re.compile(r'"data:image/png;base64,([^"]+)"')


def pictures(page: str) -> list[Array]:
    """The pictures in a page, in their order, without scales of colours."""
    found = [Image.open(io.BytesIO(b64decode(data))).convert("RGB") for data in PICTURE.findall(page)]
    return [np.asarray(image) for image in found if image.height > 10]


def cat() -> Array:
    with known_sample("cat").open("rb") as file:
        (tensor,) = read_tensors(Source(file, "cat.png"), limits=Limits())
    return tensor.data


@pytest.mark.parametrize("form", ["html", "svg"])
def test_a_map_on_a_page_has_every_pixel(form: str, cli: Any) -> None:
    page = cli("conv", "sample:cat", "--kernel", "sobel-x", "-f", form).out
    kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
    w = np.repeat(kernel[:, :, None, None], 3, axis=2)
    expected = conv2d(cat()[None].astype(np.float32), w)[0, ..., 0]
    drawn = pictures(page)[-1]
    assert drawn.shape == (298, 449, 3)
    tone = Tone.of(expected, expected)
    assert (drawn == tone.rgb(expected[..., None])).all()
    assert len(page) < 350_000


def test_an_svg_is_well_formed_and_small(cli: Any) -> None:
    page = cli("conv", "sample:cat", "--kernel", "diag", "-f", "svg").out
    root = ElementTree.fromstring(page)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert sum(1 for _ in root.iter()) <= 400
    assert [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")].count("Feature map") == 1


@pytest.mark.parametrize("form", ["html", "svg"])
def test_nothing_is_fetched(form: str, cli: Any) -> None:
    page = cli("conv", "sample:cat", "--kernel", "diag", "-f", form).out
    addresses = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?([^"\')\s>]{1,40})', page)
    assert addresses
    assert all(address.startswith("data:") for address in addresses)
    assert "@import" not in page


@pytest.mark.parametrize("form", ["html", "svg"])
def test_looks_differ_and_auto_has_both(form: str, cli: Any) -> None:
    light, dark, auto = (
        cli("softmax", "1 2; 3 4", "-f", form, "--theme", theme).out for theme in ("light", "dark", "auto")
    )
    assert "#14181d" in dark
    assert "#14181d" not in light
    assert "prefers-color-scheme:dark" in auto
    assert "prefers-color-scheme" not in light + dark


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.said = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.mark.parametrize("module", [html, svg])
def test_outside_text_is_text(module: Any) -> None:
    tensor = Tensor([[1.0, 2]], (Axis(EVIL), Axis("column", (EVIL, "b"))), EVIL)
    parts = Group(Text(EVIL), look(tensor), Formula(EVIL, EVIL), CommandLine(["dlcli", EVIL]))
    story = Story(Section("input", "Input", Text(EVIL), Shelf([(EVIL, parts)])))
    page = module.page([story], title=EVIL)
    assert "script" not in Elements(page).found
    assert "\x1b" not in page
    assert Elements(page).said.count("</title><script>alert(1)</script>␛[2J&\"'") >= 5


def test_a_matrix_is_a_table_with_headers() -> None:
    tensor = Tensor([[1.0, -2], [3, 4]], (Axis("token", ("the", "cat")), Axis("unit")), "states")
    page = html.Writer().figure(figure_of(look(tensor)))
    assert re.findall(r'<th[^>]*scope="row"[^>]*>(\w+)', page) == ["the", "cat"]
    assert re.findall(r'<th[^>]*scope="col"[^>]*>(\w+)', page) == ["unit", "token", "0", "1"]
    assert re.findall(r'data-cell="([\d,]+)">([^<]+)', page) == [
        ("0,0", "1"), ("0,1", "−2"), ("1,0", "3"), ("1,1", "4"),
    ]  # fmt: skip
    assert 'data-of="states"' in page


def test_cells_are_those_of_the_tensor_whatever_is_drawn_first() -> None:
    data = np.arange(24).reshape(2, 3, 4)
    tensor = Tensor(data, (Axis("head"), Axis("query"), Axis("key")), "weights")
    page = html.Writer().figure(figure_of(look(tensor)))
    cells = re.findall(r'data-cell="([\d,]+)">([^<]+)', page)
    assert len(cells) == 24
    assert all(data[tuple(map(int, cell.split(",")))] == int(text) for cell, text in cells)
    large = Tensor(np.zeros((2, 40, 50)), (Axis("channel"), Axis("height"), Axis("width")), "map")
    page = html.Writer().figure(figure_of(look(large)))
    assert re.findall(r'data-cells="([^"]+)"', page) == ["0,r,c", "1,r,c"]


def figures() -> list[Any]:
    long = "words " * 60
    grid = [[Cell("1234", ground="053061"), Cell(long[:40], below="small")]] * 3
    return [
        figure_of(Text(long)),
        figure_of(Formula("a name", " + ".join(["12345"] * 40), "7")),
        figure_of(CommandLine(["dlcli", "conv", *["--kernel", "0 1; 1 0"] * 12])),
        Table([[Cell("a"), Cell("b")]], grid, right=(0,)),
        Row([(name, Words(figure_of(Text("1 2 3")).runs)) for name in "abcdefghijkl" * 4]),  # type: ignore[union-attr]
        figure_of(look(Tensor(np.linspace(-1, 1, 9000).reshape(90, 100)))),
        figure_of(look(Tensor(np.ones((64, 64, 5)), (Axis("height"), Axis("width"), Axis("channel"))))),
    ]


def ends(shape: Any) -> tuple[float, float]:
    if isinstance(shape, Letters):
        width = 7.23 * len(shape.text) * shape.size / 12
        return (shape.x if shape.anchor == "end" else shape.x + width), shape.y
    if isinstance(shape, Box | Picture):
        return shape.x + shape.width, shape.y + shape.height
    return tuple(np.nanmax(shape.points, axis=0))  # type: ignore[return-value]


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: type(figure).__name__)
def test_what_is_laid_out_stays_on_its_page(figure: Any) -> None:
    laid = block(figure, WIDTH)
    assert laid.width <= WIDTH + 0.01
    for shape in laid.shapes:
        x, y = ends(shape)
        assert x <= laid.width + 1
        assert y <= laid.height + 0.01


def test_what_is_painted_is_where_it_was_said() -> None:
    data = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 20
    shapes = [
        Box(0, 0, 10, 5, colour="ff0000"), Picture(10, 0, 20, 20, data),
        Stroke(np.array([[0, 30.5], [40, 30.5]]), colour="0000ff"), Dots(np.array([[35.0, 10]]), colour="00ff00"),
    ]  # fmt: skip
    page = painted(Block(40, 40, shapes), times=2)
    assert page.shape == (80, 80, 3)
    assert (page[:10, :20] == (255, 0, 0)).all()
    assert (page[:40, 20:60] == data.repeat(20, axis=0).repeat(20, axis=1)).all()
    assert tuple(page[61, 40]) == (0, 0, 255)
    assert tuple(page[20, 70]) == (0, 255, 0)
    assert (painted(Block(4, 4, []), theme="dark") == (20, 24, 29)).all()


def test_a_page_holds_the_arithmetic_of_each_cell(cli: Any) -> None:
    page = cli("conv", "1 2 3; 4 5 6; 7 8 9", "--kernel", "diag", "--explain", "all", "-f", "html").out
    (packed,) = re.findall(r'id="explanations">([^<]+)', page)
    held = json.loads(zlib.decompress(b64decode(packed)))
    assert (held["shape"], held["values"]) == ([2, 2], ["6", "8", "12", "14"])
    assert list(held["cells"]) == ["0,0", "0,1", "1,0", "1,1"]
    for cell, told in held["cells"].items():
        alone = cli("conv", "1 2 3; 4 5 6; 7 8 9", "--kernel", "diag", "--explain", cell, "-f", "html").out
        assert Elements(told).said in Elements(alone).said
    large = cli("pool", "sample:cat", "--explain", "all", "-f", "html")
    assert "for the 1,000 strongest of 101,250" in large.out
    assert len(large.out) < 2_000_000
    (packed,) = re.findall(r'id="explanations">([^<]+)', large.out)
    held = json.loads(zlib.decompress(b64decode(packed)))
    sizes = np.array([float(value) for value in held["values"]]).reshape(held["shape"])
    kept = [sizes[tuple(map(int, cell.split(",")))] for cell in held["cells"]]
    assert min(kept) == np.sort(sizes, axis=None)[-len(kept)]


def test_the_strongest_of_numbers_that_are_names_are_those_that_won_by_most(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlcli.views.page.explained.MOST", 5)
    line = ("conv", "sample:exercise", "-k", "sobel-x", "-k", "sobel-y", "-k", "laplacian")
    page = cli(*line, "--emit", "winner", "--explain", "all", "-f", "html").out
    (packed,) = re.findall(r'id="explanations">([^<]+)', page)
    held = json.loads(zlib.decompress(b64decode(packed)))
    strength = cli(*line, "--emit", "strength").tensor.data
    kept = [strength[tuple(map(int, cell.split(",")))] for cell in held["cells"]]
    assert sorted(kept) == np.sort(strength, axis=None)[-5:].tolist()


def test_a_page_calls_cells_by_their_axes_and_labels(cli: Any) -> None:
    page = cli("mdp", "sample:student", "--explain", "all", "-f", "html").out
    (packed,) = re.findall(r'id="explanations">([^<]+)', page)
    ((name, labels),) = json.loads(zlib.decompress(b64decode(packed)))["axes"]
    assert (name, labels[:2]) == ("state", ["lecture 1", "phone"])


def test_cells_without_numbers_and_stories_without_cells(cli: Any) -> None:
    """What stands for places has no numbers to be told; what no picture shows is listed."""
    page = cli("attn", "the cat sat", "--explain", "all", "-f", "html").out
    (packed,) = re.findall(r'id="explanations">([^<]+)', page)
    held = json.loads(zlib.decompress(b64decode(packed)))
    assert (held["name"], held["values"], len(held["cells"])) == ("table of scores", [], 9)
    assert page.count('data-of="table of scores"') == 3
    page = cli("td", "random-walk", "--episodes", "2", "--explain", "all", "-f", "html").out
    listed = page.partition('data-of="updates"')[2].partition("</table>")[0]
    assert re.findall(r'data-cell="(\d+)"', listed)[:3] == ["0", "1", "2"]


def test_a_page_of_all_cells_is_refused_where_there_is_none(cli: Any) -> None:
    for words in (["-f", "svg"], ["-o", "x.md"], []):
        ended = cli("softmax", "1 2", "--explain", "all", *words)
        assert (ended.code, ended.out) == (2, "")
        assert "--explain all makes a page whose cells can be clicked: add -o story.html" in ended.err


def test_letters_have_the_size_that_they_were_given_room_for() -> None:
    """A rule for ``text`` would be stronger than the attribute ``font-size`` of a small one."""
    style = svg_style("light")
    assert not [
        rule for rule in re.findall(r"([^{}]*)\{([^}]*)\}", style) if "text" in rule[0] and "font" in rule[1]
    ]
    assert "svg{font:12px " in style


@pytest.mark.parametrize(
    "view",
    [
        StepTable(Axis("time"), [Columns("h", "state", np.array([[np.inf], [2.0]]))]),
        Summands({"at": ["a", "b"]}, {"product": np.array([np.inf, 2.0])}),
        StateList(["a", "b"], np.array([np.inf, 2.0]), [[], []], "v", "q"),
    ],
)
def test_what_is_infinite_has_no_ground_in_other_tables(view: HasFigure) -> None:
    table = view.figure()
    assert isinstance(table, Table)
    infinite, finite = (
        next(cell for cell in reversed(row) if cell.text in ("inf", "2")) for row in table.body[:2]
    )
    assert (infinite.text, infinite.ground) == ("inf", "")
    assert finite.ground
