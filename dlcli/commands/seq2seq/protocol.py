"""What the stories of encoders and decoders are told from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from dlcli.tensor import Array, Axis, Tensor

if TYPE_CHECKING:
    from dlcli.engines.recurrent.translation.beam import Kept
    from dlcli.engines.recurrent.translation.decoding import Decoded
    from dlcli.engines.recurrent.translation.seq2seq import Encoded, Seq2Seq


class SequenceWork(Protocol):
    """The steps that were read."""

    @property
    def data(self) -> Array: ...
    @property
    def time(self) -> Axis: ...
    @property
    def words(self) -> tuple[str, ...] | None: ...


class TranslatorWork(Protocol):
    """The net, its words, and where it comes from."""

    @property
    def net(self) -> Seq2Seq: ...
    @property
    def target(self) -> tuple[str, ...]: ...
    @property
    def origin(self) -> str: ...
    @property
    def conventions(self) -> Mapping[str, str]: ...
    @property
    def trained(self) -> bool: ...


class TimingWork(Protocol):
    """How long one length took."""

    @property
    def steps(self) -> int: ...
    @property
    def serial(self) -> float: ...
    @property
    def together(self) -> float: ...


class Work(Protocol):
    """What the command hands over."""

    @property
    def input(self) -> Tensor: ...
    @property
    def sequence(self) -> SequenceWork: ...
    @property
    def translator(self) -> TranslatorWork: ...
    @property
    def limit(self) -> int: ...
    @property
    def beam(self) -> int: ...
    @property
    def wanted(self) -> Array | None: ...
    @property
    def encoded(self) -> Encoded: ...
    @property
    def decoded(self) -> Decoded: ...
    @property
    def greedy(self) -> Decoded: ...
    @property
    def trace(self) -> tuple[Kept, ...]: ...
    @property
    def timings(self) -> Sequence[TimingWork]: ...
    @property
    def output(self) -> Tensor: ...

    def words(self, tokens: Array) -> list[str]:
        """The words that tokens stand for."""
