"""What a correlation's view is told: the record of one run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from dlcli.tensor import Array, Tensor

if TYPE_CHECKING:
    from dlcli.engines.base.padding import Geometry
    from dlcli.engines.convolution.terms import CellTerms


class Kernel(Protocol):
    """One kernel: its name, its weights (kernel_height, kernel_width, depth), and the word that names it."""

    @property
    def name(self) -> str: ...
    @property
    def word(self) -> str | None: ...
    @property
    def array(self) -> Array: ...


class Work(Protocol):
    """What the command hands over: what went in, how it was set, what came out."""

    @property
    def input(self) -> Tensor: ...
    @property
    def output(self) -> Tensor: ...
    @property
    def kernels(self) -> Sequence[Kernel]: ...
    @property
    def bias(self) -> Array: ...
    @property
    def geometry(self) -> Geometry: ...
    @property
    def padding(self) -> str: ...
    @property
    def activation(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def channels(self) -> str | None: ...
    @property
    def flip(self) -> bool: ...
    @property
    def added(self) -> int:
        """How many channels the same weights are laid on, and added up."""

    @property
    def seed(self) -> int | None:
        """What random kernels were drawn by; None when none is random."""

    def terms(self, cell: tuple[int, ...]) -> CellTerms:
        """The products behind one output cell."""

    def activated(self, value: float) -> float:
        """What the activation makes of one number."""
