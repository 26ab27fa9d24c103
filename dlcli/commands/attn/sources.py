"""What queries, keys and values of ``dlcli attn`` are made of: sentences, tensors, places, weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dlcli.commands.attn.options import FEATURES, Options
from dlcli.commands.attn.record import Source
from dlcli.commands.kinds.named_axes import in_order
from dlcli.commands.kinds.weights import finite_weights
from dlcli.engines.attention.heads import MultiHeadWeights
from dlcli.engines.attention.positions import learned, sinusoidal
from dlcli.engines.attention.random_weights import random_heads, random_similarity
from dlcli.engines.attention.similarities import PLAIN, Additive, General, Similarity
from dlcli.engines.attention.weights import read_attention
from dlcli.engines.attention.word_vectors import word_vectors
from dlcli.engines.base.checks import Array, EngineError
from dlcli.errors import BadData, DlcliError, WrongUsage
from dlcli.runner.inputs import SENTENCES, tensors
from dlcli.runner.result import Run
from dlcli.tensor import Axis, Tensor
from dlcli.words.axes import PICTURE


class Sources:
    """Makes the sources of a run from its options, reading each file once."""

    def __init__(self, options: Options, run: Run) -> None:
        self.options, self.run = options, run
        self.arrays: dict[str, Array] | None = None
        if options.weights is not None:
            self.arrays = {name: one.data for name, one in finite_weights(options.weights, run).items()}
        self.table: Array | None = None
        if options.position not in (None, "sinusoidal", "rotary", "none"):
            self.table = self._one(str(options.position), "--position").data
        self.weights, self.heads = self._weights()
        self.named = {
            option: in_order(self._one(word, option, prose=True), run)
            for option, word in (("--key", options.key), ("--value", options.value))
            if word is not None
        }
        self.mask = None if options.mask is None else self._mask(options.mask)

    def of(self, tensor: Tensor) -> tuple[Source, Source, Source]:
        """What queries, keys and values are made of: of itself, unless something else was named.

        Words that meet numbers get vectors of the same width.
        """
        key = self.named.get("--key", tensor)
        roles = {"queries": tensor, "keys": key, "values": self.named.get("--value", key)}
        widths = [x.shape[-1] for x in roles.values() if x.axis_names != ("token",) and x.shape]
        usual = self.options.dim or (widths[0] if widths else FEATURES)
        query, keys, values = (self._source(x, role, usual) for role, x in roles.items())
        return query, keys, values

    def _source(self, tensor: Tensor, role: str, usual: int) -> Source:
        """A sentence as vectors of its words and their places; numbers as they are, with places if asked."""
        position = self.options.position
        if tensor.axis_names == ("token",):
            words = tensor.axes[0].labels or tuple(map(str, tensor.data.tolist()))
            data = word_vectors(words, self._width(role, usual), self.run.seed)
            placed = Tensor(data, (Axis("token", words), Axis("feature")), "tokens", tensor.attrs)
            position = position or "sinusoidal"
        else:
            picture = tensor.data.ndim == 3 and set(PICTURE) <= set(tensor.axis_names)
            real = tensor.data.dtype.kind in "biuf"
            if tensor.data.ndim not in (2, 3) or 0 in tensor.shape or not real or picture:
                raise DlcliError(
                    f"attn wants {role} as a sentence, or as real numbers (token, feature) or (head, token, "
                    f"feature), none of these axes empty; received {tensor.describe()}"
                )
            if self.options.dim not in (None, tensor.shape[-1]):
                raise WrongUsage(
                    f"--dim {self.options.dim} is for sentences; this input has {tensor.shape[-1]} features"
                )
            placed = tensor
        data, place = placed.data, "none"
        if position == "sinusoidal":
            data, place = data + self._typed(sinusoidal(*data.shape[-2:]), data), "sinusoidal"
        elif self.table is not None:
            data, place = data + self._typed(self._learned(data), data), "learned"
        placed = Tensor(data, placed.axes, placed.name, tensor.attrs)
        return Source(placed, tensor.axis_names == ("token",), place, tensor)

    def similarity(self, query: int, key: int) -> Similarity:
        """The similarity for queries and keys of these widths; one with weights gets them here."""
        name = self.options.similarity
        if name in PLAIN:
            return PLAIN[name]
        if self.arrays is not None and not self.weights:
            return self._learnt_similarity(self.arrays, name)
        (generator,) = self.run.generator().spawn(1)  # other numbers than those of --project
        return random_similarity(generator, name, query, key)

    def projection(self, query: int, key: int, value: int) -> MultiHeadWeights | None:
        """The layers that make queries, keys and values from sources of these widths, if there are any."""
        if self.weights is not None:
            for name, layer, width in (
                ("queries", self.weights.query, query),
                ("keys", self.weights.key, key),
                ("values", self.weights.value, value),
            ):
                if layer.kernel.shape[0] != width:
                    raise DlcliError(
                        f"{self.options.weights} makes {name} of {layer.kernel.shape[0]} features; "
                        f"received {width}"
                    )
            return self.weights
        if not self.options.project:
            return None
        return random_heads(self.run.generator(), query, key, value)

    def _width(self, role: str, usual: int) -> int:
        """Numbers of a word's vector: those that the weights want, or the ones that were asked for."""
        if self.weights is not None:
            layer = {"queries": self.weights.query, "keys": self.weights.key, "values": self.weights.value}
            width = int(layer[role].kernel.shape[0])
            if self.options.weights is not None and self.options.dim not in (None, width):
                raise WrongUsage(
                    f"--dim {self.options.dim}: {self.options.weights} makes {role} of {width} features"
                )
            return width
        return usual

    def _weights(self) -> tuple[MultiHeadWeights | None, int]:
        options = self.options
        if self.arrays is None or options.similarity not in PLAIN:
            return None, options.heads or 1
        try:
            layers = read_attention(self.arrays)
        except EngineError as error:
            raise BadData(f"{options.weights}: {error}") from error
        heads = options.heads or layers.heads
        if heads is None:
            raise WrongUsage(
                f"{options.weights} does not tell how many heads share its features: add --heads N"
            )
        if layers.heads not in (None, heads):
            raise WrongUsage(f"--heads {heads}: {options.weights} has {layers.heads}")
        return layers.weights, heads

    def _learnt_similarity(self, arrays: Mapping[str, Array], name: str) -> Similarity:
        kind = General if name == General.name else Additive
        wanted = ("weight",) if kind is General else ("query_kernel", "key_kernel", "vector")
        missing = [part for part in wanted if part not in arrays]
        if missing:
            raise BadData(
                f"{self.options.weights}: similarity '{name}' has the weights {', '.join(wanted)}; "
                f"received {', '.join(arrays)}"
            )
        return kind(*(arrays[part] for part in wanted))

    def _learned(self, data: Array) -> Array:
        assert self.table is not None
        fits = self.table.ndim == 2 and self.table.shape[1] == data.shape[-1]
        if not fits or self.table.dtype.kind not in "biuf":
            raise DlcliError(
                f"--position {self.options.position}: a table of places for tokens of {data.shape[-1]} "
                f"features is (place, {data.shape[-1]}), real; received {self.table.dtype} {self.table.shape}"
            )
        return learned(self.table, data.shape[-2])

    def _mask(self, word: str) -> Array:
        """Whole numbers and truth values say who may look; floats are added."""
        mask = self._one(word, "--mask").data
        if mask.dtype.kind == "f":
            if np.isin(mask, (0, 1)).all() and (mask == 1).any():
                self.run.warn(
                    "the mask has 0 and 1 as floats, which are added to the scores; "
                    "to allow and forbid, give whole numbers or true and false"
                )
            return mask
        if mask.dtype.kind not in "biu" or not np.isin(mask, (0, 1)).all():
            range_ = f" from {mask.min()} to {mask.max()}" if mask.dtype.kind in "iu" else ""
            raise DlcliError(
                f"--mask {word}: whole numbers say who may look, 1, and who may not, 0; floats are added to "
                f"the scores; received {mask.dtype}{range_}"
            )
        return mask.astype(bool)

    def _one(self, word: str, option: str, *, prose: bool = False) -> Tensor:
        read = SENTENCES.items if prose else tensors
        items: list[Tensor] = list(read(word, self.run.environment, self.run.limits, None))
        if len(items) != 1 or not items[0].data.size:
            received = " and ".join(tensor.describe() for tensor in items) or "nothing"
            raise DlcliError(f"{option} {word}: one tensor{' or sentence' * prose}; received {received}")
        return items[0]

    def _typed(self, places: Array, data: Array) -> Array:
        return places.astype(data.dtype if data.dtype.kind == "f" else np.float64, copy=False)
