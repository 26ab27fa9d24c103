"""What a pooling's view is told: the record of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dlcli.tensor import Array, Tensor

if TYPE_CHECKING:
    from dlcli.engines.pooling.terms import WindowTerms
    from dlcli.engines.pooling.windows import PoolWindows


class Settings(Protocol):
    """Where the windows stand and what is made of them."""

    @property
    def size(self) -> tuple[int, int] | None: ...
    @property
    def stride(self) -> tuple[int, int] | None: ...
    @property
    def padding(self) -> str | int: ...
    @property
    def dilation(self) -> tuple[int, int]: ...
    @property
    def ceil(self) -> bool: ...
    @property
    def kind(self) -> str: ...
    @property
    def p(self) -> float: ...
    @property
    def count_padding(self) -> bool: ...


class Work(Protocol):
    """What the command hands over: what went in, how it was set, what came out."""

    @property
    def input(self) -> Tensor: ...
    @property
    def output(self) -> Tensor: ...
    @property
    def windows(self) -> PoolWindows: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def winners(self) -> Array | None: ...

    def terms(self, cell: tuple[int, ...]) -> WindowTerms:
        """The cells behind one output cell."""
