"""``dlcli attn --model``: sentences through a BERT-style encoder that somebody has trained."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from dlcli.commands.attn.record_model import Sentence, Work
from dlcli.engines.base.checks import EngineError
from dlcli.engines.transformer.bert import BertWeights, bert, read_bert
from dlcli.engines.transformer.blocks import Design
from dlcli.engines.transformer.sentence_vector import sentence_vector
from dlcli.engines.transformer.wordpiece import Rules, tokenize
from dlcli.errors import BadData, DlcliError, WrongUsage, printable
from dlcli.runner.inputs import WORDS
from dlcli.runner.result import Result, Run, Together
from dlcli.tensor import Tensor
from dlcli.wire.model_folder import ModelFolder, open_model

#: What the heads of one layer have on the way from tokens to weights; see ``Work.stage``.
STAGES = ("scores", "scaled", "masked", "weights", "entropy", "queries", "keys", "values")


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
        _warn(sentence, run)
    work = Work(encoder.folder, encoder.design, sentences, layer, head, run.line)
    if len(sentences) > 1:
        compared = {"similarity": lambda: work.similarity, "vectors": lambda: work.vectors}
        return Result(compared, work, view="story_similarity")
    return Result(
        {
            "output": lambda: work.output,
            **{name: partial(work.stage, name) for name in STAGES},
            "vectors": lambda: work.vectors,
            "similarity": lambda: work.similarity,
        },
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


def _warn(sentence: Sentence, run: Run) -> None:
    """What the model could not read, in a line each."""
    for word in dict.fromkeys(sentence.pieces.unknown):
        run.warn(printable(f"{word!r} is made of no pieces of the vocabulary: the model reads [UNK]"))
    if sentence.pieces.dropped:
        run.warn(
            f"the model reads {len(sentence.pieces.pieces)} tokens of a sentence; "
            f"{sentence.pieces.dropped} more were left out"
        )
