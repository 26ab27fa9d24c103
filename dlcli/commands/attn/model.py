"""``dlcli attn --model``: sentences through a BERT-style encoder that somebody has trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.softmax import entropy
from dlcli.engines.transformer.bert import Bert, BertWeights, bert, read_bert
from dlcli.engines.transformer.blocks import Design
from dlcli.engines.transformer.head_patterns import Habits, habits
from dlcli.engines.transformer.sentence_vector import cosine_similarity, sentence_vector
from dlcli.engines.transformer.wordpiece import Pieces, Rules, tokenize
from dlcli.errors import BadData, DlcliError, WrongUsage, printable
from dlcli.runner.inputs import WORDS
from dlcli.runner.result import Result, Run, Together
from dlcli.tensor import Axis, Tensor
from dlcli.wire.model_folder import ModelFolder, open_model

#: What a run over one sentence gives, and what it gives in any case.
ONE = ("output", "scores", "scaled", "masked", "weights", "entropy", "queries", "keys", "values")
ANY = ("similarity", "vectors")

#: Those of one sentence whose cells are explained, all by the way from a query and a key to a weight.


@dataclass(frozen=True)
class Sentence:
    """A text, its pieces, and what the model made of them."""

    text: str
    pieces: Pieces
    made: Bert
    vector: Array

    @property
    def token(self) -> Axis:
        """The pieces as an axis."""
        return Axis("token", self.pieces.pieces)


class Encoder:
    """A model from its folder: text in, states and attention out."""

    def __init__(self, path: str) -> None:
        self.folder: ModelFolder = open_model(path)
        folder = self.folder
        self.rules = Rules(folder.lower, folder.accents, folder.chinese)
        self.design = Design(folder.heads, activation=folder.activation, eps=folder.eps)
        try:
            self.weights: BertWeights = read_bert(folder.weights, folder.layers)
        except EngineError as error:
            raise BadData(f"{printable(path)}: {error}") from error
        most = len(self.weights.words)
        if len(folder.vocabulary) > most:
            raise BadData(
                f"{printable(path)}: vocab.txt has {len(folder.vocabulary)} pieces; "
                f"the weights have vectors for {most}"
            )

    def read(self, text: str) -> Sentence:
        """One sentence."""
        folder = self.folder
        most = min(folder.most_tokens, len(self.weights.positions))
        pieces = tokenize(text, folder.vocabulary, self.rules, most=most)
        made = bert(pieces.ids, self.weights, self.design)
        return Sentence(text, pieces, made, sentence_vector(made.stack.output, folder.pooling))


@dataclass(frozen=True)
class ModelWork:
    """What the view is told of one sentence or of several."""

    encoder: Encoder
    sentences: tuple[Sentence, ...]
    layer: int
    head: int | None

    @property
    def path(self) -> str:
        """The folder, as it was typed."""
        return self.encoder.folder.path

    @property
    def words(self) -> tuple[str, ...]:
        """The model and the layer, as they would be typed again."""
        last = self.layer == self.encoder.folder.layers - 1
        return ("--model", self.path, *(() if last else ("--layer", str(self.layer))))

    @property
    def parameters(self) -> int:
        """How many numbers the model has learnt."""
        return sum(array.size for array in self.encoder.folder.weights.values() if array.dtype.kind == "f")

    @cached_property
    def similarity(self) -> Tensor:
        """The cosine of every two sentences."""
        names = tuple(sentence.text for sentence in self.sentences)
        vectors = np.stack([sentence.vector for sentence in self.sentences])
        near = cosine_similarity(vectors.astype(np.float64))
        return Tensor(near, (Axis("sentence", names), Axis("other", names)), "similarity")

    @property
    def vectors(self) -> Tensor:
        """Each sentence as one vector of length 1."""
        names = tuple(sentence.text for sentence in self.sentences)
        rows = np.stack([sentence.vector for sentence in self.sentences])
        return Tensor(rows, (Axis("sentence", names), Axis("unit")), "vectors")

    @property
    def output(self) -> Tensor:
        """The tokens of the first sentence behind the block that is looked at."""
        sentence = self.sentences[0]
        return Tensor(sentence.made.stack.states[self.layer + 1], (sentence.token, Axis("unit")), "output")

    def stage(self, name: str) -> Tensor:
        """What the heads of the layer had on the way, of the first sentence; see ``ONE``."""
        sentence = self.sentences[0]
        attended = sentence.made.attention(self.layer)
        query, key = (Axis(role, sentence.token.labels) for role in ("query", "key"))
        data: Array
        axes: tuple[Axis, ...]
        match name:
            case "entropy":
                data, axes = entropy(attended.weights), (query,)
            case "queries":
                data, axes = attended.query, (query, Axis("feature"))
            case "keys" | "values":
                data, axes = (attended.key if name == "keys" else attended.value), (key, Axis("feature"))
            case _:
                data, axes = getattr(attended, name), (query, key)
        if self.head is not None:
            return Tensor(data[self.head], axes, name)
        return Tensor(data, (Axis("head"), *axes), name)

    @property
    def weights(self) -> Tensor:
        """What each token of the first sentence looks at."""
        return self.stage("weights")

    @cached_property
    def habits(self) -> Habits:
        """What the heads of the block look at, whatever the words."""
        return habits(self.sentences[0].made.attention(self.layer).weights)


def with_model(run: Run, path: str, layer: int | None, head: int | None) -> Together:
    """Works on all sentences of a command line with the model of a folder."""
    encoder = Encoder(path)
    layers, heads = encoder.folder.layers, encoder.folder.heads
    if layer is not None and layer >= layers:
        raise WrongUsage(f"--layer {layer}: the model's are 0 to {layers - 1}")
    if head is not None and head >= heads:
        raise WrongUsage(f"--head {head}: the model's are 0 to {heads - 1}")
    return Together(partial(encoded, encoder=encoder, run=run, layer=layer, head=head), WORDS)


def encoded(
    tensors: Sequence[Tensor], *, encoder: Encoder, run: Run, layer: int | None, head: int | None
) -> Result:
    """One result for all sentences; the attention of one alone, how near several are to each other.

    Raises ``WrongUsage`` when several are to be looked into.
    """
    for option, value in (("--layer", layer), ("--head", head)):
        if value is not None and len(tensors) > 1:
            raise WrongUsage(
                f"{option} {value} looks into one sentence; of {len(tensors)} the vectors are compared"
            )
    layer = encoder.folder.layers - 1 if layer is None else layer
    sentences = tuple(encoder.read(text_of(tensor)) for tensor in tensors)
    for sentence in sentences:
        _tell(sentence, encoder, run)
    work = ModelWork(encoder, sentences, layer, head)
    both: dict[str, Callable[[], Tensor]] = {
        "vectors": lambda: work.vectors,
        "similarity": lambda: work.similarity,
    }
    if len(sentences) > 1:
        several = {name: both[name] for name in ANY}
        return Result(several, work, view="story_similarity")
    stages = {name: partial(work.stage, name) for name in ONE[1:]}
    return Result(
        {"output": lambda: work.output, **stages, **both},
        work,
        explained=lambda: work.weights,
        view="story_model",
    )


def text_of(tensor: Tensor) -> str:
    """The text that a sentence was. Raises ``DlcliError`` for anything else."""
    text = tensor.attrs.get("text")
    if tensor.axis_names != ("token",) or not isinstance(text, str):
        raise DlcliError(f"a model reads sentences, such as 'the cat sat'; received {tensor.describe()}")
    return text


def _tell(sentence: Sentence, encoder: Encoder, run: Run) -> None:
    """What the model could not read, in a line each."""
    for word in dict.fromkeys(sentence.pieces.unknown):
        run.warn(printable(f"{word!r} is made of no pieces of the vocabulary: the model reads [UNK]"))
    if sentence.pieces.dropped:
        run.warn(
            f"the model reads {len(sentence.pieces.pieces)} tokens of a sentence; "
            f"{sentence.pieces.dropped} more were left out"
        )
