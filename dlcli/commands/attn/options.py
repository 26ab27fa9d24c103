"""The options of ``dlcli attn`` as they were typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dlcli.engines.attention.attention import FullyMasked


@dataclass(frozen=True)
class Options:
    """The options of one run."""

    query: str | None
    key: str | None
    value: str | None
    dim: int | None
    position: str | None
    project: bool
    weights: str | None
    heads: int | None
    head: int
    similarity: str
    causal: bool
    mask: str | None
    fully_masked: FullyMasked
    without_scaling: bool
    seed: int

    def words(self) -> Iterator[str]:
        """Those that decide about the result, as they would be typed again."""
        for name, value, usual in (
            ("--key", self.key, None),
            ("--value", self.value, None),
            ("--dim", self.dim, None),
            ("--position", self.position, None),
            ("--weights", self.weights, None),
            ("--heads", self.heads, None),
            ("--head", self.head, 0),
            ("--similarity", self.similarity, "scaled"),
            ("--mask", self.mask, None),
            ("--fully-masked", self.fully_masked, "zero"),
            ("--seed", self.seed, 0),
        ):
            if value != usual:
                yield from (name, str(value))
        yield from (name for name, flag in (("--project", self.project), ("--causal", self.causal)) if flag)
