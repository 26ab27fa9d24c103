"""What queries, keys and values of ``dlcli attn`` are made of: sentences, tensors, places, weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dlcli.commands.attn.options import FEATURES, POSITIONS, Options
from dlcli.commands.attn.places import offset_of
from dlcli.commands.attn.record import Source
from dlcli.commands.kinds.attention.masks import read_mask
from dlcli.commands.kinds.named_axes import in_order
from dlcli.commands.kinds.one_tensor import check_free, one_tensor
from dlcli.commands.kinds.weights import check_finite, finite_weights
from dlcli.engines.attention.heads import MultiHeadWeights, even
from dlcli.engines.attention.positions import learned, sinusoidal
from dlcli.engines.attention.random_weights import random_heads, random_similarity
from dlcli.engines.attention.similarities import PLAIN, Additive, General, Similarity
from dlcli.engines.attention.weights import read_attention
from dlcli.engines.attention.word_vectors import word_vectors
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.dense import DenseWeights
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
            if options.weights == "-":
                check_free(run, "--weights")
            self.arrays = {name: one.data for name, one in finite_weights(options.weights, run).items()}
        self.table: Array | None = None
        if options.position not in (None, *POSITIONS):
            self.table = self._one(str(options.position), "--position").data
        self.weights, self.heads = self._weights()
        self.named = {
            option: in_order(self._one(word, option, prose=True), run)
            for option, word in (("--key", options.key), ("--value", options.value))
            if word is not None
        }
        self.mask = None if options.mask is None else read_mask(options.mask, options.mask_means, run)

    def of(self, tensor: Tensor) -> tuple[Source, Source, Source, int]:
        """What queries, keys and values are made of, of itself unless something else was named.

        Behind them the key at which the first query stands. Words that meet numbers get vectors of the same
        width.
        """
        key = self.named.get("--key", tensor)
        roles = {"queries": tensor, "keys": key, "values": self.named.get("--value", key)}
        widths = [x.shape[-1] for x in roles.values() if x.axis_names != ("token",) and x.shape]
        usual = self.options.dim or (widths[0] if widths else FEATURES)
        vectors = {role: self._vectors(x, role, usual) for role, x in roles.items()}
        queries, others = (vectors[role].shape[-2] for role in ("queries", "keys"))
        added = self._place(tensor) != "none"
        offset = offset_of(self.options, queries, others, self.run, added=added)
        query, keys, values = (
            self._placed(x, vectors[role], offset if role == "queries" else 0) for role, x in roles.items()
        )
        return query, keys, values, offset

    def _place(self, given: Tensor) -> str:
        """What is added to tell the places of a sentence or of numbers: "sinusoidal", "learned" or "none"."""
        position = self.options.position
        if self.table is not None:
            return "learned"
        if position is None:
            return "sinusoidal" if given.axis_names == ("token",) else "none"
        return "sinusoidal" if position == "sinusoidal" else "none"

    def _placed(self, given: Tensor, vectors: Tensor, start: int) -> Source:
        """What a source is made of, its places added where that is asked for: from ``start`` on."""
        data, place = vectors.data, self._place(given)
        if place == "sinusoidal":
            data = data + self._typed(sinusoidal(*data.shape[-2:], start=start), data)
        elif place == "learned":
            data = data + self._typed(self._learned(data, start), data)
        placed = Tensor(data, vectors.axes, vectors.name, given.attrs)
        return Source(placed, given.axis_names == ("token",), place, given)

    def _vectors(self, tensor: Tensor, role: str, usual: int) -> Tensor:
        """A sentence as vectors of its words; numbers as they are."""
        if tensor.axis_names == ("token",):
            words = tensor.axes[0].labels or tuple(map(str, tensor.data.tolist()))
            data = word_vectors(words, self._width(role, usual), self.run.seed)
            return Tensor(data, (Axis("token", words), Axis("feature")), "tokens", tensor.attrs)
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
        return tensor

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
            widths = {"queries": query, "keys": key, "values": value}
            for name, width in widths.items():
                rows = len(self._kernel(name))
                if rows != width:
                    hint = ""
                    if self.options.weights is None and self._fits_turned(name, widths):
                        hint = "; turned round it would fit: torch's Linear keeps it so"
                    raise DlcliError(
                        f"{self._made_by(name)} makes {name} of {rows} features; received {width}{hint}"
                    )
            return self.weights
        if not self.options.project:
            return None
        shared = self.options.kv_heads
        return random_heads(self.run.generator(), query, key, value, self.heads, shared)

    def _kernel(self, role: str) -> Array:
        """The matrix that makes queries, keys or values."""
        assert self.weights is not None
        layers = {"queries": self.weights.query, "keys": self.weights.key, "values": self.weights.value}
        return layers[role].kernel

    def _fits_turned(self, role: str, widths: Mapping[str, int]) -> bool:
        """Whether a matrix that does not fit would if it were turned round, with others that need it."""
        made: dict[str, int] = {}  # columns of each for one head, all as they fit
        for name, width in widths.items():
            rows, columns = self._kernel(name).shape
            if width not in (rows, columns):
                return False
            heads = self.heads if name == "queries" else self.options.kv_heads or self.heads
            wide = columns if rows == width else rows
            if wide % heads:
                return False
            made[name] = wide // heads
        of_one_width = self.options.similarity in PLAIN
        return role == "values" or not of_one_width or made["queries"] == made["keys"]

    def _made_by(self, role: str) -> str:
        """What a matrix is of: a file, or the option that gives it."""
        flags = {"queries": "--w-query", "keys": "--w-key", "values": "--w-value"}
        return self.options.weights or flags[role]

    def _width(self, role: str, usual: int) -> int:
        """Numbers of a word's vector: those that the weights want, or the ones that were asked for."""
        if self.weights is not None:
            layer = {"queries": self.weights.query, "keys": self.weights.key, "values": self.weights.value}
            width = int(layer[role].kernel.shape[0])
            if self.options.dim not in (None, width):
                raise WrongUsage(
                    f"--dim {self.options.dim}: {self._made_by(role)} makes {role} of {width} features"
                )
            return width
        return usual

    def _weights(self) -> tuple[MultiHeadWeights | None, int]:
        options = self.options
        heads = options.heads or 1
        if options.kv_heads is not None and heads % options.kv_heads:
            raise WrongUsage(
                f"--kv-heads {options.kv_heads} do not divide the {heads} heads of the queries evenly; "
                f"{even(options.kv_heads, heads)}"
            )
        if options.w_query is not None:
            return self._given(heads), heads
        if self.arrays is None or options.similarity not in PLAIN:
            return None, heads
        try:
            layers = read_attention(self.arrays)
        except EngineError as error:
            raise BadData(f"{options.weights}: {error}") from error
        told = options.heads or layers.heads
        if told is None:
            raise WrongUsage(
                f"{options.weights} does not tell how many heads share its features: add --heads N"
            )
        if layers.heads not in (None, told):
            raise WrongUsage(f"--heads {told}: {options.weights} has {layers.heads}")
        shared = layers.weights.key_heads or told
        if options.kv_heads not in (None, shared):
            raise WrongUsage(f"--kv-heads {options.kv_heads}: {options.weights} has {shared}")
        return layers.weights, told

    def _given(self, heads: int) -> MultiHeadWeights:
        """The matrices of the command line. Raises ``WrongUsage`` where one of three is missing."""
        options = self.options
        typed = {"--w-query": options.w_query, "--w-key": options.w_key, "--w-value": options.w_value}
        missing = [flag for flag, word in typed.items() if word is None]
        if missing:
            raise WrongUsage(
                f"--w-query, --w-key and --w-value go together; add {' and '.join(missing)} (for tokens as "
                "they are, 1 on the diagonal and 0 elsewhere)"
            )
        shared = options.kv_heads or heads
        query = self._layer("--w-query", options.w_query, "--b-query", options.b_query, heads)
        key = self._layer("--w-key", options.w_key, "--b-key", options.b_key, shared)
        value = self._layer("--w-value", options.w_value, "--b-value", options.b_value, shared)
        wide, other = query.kernel.shape[1] // heads, key.kernel.shape[1] // shared
        if wide != other and options.similarity in ("scaled", "dot", "cosine"):
            raise DlcliError(
                f"a query and a key need as many numbers to be multiplied; --w-query has {wide} columns a "
                f"head, --w-key {other}"
            )
        output = None
        if options.w_output is not None:
            output = self._layer("--w-output", options.w_output, "--b-output", options.b_output, 1)
            found = value.kernel.shape[1] // shared * heads
            if len(output.kernel) != found:
                raise DlcliError(
                    f"--w-output mixes {len(output.kernel)} numbers; {heads} head{'s' * (heads != 1)} of "
                    f"values find {found}"
                )
        return MultiHeadWeights(query, key, value, output, key_heads=options.kv_heads)

    def _layer(
        self, flag: str, word: str | None, bias_flag: str, bias: str | None, heads: int
    ) -> DenseWeights:
        """A matrix of the command line, and its bias or zeros."""
        assert word is not None
        kernel = one_tensor(word, self.run, flag).data
        kernel = kernel if kernel.ndim else kernel.reshape(1, 1)
        check_finite(f"{flag} {word}", {"the matrix": kernel})
        if kernel.ndim != 2:
            raise DlcliError(
                f"{flag} {word}: a matrix (feature, column), such as '1 0; 0 1'; received shape "
                f"{kernel.shape}"
            )
        columns = kernel.shape[1]
        if columns % heads:
            raise DlcliError(
                f"{flag}: {heads} heads do not divide its {columns} columns evenly; {even(heads, columns)}"
            )
        kernel = kernel.astype(np.float64) if kernel.dtype.kind != "f" else kernel
        if bias is None:
            return DenseWeights(kernel, np.zeros(columns, kernel.dtype))
        row = np.atleast_1d(one_tensor(bias, self.run, bias_flag).data)
        check_finite(f"{bias_flag} {bias}", {"the bias": row})
        if row.size != columns or max(row.shape, default=0) != columns:
            lies = row.ndim == 1 or row.shape[-1] == row.size
            received = f"{row.size} number{'s' * (row.size != 1)}" if lies else f"shape {row.shape}"
            each = f"each of the {columns} columns" if columns > 1 else "the one column"
            raise DlcliError(f"{bias_flag} {bias}: one number for {each} of {flag}; received {received}")
        return DenseWeights(kernel, row.reshape(columns).astype(np.float64))

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

    def _learned(self, data: Array, start: int) -> Array:
        assert self.table is not None
        fits = self.table.ndim == 2 and self.table.shape[1] == data.shape[-1]
        if not fits or self.table.dtype.kind not in "biuf":
            raise DlcliError(
                f"--position {self.options.position}: a table of places for tokens of {data.shape[-1]} "
                f"features is (place, {data.shape[-1]}), real; received {self.table.dtype} {self.table.shape}"
            )
        if start < 0:
            raise DlcliError(
                f"--align bottom-right: the first query would stand at place {start}, which a table of "
                "places does not have; align top-left, or give as many keys as queries"
            )
        return learned(self.table, data.shape[-2], start)

    def _one(self, word: str, option: str, *, prose: bool = False) -> Tensor:
        read = SENTENCES.items if prose else tensors
        items: list[Tensor] = list(read(word, self.run.environment, self.run.limits, None))
        if len(items) != 1 or not items[0].data.size:
            received = " and ".join(tensor.describe() for tensor in items) or "nothing"
            raise DlcliError(f"{option} {word}: one tensor{' or sentence' * prose}; received {received}")
        return items[0]

    def _typed(self, places: Array, data: Array) -> Array:
        return places.astype(data.dtype if data.dtype.kind == "f" else np.float64, copy=False)
