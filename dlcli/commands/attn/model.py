"""``dlcli attn --model``: sentences through a BERT-style encoder that somebody has trained."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from dlcli.commands.attn.options import Options
from dlcli.commands.attn.record_model import Sentence, Work
from dlcli.commands.kinds.attention.layers import CHANGES, OF_ALL
from dlcli.commands.kinds.attention.one_layer import check_layer
from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.named_arrays import NamedArrays
from dlcli.engines.transformer.bert import BertWeights, bert, parts_not_run, read_bert
from dlcli.engines.transformer.blocks import Design
from dlcli.engines.transformer.sentence_vector import POOLINGS, sentence_vector
from dlcli.engines.transformer.wordpiece import Rules, tokenize
from dlcli.errors import BadData, DlcliError, WrongUsage, printable
from dlcli.runner.inputs import WORDS
from dlcli.runner.result import Result, Run, Together
from dlcli.tensor import Tensor
from dlcli.wire.models.model_folder import ModelFolder, open_model
from dlcli.wire.models.model_modules import MODULES

#: What the heads of one layer have on the way from tokens to weights; see ``Work.stage``.
STAGES = ("scores", "scaled", "masked", "weights", "entropy", "queries", "keys", "values")


#: What words of one sentence of a pair look at in the other.
ACROSS = ("a-to-b", "b-to-a")


class Encoder:
    """A model from its folder: text in, states and attention out."""

    def __init__(self, path: str, pooling: str | None = None) -> None:
        self.folder: ModelFolder = open_model(path)
        folder = self.folder
        self.untold = folder.pooling is None and pooling is None
        self.pooling = folder.pooling or pooling or POOLINGS[0]
        self.rules = Rules(folder.lower, folder.accents, folder.chinese)
        self.design = Design(folder.heads, activation=folder.activation, causal=folder.causal, eps=folder.eps)
        try:
            self.weights: BertWeights = read_bert(folder.weights, folder.layers)
            self.dense = [
                (
                    NamedArrays(one.weights, "", f" in {one.path}").dense("linear", one.outputs, one.inputs),
                    one.activation,
                )
                for one in folder.dense
            ]
        except EngineError as error:
            raise BadData(f"{printable(path)}: {error}") from error
        most = len(self.weights.words)
        if len(folder.vocabulary) > most:
            raise BadData(
                f"{printable(path)}: the vocabulary has {len(folder.vocabulary)} pieces; "
                f"the weights have vectors for {most}"
            )

    def read(self, text: str, pair: str | None = None) -> Sentence:
        """One sentence, or a pair. Raises ``DlcliError`` for one that the model cannot tell apart."""
        folder = self.folder
        most = min(folder.most_tokens, len(self.weights.positions))
        pieces = tokenize(text, folder.vocabulary, self.rules, most=most, pair=pair)
        try:
            made = bert(pieces.ids, self.weights, self.design, pieces.segments)
        except EngineError as error:
            raise DlcliError(f"--pair: {error}") from error
        normalize = folder.normalize is not False
        vector = sentence_vector(made.stack.output, self.pooling, self.dense, normalize=normalize)
        return Sentence(text, pieces, made, vector, pair)


def with_model(run: Run, options: Options, path: str) -> Together:
    """Works on all sentences of a command line with the model of a folder."""
    check_layer(options.layer, run.emit, (*OF_ALL, "vectors", "similarity"), "layer")
    encoder, layer, head = Encoder(path, options.pooling), options.layer, options.head
    _expect(encoder.folder, options, run)
    layers, heads = encoder.folder.layers, encoder.folder.heads
    if isinstance(layer, int) and layer >= layers:
        raise WrongUsage(f"--layer {layer}: the model's are 0 to {layers - 1}")
    if isinstance(head, int) and head >= heads:
        raise WrongUsage(f"--head {head}: the model's are 0 to {heads - 1}")
    if layer is None:
        layer = layers - 1
    return Together(partial(encoded, encoder=encoder, run=run, options=options, layer=layer), WORDS)


def encoded(
    tensors: Sequence[Tensor], *, encoder: Encoder, run: Run, options: Options, layer: int | str
) -> Result:
    """One result for all sentences; the attention of one alone, how near several are to each other.

    Raises ``WrongUsage`` when several are to be looked into.
    """
    head, pair = options.head, options.pair
    for option, value in (("--layer", options.layer), ("--head", head), ("--pair", pair)):
        if value is not None and len(tensors) > 1:
            raise WrongUsage(
                f"{option} {value} looks into one sentence; of {len(tensors)} the vectors are compared"
            )
    if encoder.untold and (len(tensors) > 1 or run.emit in ("vectors", "similarity")):
        run.warn(
            f"{printable(encoder.folder.path)} does not tell how its tokens become one vector; taken: "
            f"--pooling {encoder.pooling}"
        )
    sentences = tuple(encoder.read(text_of(tensor), pair) for tensor in tensors)
    for sentence in sentences:
        _warn(sentence, run)
    of = None if isinstance(layer, str) else layer
    work = Work(encoder.folder, encoder.design, encoder.pooling, sentences, of, head, run.line)
    if pair is not None and any(part.start >= part.stop for part in work.words):
        raise DlcliError("--pair: one of the two sentences has no words that could look at the other's")

    def vectors() -> Tensor:
        if encoder.folder.normalize is None:
            run.warn(
                f"{printable(encoder.folder.path)} has no {MODULES}, which would tell whether vectors get "
                "length 1; taken: they do"
            )
        return work.vectors

    if len(sentences) > 1:
        compared = {"similarity": lambda: work.similarity, "vectors": vectors}
        return Result(compared, work, view="story_similarity")
    return Result(
        {
            "output": lambda: work.output,
            **{name: partial(work.stage, name) for name in (["weights"] if head == "mean" else STAGES)},
            **{name: partial(work.across, name) for name in ACROSS if pair is not None},
            "layers": lambda: work.layers,
            "rollout": lambda: work.rollout,
            **{name: partial(work.change, name) for name in CHANGES},
            "vectors": vectors,
            "similarity": lambda: work.similarity,
        },
        work,
        explained=lambda: work.weights,
        view="story_model" if of is not None else "story_layers",
    )


def _expect(folder: ModelFolder, options: Options, run: Run) -> None:
    """Refuse what contradicts the folder, and say what of it is not run."""
    path = printable(folder.path)
    for flag, wanted, has in (
        ("--heads", options.heads, folder.heads),
        ("--dim", options.dim, folder.width),
        ("--pooling", options.pooling, folder.pooling),
    ):
        if flag in run.line and has not in (None, wanted):
            raise WrongUsage(f"{flag} {wanted}: {path} has {has}")
    if "--causal" in run.line and not folder.causal:
        raise WrongUsage(f"--causal: each token of {path} sees all others; leave it out")
    heads = parts_not_run(folder.weights, folder.layers)
    if heads:
        run.warn(printable(f"{path}: its {', '.join(heads)} is not run; what is shown is its encoder"))
    if folder.prompt:
        run.warn(
            printable(f"{path} was trained with {folder.prompt!r} before each text; it is not added: type it")
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
