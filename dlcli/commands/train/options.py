"""The options of ``dlcli train``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import click

from dlcli.commands.kinds.nets.model import as_words
from dlcli.errors import WrongUsage
from dlcli.nets.builtin import BUILTIN
from dlcli.nets.optimisers import RATES
from dlcli.nets.schedules import Schedule
from dlcli.nets.schedules import schedule as schedule_of
from dlcli.runner.kinds import Reads, Real, Whole, Words, Writes
from dlcli.runner.moving import Moving, moving_option
from dlcli.runner.option import argument, option
from dlcli.runner.result import Run

#: Suffixes of -o that keep a net.
KEPT = (".safetensors", ".onnx", ".npz")

#: Suffixes of -o that show a training and keep no net.
FILMS = (".gif", ".apng", ".webp")

#: A training that goes on goes on as it began.
learning = partial(option, under="Learning", excludes="--resume")
data_option = partial(option, under="Data", excludes="--resume")


class ModelName(Words):
    """A model by its name, or a TOML file."""

    file = "read"
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
        if not str(value).strip():
            self.fail(f"it is empty: give one of {', '.join(self.words)}", param, ctx)
        with as_words(f"--schedule {value}", WrongUsage):
            return schedule_of(str(value).lower())


@dataclass(frozen=True)
class Options(Moving):
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
    runs: int = learning(
        "--runs", Whole(), 1, help="Train so many times from seeds that follow each other, and compare."
    )
    early_stopping: int | None = option(
        "--early-stopping", Whole("EPOCHS"), under="Learning",
        help="End when so many epochs have brought nothing better.",
    )  # fmt: skip
    dtype: str = learning(
        "--dtype", click.Choice(("float32", "float64")), "float32", help="The numbers that are computed with."
    )
    validation: str | None = data_option(
        "--validation", Reads("SHARE|DATA"),
        help="What is held out to measure on: a share of each class, or another set "
        "(of one that has a test part of its own, that part); 0 for nothing. "
        "[default: the set's own test part, else 0.2]",
    )  # fmt: skip
    window: int | None = data_option(
        "--window", Whole("STEPS"),
        help="Characters of a text, or steps of a series, in one example. [default: 64; of a series 24]",
    )  # fmt: skip
    steps: int | None = option(
        "--steps", Whole(), under="Data",
        help="Of a series, also foretell so many steps behind its end, in the story and for --emit forecast.",
    )  # fmt: skip
    per_class: int | None = data_option(
        "--per-class", Whole(), help="Learn from so many examples of each class alone."
    )
    shift: int = data_option(
        "--shift", Whole(least=0), "0", help="Move pictures by up to N cells each way, anew each time."
    )
    noise: float | None = data_option(
        "--noise",
        Real("STDDEV", above=0),
        help="Put normal noise of this deviation on every input, once: as if pictures had been taken so. "
        "Pixels stay from 0 to 1.",
    )
    flip: bool = data_option("--flip", help="Mirror every other picture, by chance.")
    from_: str | None = option(
        "--from", Reads("FILE"), under="Beginning", excludes="--resume",
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
        "--resume", Reads("FILE"), under="Beginning",
        help="Go on with a training that was broken off, or with more --epochs; what it learns from, "
        "and how, stands in FILE. Without -o it goes on in FILE itself.",
    )  # fmt: skip
    net_file: str | None = option(
        "-o --output", Writes("FILE", endings=(*KEPT, *FILMS)), under="Result",
        help="Keep the net: after each epoch, whole or not at all. .safetensors holds all that --resume and "
        "predict need; .onnx and .npz the weights of the best epoch. Of nets over sequences .onnx is for "
        "other programs alone. .gif, .apng and .webp show the curves and the first kernels epoch by epoch, "
        "and keep no net.",
    )  # fmt: skip
    log: str | None = option(
        "--log", Writes("FILE"), under="Result",
        help="Write a line for each epoch as it ends, as .csv or .jsonl.",
    )  # fmt: skip
    watch: bool = moving_option("--watch", help="Draw the curves while it learns.")
    check_gradients: bool = option(
        "--check-gradients", under="Story",
        help="First compare the gradient of some weights of each layer with what the loss does when they are "
        "moved.",
    )  # fmt: skip

    @property
    def film_file(self) -> str | None:
        """The file of -o, where its pictures move."""
        moves = (self.net_file or "").lower().endswith(FILMS)
        return self.net_file if moves else None

    def check_watch(self, run: Run) -> None:
        """Say that nobody sees the curves: the training is none the worse for it."""
        if self.watch and not run.screen:
            run.warn("train: --watch draws on a terminal; here each epoch has its line")
