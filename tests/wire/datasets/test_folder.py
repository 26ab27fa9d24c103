"""A folder for each class: order, parts, what is no picture, sizes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.errors import BadData
from dlcli.wire.datasets import folder
from dlcli.wire.datasets.words import is_data
from dlcli.wire.pictures import image


def paint(name: str, value: Any = 0, size: tuple[int, int] = (6, 4), mode: str = "RGB", **more: Any) -> None:
    """A picture of one colour, ``size`` is (width, height)."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value).save(name, **more)


@pytest.fixture
def photos(data: Any) -> None:
    """Two classes of two and three pictures in the empty folder that ``data`` has opened."""
    for i, name in enumerate(["dog/b.png", "dog/a.png", "cat/1.jpg", "cat/deep/2.bmp", "cat/0.gif"]):
        paint(f"photos/{name}", (40 * i, 9, 200))


def test_classes_and_files_come_in_the_order_of_their_names(photos: None, data: Any, said: list[str]) -> None:
    for word in ("photos", "photos/", "./photos"):
        assert is_data(word)
        found = data(word)
        assert (found.name, found.shape, found.dtype) == (word, (4, 6, 3), np.uint8)
        assert (found.classes, found.labels.tolist()) == (("cat", "dog"), [0, 0, 0, 1, 1])
        reds = found.take(np.array([4, 3, 2]))[:, 0, 0, 0]
        assert reds.tolist() == [0, 40, 120]
    assert (said, found.skipped) == ([], ())


def test_folders_that_are_numbers_come_by_their_size(data: Any) -> None:
    for name in ("10", "9", "1"):
        paint(f"d/{name}/x.png")
        paint(f"d/{name}/y.png")
    assert data("d").classes == ("1", "9", "10")


def test_a_picture_is_decoded_when_it_is_taken_and_no_other_is(
    photos: None, data: Any, monkeypatch: Any
) -> None:
    decoded = []
    read = image.read_image

    def counted(source: Any, **more: Any) -> Any:
        decoded.append(source.name)
        return read(source, **more)

    monkeypatch.setattr(folder, "read_image", counted)
    found = data("photos")
    assert decoded == []
    found.take(np.array([3]))
    assert decoded == ["photos/dog/a.png"]


@pytest.mark.parametrize("parts", [("train", "test"), ("train", "val"), ("Training", "Validation")])
def test_train_and_test_hold_the_classes(parts: tuple[str, str], data: Any) -> None:
    for part, count in zip(parts, (3, 2), strict=True):
        for i in range(count):
            paint(f"d/{part}/dog/{i}.png")
            paint(f"d/{part}/cat/{i}.png", mode="RGB")
    found = data("d")
    assert (found.counts.tolist(), found.held_out.counts.tolist()) == ([3, 3], [2, 2])
    assert found.classes == found.held_out.classes == ("cat", "dog")


def test_of_test_and_val_the_first_is_held_out(data: Any, said: list[str]) -> None:
    for part in ("train", "val", "test"):
        paint(f"d/{part}/dog/1.png")
        paint(f"d/{part}/dog/2.png")
    assert len(data("d").held_out) == 2
    assert said == ["d: test is held out; val is not used"]


def test_a_class_that_was_not_learnt_cannot_be_held_out(refused: Any) -> None:
    paint("d/train/dog/1.png")
    paint("d/test/wolf/1.png")
    assert refused("d") == "d/test has a folder 'wolf', which is none of the classes dog"


def test_what_is_no_picture_is_named_passed_over_and_counted(
    photos: None, data: Any, said: list[str]
) -> None:
    Path("photos/cat/notes.txt").write_text("whiskers")
    Path("photos/cat/.hidden").write_text("no word of this")
    Path("photos/dog/cut.png").write_bytes(Path("photos/dog/a.png").read_bytes()[:20])
    Path("photos/list.csv").write_text("a,b")
    found = data("photos")
    assert len(found) == 5
    wrong = "not a picture that dlcli reads, or one that is cut short: PNG, JPEG, GIF, BMP, TIFF or WebP"
    assert found.skipped == (
        "list.csv: in the folder of no class",
        f"cat/notes.txt: {wrong}",
        "dog/cut.png: the picture is cut short or corrupt",
    )
    assert said == [f"photos: 3 files are no pictures and were passed over: {'; '.join(found.skipped)}"]


def test_of_many_that_are_no_pictures_three_are_named(photos: None, data: Any, said: list[str]) -> None:
    for i in range(1000):
        Path(f"photos/cat/n{i:03}.txt").write_text("")
    assert len(data("photos").skipped) == 1000
    assert said[0].startswith("photos: 1000 files are no pictures and were passed over: cat/n000.txt: ")
    assert said[0].endswith("; and 997 more")


def test_pictures_of_different_sizes_are_refused(photos: None, refused: Any) -> None:
    paint("photos/dog/c.png", size=(8, 4))
    assert refused("photos") == (
        "photos: pictures of different sizes: cat/0.gif is 6x4 pixels, dog/c.png 8x4 (1 of 6 are not 6x4); "
        "a net takes one size. Try: magick mogrify -resize '6x4!' photos/*/*"
    )


def test_a_photo_is_turned_before_it_is_measured(photos: None, data: Any) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    paint("photos/dog/c.jpg", size=(4, 6), exif=turned)
    assert data("photos").take(np.array([5])).shape == (1, 4, 6, 3)


def test_gray_pictures_among_coloured_ones_get_three_channels(
    photos: None, data: Any, said: list[str]
) -> None:
    paint("photos/dog/c.png", 77, mode="L")
    paint("photos/dog/d.png", (1, 2, 3, 4), mode="RGBA")
    found = data("photos")
    assert found.take(np.array([5, 6]))[:, 0, 0].tolist() == [[77, 77, 77], [1, 2, 3]]
    assert said == [
        "photos: 1 of 7 pictures are gray: read with red, green and blue alike",
        "photos: 1 of 7 pictures have an alpha channel, which is left out",
    ]


def test_gray_pictures_alone_have_one_channel(data: Any) -> None:
    for name, mode in (("a/1", "L"), ("a/2", "1"), ("b/1", "LA"), ("b/2", "L")):
        paint(f"d/{name}.png", (1, 2) if mode == "LA" else 1, mode=mode)
    found = data("d")
    assert found.shape == (4, 6, 1)
    assert found.take(np.arange(4))[:, 0, 0, 0].tolist() == [1, 255, 1, 1]


def test_numbers_of_sixteen_bits_stay_and_are_not_mixed_with_eight(data: Any, refused: Any) -> None:
    paint("d/a/1.png", 4711, mode="I;16")
    paint("d/a/2.png", 4712, mode="I;16")
    found = data("d")
    assert (found.dtype, found.take(np.array([1]))[0, 0, 0].tolist()) == (np.uint16, [4712])
    paint("d/a/3.png", 1, mode="L")
    assert refused("d") == (
        "d: the numbers of a/1.png are uint16, those of a/3.png uint8; save them all with 8 bits a channel"
    )


def test_a_class_with_one_picture_is_told(photos: None, data: Any, said: list[str]) -> None:
    paint("photos/wolf/1.png")
    Path("photos/bear").mkdir()
    assert data("photos").counts.tolist() == [0, 3, 2, 1]
    assert said == ["photos: class 'wolf' has one picture: it can be learnt from or held out, not both"]


def test_a_picture_that_is_corrupt_inside_is_told_when_it_is_taken(data: Any) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8))
    Path("d/a").mkdir(parents=True)
    noise.save("d/a/1.png")
    raw = Path("d/a/1.png").read_bytes()
    Path("d/a/1.png").write_bytes(raw[:1000] + bytes(1000) + raw[2000:])
    with pytest.raises(
        BadData, match=r"^d/a/1.png: the picture is cut short or corrupt: mend it, or take it out"
    ):
        data("d").take(np.array([0]))


def test_a_folder_without_folders_or_pictures_is_refused(refused: Any, tmp_path: Path) -> None:
    paint("flat/1.png")
    assert not is_data("flat")
    assert refused("flat") == (
        "flat: no folder in it; a set of pictures has one for each class, such as cat/1.png and dog/1.png"
    )
    (tmp_path / "empty" / "cat").mkdir(parents=True)
    assert refused("empty") == "empty: no picture in its folders cat"


def test_names_of_folders_cannot_steer_the_terminal(data: Any) -> None:
    paint("d/a\x1b[2J/1.png")
    assert data("d").classes == ("a\\x1b[2J",)


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "bmp", "tif", "webp"])
def test_a_picture_cut_short_among_good_ones_is_passed_over(
    ending: str, photos: None, data: Any, said: list[str]
) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8))
    noise.save(f"photos/dog/whole.{ending}")
    raw = Path(f"photos/dog/whole.{ending}").read_bytes()
    Path(f"photos/dog/more.{ending}").write_bytes(raw + bytes(5000))  # what stands behind is left alone
    Path(f"photos/dog/cut.{ending}").write_bytes(raw[: -min(70, len(raw) // 3)])
    found = data("photos")
    assert len(found) == 7
    (skipped,) = found.skipped
    assert skipped.startswith(f"dog/cut.{ending}: ")
    assert "cut short" in skipped
    assert len(found.take(np.arange(7))) == 7


def test_a_whole_picture_is_not_decoded_to_be_listed(photos: None, data: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda _: pytest.fail("decoded"))
    assert len(data("photos")) == 5


def test_what_is_no_plain_file_is_passed_over(photos: None, data: Any) -> None:
    os.mkfifo("photos/cat/pipe.png")
    os.symlink("nowhere", "photos/cat/gone.png")
    assert data("photos").skipped == (
        "cat/gone.png: cannot be read: No such file or directory",
        "cat/pipe.png: a pipe, a socket or a device, and no plain file",
    )
    os.mkfifo("photos/x.npy")
    assert len(data("photos")) == 5


def test_links_that_lead_nowhere_are_files_of_no_class(photos: None, data: Any, refused: Any) -> None:
    for name in ("photos", "alone"):
        Path(name).mkdir(exist_ok=True)
        os.symlink("loop", f"{name}/loop")
        os.symlink("nowhere", f"{name}/gone")
    assert data("photos").skipped == ("gone: in the folder of no class", "loop: in the folder of no class")
    assert refused("alone").startswith("alone: no folder in it; a set of pictures has one for each class")


def test_a_folder_of_other_things_is_left_early(photos: None, refused: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(folder, "MOST", 20)
    for i in range(25):
        Path(f"photos/cat/n{i:03}.txt").write_text("")
    assert refused("photos").startswith(
        "photos: more than 20 files in it are no pictures, such as cat/n021.txt; a set of pictures has a folder"
    )
