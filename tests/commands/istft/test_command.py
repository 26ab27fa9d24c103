"""``dlcli istft``: there and back through every option, lost phases, and what cannot be inverted."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from dlcli.tensor import Axis, Tensor
from dlcli.wire.tensors.frame import write_frame

RATE = 8000
X = np.random.default_rng(0).uniform(-0.5, 0.5, 3001).astype(np.float32)


@pytest.fixture
def wav(tmp_path: Path) -> str:
    soundfile.write(tmp_path / "x.wav", X, RATE, "FLOAT")
    return str(tmp_path / "x.wav")


@pytest.mark.parametrize(
    "options",
    [
        (), ("--frame", "64", "--hop", "10"), ("--convention", "torch"), ("--convention", "scipy"),
        ("--frame", "33", "--n-fft", "64", "--window", "hamming", "--scaling", "psd"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_there_and_back(options: tuple[str, ...], wav: str, cli: Any) -> None:
    spectrum = cli("stft", wav, *options).raw
    back = cli("istft", stdin=spectrum).tensor
    assert back.shape == (3001,)
    np.testing.assert_allclose(back.data, X, atol=1e-6)
    assert back.axes == (Axis("time", start=0.0, step=1 / RATE, unit="s"),)
    assert back.attrs["sample_rate"] == RATE


#: Options of ``stft``, the samples that come back of 3001, and the first that no frame holds.
ENDS: dict[str, tuple[int, int]] = {
    "--frame 200 --hop 160": (2880, 2980),
    "--frame 64 --hop 63 --no-center --window rect": (2962, 2962),
    "--convention torch --no-center --frame 100 --hop 50": (3000, 3000),
    "--frame 64 --hop 64 --window rect": (2944, 2976),
}


@pytest.mark.parametrize("options", ENDS)
@pytest.mark.parametrize("more", [(), ("--block", "100ms")], ids=" ".join)
def test_a_sound_comes_back_in_its_length_or_istft_says_so(
    options: str, more: tuple[str, ...], wav: str, cli: Any
) -> None:
    made, unseen = ENDS[options]
    spectrum = cli("stft", wav, *options.split(), *more).raw
    back = cli("istft", stdin=spectrum)
    middle = (
        f", up to the middle of the last frame: samples {made}-{unseen - 1} are in its other half, and --length "
        f"{unseen} gives them too;"
        if made < unseen
        else ":"
    )
    places = f"samples {unseen}-3000" if unseen < 3000 else "sample 3000"
    assert back.err == (
        f"dlcli: istft: {made} of 3001 samples come back{middle} no frame holds {places}; "
        "--uncovered zero gives all 3001, with silence there\n"
    )
    np.testing.assert_allclose(back.tensors[0].data, X[:made], atol=1e-5)
    told = " ".join(cli("istft", "-f", "plain", stdin=spectrum).out.split())
    assert f"Notice {made} of 3001 samples come back" in told
    assert "No sound has" not in told
    assert "nothing was lost" not in told
    whole = cli("istft", "--uncovered", "zero", stdin=spectrum).tensor.data
    np.testing.assert_allclose(whole[:unseen], X[:unseen], atol=2e-3)
    assert whole.tolist()[unseen:] == [0] * (3001 - unseen)
    asked = cli("istft", "--length", "2000", stdin=spectrum)
    assert (asked.err, asked.tensor.shape) == ("", (2000,))
    rest = cli("istft", "--length", str(unseen), stdin=spectrum).tensor.data
    np.testing.assert_allclose(rest, X[:unseen], atol=2e-3)


@pytest.mark.parametrize("window", ["hann", "blackman", "rect"])
def test_the_length_that_is_named_has_been_seen(window: str, wav: str, cli: Any) -> None:
    """The last weights of a long frame are so small that they count as 0."""
    spectrum = cli("stft", wav, "--frame", "1000", "--hop", "800", "--window", window).raw
    (length,) = re.findall(r"--length (\d+) gives", cli("istft", stdin=spectrum).err)
    assert 2880 <= int(length) <= 2900
    assert cli("istft", "--length", length, stdin=spectrum).tensor.shape == (int(length),)


#: What a file of bare numbers leaves open, of a spectrum of frames of 91 samples, 22 apart: what was typed,
#: and what is said to be taken.
OPEN = {
    "": "--frame 90 (91 has as many frequencies), --hop 22, --window hann, --center, --convention librosa",
    "--frame 91": "--hop 22, --window hann, --center, --convention librosa",
    "--frame 64": "--n-fft 90 (91 has as many frequencies), --hop 16, --window hann, --center, --convention librosa",
    "--n-fft 91": "--frame 91, --hop 22, --window hann, --center, --convention librosa",
    "--convention scipy": "--frame 90 (91 has as many frequencies), --hop 45",
    "--frame 91 --hop 22 --window hann --center": "--convention librosa",
    "--frame 91 --hop 22 --convention librosa": "",
}


@pytest.mark.parametrize("typed", OPEN)
def test_what_a_spectrum_leaves_open_is_said(typed: str, wav: str, cli: Any) -> None:
    spectrum = cli("stft", wav, "--frame", "91", "--hop", "22").tensor
    np.save("n.npy", spectrum.data)
    back = cli("istft", "n.npy", *typed.split())
    taken = OPEN[typed]
    said = f"dlcli: istft: n.npy does not tell all of its transform; taken: {taken}\n" if taken else ""
    assert (back.code, back.err) == (0, said)
    if not taken:
        sound = back.tensor.data
        np.testing.assert_allclose(sound, X[: len(sound)], atol=1e-6)
    axes = Tensor(spectrum.data, spectrum.axes, "s")  # they know how far frames are apart
    assert "--hop" not in cli("istft", "--frame", "91", "--sample-rate", "8000", stdin=axes).err


#: Options against a spectrum of frames of 64 samples, 48 apart, and what is said to them.
AGAINST = {
    "--window rect": "its window is hann, not as --window rect has it; leave that out",
    "--frame 50": "its frames have 64 samples, not as --frame 50 has it; leave that out",
    "--frame 8ms --n-fft 128": "its transform has 64 samples, not as --n-fft 128 has it; leave that out",
    "--no-center": "its frames are centred, not as --no-center has it; leave that out",
    "--convention scipy": "its frames at the ends are those that fit, not as --convention scipy (touch) has it; leave that out",
    "--convention torch": "its window is hann, not as --convention torch (rect) has it; leave that out",
    "--convention torch --window hann": "its padding is zeros, not as --convention torch (reflect) has it; leave that out",
    "--hop 20": "its frames are 48 samples apart, not as --hop 20 has it; leave that out: phases fit at one hop alone, and stft --emit magnitude makes a spectrum without them",
    "--hop 5ms": "its frames are 48 samples apart, not as --hop 5ms (40) has it; leave that out: phases fit at one hop alone, and stft --emit magnitude makes a spectrum without them",
}


@pytest.mark.parametrize("typed", AGAINST)
@pytest.mark.parametrize("more", [(), ("--block", "100ms")], ids=" ".join)
def test_options_against_the_spectrum_are_refused(
    typed: str, more: tuple[str, ...], wav: str, cli: Any
) -> None:
    spectrum = cli("stft", wav, "--frame", "64", "--hop", "48", *more).raw
    ended = cli("istft", *typed.split(), stdin=spectrum)
    assert (ended.code, ended.raw) == (2, b"")
    assert ended.err == f"dlcli istft: the spectrum is another: {AGAINST[typed]}\n"


@pytest.mark.parametrize(
    "words",
    [
        ("--frame", "64", "--hop", "6ms", "--window", "hann", "--n-fft", "64", "--center"),
        ("--convention", "librosa"), ("--sample-rate", "8000"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_options_that_agree_with_the_spectrum_are_accepted(
    words: tuple[str, ...], wav: str, cli: Any
) -> None:
    spectrum = cli("stft", wav, "--frame", "64", "--hop", "48").raw
    plain, agreed = (cli("istft", *more, stdin=spectrum) for more in ((), words))
    assert (agreed.code, agreed.err, agreed.raw[-1000:]) == (0, plain.err, plain.raw[-1000:])


def test_a_variable_stands_behind_the_spectrum(wav: str, cli: Any) -> None:
    spectrum = cli("stft", wav, "--frame", "64", "--hop", "32").raw
    back = cli("istft", stdin=spectrum, variables={"DLCLI_ISTFT_WINDOW": "rect"}).tensor
    np.testing.assert_allclose(back.data, X, atol=1e-6)


def test_sizes_may_be_played_at_another_hop(wav: str, cli: Any) -> None:
    sizes = cli("stft", wav, "--frame", "64", "--hop", "16", "--emit", "magnitude").raw
    back = cli("istft", "--hop", "24", "--iterations", "2", stdin=sizes)
    assert back.tensors[0].shape == (187 * 24,)
    assert back.err.startswith(
        "dlcli: istft: its frames are 16 samples apart; at --hop 24 the sound lasts 1.5 times as long\n"
    )
    assert "samples come back" not in back.err
    spectrum = cli("stft", wav, "--frame", "64", "--hop", "16").raw
    back = cli("istft", "--sample-rate", "16000", stdin=spectrum)
    assert back.err == (
        "dlcli: istft: the spectrum has 8000 samples a second; at 16000 it plays 2 times as fast\n"
    )
    assert back.tensors[0].attrs["sample_rate"] == 16000


@pytest.mark.parametrize("typed", [(), ("--hop", "32")], ids=" ".join)
def test_frames_that_were_left_out_do_not_make_a_sound_faster(
    typed: tuple[str, ...], wav: str, cli: Any
) -> None:
    spectrum = cli("stft", wav, "--frame", "64", "--hop", "16").raw
    back = cli("istft", *typed, stdin=cli("tensor", "--index", ":,::2", stdin=spectrum).raw)
    said = (
        "dlcli: istft: the frames are 32 samples apart, as their axis says, not 16 as when they were made; "
        "taken: --hop 32\n"
    )
    assert back.err == ("" if typed else said)
    np.testing.assert_allclose(back.tensors[0].data, X, atol=1e-6)


def test_pooled_frames_do_not_make_a_sound_faster(wav: str, cli: Any) -> None:
    sizes = cli("stft", wav, "--frame", "64", "--hop", "16", "--emit", "magnitude").raw
    pooled = cli("pool", "--size", "1,2", stdin=sizes).raw
    back = cli("istft", "--iterations", "2", stdin=pooled)
    assert "the frames are 32 samples apart, as their axis says, not 16 as when they were made" in back.err
    assert back.tensors[0].shape == (3001,)


def test_blocks_between_which_frames_are_gone_are_refused(wav: str, cli: Any) -> None:
    blocks = cli("stft", wav, "--frame", "64", "--hop", "16", "--block", "100ms").raw
    for words in (("tensor", "--index", ":,::2"), ("tensor", "--index", ":,:3")):
        ended = cli("istft", stdin=cli(*words, stdin=blocks).raw)
        assert ended.code == 1
        assert "frames were left out between them; leave out --block in stft\n" in ended.err


def test_a_cut_spectrum_says_what_it_came_from(wav: str, cli: Any) -> None:
    whole = cli("stft", wav, "--frame", "64", "--hop", "16").raw
    back = cli("istft", stdin=cli("tensor", "--index", ":,0:50", stdin=whole).raw)
    assert back.tensors[0].shape == (784,)
    assert back.err == (
        "dlcli: istft: 50 frames give 784 samples; the sound that they came from had 3001, in 188 frames: "
        "--length says how many are wanted\n"
    )


@pytest.mark.parametrize("samples", [1, 2, 15, 16, 17, 63, 64, 65])
@pytest.mark.parametrize("convention", ["librosa", "torch", "scipy"])
def test_a_sound_shorter_than_a_frame_comes_back_whole(samples: int, convention: str, cli: Any) -> None:
    soundfile.write("short.wav", X[:samples], RATE, "FLOAT")
    spectrum = cli("stft", "short.wav", "--frame", "64", "--hop", "16", "--convention", convention).raw
    back = cli("istft", stdin=spectrum).tensor
    np.testing.assert_allclose(back.data, X[:samples], atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        (), ("--convention", "torch"), ("--convention", "scipy"), ("--frame", "33", "--n-fft", "64", "--hop", "7", "--window", "hamming"),
    ],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("block", ["20ms", "100ms", "1s"])
def test_blocks_come_back_as_the_whole(options: tuple[str, ...], block: str, wav: str, cli: Any) -> None:
    whole = cli("istft", stdin=cli("stft", wav, *options).raw).tensor
    back = cli("istft", stdin=cli("stft", wav, *options, "--block", block).raw).tensor
    np.testing.assert_allclose(back.data, whole.data, atol=1e-6)
    assert (back.axes, back.name, back.attrs["sample_rate"]) == (whole.axes, whole.name, RATE)
    assert cli("stft", "--block", "50ms", stdin=back).code == 0  # it is a whole sound again


def test_blocks_into_a_file_in_another_length_and_with_channels(shell: Any, cli: Any) -> None:
    soundfile.write("two.wav", np.stack([X, -X], axis=1), RATE, "FLOAT")
    assert (
        shell(
            "dlcli stft two.wav --block 50ms | dlcli mask --keep frequency=0: | dlcli istft -o again.wav"
        ).code
        == 0
    )
    np.testing.assert_allclose(soundfile.read("again.wav")[0], np.stack([X, -X], axis=1), atol=1e-6)
    short = shell("dlcli stft two.wav --block 50ms | dlcli istft --length 100").tensor
    np.testing.assert_allclose(short.data, np.stack([X, -X], axis=1)[:100], atol=1e-6)
    told = shell("dlcli stft two.wav --block 50ms | dlcli istft -f plain").out
    assert told.startswith("Input  8 blocks, the last: spectrum of two.wav, ")
    assert "memory holds the sound alone" in " ".join(told.split())


def test_into_a_file_and_channels(cli: Any) -> None:
    soundfile.write("two.wav", np.stack([X, -X], axis=1), RATE, "FLOAT")
    cli("istft", "-o", "again.wav", stdin=cli("stft", "two.wav").raw)
    again, rate = soundfile.read("again.wav")
    assert rate == RATE
    np.testing.assert_allclose(again, np.stack([X, -X], axis=1), atol=1e-6)


def test_a_spectrum_that_says_nothing_takes_options(wav: str, cli: Any) -> None:
    spectrum = cli("stft", wav, "--frame", "64", "--hop", "20", "--convention", "torch").tensor.data
    np.save("s.npy", spectrum)
    line = (
        "istft",
        "s.npy",
        "--frame",
        "64",
        "--hop",
        "20",
        "--convention",
        "torch",
        "--sample-rate",
        "8000",
        "--length",
        "3001",
    )
    back = cli(*line).tensor
    np.testing.assert_allclose(back.data, X, atol=1e-6)
    assert back.attrs["sample_rate"] == RATE
    assert cli(
        "istft",
        "s.npy",
        "--frame",
        "64",
        "--hop",
        "20",
        "--convention",
        "torch",
        "--length",
        "0.1s",
        "--sample-rate",
        "8000",
    ).tensor.shape == (800,)


@pytest.mark.parametrize("quantity", ["magnitude", "power", "db"])
def test_a_lost_phase_is_looked_for_and_said(quantity: str, wav: str, cli: Any) -> None:
    sizes = cli("stft", wav, "--frame", "64", "--emit", quantity).raw
    back = cli("istft", "--iterations", "5", "--seed", "3", stdin=sizes)
    assert (
        back.err
        == f"dlcli: istft: the {quantity} has no phase: Griffin-Lim looks for one, in 5 steps from seed 3\n"
    )
    assert back.tensors[0].shape == (3001,)
    again = cli("istft", "--iterations", "5", "--seed", "3", stdin=sizes).tensors[0].data
    np.testing.assert_array_equal(again, back.tensors[0].data)
    assert (cli("istft", "--iterations", "5", stdin=sizes).tensors[0].data != back.tensors[0].data).any()
    size = cli("stft", wav, "--frame", "64", "--emit", "magnitude").tensors[0].data
    found = np.abs(cli("stft", "--frame", "64", stdin=back.tensors[0]).tensors[0].data)
    assert np.linalg.norm(found - size) < 0.6 * np.linalg.norm(size)


def test_filtered_and_back(wav: str, cli: Any) -> None:
    filtered = cli("conv", "-k", "identity", "--padding", "same", stdin=cli("stft", wav).raw).raw
    np.testing.assert_allclose(cli("istft", stdin=filtered).tensor.data, X, atol=1e-6)


def spectrum_of(*words: str) -> Any:
    return lambda cli: cli("stft", "sample:chirp", "--frame", "64", *words).raw


def blocks_of(cli: Any, *words: str) -> list[Tensor]:
    return cli("stft", "sample:chirp", "--frame", "64", "--block", "0.3s", *words).tensors


def frames_of(tensors: list[Tensor]) -> bytes:
    stream = io.BytesIO()
    for tensor in tensors:
        write_frame(tensor, stream)
    return stream.getvalue()


BAD: dict[str, tuple[tuple[str, ...], Any, int, str]] = {
    "a picture": (("sample:cat",), b"", 1, "dlcli istft: istft wants axes (frequency, frame); this tensor has (height, width, channel)"),
    "of a command": ((), lambda cli: cli("conv", "sample:cat", "-k", "diag").raw, 1, "dlcli istft: istft wants axes (frequency, frame); this tensor has (height, width): it came from 'conv sample:cat -k diag'"),
    "mels": ((), spectrum_of("--emit", "mel"), 1, "dlcli istft: istft wants axes (frequency, frame); this tensor has (mel, frame): it came from 'stft sample:chirp --frame 64 --emit mel'; mels have merged frequencies, which cannot be parted again"),
    "phases": ((), spectrum_of("--emit", "phase"), 1, "dlcli istft: istft wants a spectrum, or its magnitude, power or db; this tensor holds phase: it came from 'stft sample:chirp --frame 64 --emit phase'"),
    "frames": ((), spectrum_of("--emit", "frames"), 1, "dlcli istft: istft wants axes (frequency, frame); this tensor has (frame, time): it came from 'stft sample:chirp --frame 64 --emit frames'"),
    "cut frequencies": ((), lambda cli: cli("conv", "-k", "horizontal", stdin=spectrum_of()(cli)).raw, 1, "dlcli istft: a transform of 64 samples has 33 frequencies, and istft wants all of them; received 31: it came from 'stft sample:chirp --frame 64 | conv -k horizontal'; keep them, as conv --padding same does"),
    "hop too large": ((), spectrum_of("--hop", "64"), 1, "dlcli istft: sample:chirp (from 'stft sample:chirp --frame 64 --hop 64'): the spectrum cannot be inverted: windows 64 samples apart miss sample 32 of every 64: the squares of the weights add up to 0 there; try a hop of at most 32, or --uncovered zero"),
    "not centred": ((), spectrum_of("--no-center"), 1, "dlcli istft: sample:chirp (from 'stft sample:chirp --frame 64 --no-center'): the spectrum cannot be inverted: no window has seen sample 0 of 32000; try centred frames, or --uncovered zero"),
    "nan": ((), Tensor(np.full((3, 4), np.nan + 0j), (Axis("frequency"), Axis("frame")), "s"), 1, "dlcli istft: a spectrum that can be inverted is finite; s (frequency 3, frame 4) complex128 has NaN or infinity"),
    "unknown window": (("--window", "han"), spectrum_of(), 2, "dlcli istft: invalid value for '--window': window expects one of hann, hamming, blackman, bartlett, rect, kaiser, gaussian; received 'han'\nTry 'dlcli istft --help'."),
    "a search for phases that are there": (("--iterations", "5"), spectrum_of(), 2, "dlcli istft: --iterations: the spectrum has its phases, and nothing looks for them; leave --iterations out"),
    "the same in blocks": (("--momentum", "0.5"), spectrum_of("--block", "0.5s"), 2, "dlcli istft: --momentum: the spectrum has its phases, and nothing looks for them; leave --momentum out"),
    "too long a frame": (("--n-fft", "64", "--frame", "65"), Tensor(np.ones((33, 4), complex), (Axis("frequency"), Axis("frame")), "s"), 2, "dlcli istft: --n-fft 64 is less than a frame of 65 samples; try --n-fft 65"),
    "too long": (("--length", "33000"), spectrum_of(), 1, "dlcli istft: sample:chirp (from 'stft sample:chirp --frame 64'): the spectrum cannot be inverted: no window has seen samples 32032-32999 of 33000; try a length of 32032, or --uncovered zero"),
    "half a frame": (("--frame", "4", "--hop", "1", "--convention", "librosa"), Tensor(np.ones((3, 1), complex), (Axis("frequency"), Axis("frame")), "s"), 1, "dlcli istft: standard input: 1 frame of 4 samples, centred, end in the middle of the last one, which is before sample 1; try to give the sound a length"),
    "unbelievably long": ((), Tensor(np.ones((3, 2), complex), (Axis("frequency"), Axis("frame")), "s", {"n_fft": 10**12, "frame": 10**12}), 1, "dlcli istft: a transform of 1000000000000 samples has 500000000001 frequencies, and istft wants all of them; received 3; keep them, as conv --padding same does"),
    "far apart": ((), Tensor(np.ones((3, 2), complex), (Axis("frequency"), Axis("frame")), "s", {"hop": 10**9}), 1, "dlcli istft: the spectrum cannot be inverted: its frames of 4 samples are 1000000000 apart; give --hop, of at most 2"),
    "sizes in blocks": ((), lambda cli: cli("stft", "sample:chirp", "--block", "0.5s", "--emit", "magnitude").raw, 1, "dlcli istft: Griffin-Lim looks for the phases of a whole spectrum; this is one block of many: leave out --block in stft"),
    "a block too few": ((), lambda cli: frames_of(blocks_of(cli)[:-1]), 1, "dlcli istft: standard input: it ends in the middle: its last block never came"),
    "a block out of its turn": ((), lambda cli: frames_of(blocks_of(cli)[::2]), 1, "dlcli istft: block 2 of a spectrum came where block 1 was due"),
    "a cell of blocks": (("--explain", "3"), lambda cli: frames_of(blocks_of(cli)), 2, "dlcli istft: --explain wants the whole spectrum: leave out --block in stft"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_inverted_ends_in_words(case: str, cli: Any) -> None:
    words, stdin, code, message = BAD[case]
    ended = cli("istft", *words, stdin=stdin(cli) if callable(stdin) else stdin)
    assert (ended.code, ended.raw, ended.err) == (code, b"", message + "\n")


def test_what_no_window_has_seen_can_be_silent(cli: Any) -> None:
    spectrum = spectrum_of("--no-center")(cli)
    back = cli("istft", "--uncovered", "zero", stdin=spectrum).tensor.data
    assert back[0] == 0
    chirp = cli("stft", "sample:chirp", "--frame", "64", "--no-center").tensor
    assert back.shape == (chirp.attrs["samples"],)


def test_the_story_and_a_sample(cli: Any) -> None:
    spectrum = cli("stft", "0 1 0 -1 0 1 0 -1", "--frame", "4", "--hop", "2").raw
    told = cli("istft", "-f", "plain", "--width", "80", stdin=spectrum).out
    assert "  y[m]  Σ w[m − 2·t] · x[t, m − 2·t] / Σ w[m − 2·t]²\n" in told
    assert "see every sample: the squares of the weights add up to between 0.5 and 1" in " ".join(
        told.split()
    )
    assert "The sound has exactly this spectrum" in told
    told = cli("istft", "--explain", "3", "-f", "plain", "--width", "80", stdin=spectrum).out
    assert (
        "  frame  n     x    w    w·x    w²\n  1      3  −0.5  0.5  −0.25  0.25\n  2      1  −0.5  0.5  −0.25  0.25\n"
        in told
    )
    assert "  y  −0.5 / 0.5 = −1\n" in told


def test_a_sound_of_sizes_alone_may_be_shorter_than_their_frames(wav: str, cli: Any) -> None:
    sizes = cli("stft", wav, "--frame", "64", "--emit", "magnitude").raw
    whole, start = (
        cli("istft", "--iterations", "3", *words, stdin=sizes).tensors[0].data
        for words in ((), ("--length", "500"))
    )
    np.testing.assert_array_equal(start[:400], whole[:400])
    assert start.shape == (500,)


@pytest.mark.parametrize("options", [(), ("--convention", "scipy"), ("--scaling", "psd", "--n-fft", "90")])
@pytest.mark.parametrize("quantity", ["spectrum", "magnitude"])
def test_the_frames_that_hold_a_sample_add_up_to_it(
    quantity: str, options: tuple[str, ...], cli: Any
) -> None:
    spectrum = cli("stft", "sample:chirp", "--frame", "64", "--emit", quantity, *options).raw
    search = ("--iterations", "3") if quantity == "magnitude" else ()
    words = ("istft", *search, "--explain", "300", "-f", "plain", "--precision", "9")
    told = cli(*words, stdin=spectrum).out
    top, bottom, value = (
        float(word.replace("−", "-")) for word in re.findall(r"y  (\S+) / (\S+) = (\S+)", told)[0]
    )
    assert top / bottom == pytest.approx(value, rel=1e-4)


def test_the_story_of_a_sound_shorter_than_its_frame(cli: Any) -> None:
    spectrum = cli("stft", "1 2 3 4", "--frame", "4", "--hop", "2", "--window", "rect", "--no-center").raw
    told = cli("istft", "--length", "2", "-f", "plain", stdin=spectrum)
    assert (told.code, told.err) == (0, "")
    assert "The sound of 4 samples has exactly this spectrum" in " ".join(told.out.split())
    assert "exactly this spectrum" in cli("istft", "-f", "plain", stdin=spectrum).out


def test_the_next_line_can_be_typed(shell: Any) -> None:
    told = shell("dlcli stft sample:chirp | dlcli istft -f plain").out
    line = " ".join(told.partition("Try next\n")[2].replace(" \\\n", " ").split())
    assert shell(line).code == 0
    assert Path("telephone.wav").exists()


def test_the_story_of_a_changed_spectrum(cli: Any) -> None:
    spectrum = cli("stft", "sample:chirp", "--frame", "64").raw
    changed = cli("conv", "-k", "horizontal", "--padding", "same", stdin=spectrum).raw
    told = " ".join(cli("istft", "-f", "plain", stdin=changed).out.split())
    assert (
        "No sound has exactly this spectrum, since frames overlap and must agree: that of this one, the nearest, is"
        in told
    )
    assert "a sound file would clip what is beyond ±1" in told
    lost = cli("stft", "sample:chirp", "--frame", "64", "--emit", "magnitude").raw
    told = " ".join(cli("istft", "--iterations", "3", "-f", "plain", stdin=lost).out.split())
    assert "Griffin-Lim 3 steps from random phases, " in told
    assert "Without phases there are many sounds" in told


def test_missed_samples_count_in_the_sound(cli: Any) -> None:
    line = ("stft", "5 1 7 -1 5 1 7 -1", "--frame", "4")
    spectrum = cli(*line, "--hop", "4").raw
    back = cli("istft", "--uncovered", "zero", stdin=spectrum).tensor.data
    np.testing.assert_allclose(back, [5, 1, 0, -1, 5, 1, 0, -1], atol=1e-12)
    told = " ".join(cli("istft", "--uncovered", "zero", "-f", "plain", stdin=spectrum).out.split())
    assert "windows 4 samples apart miss sample 2 of every 4:" in told
    assert "No window has seen samples 2 and 6 of 8: nobody can know them, and they are left 0." in told
    assert "The sound has exactly this spectrum. " in told  # and nobody says that nothing was lost
    assert "miss sample 2 of every 4:" in cli("istft", stdin=spectrum).err
    told = " ".join(cli(*line, "--hop", "8", "-f", "plain").out.split())
    assert "miss samples 2-6 of every 8:" in told
    assert "off the median 0 at samples 0-1 and 7 of every 8" in told


def test_a_sample_that_nobody_has_seen_is_no_quotient(cli: Any) -> None:
    spectrum = cli("stft", "5 1 7 -1 5 1 7 -1", "--frame", "4", "--hop", "4").raw
    line = ("istft", "--uncovered", "zero", "-f", "plain")
    told = cli(*line, "--explain", "2", stdin=spectrum).out
    assert "Arithmetic  1 frame holds it\n" in told
    assert "  there is none: every weight on it is 0, and what nobody has seen is left 0\n" in told
    assert "0 / 0" not in told
    told = cli(*line, "--length", "12", "--explain", "11", stdin=spectrum).out
    assert "Arithmetic  0 frames hold it\n" in told
    assert "  there is none: no frame reaches it, and what nobody has seen is left 0\n" in told
    assert "  y  5 / 1 = 5\n" in cli(*line, "--explain", "0", stdin=spectrum).out


@pytest.mark.parametrize("convention", ["librosa", "torch", "scipy"])
@pytest.mark.parametrize("length", [3, 7, 9, 12])
def test_a_sound_of_another_length_is_not_another_spectrum(length: int, convention: str, cli: Any) -> None:
    spectrum = cli("stft", "0 1 3 -1 0 1 0 -1", "--frame", "4", "--hop", "2", "--convention", convention).raw
    line = ("istft", "--length", str(length), "--uncovered", "zero", "-f", "plain")
    told = " ".join(cli(*line, stdin=spectrum).out.split())
    assert "The sound of 8 samples has exactly this spectrum" in told
    assert "No sound has" not in told
    cut = f"--length leaves {8 - length} sample{'s' if length == 3 else ''} out at the end."
    assert (cut in told) == (length < 8)


def test_large_numbers_are_compared_in_proportion(cli: Any) -> None:
    found = []
    for size in ("1", "1e200"):
        spectrum = cli("stft", f"{size} -{size} {size} {size} 0 0", "--frame", "4", "--hop", "1").raw
        changed = cli("mask", "--keep", "frame=#2:#3", stdin=spectrum).raw
        told = " ".join(cli("istft", "-f", "plain", stdin=changed).out.split())
        found += re.findall(r"the nearest, is (\S+) % off", told)
    assert found[0] == found[1] != "nan"


def test_a_guessed_sound_says_what_it_lacks(cli: Any) -> None:
    sizes = cli("stft", "5 1 7 -1 5 1 7 -1", "--frame", "4", "--hop", "4", "--emit", "magnitude").raw
    told = " ".join(cli("istft", "--length", "5", "-f", "plain", stdin=sizes).out.split())
    assert (
        "Notice --length leaves 3 samples out at the end. No window has seen sample 2 of 5: nobody can know it, "
        "and it is left 0. Without phases there are many sounds" in told
    )


def test_the_next_line_gives_a_rate_to_a_sound_that_tells_none(cli: Any) -> None:
    told = cli("istft", "1 2 3; 4 5 6; 7 8 9", "-f", "plain").out
    line = re.sub(r" \\\n +", " ", told.split("Try next\n  ")[1]).split("\n")[0]
    assert line == "dlcli istft '1 2 3; 4 5 6; 7 8 9' --sample-rate 8000 -o sound.wav"
    ended = cli(*shlex.split(line)[1:])
    assert (ended.code, Path("sound.wav").stat().st_size > 0) == (0, True), ended.err
