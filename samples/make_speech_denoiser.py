"""Make ``speech-denoiser.safetensors``: a net that takes noise out of speech, by a mask for its spectrum.

``pip install av``, then ``python samples/make_speech_denoiser.py FOLDER ...`` trains on the recordings below
the folders and writes it beside this file: the folders of Debian's packages asterisk-core-sounds-en-g722,
-fr-g722, -it-g722, -ru-g722 and -es-g722 (1.6.1-1), which ``dpkg-deb -x`` unpacks. Neither ``sample:speech``
nor its speaker is among them. ``--measure FILE ...`` measures what it gains on other speech in place of that;
what stands behind ``--noise`` are recordings of noise, for that measure alone.

The net sees 20 log10 |s| of each frame and gives a mask, from 0 to 1 for each frequency. What is made small
is what is left of the noise, in decibels below the speech: 10 log10 Σ |mask · s − speech|² / Σ |speech|².

Sources: Erdogan et al., Phase-sensitive and recognition-boosted speech separation, 2015; Le Roux et al.,
SDR – half-baked or well done?, 2019, for the decibels.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from dlcli.commands.kinds.nets.net_file import history_tensor, read_net_file, write_net_file
from dlcli.engines.spectral.decibels import power, power_to_decibels
from dlcli.engines.spectral.istft import istft
from dlcli.engines.spectral.stft import stft
from dlcli.nets.net import Net
from dlcli.nets.optimisers import Optimiser, Rule
from dlcli.nets.spec import ModelSpec, model_spec
from dlcli.runner.environment import Environment
from dlcli.runner.result import Run
from dlcli.tensor import Array
from dlcli.wire.stream import Limits

RATE, FRAME, HOP = 16000, 1024, 256

#: So many samples of a noise.
Noise = Callable[[np.random.Generator, int], Array]

#: Samples of an example, and examples of a step.
LONG, BATCH = 16384, 16

#: Steps, and their rate at the beginning.
STEPS, LEARNING_RATE = 9000, 0.003

FACTS = {
    "dtype": "float32",
    "data": {
        "source": "Asterisk's prompts, in noise",
        "sound": {"sample_rate": RATE, "frame": FRAME, "hop": HOP, "window": "hann", "mask": True},
    },
}

_GRU = {"kind": "gru", "units": 40}
MODEL = {
    "name": "speech-denoiser",
    "input": [LONG // HOP + 1, FRAME // 2 + 1],
    "loss": "binary-cross-entropy",
    "layer": [
        {"kind": "batchnorm"},
        {"kind": "dense", "units": 44, "activation": "relu"},
        {"kind": "bidirectional", "layer": _GRU},
        {"kind": "dense", "units": FRAME // 2 + 1, "activation": "sigmoid", "name": "share"},
    ],
}


def spec() -> ModelSpec:
    """The model."""
    return model_spec(MODEL)


def coloured(rng: np.random.Generator, samples: int, slope: float) -> Array:
    """Noise whose power falls by ``slope`` decibels an octave: 0 is white, 3 pink, 6 brown."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    octaves = np.log2(np.maximum(np.arange(len(spectrum)) * RATE / samples, 40) / 1000)
    return np.fft.irfft(spectrum * 10 ** (-slope * octaves / 20), samples)


def hum(rng: np.random.Generator, samples: int, mains: float) -> Array:
    """The hum of a line: harmonics of its frequency, weaker upwards, with a little hiss."""
    t, made = np.arange(samples) / RATE, np.zeros(samples)
    for harmonic in range(1, 25):
        size = rng.uniform(0.3, 1) / harmonic
        made += size * np.sin(2 * np.pi * (mains * harmonic * t + rng.random()))
    return made + 0.03 * rng.standard_normal(samples)


def babble(rng: np.random.Generator, samples: int, voices: list[Array]) -> Array:
    """Six people who speak at once."""
    made = np.zeros(samples)
    for _ in range(6):
        voice = voices[rng.integers(len(voices))]
        first = rng.integers(0, len(voice) - samples)
        piece = voice[first : first + samples].astype(float)
        made += piece / (piece.std() + 1e-3)
    return made


def bent(rng: np.random.Generator, samples: int) -> Array:
    """Noise of a colour that is no power law: ten bends of its spectrum, each by some decibels."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    bends = np.geomspace(50, RATE / 2, 10)
    decibels = rng.uniform(0, 5) * -np.log2(bends / 1000) + rng.normal(0, 7, 10)
    curve = np.interp(np.fft.rfftfreq(samples, 1 / RATE), bends, decibels)
    return np.fft.irfft(spectrum * 10 ** (curve / 20), samples)


def engine(rng: np.random.Generator, samples: int) -> Array:
    """What turns: harmonics of a slowly changing frequency, of any strengths, in the noise of air."""
    t, made = np.arange(samples) / RATE, np.zeros(samples)
    changed = 1 + rng.uniform(0, 0.05) * np.sin(2 * np.pi * (rng.uniform(0.1, 2) * t + rng.random()))
    angle = np.cumsum(np.exp(rng.uniform(np.log(25), np.log(900))) * changed) / RATE
    falls = rng.uniform(0.2, 1.5)
    for harmonic in range(1, 20):
        if harmonic * angle[-1] < 0.45 * samples:
            size = np.exp(rng.normal(0, 0.8)) / harmonic**falls
            made += size * np.sin(2 * np.pi * (harmonic * angle + rng.random()))
    air = bent(rng, samples)
    return made / made.std() + rng.uniform(0.1, 1.5) * air / air.std()


def beaten(rng: np.random.Generator, samples: int, x: Array) -> Array:
    """A noise that swells some times in each second, as what rotors and pistons make does."""
    swings = np.cos(2 * np.pi * (np.exp(rng.uniform(0, 3.4)) * np.arange(samples) / RATE + rng.random()))
    return x * (1 + rng.uniform(0.2, 1) * np.abs(1 + swings) ** rng.uniform(1, 4) / 2)


def noise(rng: np.random.Generator, samples: int, voices: list[Array]) -> Array:
    """What is learnt from: noise of any colour, the hum of any line, engines, babble."""
    kind = rng.random()
    if kind < 0.3:
        made = coloured(rng, samples, rng.uniform(-1, 7))
    elif kind < 0.45:
        made = bent(rng, samples)
    elif kind < 0.7:
        made = hum(rng, samples, rng.uniform(45, 130))
        made = made / made.std() + rng.uniform(0, 0.5) * coloured(rng, samples, rng.uniform(0, 6))
    elif kind < 0.9:
        made = engine(rng, samples)
    else:
        made = babble(rng, samples, voices)
    return beaten(rng, samples, made) if rng.random() < 0.2 else made


def mixed(speech: Array, other: Array, decibels: float) -> Array:
    """The noise (time,) as strong as it is to be: so many decibels below the speech."""
    return other * np.sqrt(np.square(speech).mean() / np.square(other).mean() * 10 ** (-decibels / 10))


def seen(spectrum: Array) -> Array:
    """What the net sees (frequency, frame, …)."""
    return power_to_decibels(power(spectrum))


def varied(rng: np.random.Generator, voice: Array) -> Array:
    """So much of a voice, deeper or higher, with more or less below 400 Hz, of another colour.

    The prompts have little below 200 Hz, and the net must not take a deep voice for noise.
    """
    speed = rng.uniform(0.55, 1.15)
    first = rng.integers(0, len(voice) - int(LONG * speed) - 2)
    places = speed * np.arange(LONG)
    piece = voice[first : first + int(places[-1]) + 2].astype(float)
    x = np.interp(places, np.arange(len(piece)), piece)
    octaves = np.log2(np.clip(np.fft.rfftfreq(LONG, 1 / RATE), 60, 400) / 400)
    decibels = -rng.uniform(-2, 9) * octaves
    bends = np.geomspace(60, RATE / 2, 8)
    decibels += np.interp(np.fft.rfftfreq(LONG, 1 / RATE), bends, rng.normal(0, rng.uniform(0, 5), 8))
    return np.fft.irfft(np.fft.rfft(x) * 10 ** (decibels / 20), LONG)


def examples(rng: np.random.Generator, voices: list[Array], count: int) -> tuple[Array, Array]:
    """Spectra (frequency, frame, example) of speech in noise and of the speech, half of the voices varied."""
    speech = np.zeros((LONG, count), np.float32)
    noisy = np.zeros((LONG, count), np.float32)
    for i in range(count):
        while True:
            voice = voices[rng.integers(len(voices))]
            first = rng.integers(0, len(voice) - LONG)
            clean = (varied(rng, voice) if rng.random() < 0.5 else voice[first : first + LONG]) / 32768
            if clean.std() > 0.01:
                break
        clean = clean * 10 ** (rng.uniform(-15, 5) / 20)
        speech[:, i] = clean
        noisy[:, i] = clean + mixed(clean, noise(rng, LONG, voices), rng.uniform(-3, 14))
    return stft(noisy, frame=FRAME, hop=HOP), stft(speech, frame=FRAME, hop=HOP)


def loss_of(logits: Array, noisy: Array, speech: Array) -> tuple[float, Array]:
    """Decibels of what is left of the noise, the mean over examples, and the gradient at the logits."""
    mask = 1 / (1 + np.exp(-logits))
    wrong = mask * noisy - speech
    left = power(wrong).sum(axis=(0, 1))
    value = 10 * np.log10(left / power(speech).sum(axis=(0, 1)))
    slope = 2 * (wrong * noisy.conj()).real * mask * (1 - mask)
    slope *= 10 / np.log(10) / left / len(left)
    return float(value.mean()), slope.astype(logits.dtype)


def train(net: Net, voices: list[Array], report: int = 100) -> None:
    """Adam, its rate falling by half a cosine."""
    optimiser = Optimiser(Rule("adam"), net.trained, net.dtype)
    rng, started, sums = np.random.default_rng(0), time.perf_counter(), []
    for step in range(STEPS):
        noisy, speech = examples(rng, voices, BATCH)
        x = np.ascontiguousarray(seen(noisy))
        value, slope = loss_of(net.forward(x, training=True), noisy, speech)
        net.backward(np.ascontiguousarray(slope))
        gradient = net.gradient[: net.trained]
        gradient *= min(1.0, 5 / float(np.linalg.norm(gradient)))
        rate = LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * step / STEPS))
        optimiser.step(net.flat[: net.trained], gradient, rate)
        sums.append(value)
        if step % report == report - 1:
            took = time.perf_counter() - started
            print(f"{step + 1}: {np.mean(sums[-report:]):.2f} dB, {took:.0f} s", flush=True)


def recordings(folders: list[str]) -> list[Array]:
    """The sound below each folder, one recording behind the other, seven minutes of each."""
    import av

    voices = []
    for folder in folders:
        files = sorted(file for file in Path(folder).rglob("*.g722") if "silence" not in str(file))
        np.random.default_rng(0).shuffle(files)
        found: list[Array] = []
        while files and sum(map(len, found)) < 420 * RATE:
            with av.open(str(files.pop(0)), format="g722") as container:
                found += [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
        voices.append(np.concatenate(found))
    return voices


#: Noises that gains are measured with, and the levels of a plain mask that are tried, in decibels below the
#: largest: as ``dlcli mask --above`` has them.
MEASURED: dict[str, Noise] = {
    "white": lambda rng, n: coloured(rng, n, 0),
    "pink": lambda rng, n: coloured(rng, n, 3),
    "brown": lambda rng, n: coloured(rng, n, 6),
    "hum": lambda rng, n: hum(rng, n, 60),
}
LEVELS = range(-60, -5, 3)


def ratio(speech: Array, x: Array) -> float:
    """Decibels of what is not the speech in a sound, below the speech."""
    return float(10 * np.log10(np.square(speech).sum() / np.square(x - speech).sum()))


def recorded(noise: Array) -> Noise:
    """Some part of a recording, again and again where it is too short."""

    def part(rng: np.random.Generator, samples: int) -> Array:
        many = np.tile(noise, -(-samples // len(noise)) + 1)
        first = rng.integers(0, len(many) - samples)
        return many[first : first + samples]

    return part


def gains(net: Net, speech: Array, noise: Noise, seed: int, decibels: float = 5.0) -> dict[str, Array]:
    """Decibels gained by the net, by plain masks of all ``LEVELS``, and by the best mask there is."""
    rng = np.random.default_rng(seed)
    noisy = speech + mixed(speech, noise(rng, len(speech)), decibels)
    s, clean = (stft(x, frame=FRAME, hop=HOP) for x in (noisy, speech))
    size, before = np.abs(s), ratio(speech, noisy)

    def gain(mask: Array) -> float:
        return ratio(speech, istft(mask * s, frame=FRAME, hop=HOP, length=len(speech))) - before

    x = np.ascontiguousarray(seen(s)[..., None]).astype(net.dtype)
    best = np.clip((clean * s.conj()).real / np.maximum(size**2, 1e-12), 0, 1)
    return {
        "net": np.array(gain(net.probabilities(net.forward(x))[..., 0])),
        "plain": np.array([gain(size >= size.max() * 10 ** (level / 20)) for level in LEVELS]),
        "best": np.array(gain(best)),
    }


def measure(net: Net, voices: list[Array], noises: Mapping[str, Noise], draws: int = 3) -> None:
    """Print the mean gain on some speech, of each noise drawn some times."""
    rows = {
        kind: [gains(net, x, noise, 100 + i) for x in voices for i in range(draws)]
        for kind, noise in noises.items()
    }
    plain = {kind: np.mean([one["plain"] for one in found], axis=0) for kind, found in rows.items()}
    fixed = int(np.mean([plain[kind] for kind in MEASURED], axis=0).argmax())
    print(f"the plain mask that does best on what is drawn: --above {LEVELS[fixed]}db")
    for kind, found in rows.items():
        net_gain, best = (np.array([one[name] for one in found]) for name in ("net", "best"))
        told = f"{kind}: net {net_gain.mean():.2f} ± {net_gain.std():.2f} dB, plain {plain[kind][fixed]:.2f}"
        print(f"{told} (at its best level {plain[kind].max():.2f}), the best mask {best.mean():.2f}")


def main(folders: list[str]) -> None:
    """Train and write."""
    net, voices = Net(spec()).draw(0), recordings(folders)
    train(net, voices)
    weights = {name: array.astype(np.float16) for name, array in net.weights().items()}
    target = Path(__file__).with_name("speech-denoiser.safetensors")
    write_net_file(str(target), net.spec, weights, state={}, facts=FACTS, history=history_tensor([]))


def heard(file: str) -> Array:
    """A recording (time,) at 16 kHz, the mean of its channels: its spectrum cut off, or with zeros above."""
    import soundfile

    sound, rate = soundfile.read(file, always_2d=True)
    count = round(len(sound) * RATE / rate)
    return np.fft.irfft(np.fft.rfft(sound.mean(axis=1))[: count // 2 + 1], count)


def measure_files(files: list[str]) -> None:
    """Measure the net that is there on recordings of speech, in noises drawn and recorded."""
    speech, noises = files, []
    if "--noise" in files:
        speech, noises = files[: files.index("--noise")], files[files.index("--noise") + 1 :]
    job = Run(Environment.of_process(), Limits(), 0, "")
    net = read_net_file(str(Path(__file__).with_name("speech-denoiser.safetensors")), job).net()
    other = {Path(file).stem: recorded(heard(file)) for file in noises}
    measure(net, [heard(file) for file in speech], MEASURED | other)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure_files(sys.argv[2:])
    else:
        main(sys.argv[1:])
