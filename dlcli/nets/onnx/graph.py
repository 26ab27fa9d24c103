"""A graph of ONNX: operators that take values by name and give others, and arrays among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dlcli.engines.base.checks import Array

#: The name of an input or output, and its lengths, None where one is open; no lengths where it says none.
Value = tuple[str, tuple[int | None, ...] | None]


@dataclass(frozen=True)
class Node:
    """One operator: ``attributes`` are numbers, words, arrays, or tuples of numbers or words."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    name: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    domain: str = ""


@dataclass(frozen=True)
class Graph:
    """A model: its operators in an order in which they can be computed, and its arrays by name.

    ``opset`` is the version of the operators; ``properties`` are words that travel with the model. Inputs and
    outputs are numbers with a fraction but for those that ``whole`` names.
    """

    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    nodes: tuple[Node, ...]
    initializers: Mapping[str, Array]
    opset: int
    producer: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    whole: tuple[str, ...] = ()

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Graph:
        """The graph that a mapping tells."""
        lists = {name: tuple(told[name]) for name in ("inputs", "outputs")}
        return cls(**{**told, **lists, "nodes": tuple(Node(**one) for one in told["nodes"])})

    def as_mapping(self) -> dict[str, Any]:
        """The graph as a mapping of plain ones, for ``Graph.of`` to read again."""
        return {**vars(self), "nodes": [vars(node) for node in self.nodes]}
