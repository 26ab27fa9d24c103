"""What the stories of a transformer are told from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from dlcli.tensor import Tensor

if TYPE_CHECKING:
    from dlcli.engines.attention.attention import Attended
    from dlcli.engines.transformer.blocks import Block, BlockWeights, Design, Transformer
    from dlcli.engines.transformer.decoding import Products
    from dlcli.engines.transformer.layer_norm import NormWeights
    from dlcli.engines.transformer.residual import Measures


class TokensWork(Protocol):
    """The tokens before the first block."""

    @property
    def tensor(self) -> Tensor: ...
    @property
    def embedded(self) -> bool: ...
    @property
    def positions(self) -> bool: ...


class ModelWork(Protocol):
    """The blocks and where they come from."""

    @property
    def layers(self) -> Sequence[BlockWeights]: ...
    @property
    def norm(self) -> NormWeights | None: ...
    @property
    def source(self) -> str | None: ...
    @property
    def features(self) -> int: ...
    @property
    def hidden(self) -> int: ...


class OptionsWork(Protocol):
    """What was asked for."""

    @property
    def decoder(self) -> bool: ...
    @property
    def maps(self) -> str: ...
    @property
    def seed(self) -> int: ...


class DecodedWork(Protocol):
    """One step of decoding with a cache."""

    @property
    def difference(self) -> float: ...
    @property
    def products(self) -> Products: ...


class Work(Protocol):
    """What the command hands over."""

    @property
    def input(self) -> Tensor: ...
    @property
    def tokens(self) -> TokensWork: ...
    @property
    def model(self) -> ModelWork: ...
    @property
    def design(self) -> Design: ...
    @property
    def made(self) -> Transformer: ...
    @property
    def memory(self) -> Tensor | None: ...
    @property
    def memory_made(self) -> str: ...
    @property
    def layer(self) -> int: ...
    @property
    def options(self) -> OptionsWork: ...
    @property
    def words(self) -> tuple[str, ...]: ...
    @property
    def output(self) -> Tensor: ...
    @property
    def layers(self) -> Tensor: ...
    @property
    def weights(self) -> Tensor: ...
    def attended(self, layer: int) -> Attended:
        """Every number of the attention of one block whose weights are looked at."""

    def behind(self, count: int) -> Work:
        """The same, as if the first so many blocks were all."""

    @property
    def block(self) -> Block: ...
    @property
    def block_weights(self) -> BlockWeights: ...
    @property
    def parameters(self) -> int: ...
    @property
    def measured(self) -> Sequence[Sequence[Measures]]: ...
    @property
    def decoding(self) -> Sequence[DecodedWork]: ...
