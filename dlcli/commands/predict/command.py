"""``dlcli predict``: ask a trained net."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import click
import numpy as np

from dlcli.commands.kinds.nets.data import Data, or_data
from dlcli.commands.kinds.nets.model import layer_word, read_model
from dlcli.commands.kinds.nets.net_convert import NetReading
from dlcli.commands.kinds.nets.net_file import read_net_file
from dlcli.commands.predict.answers import Answers
from dlcli.commands.predict.inputs.checks import allow
from dlcli.commands.predict.inputs.fit import WAYS
from dlcli.commands.predict.inputs.preparing import Preparing
from dlcli.commands.predict.inputs.read import inputs_of
from dlcli.commands.predict.mask.results import cleaned, masking
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.record import Work
from dlcli.commands.predict.series.results import goes_on, is_series, last_window, series_or
from dlcli.commands.predict.sound.results import check_options, heard, hearing
from dlcli.commands.predict.translating.results import TEXTS, is_translator, translated
from dlcli.commands.predict.walk.results import code_layer, decoded, walked
from dlcli.commands.predict.writing.results import PROMPTS, Writing, is_writer, written
from dlcli.errors import BadData, WrongUsage, printable
from dlcli.nets.flat_order import CHANNELS
from dlcli.nets.forecasting import foretells
from dlcli.nets.layers.normalise import BatchNorm
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import SENTENCES, TENSORS
from dlcli.runner.kinds import Cell, Reads, Real, Whole
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument, option, was_typed
from dlcli.runner.result import Each, Result, Run, Together, Worker
from dlcli.tensor import Axis, Tensor
from dlcli.words.near import did_you_mean, some

answer_option = partial(option, under="Answer")
writing_option = partial(option, under="Writing", needs="--steps")
code_option = partial(option, under="Codes")
picture_option = partial(option, under="Pictures")

#: The headings of its stories.
SECTIONS = (
    "Input", "Mask", "Shares", "Choice", "Chunks", "Codes", "Decoder", "Learnt", "Net", "Activation",
    "Characters", "Logit of …", "Looked at", "Seen", "Sigmoid", "Softmax", "Sum", "Sum of …", "Accuracy",
    "Alignment", "Answer", "Classes", "Confusion", "Drawn", "Dropout left on", "Ends", "Error", "Farthest",
    "Foretold", "Least sure", "Mean square difference", "Next", "Off by", "Output", "Probabilities",
    "Probability", "Right", "Saliency", "Score", "Scores", "Segments", "Some of them", "Spectrum", "Steps",
    "Walk", "Written", "Wrong", "Notice", "Cache", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "probabilities": "Of each class: (class), of several inputs (picture, class), with --top "
        "(picture, answer); labelled by their true classes they are (true, …). Of a text, of the next "
        "character: (word), with --steps (step, word), of each in a file (true, word).",
        "logits": "The numbers before softmax or sigmoid.",
        "classes": "The number of the most probable class; with --top of so many.",
    },
    sometimes={
        "output": "What a model gives that tells no classes apart, or no probabilities of them.",
        "confusion": "Of labelled inputs, how often each class was taken for each: (true, predicted).",
        "saliency": "With --saliency: the gradient's size, of all channels the largest: (height, width); of "
        "words the gradient times the embedding, summed up: (token).",
        "gradient": "With --saliency: the gradient itself, with its sign: (height, width, channel); of words "
        "that at their embeddings: (token, feature).",
        "mean": "With --monte-carlo: the mean of the probabilities over all passes.",
        "spread": "With --monte-carlo: their standard deviation.",
        "forecast": "Of a net over series: what follows, (time, feature), one step or with --steps so many.",
        "written": "With --steps: the text with what was written, (token) of characters by their numbers, "
        "in FILE.txt as it is read; of a net that translates what it wrote.",
        "alignment": "Of a net that translates by attention, where it looked for each character that it "
        "wrote: (query, key).",
        "attention": "Of a net that writes by attention, where characters look: (layer, head, query, key).",
        "measures": "Of the text of a file, how well it is foretold: bits a character, share of right ones; "
        "of a set that is translated, the shares of whole sequences and of characters that are right.",
        "masked": "Of the spectrum of a sound, by a net that gives a mask: their product, for istft.",
        "mask": "That mask, from 0 to 1: (frequency, frame).",
        "walk": "With --walk: the outputs between inputs, (step, height, width, channel) of pictures.",
    },
    formulas={
        "logit z[c]": "Σ w[c, i] · x[i] + b[c]  over the units i of the layer below",
        "p[c]": "exp(z[c]) / Σ exp(z[k])  over the classes k",
        "saliency[i, j]": "max |∂z[c] / ∂x[i, j, k]|  over the channels k; c the most probable class",
        "share[t]": "Σ e[t, k] · ∂z[c] / ∂e[t, k]  over the features k of the embedding of word t",
        "spread[c]": "√(Σ (p[c] − mean[c])² / N)  over N passes with dropout left on",
        "R²": "1 − Σ (output − wanted)² / Σ (wanted − its mean)²  over the rows of a set",
        "p[word]": "exp(z / T) / Σ exp(z / T), of what --top-k and --top-p leave",
        "walk[t]": "decoder((1 − t) · encoder(a) + t · encoder(b))  for t from 0 to 1 in N steps",
    },
    examples=(
        "dlcli predict sample:digits-cnn sample:digits",
        "dlcli show sample:digits | dlcli tensor --index 400 | dlcli predict sample:digits-cnn",
        "dlcli show sample:digits | dlcli tensor --index 400 | dlcli predict sample:digits-cnn --explain 2",
        "dlcli predict sample:digits-cnn sample:lines --fit center --top 3 -f csv",
        "dlcli predict sample:digits-cnn sample:lines --fit crop --emit conv2d | dlcli pool",
        "dlcli predict sample:writer 'Mrs. Jenn'",
        "dlcli predict sample:writer 'It was ' --steps 60 --temperature 0.7",
        "dlcli predict sample:writer 'It was ' --steps 60 --top-k 40 --top-p 0.9 --explain 4",
        "dlcli predict sample:denoiser sample:digits --noise --emit code -o codes.npy",
        "dlcli predict sample:denoiser sample:digits --emit code | dlcli show --view scatter",
        "dlcli show sample:digits | dlcli tensor --index 3:9:5 | dlcli predict sample:denoiser --walk 5",
        "dlcli show sample:digits | dlcli tensor --index 3:9:5 | dlcli predict sample:denoiser --emit code "
        "| dlcli predict sample:denoiser --decode",
        "dlcli predict sample:vad sample:speech",
        "dlcli stft sample:speech --frame 64ms | dlcli predict sample:speech-denoiser "
        "| dlcli istft -o clean.wav",
        "dlcli predict sample:vad sample:speech --emit lstm | dlcli show",
    ),
    sections=SECTIONS,
)


#: What most nets read.
INPUTS = or_data(TENSORS, "a picture, sample:digits or another set of data")

#: What a net over words reads.
SENTENCES_OR_DATA = or_data(
    SENTENCES, "a sentence such as 'the film was good', a file with one a line, or a set"
)


@dataclass(frozen=True)
class Options(NetReading):
    """What ``dlcli predict`` takes."""

    weights: str = argument(Reads("WEIGHTS"), metavar="WEIGHTS")
    top: int | None = answer_option(
        "--top",
        Whole(),
        help="Keep the N most probable classes and leave out the others; of several inputs each class by its "
        "number, and its probability behind it.",
    )
    saliency: bool = answer_option(
        "--saliency",
        help="How much the logit of the most probable class changes with each input; of a sentence, which "
        "word decided.",
    )
    target: str | None = answer_option(
        "--class", str, needs="--saliency", metavar="CLASS", help="Another class for it, by name or number."
    )
    passes: int | None = answer_option(
        "--monte-carlo",
        Whole(),
        help="Ask N times with dropout left on, drawn by --seed: mean and spread of the probabilities.",
    )
    noise: bool = answer_option(
        "--noise", help="Put on the noise that the model begins with in training, drawn by --seed."
    )
    steps: int | None = option(
        "--steps", Whole(), under="Writing",
        help="Of a net that foretells the next character, or step: write so many behind the text or series.",
    )  # fmt: skip
    temperature: float = writing_option(
        "--temperature", Real("T", least=0), "1",
        help="Below 1 what is probable becomes more so, above 1 less; 0 takes the most probable.",
    )  # fmt: skip
    top_k: int | None = writing_option("--top-k", Whole(), help="Draw among the N most probable alone.")
    top_p: float | None = writing_option(
        "--top-p", Real("SHARE", above=0, most=1),
        help="Draw among the fewest that have this share of the probability together.",
    )  # fmt: skip
    walk: int | None = code_option(
        "--walk",
        Whole(least=2),
        excludes=("--explain", "--decode"),
        help="Draw what lies between the codes of two or more inputs: N outputs from each to the next, on "
        "straight lines.",
    )
    decode: bool = code_option(
        "--decode",
        excludes=("--explain", "--fit", "--invert", "--rescale", "--part", "--noise"),
        help="INPUT is a code, or a row for each, as --emit code gives them: run the rest of the net.",
    )
    at: str | None = code_option(
        "--at",
        str,
        needs=("--walk", "--decode"),
        metavar="LAYER",
        help="The layer whose outputs are the codes. [default: code, or the narrowest]",
    )
    fit: str | None = picture_option(
        "--fit",
        click.Choice(WAYS),
        help="Bring pictures to the size and the colours of the net: stretch all of it; crop the middle; "
        "center: bright ink into 20 of 28 cells, its centre of mass in the middle, as MNIST has it.",
    )
    invert: bool = picture_option("--invert", help="Take black for white: for dark ink on white paper.")
    rescale: float | None = picture_option(
        "--rescale",
        Real("FACTOR"),
        help="Multiply inputs by it. [default: 1/255 for pixels of whole numbers, unless the net does so "
        "itself; else 1]",
    )
    part: str | None = picture_option(
        "--part",
        click.Choice(("held-out", "learnt", "all")),
        help="Which part of a set of data; of that which the net learnt from, what its training held out. "
        "[default: what is held out, where something is]",
    )
    emit: str | None = option(
        "--emit",
        str,
        under="Result",
        metavar="RESULT|LAYER",
        help=f"Which result is written ({', '.join(MANUAL.results)}), or the output of a layer, by its name. "
        "[default: probabilities, or what was asked for; all results into .npz and .safetensors]",
    )
    explain: tuple[tuple[str, ...], ...] = option(
        "--explain",
        Cell(),
        many=True,
        under="Story",
        metavar="CLASS|STEP",
        help="Show the sum behind the logit of CLASS (its name or number; of several inputs PICTURE,CLASS); "
        "of a text, how the character of STEP, counted from 0, was chosen. Repeatable.",
    )


@subcommand("predict", MANUAL, Options, reads=INPUTS)
def command(run: Run, options: Options) -> Worker | Together | Each:
    """Ask a net that has learnt: what it takes a picture for, how sure it is, and why.

    WEIGHTS is a file that dlcli train wrote, or sample:NAME. INPUT is a picture, another tensor of the shape
    that the net takes, a batch of them (picture, height, width, channel), or a set of data, of which what is
    held out is predicted and compared with its labels. --emit LAYER sends what any layer makes of it down the
    pipe.

    A net over words takes a sentence as it is written, or a file with one on each line; a net that reads and
    writes (dlcli train seq2seq-attention dates:4000) takes what it is to translate, and shows where it looked
    for each character that it wrote. --explain STEP takes one of these apart.

    Of a net that foretells text INPUT is a text to go on from: --steps N writes so many characters behind it,
    and without it what may come next is told; the text of a file is foretold character by character. One over
    a series, which it takes as dlcli train does, goes on with it in the same way; one that translates writes
    what a sentence becomes.

    Of an autoencoder --walk N draws the pictures between two inputs or more: the codes of the inputs are
    joined by straight lines, and what lies on these is decoded.

    A net that has learnt recorded words takes a sound, or its frames by stft --emit log-mel. One that
    listens, sample:vad, takes a sound of one channel and the rate that it knows, and goes on from chunk to
    chunk: results are (time, …). One that gives a mask, sample:speech-denoiser, takes the spectrum of a
    sound, and hands on its product with the mask.
    """
    model = _model(options, run)
    if is_writer(model):
        return _writing(model, options, run)
    if is_translator(model):
        return _translating(model, options, run)
    if options.steps is not None:
        if not foretells(model.spec):
            raise WrongUsage(
                "--steps is for a net that foretells the next character or step, such as dlcli train "
                f"char-rnn or forecast makes; {printable(model.word)} does not"
            )
        for name in ("temperature", "top_k", "top_p"):
            if was_typed(name):
                flag = f"--{name.replace('_', '-')}"
                raise WrongUsage(f"{flag} is for words that are drawn; {printable(model.word)} gives numbers")
        for name in (*OF_A_WINDOW, "top", "walk", "decode"):
            if was_typed(name):
                flag = {"passes": "--monte-carlo"}.get(name, f"--{name}")
                raise WrongUsage(
                    f"{flag} does not go with --steps, which goes on with a series: leave one out"
                )
        return Each(partial(goes_on, model=model, steps=options.steps, run=run), series_or(INPUTS))
    if options.walk is not None or options.decode:
        return _coding(model, options, run)
    layer = _layer(model, run)
    if (how := hearing(model)) is not None:
        check_options(model, options)
        return partial(heard, model=model, how=how, layer=layer, run=run)
    if (told := masking(model)) is not None:
        check_options(model, options)
        return partial(cleaned, model=model, told=told, layer=layer, run=run)
    _check(options, model, run)
    preparing = Preparing(model, options.fit, options.invert, options.rescale, options.part, run)
    target = None if options.target is None else _class(options.target, model)
    work = partial(asked, preparing=preparing, options=options, layer=layer, target=target)
    if foretells(model.spec):
        alone = run.emit in (None, "forecast") and not any(map(was_typed, OF_A_WINDOW))
        return Each(partial(_foretold, model=model, alone=alone, work=work, run=run), series_or(INPUTS))
    return Each(work, SENTENCES_OR_DATA) if model.vocabulary else work


#: Options that look at the window that a net over series takes.
OF_A_WINDOW = ("saliency", "passes", "noise", "rescale", "fit", "invert", "part", "explain")


def _foretold(
    x: Tensor | Data, *, model: Model, alone: bool, work: Callable[[Tensor | Data], Result], run: Run
) -> Result:
    """What follows on a series; what is asked of the net beside this, of the window at its end."""
    if alone and is_series(x):
        return goes_on(x, model=model, steps=1, run=run)
    return work(last_window(x, model=model, run=run))


def _writing(model: Model, options: Options, run: Run) -> Each:
    """Works on texts: what comes next, what is written, how well they are foretold.

    Raises ``WrongUsage`` for options that are of other inputs.
    """
    for flag, given in (
        ("--top", options.top), ("--saliency", options.saliency), ("--monte-carlo", options.passes),
        ("--noise", options.noise), ("--walk", options.walk), ("--decode", options.decode),
        ("--fit", options.fit), ("--invert", options.invert), ("--rescale", options.rescale),
    ):  # fmt: skip
        if given:
            raise WrongUsage(
                f"{flag} is not for a text; {printable(model.word)} foretells characters: leave it out"
            )
    if not model.vocabulary:
        raise BadData(
            f"{printable(model.word)} does not say which {model.spec.words} characters it knows; dlcli train "
            "writes files that do"
        )
    how = None
    if options.steps is not None:
        how = Writing(options.steps, options.temperature, options.top_k, options.top_p)
    results = ("written", "probabilities", "logits", "attention", "measures")
    layer = None if run.emit in results else _layer(model, run)
    return Each(partial(written, model=model, how=how, layer=layer, part=options.part, run=run), PROMPTS)


#: Options that mean nothing to a net that translates.
NOT_TRANSLATING = (
    "steps", "top", "saliency", "passes", "noise", "walk", "decode", "fit", "invert", "rescale",
)  # fmt: skip


def _translating(model: Model, options: Options, run: Run) -> Each:
    """Works on texts that are to be translated."""
    for name in NOT_TRANSLATING:
        if getattr(options, name):
            flag = {"passes": "--monte-carlo"}.get(name, f"--{name}")
            raise WrongUsage(
                f"{flag} is not for a net that translates, as {printable(model.word)}: leave it out"
            )
    results = ("written", "probabilities", "logits", "alignment", "measures")
    layer = None if run.emit in results else _layer(model, run)
    return Each(partial(translated, model=model, layer=layer, part=options.part, run=run), TEXTS)


def _coding(model: Model, options: Options, run: Run) -> Worker | Together:
    """Works on codes: those between inputs, or those that come in."""
    at = code_layer(model, options.at, run, flag="--decode" if options.decode else "--walk")
    _check(options, model, run)
    given = ("output",) if options.decode else ("walk", at)
    if run.emit not in (None, *given):
        _layer(model, run)  # an unknown name is said to be one
        flag, listed = "--decode" if options.decode else "--walk", " and ".join(given)
        raise WrongUsage(printable(f"--emit {run.emit} does not go with {flag}, which gives {listed}"))
    if options.decode:
        return partial(decoded, model=model, at=at, run=run)
    preparing = Preparing(model, options.fit, options.invert, options.rescale, options.part, run)
    assert options.walk is not None
    return Together(partial(walked, preparing=preparing, steps=options.walk, at=at, noise=options.noise))


def _model(options: Options, run: Run) -> Model:
    spec = None if options.model is None else read_model(options.model, run)
    file = read_net_file(options.weights, run, spec, options.flatten)
    if options.flatten is not None:
        other = read_net_file(
            options.weights, run, spec, next(one for one in CHANNELS if one != options.flatten)
        )
        if all(np.array_equal(array, other.weights[name]) for name, array in file.weights.items()):
            run.warn(
                f"--flatten {options.flatten} changes nothing of {printable(options.weights)}: it says "
                "itself how its numbers lie, or they lie the same either way"
            )
    frozen = [one.name for one in file.spec.layers if isinstance(one.kind, BatchNorm)]
    dtype = np.float64 if file.facts.get("dtype") == "float64" else np.float32
    return Model(options.weights, file.net(dtype, frozen=frozen), file.classes, file.facts, file.history)


def _layer(model: Model, run: Run) -> str | None:
    """The layer that ``--emit`` names, None where it names a result, or nothing.

    Raises ``WrongUsage`` for what is neither, with the nearest name.
    """
    names = [one.name for one in model.spec.layers]
    if run.emit is None:
        return None
    if run.emit in MANUAL.results and not (run.emit in names and run.emit not in _given_by(model)):
        if run.emit in names:
            run.warn(f"--emit {run.emit} is the result of this name, not the layer")
        return None
    if run.emit not in names:
        known = f"the layers are {', '.join(names)}, the results {', '.join(MANUAL.results)}"
        hint = did_you_mean(run.emit, [*names, *MANUAL.results], known)
        raise WrongUsage(
            printable(f"--emit: {run.emit!r} is not a layer of {model.word}, nor a result: {hint}")
        )
    return layer_word(model.spec, run.emit, "--emit")


def _given_by(model: Model) -> tuple[str, ...]:
    """The results that are what a model gives, and what else is made of its answers."""
    rest = tuple(
        name for name in MANUAL.results if name not in ("probabilities", "logits", "classes", "output")
    )
    if model.answers == "probabilities":
        return "probabilities", "logits", "classes", *rest
    return ("output", "classes", *rest) if model.answers == "scores" else ("output", *rest)


def _check(options: Options, model: Model, run: Run) -> None:
    """Raise ``WrongUsage`` where this model has no such thing as an option asks for."""
    word, kinds = printable(model.word), ", ".join(one.kind.kind for one in model.spec.layers)
    classes = model.answers in ("probabilities", "scores")
    if options.passes is not None and not model.drops:
        raise WrongUsage(
            f"--monte-carlo leaves dropout on, and {word} has none ({kinds}): train a model with a "
            "dropout layer"
        )
    if options.passes is not None and model.answers == "image":
        raise WrongUsage(f"--monte-carlo is of probabilities or values; {word} gives {model.spec.output}")
    if options.noise and not model.noises:
        first = kinds.split(", ")[0]
        none = " of deviation 0" * (first == "noise")
        raise WrongUsage(f"--noise is what a model begins with, and {word} begins with {first}{none}")
    if options.top is not None and not classes:
        raise WrongUsage(f"--top is of classes, and {word} has none: it gives {_given(model)}")
    if options.top is not None and run.emit not in (None, "probabilities", "output", "classes"):
        run.warn(f"--top {options.top} is of classes: --emit {run.emit} is not shortened")
    if options.top is not None and options.top > model.count:
        run.warn(f"--top {options.top}: {word} has {model.count} classes, and all of them are kept")
    if options.saliency and model.answers == "image":
        raise WrongUsage(
            f"--saliency is the gradient of one number, and {word} gives {model.spec.output}; "
            "try it on a model that tells classes apart"
        )
    if options.saliency and not classes and model.count > 1 and options.target is None:
        raise WrongUsage(f"--saliency: {word} gives {model.count} values; --class says of which, such as 0")
    for flag, asked_for, results in (
        ("--saliency", options.saliency, ("saliency", "gradient")),
        ("--monte-carlo", options.passes, ("mean", "spread")),
        ("--walk", options.walk, ("walk",)),
    ):
        if run.emit in results and not asked_for:
            raise WrongUsage(f"--emit {run.emit} goes with {flag}: add it")


def _given(model: Model) -> str:
    return "an output of " + " x ".join(map(str, model.spec.output))


def _class(word: str, model: Model) -> int:
    """The number of a class. Raises ``WrongUsage`` with the nearest name."""
    names = model.labels or ()
    if word in names:
        return names.index(word)
    if word.isdecimal() and int(word) < model.count:
        return int(word)
    known = f"there are {model.count}, from 0 on" if not names else f"there are {some(names)}"
    hint = did_you_mean(word, names, known)
    raise WrongUsage(printable(f"--class {word}: {model.word} has no such class: {hint}"))


def asked(
    x: Tensor | Data, *, preparing: Preparing, options: Options, layer: str | None, target: int | None
) -> Result:
    """What the net says of one input, or of all inputs of a batch or a set."""
    model, run = preparing.model, preparing.run
    found = inputs_of(x, preparing)
    answers = Answers(model, found.count, found.take, run.seed, options.noise, options.passes or 0)
    work = Work(
        input=x if isinstance(x, Tensor) else None,
        source=str(x.attrs.get("source", x.name)),
        attrs=x.attrs,
        alone=found.alone,
        answers=answers,
        line=run.line,
        names=found.names,
        labels=found.labels,
        part=found.part,
        fitted=found.fitted,
        learnt=found.learnt,
        wanted=found.wanted,
        pixels=found.pixels,
        top=None if options.top is None else min(options.top, model.count),
        saliency=options.saliency,
        target=target,
        words=found.words,
    )
    outputs, pictures = _outputs(work), {}
    if options.saliency and found.alone and len(model.spec.input) == 3:
        pictures["saliency"] = work.overlay
    if layer is not None:
        allow(model.spec.layer(layer).output, found.count, model, layer, run)
        outputs[layer] = partial(work.layer, layer)
    elif model.answers == "image":
        allow(model.spec.output, found.count, model, "output", run)
    if options.saliency:
        allow(model.spec.input, found.count, model, "the gradient", run)
    view = "story" if found.alone else "story_set"
    return Result(outputs, work, explained=work.explained, view=view, pictures=pictures)


def _outputs(work: Work) -> dict[str, Callable[[], Tensor]]:
    """The results of this run, those that were asked for first."""
    model, made = work.model, {}
    if work.saliency:
        made["saliency"] = lambda: work.salient
        made["gradient"] = lambda: work.gradient
    if work.answers.passes:
        made["mean"], made["spread"] = (partial(work.spread, place) for place in (0, 1))
    if model.answers == "probabilities":
        made["probabilities"] = lambda: work.kept
        made["logits"] = lambda: work.logits
    elif model.answers == "scores":
        made["output"] = lambda: work.kept
    else:
        made["output"] = lambda: work.output
    if model.answers in ("probabilities", "scores"):
        made["classes"] = lambda: work.found
    if work.labels is not None:
        made["confusion"] = partial(_confusion, work)
    return made


def _confusion(work: Work) -> Tensor:
    names = work.model.labels
    return Tensor(work.confusion, (Axis("true", names), Axis("predicted", names)), "confusion", work.attrs)
