"""``--block`` on a pipe that is still being written: what has come goes on, and adds up to the whole."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any, BinaryIO, cast

import numpy as np
import pytest
import soundfile

from dlcli.tensor import Tensor
from dlcli.wire.stream import Limits, Source
from dlcli.wire.tensors.frame import read_frame

RATE, BLOCK = 8000, 800
X = np.random.default_rng(0).integers(-9000, 9000, 4321).astype("<i2")
HEADER = (
    b"RIFF\xff\xff\xff\xffWAVEfmt "
    + struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    + b"data\xff\xff\xff\xff"
)
FRAMED = ("--frame", "128", "--hop", "32")
PATIENCE = 60.0  # seconds


def frames(stream: BinaryIO) -> Iterator[Tensor]:
    source = Source(stream, "a pipe")
    while not source.at_end():
        yield from read_frame(source, limits=Limits())


def pipe_of(*lines: tuple[str, ...]) -> list[subprocess.Popen[bytes]]:
    """Commands one after the other, the first with a pipe to be written, the last with one to be read."""
    world = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    processes: list[subprocess.Popen[bytes]] = []
    for words in lines:
        processes.append(
            subprocess.Popen(
                [sys.executable, "-m", "dlcli", *words],
                stdin=processes[-1].stdout if processes else subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=world, bufsize=0,
            )
        )  # fmt: skip
        if len(processes) > 1:
            processes[-2].stdout.close()  # type: ignore[union-attr]
    return processes


@pytest.mark.parametrize(
    "more",
    [(), (("mask", "--above", "0"),), (("mask", "--above", "0"), ("show",), ("istft", "--stream"))],
    ids=["stft", "mask", "istft"],
)
def test_the_first_tensor_comes_before_the_sound_has_ended(more: tuple[tuple[str, ...], ...]) -> None:
    processes = pipe_of(("stft", "--block", "100ms", *FRAMED, "-"), *more)
    entry, out = cast(BinaryIO, processes[0].stdin), cast(BinaryIO, processes[-1].stdout)
    watch = Timer(PATIENCE, lambda: [process.kill() for process in processes])
    watch.start()
    try:
        entry.write(HEADER + X[:BLOCK].tobytes())
        found = frames(out)
        first = next(found)  # the pipe is still open
        assert (first.attrs["block"], first.attrs["last"]) == (0, False)
        entry.write(X[BLOCK : 2 * BLOCK].tobytes())
        second = next(found)
        assert second.attrs["block"] == 1
        entry.write(X[2 * BLOCK :].tobytes())
        entry.close()
        parts = [first, second, *found]
    finally:
        watch.cancel()
        for process in processes:
            process.wait(PATIENCE)
        out.close()
    assert parts[-1].attrs["last"]
    assert [process.returncode for process in processes] == [0] * len(processes)
    if parts[0].name == "audio":
        np.testing.assert_allclose(np.concatenate([part.data for part in parts]), X / 32768, atol=1e-6)
        assert parts[1].axes[0].start == pytest.approx(len(first.data) / RATE)
    else:
        assert sum(part.shape[1] for part in parts) == len(X) // 32 + 1


@pytest.fixture
def live() -> bytes:
    return HEADER + X.tobytes()


@pytest.mark.parametrize(
    "options",
    [
        (), ("--no-center",), ("--convention", "torch"), ("--convention", "scipy"), ("--hop", "128", "--no-center"),
        ("--n-fft", "200"), ("--emit", "log-mel", "--mels", "8"),
    ],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("samples", [4321, 1600, 1601, 700, 800, 3])
def test_blocks_of_a_live_sound_are_the_whole(options: tuple[str, ...], samples: int, cli: Any) -> None:
    soundfile.write("x.wav", X[:samples], RATE)
    line = ("stft", "--frame", "128", *options)
    whole = cli(*line, "x.wav")
    parts = cli(*line, "--block", "100ms", "-", stdin=HEADER + X[:samples].tobytes())
    assert parts.code == whole.code
    if whole.code:
        assert parts.err == whole.err.replace("x.wav", "standard input")
        return
    np.testing.assert_array_equal(
        np.concatenate([one.data for one in parts.tensors], axis=1), whole.tensor.data
    )
    assert [one.attrs["block"] for one in parts.tensors] == list(range(len(parts.tensors)))
    assert sum(one.attrs["samples"] for one in parts.tensors) == samples


def test_the_way_back_joins_pieces_sample_by_sample(live: bytes, cli: Any) -> None:
    spectra = cli("stft", *FRAMED, "--block", "100ms", "-", stdin=live).raw
    whole = cli("istft", stdin=spectra).tensor
    pieces = cli("istft", "--stream", stdin=spectra).tensors
    np.testing.assert_array_equal(np.concatenate([piece.data for piece in pieces]), whole.data)
    assert len(whole.data) == len(X)
    assert len(pieces) > 3
    assert [piece.attrs["block"] for piece in pieces] == list(range(len(pieces)))
    assert [piece.attrs["last"] for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert "block" in whole.attrs
    again = cli("stft", *FRAMED, "--block", "50ms", stdin=cli("istft", "--stream", stdin=spectra).raw).tensors
    once = cli("stft", *FRAMED, stdin=whole).tensor
    np.testing.assert_allclose(np.concatenate([one.data for one in again], axis=1), once.data, atol=1e-5)
    back = cli(
        "istft",
        stdin=cli("stft", *FRAMED, "--block", "50ms", stdin=cli("istft", "--stream", stdin=spectra).raw).raw,
    )
    np.testing.assert_allclose(back.tensor.data, whole.data, atol=1e-6)


def test_a_whole_spectrum_is_one_piece(cli: Any) -> None:
    spectrum = cli("stft", "sample:chirp").raw
    np.testing.assert_array_equal(
        cli("istft", "--stream", stdin=spectrum).tensor.data, cli("istft", stdin=spectrum).tensor.data
    )


def test_stories_of_pieces(live: bytes, cli: Any) -> None:
    told = cli("stft", *FRAMED, "--block", "100ms", "-f", "plain", "-", stdin=live)
    assert (told.code, told.out.count("Overlap"), told.out.count("Spectrum  ")) == (0, 0, 6)
    spectra = cli("stft", *FRAMED, "--block", "100ms", "-", stdin=live).raw
    told = cli("istft", "--stream", "-f", "plain", stdin=spectra)
    assert told.code == 0
    assert told.out.count("Audio  ") >= 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--stream", "--length", "100"), "--stream does not go with --length: leave one of them out"),
        (("--stream", "--explain", "1"), "--stream does not go with --explain: leave one of them out"),
    ],
)
def test_what_does_not_go_with_pieces(words: tuple[str, ...], message: str, live: bytes, cli: Any) -> None:
    ended = cli("istft", *words, stdin=cli("stft", *FRAMED, "--block", "100ms", "-", stdin=live).raw)
    assert (ended.code, ended.raw, ended.err) == (2, b"", f"dlcli istft: {message}\n")


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_a_header_that_says_0_bytes_is_read_to_the_end_everywhere(subtype: str, cli: Any) -> None:
    samples = np.random.default_rng(3).uniform(-1, 1, (5000, 2))
    soundfile.write("known.wav", samples, 8000, subtype=subtype)
    raw = bytearray(Path("known.wav").read_bytes())
    place = raw.index(b"data") + 4
    raw[4:8] = raw[place : place + 4] = bytes(4)
    Path("zero.wav").write_bytes(raw)
    whole = cli("stft", "known.wav").tensor
    for found in (cli("stft", "zero.wav").tensor, cli("stft", "-", stdin=bytes(raw)).tensor):
        np.testing.assert_array_equal(found.data, whole.data)
        assert found.axes == whole.axes
    for ended in (
        cli("stft", "zero.wav", "--block", "0.2s"),
        cli("stft", "--block", "0.2s", "-", stdin=bytes(raw)),
    ):
        assert (ended.code, ended.err) == (0, "")
        joined = np.concatenate([part.data for part in ended.tensors], axis=1)
        np.testing.assert_array_equal(joined, whole.data)
    soundfile.write("empty.wav", samples[:0], 8000, subtype=subtype)
    assert cli("stft", "empty.wav").err == "dlcli stft: empty.wav: the sound has no sample\n"
