"""One run of ``dlcli istft``: a spectrum, and the sound that was made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.consistency import distance, frame_count, reach, whole_length
from dlcli.engines.spectral.griffin_lim import Reconstruction
from dlcli.engines.spectral.istft import Coverage, unseen
from dlcli.engines.spectral.overlap import ranges
from dlcli.engines.spectral.stft_plan import Plan
from dlcli.engines.spectral.terms import SampleTerms, sample_terms
from dlcli.errors import WrongUsage
from dlcli.tensor import Tensor
from dlcli.words.line import Line
from dlcli.words.number import counted


@dataclass(frozen=True, eq=False)
class Work:
    """A spectrum and its sound; what only a story needs is computed when it is read.

    ``spectrum`` is what the sound was made of: what came, or its sizes with the phases that were ``guessed``;
    nothing when it came in several ``blocks``, of which none is kept: ``input`` is the last. ``frames``
    counts all that came, ``samples`` is the length of the sound that they came from, where they say so,
    ``asked`` the length that was asked for, and ``negative`` counts the sizes that were below 0.
    """

    input: Tensor
    output: Tensor
    plan: Plan
    window: str
    spectrum: Array | None
    guessed: Reconstruction | None
    negative: int
    frames: int
    samples: int | None
    asked: int | None
    blocks: int = 1
    line: Line = field(default_factory=Line)

    @property
    def rate(self) -> float | None:
        """Samples a second."""
        rate = self.output.attrs.get("sample_rate")
        return float(rate) if isinstance(rate, int | float) else None

    @cached_property
    def unseen(self) -> Array:
        """The samples of the sound whose weights are 0 in every frame."""
        return unseen(Coverage(self.plan, self.frames), len(self.output.data))

    @cached_property
    def short(self) -> str:
        """Why the sound has not the length of the one that it came from, and what to try; "" where it has."""
        samples, made = self.samples, len(self.output.data)
        if self.asked or samples is None or made == samples:
            return ""
        count = frame_count(samples, self.plan)
        if count != self.frames:
            return (
                f"{counted(self.frames, 'frame')} give {counted(made, 'sample')}; the sound that they came "
                f"from had {samples}, in {counted(count, 'frame')}: --length says how many are wanted"
            )
        seen = reach(self.frames, self.plan)
        rest = ""
        if made < seen:
            rest = (
                f", up to the middle of the last frame: {ranges(range(made, seen))} "
                f"{'are' if seen - made > 1 else 'is'} in its other half, and --length {seen} gives "
                f"{'them' if seen - made > 1 else 'it'} too"
            )
        return (
            f"{made} of {samples} samples come back{rest}{';' if rest else ':'} no frame holds "
            f"{ranges(range(seen, samples))}; --uncovered zero gives all {samples}, with silence there"
        )

    @cached_property
    def whole(self) -> int:
        """How long the sound of all frames is, of which ``--length`` may have left something out."""
        if self.samples is not None and frame_count(self.samples, self.plan) == self.frames:
            return self.samples
        return whole_length(len(self.output.data), self.frames, self.plan)

    @cached_property
    def distance(self) -> float | None:
        """How far the whole sound's own spectrum is from the one that came, as a part of its norm.

        None where there is nothing to compare: the spectrum is gone, or the sound is shorter than a frame.
        """
        if self.spectrum is None:
            return None
        return distance(self.spectrum, self.output.data, self.plan, self.whole)

    def terms(self, cell: tuple[int, ...]) -> SampleTerms:
        """What the frames that hold a sample say of it."""
        if self.spectrum is None:
            raise WrongUsage("--explain wants the whole spectrum: leave out --block in stft")
        lanes = self.spectrum.reshape(*self.spectrum.shape[:2], -1)
        return sample_terms(lanes[..., cell[1] if len(cell) > 1 else 0], cell[0], self.plan)
