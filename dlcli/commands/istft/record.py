"""What came of going back from a spectrum to a sound: the record that the story is told from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.spectral.griffin_lim import Reconstruction
from dlcli.engines.spectral.istft import first_sample, inverse, sound_length, unseen
from dlcli.engines.spectral.overlap import Overlap, cola, nola, ranges
from dlcli.engines.spectral.overlap_add import Coverage
from dlcli.engines.spectral.stft import transform
from dlcli.engines.spectral.stft_plan import Plan
from dlcli.errors import WrongUsage
from dlcli.tensor import Tensor


@dataclass(frozen=True)
class Work:
    """What the view is told; what only a story needs is computed when it is read.

    ``spectrum`` is what the sound was made of: what came, or its sizes with the phases that were ``guessed``;
    nothing when it came in several ``blocks``, of which none is kept: ``input`` is the last. ``frames``
    counts all that came, ``told`` is the length of the sound that they came from, where they say so.
    """

    input: Tensor
    output: Tensor
    plan: Plan
    window_name: str
    spectrum: Array | None
    guessed: Reconstruction | None
    negative: int
    frames: int
    told: int | None
    blocks: int = 1

    @property
    def rate(self) -> float | None:
        """Samples a second."""
        rate = self.output.attrs.get("sample_rate")
        return float(rate) if isinstance(rate, int | float) else None

    @property
    def overlaps(self) -> tuple[Overlap, Overlap]:
        """Whether windows add up to a constant, and whether their squares do to more than nothing."""
        window, hop, first = self.plan.window, self.plan.hop, first_sample(self.plan)
        return cola(window, hop, first=first), nola(window, hop, first=first)

    @property
    def _coverage(self) -> Coverage:
        return Coverage(self.plan.window, self.plan.hop, self.frames)

    @cached_property
    def unseen(self) -> Array:
        """The samples of the sound whose weights are 0 in every frame."""
        return unseen(self.plan, self._coverage, len(self.output.data))

    @property
    def unseen_words(self) -> str:
        """Which these are."""
        return ranges(self.unseen.tolist())

    @cached_property
    def whole(self) -> int:
        """How long the sound of all frames is, of which ``--length`` may have left something out."""
        length = len(self.output.data)
        if self.told is not None:
            return self.told
        if self._framed(length) and self.plan.framing(length).count == self.frames:
            return length
        try:
            return sound_length(self.plan, self.frames, self._coverage)
        except EngineError:  # so few frames that they tell of no sample without a length
            return length

    def _framed(self, samples: int) -> bool:
        return self.plan.center or self.plan.edges == "touch" or samples >= self.plan.block

    @cached_property
    def distance(self) -> float | None:
        """How far the whole sound's own spectrum is from the one that came, as a part of its norm.

        None where there is nothing to compare: the spectrum is gone, or the sound is shorter than a frame.
        """
        if self.spectrum is None or not self._framed(self.whole):
            return None
        y: Array = self.output.data
        if len(y) != self.whole:
            y = inverse(self.spectrum, self.plan, length=self.whole, uncovered="zero")
        again = transform(y, self.plan)[:, : self.spectrum.shape[1]]
        wanted = self.spectrum[:, : again.shape[1]]
        top = float(np.abs(wanted).max()) or 1.0  # the squares of parts of it are no more than floats hold
        return float(np.linalg.norm((again - wanted) / top)) / (float(np.linalg.norm(wanted / top)) or 1.0)

    def covering(self, sample: int, channel: int = 0) -> list[tuple[int, int, float, float]]:
        """The frames that hold a sample: frame, place in it, weight of the window, number of the frame."""
        if self.spectrum is None:
            raise WrongUsage("--explain wants the whole spectrum: leave out --block in stft")
        plan = self.plan
        lanes = self.spectrum.reshape(*self.spectrum.shape[:2], -1)
        found = []
        base = first_sample(plan)
        for t in range(lanes.shape[1]):
            n = sample - base - t * plan.hop
            if 0 <= n < plan.frame:
                turned = np.fft.irfft(lanes[:, t, channel], n=plan.n_fft) / plan.factor
                place = n + plan.offset if plan.phase == "start" else (n - plan.frame // 2) % plan.n_fft
                found.append((t, n, float(plan.window[n]), float(turned[place])))
        return found
