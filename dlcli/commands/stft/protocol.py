"""What the stories of sounds and spectra are told from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dlcli.tensor import Array, Axis, Tensor

if TYPE_CHECKING:
    from dlcli.engines.spectral.conventions import Convention
    from dlcli.engines.spectral.frames import Framing
    from dlcli.engines.spectral.overlap import Overlap
    from dlcli.engines.spectral.stft_plan import Plan


class SoundWork(Protocol):
    """A sound as the engine had it."""

    @property
    def samples(self) -> Array: ...
    @property
    def rate(self) -> float | None: ...
    @property
    def channel(self) -> Axis | None: ...
    @property
    def start(self) -> float: ...


class Part(Protocol):
    """One block of a longer sound."""

    @property
    def first_frame(self) -> int: ...
    @property
    def last(self) -> bool: ...


class Work(Protocol):
    """What the command hands over."""

    @property
    def input(self) -> Tensor: ...
    @property
    def sound(self) -> SoundWork: ...
    @property
    def plan(self) -> Plan: ...
    @property
    def part(self) -> Part | None: ...
    @property
    def origin(self) -> float: ...
    @property
    def words(self) -> tuple[str, ...]: ...
    @property
    def window_name(self) -> str: ...
    @property
    def window_formula(self) -> str: ...
    @property
    def spectrum(self) -> Tensor: ...
    @property
    def framing(self) -> Framing: ...
    @property
    def convention(self) -> Convention: ...
    @property
    def frequencies(self) -> str: ...
    @property
    def power(self) -> Array: ...
    @property
    def decibels(self) -> Array: ...
    @property
    def overlaps(self) -> tuple[Overlap, Overlap]: ...

    def mel(self, mels: int) -> tuple[Array, Array]:
        """Powers in dB by mel, and the centres of the filters in hertz."""

    def strongest(self, frame: int | None = None, most: int = 5) -> list[tuple[float, float, str]]:
        """Frequencies, their powers in dB below the strongest, and the notes; of all frames or of one."""

    def frame_samples(self, frame: int, channel: int = 0) -> Array:
        """The samples of a frame, padding and all, before the window."""
