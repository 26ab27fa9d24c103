"""What a transformer is made of in one run: its tokens, its weights, the memory of a decoder."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dlcli.commands.kinds.attention.masks import checked_mask, read_mask
from dlcli.commands.kinds.named_axes import in_order
from dlcli.commands.kinds.weights import finite_weights
from dlcli.commands.transformer.options import FEATURES, LAYERS, Options
from dlcli.commands.transformer.record import Model, Tokens
from dlcli.engines.attention.positions import sinusoidal
from dlcli.engines.attention.word_vectors import word_vectors
from dlcli.engines.base.checks import EngineError
from dlcli.engines.transformer.blocks import Design, transformer
from dlcli.engines.transformer.random_weights import random_layers
from dlcli.engines.transformer.torch_weights import Stack, read_stack
from dlcli.errors import BadData, DlcliError, WrongUsage
from dlcli.runner.inputs import SENTENCES
from dlcli.runner.result import Run
from dlcli.tensor import Array, Axis, Tensor

#: Heads unless it is said, where they divide the features, and how much wider the feed-forward part is.
HEADS, WIDER = 2, 4


class Parts:
    """Makes the parts of a run from its options, reading each file once."""

    def __init__(self, options: Options, run: Run) -> None:
        self.options, self.run = options, run
        self.arrays: dict[str, Array] | None = None
        if options.weights is not None:
            self.arrays = {name: one.data for name, one in finite_weights(options.weights, run).items()}
        memory = options.memory if options.decoder else None  # a variable may name one for decoders
        self.stack = None if self.arrays is None else self._stack(decoder=memory is not None)
        if self.stack is not None:
            self._expect(self.stack)
        self.memory_word = None if memory is None else self._memory_word(memory)
        means = options.mask_means
        self.mask = None if options.mask is None else read_mask(options.mask, means, run)
        seen = options.memory_mask if memory is not None else None
        self.memory_mask = None if seen is None else read_mask(seen, means, run, "--memory-mask")

    def design(self, features: int, *, causal: bool | None = None) -> Design:
        """What all blocks share, for tokens of so many features."""
        options = self.options
        heads = options.heads or (HEADS if features % HEADS == 0 else 1)
        causal = (options.causal or options.decoder) if causal is None else causal
        window = options.window
        return Design(heads, options.norm == "pre", options.activation, causal, options.eps, window)

    def tokens(self, tensor: Tensor, features: int | None = None) -> Tokens:
        """A sentence as vectors of its words; a matrix as it is.

        ``features`` is the width of the word vectors; without it the weights' or ``--dim``.
        """
        position = self.options.position
        if tensor.axis_names == ("token",):
            words = tensor.axes[0].labels or tuple(map(str, tensor.data.tolist()))
            width = features or (self.stack.features if self.stack else self.options.dim or FEATURES)
            data = word_vectors(words, width, self.run.seed)
            added = position != "none"
            axes: tuple[Axis, ...] = (Axis("token", words), Axis("unit"))
        else:
            if tensor.data.ndim != 2 or 0 in tensor.shape or tensor.data.dtype.kind not in "biuf":
                raise DlcliError(
                    "transformer wants a sentence, or real numbers (token, feature), none of these axes "
                    f"empty; received {tensor.describe()}"
                )
            if self.options.dim not in (None, tensor.shape[1]):
                raise WrongUsage(
                    f"--dim {self.options.dim} is for sentences; this input has {tensor.shape[1]} features"
                )
            data, added, axes = tensor.data, position == "sinusoidal", tensor.axes
        if added:
            data = data + sinusoidal(*data.shape).astype(data.dtype if data.dtype.kind == "f" else np.float64)
        embedded = tensor.axis_names == ("token",)
        return Tokens(Tensor(data, axes, "tokens", tensor.attrs), embedded, added)

    def model(self, features: int) -> Model:
        """The blocks for tokens of so many features."""
        options = self.options
        memory = self.memory_word is not None
        if self.stack is None:
            generator = self.run.generator()
            if memory:  # not the weights of the encoder that the memory may have gone through
                (generator,) = generator.spawn(1)
            hidden = options.hidden or WIDER * features
            drawn = random_layers(generator, options.layers or LAYERS, features, hidden, memory=memory)
            return Model(tuple(drawn), None, None)
        if features != self.stack.features:
            raise DlcliError(
                f"{options.weights} is made for tokens of {self.stack.features} features; received {features}"
            )
        return Model(self.stack.layers, self.stack.norm, options.weights)

    def memory(self, features: int, queries: int) -> tuple[Tensor | None, str]:
        """What so many queries of a decoder look at (token, feature), if anything, and how it was made."""
        word = self.memory_word
        if word is None:
            return None, ""
        if word.axis_names != ("token",):
            if word.data.ndim != 2 or word.shape[1] != features:
                raise DlcliError(
                    f"--memory {self.options.memory}: a memory for tokens of {features} features is "
                    f"(token, {features}); received {word.describe()}"
                )
            return word, "as it was read"
        tokens = self.tokens(word, features).tensor
        encoder, how = self._encoder(features)
        if encoder is None:
            return tokens, how
        design = replace(self.design(features, causal=False), window=None)
        seen = self.memory_mask
        row = seen is not None and (seen.ndim == 1 or seen.shape[-2] == 1)
        if row:
            how += ", which does not see what is hidden either"
            checked_mask("--memory-mask", np.asarray(seen), (design.heads, queries, len(tokens.data)))
        made = transformer(tokens.data, encoder.layers, design, norm=encoder.norm, mask=seen if row else None)
        return Tensor(made.output, tokens.axes, "memory", word.attrs), how

    def _encoder(self, features: int) -> tuple[Model | None, str]:
        """The encoder that a sentence goes through before a decoder sees it."""
        if self.arrays is None:
            options = self.options
            hidden, layers = options.hidden or WIDER * features, options.layers or LAYERS
            made = random_layers(self.run.generator(), layers, features, hidden)
            blocks = f"{layers} block{'s' * (layers != 1)}"
            how = f"through an encoder of {blocks} drawn from the same seed"
            return Model(tuple(made), None, None), how
        try:
            stack = read_stack(self.arrays, decoder=False)
        except EngineError:
            return None, "the words' vectors: the weights have no encoder"
        return Model(stack.layers, stack.norm, self.options.weights), "through the encoder of the weights"

    def _memory_word(self, word: str) -> Tensor:
        items: list[Tensor] = list(SENTENCES.items(word, self.run.environment, self.run.limits, None))
        if len(items) != 1 or not items[0].data.size:
            received = " and ".join(tensor.describe() for tensor in items) or "nothing"
            raise DlcliError(
                f"--memory {word}: one sentence or one tensor (token, feature); received {received}"
            )
        return in_order(items[0], self.run)

    def _expect(self, stack: Stack) -> None:
        """Refuse what contradicts the file, ask for the heads, and say what else was taken untold."""
        options = self.options
        for flag, wanted, has in (
            ("--layers", options.layers, len(stack.layers)),
            ("--hidden", options.hidden, stack.hidden),
            ("--dim", options.dim, stack.features),
        ):
            if wanted not in (None, has):
                raise WrongUsage(f"{flag} {wanted}: {options.weights} has {has}")
        if options.heads is None:
            raise WrongUsage(
                f"{options.weights} does not tell how many heads share its features: add --heads N"
            )
        taken = {"--norm": options.norm, "--activation": options.activation, "--eps": f"{options.eps:g}"}
        unsaid = [f"{flag} {value}" for flag, value in taken.items() if flag not in self.run.line]
        if unsaid:
            self.run.warn(
                f"{options.weights} does not tell how its blocks were trained; taken: {', '.join(unsaid)}"
            )

    def _stack(self, *, decoder: bool) -> Stack:
        assert self.arrays is not None
        try:
            return read_stack(self.arrays, decoder=decoder)
        except EngineError as error:
            hint = str(error).replace("decoder=False", "without --memory")
            hint = hint.replace("decoder=True", "--decoder with a --memory")
            raise BadData(f"{self.options.weights}: {hint}") from error
