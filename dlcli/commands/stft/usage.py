"""Options of ``dlcli stft`` that would do nothing, and results that a sound in blocks does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlcli.errors import WrongUsage
from dlcli.runner.line import was_typed
from dlcli.runner.outputs import MANY


def check_used(frequencies: str, block: bool, wanted: Mapping[str, Any]) -> None:
    """Raise ``WrongUsage`` for options that would do nothing, and for what blocks cannot give.

    ``frequencies`` are those of the picture, ``block`` says whether the sound comes in blocks, and ``wanted``
    what is emitted, explained and written where.
    """
    emit, file = wanted["emit"], str(wanted["output"] or "").lower()
    filtered = emit == "mel" or (emit is None and file.endswith(MANY))
    if was_typed("mels") and not filtered:
        raise WrongUsage("--mels: only mel has filters; add --emit mel, or leave --mels out")
    if was_typed("mel_scale") and not filtered and frequencies != "mel":
        raise WrongUsage("--mel-scale: add --emit mel or --frequencies mel, or leave --mel-scale out")
    if block and wanted["explain"]:
        raise WrongUsage("--explain wants the whole sound: leave out --block")
    if block and emit == "frames":
        raise WrongUsage("the frames of a sound read in blocks cannot be had: leave out --block")
