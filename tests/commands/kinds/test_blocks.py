"""What a command that mixes the frames of a sound says where it is given one block of it after the other."""

from __future__ import annotations

from typing import Any

import pytest

MIXING = {
    "conv": "conv --kernel '.2 .2 .2' --padding same",
    "conv --transposed": "conv --kernel '1 1' --transposed",
    "pool": "pool --size 2",
    "normalize": "normalize --kind rms --axis frame",
    "upsample": "upsample --kind bilinear",
    "softmax": "softmax --axis frame",
    "mask --smooth": "mask --above 0.1 --smooth 0,1",
    "attn": "attn",
    "rnn": "rnn --units 2",
}
EACH = (
    "conv --kernel '.2; .2; .2'", "pool --size 2,1", "pool --global", "normalize --kind rms --axis frequency",
    "upsample --size 2", "softmax --axis frequency", "mask --above 0.1 --smooth 1,0", "activate relu",
    "rnn --units 2 --stateful",
)  # fmt: skip


@pytest.mark.parametrize("name", MIXING)
def test_what_mixes_frames_says_that_it_knows_one_block_alone(name: str, shell: Any) -> None:
    line = f"dlcli stft sample:speech --block 0.5s --emit magnitude | dlcli {MIXING[name]}"
    told = f"dlcli: {name} works on the frames of each block alone; without --block on the whole sound\n"
    ended = shell(line)
    assert (ended.code, ended.err.count(told)) == (0, 1)
    assert "block" not in shell(line.replace(" --block 0.5s", "")).err
    assert "block" not in shell(line.replace("0.5s", "100s")).err  # a block that is all of it


@pytest.mark.parametrize("words", EACH)
def test_what_takes_each_frame_by_itself_says_nothing(words: str, shell: Any) -> None:
    ended = shell(f"dlcli stft sample:speech --block 0.5s --emit magnitude | dlcli {words}")
    assert (ended.code, "block" in ended.err) == (0, False)
