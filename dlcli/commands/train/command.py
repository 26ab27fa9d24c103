"""``dlcli train``: let a net learn from pictures."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial

import click

from dlcli.commands.kinds.data import Data
from dlcli.commands.kinds.model import MODEL_WORDS, as_words
from dlcli.commands.kinds.net_file import read_net_file
from dlcli.commands.train.plan import LEARNT_FROM, prepare
from dlcli.commands.train.session import Session
from dlcli.errors import WrongUsage
from dlcli.nets.builtin import BUILTIN
from dlcli.nets.optimisers import RATES
from dlcli.nets.schedules import Schedule
from dlcli.nets.schedules import schedule as schedule_of
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Real, Whole, Word, Words
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument, option
from dlcli.runner.result import Result, Run, Worker

#: A training that goes on goes on as it began.
learning = partial(option, under="Learning", excludes="--resume")
data_option = partial(option, under="Data", excludes="--resume")


class ModelName(Words):
    """A model by its name, or a TOML file."""

    name = "MODEL"
    words = tuple(BUILTIN)


class ScheduleWord(Words):
    """The course of the learning rate."""

    name = "constant|step[:EPOCHS[,FACTOR]]|cosine|warm-up[:EPOCHS]"
    words = ("constant", "step", "cosine", "warm-up")

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Schedule:
        """The schedule of the word."""
        if isinstance(value, Schedule):
            return value
        with as_words(f"--schedule {value}", WrongUsage):
            return schedule_of(str(value).lower())


@dataclass(frozen=True)
class Options:
    """What ``dlcli train`` takes."""

    model: str | None = argument(ModelName(), metavar="[MODEL]", needed=False)
    epochs: int | None = option(
        "--epochs", Whole(least=0), under="Learning", help="Passes over the data. [default: 10]"
    )
    batch: int = learning("--batch", Whole(), 32, help="Examples in a step.")
    optimizer: str = learning(
        "--optimizer", click.Choice(tuple(RATES)), "adam", help="How weights follow their gradient."
    )
    lr: float | None = learning(
        "--lr",
        Real("RATE", above=0),
        help="The learning rate. [default: 0.001; sgd, momentum, nesterov 0.01]",
    )
    schedule: Schedule = learning(  # noqa: RUF009 (a field)
        "--schedule", ScheduleWord(), "constant",
        help="Its course: step multiplies it by FACTOR (0.1) every so many EPOCHS (10); cosine brings it "
        "down to 0; warm-up lets it rise over EPOCHS (1) first, then fall as cosine does.",
    )  # fmt: skip
    weight_decay: float = learning(
        "--weight-decay", Real("SHARE", least=0), "0",
        help="Pull weights towards 0: adamw takes the share from them, the others add it to the gradient.",
    )  # fmt: skip
    clip: float | None = learning(
        "--clip", Real("LENGTH", above=0), help="Scale a gradient down that is longer than this."
    )
    early_stopping: int | None = option(
        "--early-stopping", Whole("EPOCHS"), under="Learning",
        help="End when so many epochs have brought nothing better.",
    )  # fmt: skip
    dtype: str = learning(
        "--dtype", click.Choice(("float32", "float64")), "float32", help="The numbers that are computed with."
    )
    validation: str | None = data_option(
        "--validation", Word("SHARE|DATA"),
        help="What is held out to measure on: a share of each class, or another set; 0 for nothing. "
        "[default: the set's own test part, else 0.2]",
    )  # fmt: skip
    per_class: int | None = data_option(
        "--per-class", Whole(), help="Learn from so many examples of each class alone."
    )
    shift: int = data_option(
        "--shift", Whole(least=0), "0", help="Move pictures by up to N cells each way, anew each time."
    )
    flip: bool = data_option("--flip", help="Mirror every other picture, by chance.")
    from_: str | None = option(
        "--from", Word("FILE"), under="Beginning", excludes="--resume",
        help="Begin with the weights of another net, in layers of the same name and shapes.",
    )  # fmt: skip
    freeze: bool = option(
        "--freeze",
        under="Beginning",
        needs="--from",
        help="Leave the weights that come from there as they are.",
    )
    compare: bool = option(
        "--compare", under="Beginning", needs="--from",
        help="Train a second net without them, and show both in one table.",
    )  # fmt: skip
    resume: str | None = option(
        "--resume", Word("FILE"), under="Beginning",
        help="Go on with a training that was broken off, or with more --epochs; what it learns from, "
        "and how, stands in FILE.",
    )  # fmt: skip
    net_file: str | None = option(
        "-o --output", str, under="Result", metavar="FILE",
        help="Keep the net: after each epoch, whole or not at all. .safetensors holds all that --resume and "
        "predict need; .onnx and .npz the weights of the best epoch.",
    )  # fmt: skip
    log: str | None = option(
        "--log", str, under="Result", metavar="FILE",
        help="Write a line for each epoch as it ends, as .csv or .jsonl.",
    )  # fmt: skip
    watch: bool = option("--watch", under="Story", help="Draw the curves while it learns.")
    check_gradients: bool = option(
        "--check-gradients", under="Story",
        help="First compare the gradient of some weights of each layer with what the loss does when they are "
        "moved.",
    )  # fmt: skip


MANUAL = Manual(
    emits={
        "history": "What was measured: (epoch, measure), from the first epoch on.",
    },
    sometimes={
        "confusion": "How often which class was taken for which: (true class, predicted class).",
    },
    formulas={
        "loss": "−log softmax(z)[class], the mean over a batch (or as the model says)",
        "gradient": "dL/dw for all weights w, layer after layer from the last to the first",
        "adam": "w ← w − lr · m̂ / (√ŝ + 1e-7)",
    },
    tables={"Models by name": MODEL_WORDS},
    examples=(
        "dlcli train small-cnn sample:digits --epochs 3 -o digits.safetensors",
        "dlcli train small-cnn sample:digits --epochs 2 --shift 2 --schedule cosine --watch",
        "dlcli train cnn shapes:200 --epochs 2 -o shapes.safetensors --log shapes.csv",
        "dlcli train autoencoder sample:digits --epochs 1 -o denoiser.safetensors",
        "dlcli train mlp digits8 --check-gradients --epochs 0",
    ),
)


@subcommand("train", MANUAL, Options, explains=False, reads=LEARNT_FROM)
def command(run: Run, options: Options) -> Worker:
    """Let a net learn: show it pictures and what they are, and let its weights follow the gradient.

    MODEL is the name of a net, or a TOML file that describes one (see dlcli summary). DATA is a set of
    pictures or rows of numbers with labels: sample:digits, digits8, shapes:N, a folder with one folder for
    each class, CIFAR's and MNIST's files, .npz with x and y, a CSV with a column label. Pixels of 0 to 255
    are divided by 255 unless the model rescales them.

    What is held out is measured after each epoch and never learnt from; the best epoch is kept. Ctrl-C ends
    the training after the step it is at, and FILE holds what was learnt. The seed decides everything that is
    random: the first weights, the order of the examples, shifts, dropout.
    """
    file = None
    if options.resume is not None:
        file = read_net_file(options.resume, run)
    elif options.model is None:
        raise WrongUsage("which model? Name one, such as small-cnn, or a TOML file; dlcli summary lists them")
    for flag, path in (("-o", options.net_file), ("--log", options.log)):
        if path is not None:
            _check_path(flag, path)

    def work(data: Data) -> Result:
        plan = prepare(run, options, data.set, file)
        session = Session(run, plan)
        return session.result(watch=options.watch)

    return work


#: What a file of a trained net may be called, and one of its epochs.
SUFFIXES = {"-o": (".safetensors", ".onnx", ".npz"), "--log": (".csv", ".jsonl")}


def _check_path(flag: str, path: str) -> None:
    """Raise ``WrongUsage`` for a file that could not be written when the time has come."""
    if os.path.splitext(path)[1].lower() not in SUFFIXES[flag]:
        raise WrongUsage(f"{flag} {path}: its ending says how it is written: {', '.join(SUFFIXES[flag])}")
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise WrongUsage(f"{flag} {path}: there is no folder {folder}")
    if os.path.isdir(path) or not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise WrongUsage(f"{flag} {path}: it cannot be written there")
