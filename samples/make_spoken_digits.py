"""Make ``spoken-digits.npz`` and ``other-voices.npz``: recordings of the ten digits, 8 kHz.

``python samples/make_spoken_digits.py FOLDER OTHER`` writes them beside this file. FOLDER is
``en_US_f_Allison`` of Debian's package asterisk-core-sounds-en-wav (1.6.1-1), OTHER
``usr/share/pocketsphinx/test/data`` of pocketsphinx-testdata (0.8+5prealpha+1-15); ``dpkg-deb -x`` unpacks
both.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile

from dlcli.tensor import Array

RATE = 8000

#: What samples are multiples of: a telephone's noise is larger.
STEP = 32

#: Samples of a row, at least those of every recording.
LONGEST = 7000

#: The digits said alone: file -> where the word begins and ends in it, in samples.
ALONE = {
    0: (560, 6560), 1: (800, 6400), 2: (560, 5120), 3: (1040, 6320), 4: (1120, 6240), 5: (880, 6400),
    6: (1120, 5920), 7: (640, 6561), 8: (800, 4960), 9: (240, 6240),
}  # fmt: skip

#: Those within sentences, such as "press one to …", where the aligner of pocketsphinx found them: digit,
#: file, where. The first are learnt from, the others held out.
LEARNT = (
    (1, "conf-usermenu", 8160, 11600), (2, "vm-options", 28480, 31840),
    (3, "vm-options", 50880, 55280), (4, "conf-usermenu", 28320, 32720),
    (6, "conf-usermenu", 33840, 37680), (7, "conf-usermenu", 65360, 69759),
    (8, "conf-usermenu", 99120, 102320), (9, "conf-usermenu", 70640, 74080),
)  # fmt: skip
HELD_OUT = (
    (0, "vm-opts", 42960, 46480), (1, "conf-adminmenu", 8160, 10720),
    (1, "vm-onefor", 3760, 6880), (1, "vm-options", 3280, 6080),
    (1, "vm-toreply", 3520, 6960), (2, "conf-adminmenu", 28080, 31200),
    (3, "conf-adminmenu", 50720, 54080), (3, "vm-advopts", 3360, 7280),
    (4, "conf-adminmenu", 70320, 73679), (4, "vm-options", 70080, 73679),
    (5, "vm-options", 92320, 97039), (6, "conf-adminmenu", 75440, 79440),
    (7, "conf-adminmenu", 108080, 112160), (8, "conf-adminmenu", 141680, 145200),
    (9, "conf-adminmenu", 113280, 117520),
)  # fmt: skip

#: Those of other speakers, of a recording's samples at 8 kHz.
OTHER = (
    (0, "tidigits/dhd.2934z.raw", 8880, 13201), (2, "tidigits/dhd.2934z.raw", 1600, 3520),
    (2, "numbers.raw", 21280, 26320), (3, "tidigits/dhd.2934z.raw", 5040, 7280),
    (3, "numbers.raw", 5760, 9760), (4, "cards/002.wav", 0, 6400),
    (4, "cards/005.wav", 9840, 12560), (4, "tidigits/dhd.2934z.raw", 6880, 9280),
    (4, "numbers.raw", 9360, 15680), (5, "cards/004.wav", 0, 6880),
    (5, "cards/004.wav", 6479, 12432), (6, "numbers.raw", 15280, 19280),
    (7, "cards/003.wav", 319, 4800), (7, "cards/005.wav", 17600, 21280),
    (8, "cards/005.wav", 1360, 3600), (9, "tidigits/dhd.2934z.raw", 3119, 5440),
)  # fmt: skip


def taken(path: Path, rate: int) -> Array:
    """The 16-bit samples of a recording, at 8 kHz; of one at 16 kHz every second behind a low-pass."""
    raw = {"format": "RAW", "subtype": "PCM_16", "samplerate": 16000, "channels": 1}
    x, own = soundfile.read(path, dtype="int16", **(raw if path.suffix == ".raw" else {}))
    assert own == rate, f"{path} has {own} samples a second"
    if rate == RATE:
        return np.asarray(x)
    n = np.arange(-32, 33)
    low = np.sinc(n / 2) * np.hamming(65) / 2
    return np.rint(np.convolve(x, low, "same")[::2]).clip(-32768, 32767).astype(np.int16)


def padded(words: list[Array]) -> Array:
    """Recordings as one array (recording, sample), silence behind the shorter ones, of 11 bits."""
    made = np.zeros((len(words), LONGEST), np.int16)
    for row, word in zip(made, words, strict=True):
        row[: len(word)] = (np.rint(word / STEP) * STEP).clip(-32768, 32767 - STEP)
    return made


def main(folder: Path, other: Path) -> None:
    """Cut the words out and write both files."""
    alone = [taken(folder / "digits" / f"{d}.wav", RATE)[slice(*at)] for d, at in ALONE.items()]
    within, held = (
        [taken(folder / f"{name}.wav", RATE)[first:last] for _, name, first, last in cuts]
        for cuts in (LEARNT, HELD_OUT)
    )
    labels = [*ALONE, *(one[0] for one in LEARNT)]
    others = [taken(other / name, 2 * RATE)[first:last] for _, name, first, last in OTHER]
    here, rate = Path(__file__).parent, np.array(RATE)
    np.savez_compressed(
        here / "spoken-digits.npz", sample_rate=rate, x_train=padded([*alone, *within]),
        y_train=np.array(labels), x_test=padded(held), y_test=np.array([one[0] for one in HELD_OUT]),
    )  # fmt: skip
    np.savez_compressed(
        here / "other-voices.npz", sample_rate=rate, x=padded(others),
        y=np.array([one[0] for one in OTHER]),
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
