"""What the stories of a trained encoder are told from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from dlcli.tensor import Array, Axis, Tensor

if TYPE_CHECKING:
    from dlcli.engines.transformer.bert import Bert
    from dlcli.engines.transformer.blocks import Design
    from dlcli.engines.transformer.head_patterns import Habits
    from dlcli.engines.transformer.wordpiece import Pieces
    from dlcli.wire.model_folder import ModelFolder


class EncoderWork(Protocol):
    """The model."""

    @property
    def folder(self) -> ModelFolder: ...
    @property
    def design(self) -> Design: ...


class SentenceWork(Protocol):
    """A text and what the model made of it."""

    @property
    def text(self) -> str: ...
    @property
    def pieces(self) -> Pieces: ...
    @property
    def made(self) -> Bert: ...
    @property
    def vector(self) -> Array: ...
    @property
    def token(self) -> Axis: ...


class Work(Protocol):
    """What the command hands over."""

    @property
    def encoder(self) -> EncoderWork: ...
    @property
    def sentences(self) -> Sequence[SentenceWork]: ...
    @property
    def layer(self) -> int: ...
    @property
    def head(self) -> int | None: ...
    @property
    def parameters(self) -> int: ...
    @property
    def path(self) -> str: ...
    @property
    def words(self) -> tuple[str, ...]: ...
    @property
    def similarity(self) -> Tensor: ...
    @property
    def weights(self) -> Tensor: ...
    @property
    def output(self) -> Tensor: ...
    @property
    def habits(self) -> Habits: ...
