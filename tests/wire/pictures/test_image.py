"""Pictures: every mode a file can have, however it arrives, and nothing but words when it is broken."""

from __future__ import annotations

import contextlib
import io
import re
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dlcli.errors import BadData, DlcliError
from dlcli.tensor import Axis, Tensor
from dlcli.wire.read import read_tensors
from dlcli.wire.stream import Limits, Source

RNG = np.random.default_rng(1)
GRAY = RNG.integers(0, 256, (5, 7), np.uint8)
COLOUR = RNG.integers(0, 256, (5, 7, 3), np.uint8)
ALPHA = RNG.integers(0, 256, (5, 7, 4), np.uint8)


def encoded(image: Any, format: str = "PNG", **options: Any) -> bytes:
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


@pytest.mark.parametrize("format", ["PNG", "GIF", "BMP", "TIFF"])
def test_gray_is_height_by_width(format: str, read: Any) -> None:
    (tensor,) = read(encoded(GRAY, format))
    data = tensor.data if tensor.data.ndim == 2 else tensor.data[..., 0]  # GIF always has a palette
    np.testing.assert_array_equal(data, GRAY)
    assert tensor.axis_names[:2] == ("height", "width")
    assert (tensor.name, tensor.attrs["source"]) == ("image", "input")


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "WEBP"])
def test_colours_have_their_names(format: str, read: Any) -> None:
    (tensor,) = read(encoded(COLOUR, format, **({"lossless": True} if format == "WEBP" else {})))
    np.testing.assert_array_equal(tensor.data, COLOUR)
    assert tensor.data.dtype == np.uint8
    assert tensor.axes[2].labels == ("red", "green", "blue")


def test_jpeg_is_near(read: Any) -> None:
    (tensor,) = read(encoded(np.full((8, 8, 3), 90, np.uint8), "JPEG"))
    assert np.abs(tensor.data.astype(int) - 90).max() <= 1


@pytest.mark.parametrize(
    ("image", "labels", "expected"),
    [
        (Image.fromarray(ALPHA), ("red", "green", "blue", "alpha"), ALPHA),
        (Image.fromarray(ALPHA[..., :2].copy(), "LA"), ("gray", "alpha"), ALPHA[..., :2]),
        (Image.fromarray(GRAY).convert("P"), ("red", "green", "blue"), np.repeat(GRAY[..., None], 3, 2)),
        (Image.fromarray(GRAY > 99), None, (GRAY > 99) * np.uint8(255)),
        (Image.fromarray(GRAY.astype(np.uint16) * 200), None, GRAY.astype(np.uint16) * 200),
    ],
    ids=["RGBA", "gray and alpha", "palette", "black and white", "16 bits"],
)
def test_modes(image: Image.Image, labels: Any, expected: Any, read: Any) -> None:
    (tensor,) = read(encoded(image))
    np.testing.assert_array_equal(tensor.data, expected)
    assert tensor.data.dtype == expected.dtype
    assert labels is None or tensor.axes[2].labels == labels


def png_of_16_bits(pixels: Any) -> bytes:
    """A PNG of 16 bits a channel, which Pillow cannot write."""
    height, width, depth = pixels.shape

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 16, {3: 2, 4: 6}[depth], 0, 0, 0)
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in pixels)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )


def tiff_of_16_bits(pixels: Any, order: str) -> bytes:
    """An uncompressed TIFF of 16 bits a channel, which Pillow cannot write either."""
    height, width, depth = pixels.shape
    data = pixels.astype(f"{order}u2").tobytes()
    tags = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, depth, None), (259, 3, 1, 1), (262, 3, 1, 2),
            (273, 4, 1, 8), (277, 3, 1, depth), (278, 3, 1, height), (279, 4, 1, len(data))]  # fmt: skip
    place = 8 + len(data)
    bits = place + 2 + 12 * len(tags) + 4
    out = (
        {"<": b"II*\0", ">": b"MM\0*"}[order]
        + struct.pack(order + "I", place)
        + data
        + struct.pack(order + "H", len(tags))
    )
    for tag, kind, count, value in tags:
        packed = (
            struct.pack(order + "I", bits)
            if value is None
            else struct.pack(order + ("HH" if kind == 3 else "I"), *((value, 0) if kind == 3 else (value,)))
        )
        out += struct.pack(order + "HHI", tag, kind, count) + packed
    return out + struct.pack(order + "I", 0) + struct.pack(order + f"{depth}H", *[16] * depth)


@pytest.mark.parametrize("depth", [3, 4])
def test_colours_of_16_bits_keep_all_of_them(depth: int, read: Any) -> None:
    pixels = RNG.integers(0, 65536, (5, 7, depth), np.uint16)
    (tensor,) = read(png_of_16_bits(pixels))
    assert tensor.data.dtype == np.uint16
    np.testing.assert_array_equal(tensor.data, pixels)
    assert tensor.axes[2].labels == ("red", "green", "blue", "alpha")[:depth]


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_of_16_bits_a_channel_in_both_byte_orders(order: str, read: Any) -> None:
    pixels = RNG.integers(0, 65536, (5, 7, 3), np.uint16)
    (tensor,) = read(tiff_of_16_bits(pixels, order))
    np.testing.assert_array_equal(tensor.data, pixels)


def test_a_palette_with_transparency_gets_an_alpha_channel(read: Any) -> None:
    image = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    image.putpalette([10, 20, 30, 40, 50, 60])
    (tensor,) = read(encoded(image, transparency=1))
    assert tensor.data.tolist() == [[[10, 20, 30, 255], [40, 50, 60, 0]]]


def test_floats_and_ink(read: Any) -> None:
    (tensor,) = read(encoded(np.float32([[0.25, -3]]), "TIFF"))
    assert tensor.data.tolist() == [[0.25, -3]]
    (tensor,) = read(encoded(Image.new("CMYK", (2, 1), (0, 255, 255, 0)), "TIFF"))
    assert tensor.data.tolist() == [[[255, 0, 0], [255, 0, 0]]]


@pytest.mark.parametrize("held", range(1, 9))
def test_a_photo_is_turned_as_its_camera_was_held(held: int, read: Any) -> None:
    upright = np.arange(6, dtype=np.uint8).reshape(2, 3)
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.T, 6: np.rot90(upright), 7: np.rot90(upright.T, 2), 8: np.rot90(upright, -1),
    }[held]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = held
    (tensor,) = read(encoded(np.ascontiguousarray(stored), exif=exif))
    np.testing.assert_array_equal(tensor.data, upright)


def test_more_pixels_than_allowed_are_refused_before_they_are_decoded(read: Any) -> None:
    bomb = encoded(Image.new("1", (20_000, 10_000)))
    message = "a picture of 20000x10000 pixels, more than the 89478485 allowed; raise --max-pixels to read it"
    with pytest.raises(BadData, match=f"^input: {message}$"):
        read(bomb)
    with pytest.raises(BadData, match="a picture of 7x5 pixels, more than the 34 allowed"):
        read(encoded(GRAY), max_pixels=34)
    assert read(encoded(GRAY), max_pixels=35)


BLANK = np.zeros((50, 70), np.uint8)  # packs into far fewer bytes than it takes unpacked


@pytest.mark.parametrize(
    ("picture", "size"),
    [
        (encoded(BLANK), 3500),
        (encoded(Image.fromarray(BLANK > 0)), 3500),
        (encoded(np.zeros((50, 70, 3), np.uint8)), 3 * 3500),
        (encoded(Image.fromarray(BLANK).convert("P")), 3 * 3500),
        (encoded(Image.fromarray(BLANK).convert("P"), transparency=0), 4 * 3500),
        (encoded(np.zeros((50, 70), np.uint16)), 2 * 3500),
        (png_of_16_bits(np.zeros((50, 70, 3), np.uint16)), 6 * 3500),
    ],
    ids=[
        "gray",
        "black and white",
        "colours",
        "palette",
        "palette and alpha",
        "16 bits",
        "colours of 16 bits",
    ],
)
def test_no_more_bytes_than_allowed(picture: bytes, size: int, read: Any) -> None:
    with pytest.raises(
        BadData,
        match=rf"^input: the picture takes {size} bytes, more than the {size - 1} allowed; "
        "raise --max-bytes to read it$",
    ):
        read(picture, max_bytes=size - 1)
    (tensor,) = read(picture, max_bytes=size)
    assert tensor.data.nbytes == size
    assert Image.MAX_IMAGE_PIXELS == 89478485


CUT = re.compile(
    r"^input: (the picture is cut short or corrupt"
    r"|not a picture that dlcli reads, or one that is cut short: PNG, JPEG, GIF, BMP, TIFF or WebP"
    r"|not a format that dlcli reads.*|nothing in it \(0 bytes\)|[^:]* not a number.*|a t.*)$"
)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_picture_cut_anywhere_is_refused_in_words(format: str, read: Any) -> None:
    whole = encoded(RNG.integers(0, 256, (20, 20, 3), np.uint8), format)
    refused = []
    for length in range(0, len(whole), 7):
        try:
            read(whole[:length])
        except DlcliError as error:
            refused.append(str(error))
    assert [text for text in refused if not CUT.match(text)] == []
    assert len(refused) >= len(range(0, len(whole), 7)) - 20


def test_truncated_png_and_corrupt_jpeg(read: Any) -> None:
    with pytest.raises(BadData, match=r"^input: the picture is cut short or corrupt$"):
        read(encoded(COLOUR)[:-30])
    photo = encoded(RNG.integers(0, 256, (40, 40, 3), np.uint8), "JPEG")
    with pytest.raises(BadData, match=r"^input: the picture is cut short or corrupt$"):
        read(photo[: len(photo) // 2])


@given(
    st.binary(max_size=200),
    st.integers(0, 60),
    st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"]),
)
def test_arbitrary_bytes_give_a_tensor_or_a_dlcli_error(data: bytes, keep: int, format: str) -> None:
    start = encoded(COLOUR, format)[:keep]
    with contextlib.suppress(DlcliError):
        list(read_tensors(Source(io.BytesIO(start + data), "input"), limits=Limits(max_pixels=10_000)))


def written(tensor: Tensor, format: str = "PNG", scale: str | None = None) -> tuple[Any, str | None]:
    from dlcli.wire.pictures.image_write import write_image

    stream = io.BytesIO()
    note = write_image(tensor, stream, format=format, scale=scale)
    return np.asarray(Image.open(stream)), note


@pytest.mark.parametrize(
    ("data", "scale", "pixels", "note"),
    [
        (np.uint8([[0, 9]]), None, [[0, 9]], None),
        (np.float32([[0, 255]]), None, [[0, 255]], None),
        (np.float32([[0, 254.6]]), None, [[0, 255]], "clip: values were rounded to whole numbers"),
        (np.float32([[0, 0.5, 1]]), None, [[0, 128, 255]], "minmax: 0 became black and 1 white"),
        (np.int64([[0, 510]]), None, [[0, 255]], "minmax: 0 became black and 510 white"),
        (
            np.float32([[-10, 0, 5]]), None, [[0, 128, 191]],
            "symmetric: 0 became the middle gray 128, -10 black and 10 white",
        ),
        (
            np.float32([[-10, 300, 5]]), "clip", [[0, 255, 5]],
            "clip: 2 values outside 0..255 became 0 or 255 (they ran from -10 to 300)",
        ),
        (np.float32([[7, 7]]), "minmax", [[0, 0]], "minmax: 7 became black and 7 white"),
        (np.float32([[0, 0]]), "symmetric", [[128, 128]], "symmetric: 0 became the middle gray 128, -1 black and 1 white"),
        (np.array([[True, False]]), None, [[255, 0]], None),
        (
            np.float32([[np.nan, np.inf, -np.inf, 2]]), None, [[0, 255, 0, 2]], "1 NaN became black",
        ),
    ],
)  # fmt: skip
def test_numbers_become_shades_and_it_is_said_how(data: Any, scale: Any, pixels: Any, note: Any) -> None:
    painted, told = written(Tensor(data), scale=scale)
    assert painted.tolist() == pixels
    assert told == note


def test_sixteen_bits_stay_and_depths_are_modes() -> None:
    deep = np.uint16([[0, 65535]])
    painted, note = written(Tensor(deep))
    assert (painted.tolist(), note) == ([[0, 65535]], None)
    for depth, shape in ((1, (5, 7)), (2, (5, 7, 2)), (3, (5, 7, 3)), (4, (5, 7, 4))):
        assert written(Tensor(ALPHA[..., :depth]))[0].shape == shape


def test_formats_without_transparency_say_so() -> None:
    painted, note = written(Tensor(ALPHA), "BMP")
    assert painted.shape == (5, 7, 3)
    assert note == "BMP has no transparency; the alpha channel is left out"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            np.zeros((2, 2, 5)),
            r"received tensor \(axis0 2, axis1 2, axis2 5\) float64: write a .npy or .npz file, or try --scale view$",
        ),
        (np.zeros(3), r"a picture is \(height, width\) or \(height, width, 1 to 4 channels\); received"),
        (np.zeros((2, 2), complex), "complex numbers are no picture; write tensor to a .npy or .npz file"),
        (np.zeros((0, 2)), "a picture is"),
    ],
)
def test_what_is_no_picture_is_refused(data: Any, message: str) -> None:
    with pytest.raises(DlcliError, match=message):
        written(Tensor(data))


@pytest.mark.parametrize("depth", [2, 4])
def test_an_answer_of_another_kernel_is_no_transparency(depth: int) -> None:
    names = ("sobel-x", "sobel-y", "box", "l\x1bog")[:depth]
    maps = Tensor(np.zeros((2, 3, depth)), (Axis("height"), Axis("width"), Axis("channel", names)))
    with pytest.raises(
        DlcliError, match=r"^the channels sobel-x, sobel-y.* are no picture: .* try --scale view"
    ) as told:
        written(maps)
    assert "\x1b" not in str(told.value)
