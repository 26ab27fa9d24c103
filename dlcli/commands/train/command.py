"""``dlcli train``: let a net learn from examples."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

from dlcli.commands.kinds.nets.data import Data
from dlcli.commands.kinds.nets.model import A_MODEL, MODEL_WORDS, built_in, described
from dlcli.commands.kinds.nets.net_file import NetFile
from dlcli.commands.train.fitting import learns_series
from dlcli.commands.train.going_on import goes_on_in, read_training
from dlcli.commands.train.options import KEPT, Options
from dlcli.commands.train.plan import LEARNT_FROM, prepare, training_data
from dlcli.commands.train.session import Session
from dlcli.commands.train.sweep import listed, sets, swept
from dlcli.errors import WrongUsage, printable
from dlcli.nets.builtin import BUILTIN
from dlcli.nets.forecasting import foretells
from dlcli.runner.command import command as subcommand
from dlcli.runner.manual import Manual
from dlcli.runner.option import was_typed
from dlcli.runner.result import Each, Result, Run, Together
from dlcli.wire.datasets.words import is_data

#: The headings of its stories.
SECTIONS = (
    "Data", "Model", "Learning", "Gradients", "Accuracy", "Against length", "Best", "Beyond the end",
    "Compared", "Confusion", "Errors", "Forecast", "Kernels", "Loss", "Off by", "Pictures",
    "Worst mistakes", "Notice", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "history": "What was measured: (epoch, measure), from the first epoch on.",
    },
    sometimes={
        "forecast": "Of a series, what is foretold behind what is learnt from, with --steps behind its end: "
        "(time, feature), of several runs (time, feature, measure).",
        "errors": "Of several trainings, what each gets wrong: (model, set).",
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
        "dlcli train sequence-classifier reviews:200 --epochs 1 -o reviews.safetensors",
        "dlcli train seq2seq-attention dates:60 --epochs 1 -o dates.safetensors",
        "dlcli train mlp digits8 --check-gradients --epochs 0",
        "dlcli train char-rnn sample:austen --epochs 1 --clip 1 -o writer.safetensors",
        "dlcli train memory:simple,lstm copy:2,20 --epochs 1 --lr 0.01",
        "dlcli train forecast sample:sunspots --epochs 5 --runs 3",
        "dlcli train forecast sample:sunspots --epochs 5 --runs 3 --steps 50 --emit forecast -f csv",
        "dlcli train speech-commands sample:spoken-digits --epochs 2 -o words.safetensors",
        "dlcli train small-cnn sample:digits --epochs 2 --per-class 20 -o kernels.gif",
    ),
    sections=SECTIONS,
)


@subcommand("train", MANUAL, Options, explains=False, reads=LEARNT_FROM)
def command(run: Run, options: Options) -> Each | Together:
    """Let a net learn: show it examples and what they are, and let its weights follow the gradient.

    MODEL is the name of a net, or a TOML file that describes one (see dlcli summary); NAME:CELL is one with
    another recurrent layer; NAME,NAME, NAME:CELL,CELL and several sets are trained side by side. DATA is a
    set of pictures or rows of numbers with labels: sample:digits, digits8, shapes:N, a folder with one folder
    for each class, CIFAR's and MNIST's files, .npz with x and y, a CSV with a column label; a text (FILE.txt,
    or piped in), whose next character is foretold, or a series, whose next step is; sentences drawn from a
    grammar (reviews:N) or in a CSV with columns text and label, dates to be translated into ISO 8601
    (dates:N), sentences and their translations in a CSV with columns source and target, and tasks that need
    memory (copy:LAG, adding:LENGTH). Pixels of 0 to 255 are divided by 255 unless the model rescales them.
    Recorded words, a folder of WAV or FLAC for each, become log-mel frames; each recording is learnt from in
    many variants.

    A series of one's own is a CSV, a .npy or what comes down a pipe: a line for each step, a column for each
    number that is foretold. A column whose name is a word for time (time, date, month, year, …), or the first
    one where it holds dates of ISO 8601 or numbers that rise in even steps, says when each step is; what was
    taken is told. Times must rise in even steps, of months and years, too, and no cell may be empty.

    What is held out is measured after each epoch and never learnt from; the best epoch is kept. Ctrl-C ends
    the training after the step it is at, and FILE holds what was learnt. The seed decides everything that is
    random: the first weights, the order of the examples, shifts, dropout.
    """
    film = options.film_file
    if film is not None:
        options = replace(options, net_file=None)
    file = None
    if options.resume is not None:
        if was_typed("seed"):
            raise WrongUsage("--seed does not go with --resume: a training goes on with the seed that it has")
        file = read_training(options.resume, run)
    elif options.model is None:
        raise WrongUsage("which model? Name one, such as small-cnn, or a TOML file; dlcli summary lists them")
    models = listed(options.model, BUILTIN) if options.model and file is None else []
    for word in models:
        if built_in(word) is not None:
            continue
        if not os.path.isfile(word) and is_data(word):
            raise WrongUsage(f"which model? {printable(word)} is a set of data; name one before it: mlp, …")
        described(word, run, f"{A_MODEL}, and stands before the data")
    series = all(learns_series(word, run) for word in models) if file is None else foretells(file.spec)
    if len(models) > 1 or options.runs > 1 or any(len(listed(word)) > 1 for word in run.line.inputs):
        return _sweep(models, run, replace(options, net_file=film or options.net_file), series)
    read = _files_read(run, options, file)
    for flag, path in (("-o", options.net_file), ("--log", options.log)):
        if path is not None:
            _check_path(flag, path)
            _check_apart(flag, path, [one for one in read if flag == "--log" or one != options.resume])
            if len(run.line.inputs) > 1:
                raise WrongUsage(
                    f"{flag} {path}: {len(run.line.inputs)} trainings would all be written there; "
                    "train on one set at a time"
                )
    stays = goes_on_in(options.resume) if options.net_file is None else None
    if stays is not None and not os.access(stays, os.W_OK):
        raise WrongUsage(
            f"--resume {stays}: the training goes on in this file, and it cannot be written; "
            "-o FILE keeps it in another"
        )

    def work(data: Data) -> Result:
        plan = prepare(run, options, data, file)
        session = Session(run, plan, remembers=film is not None or (options.watch and run.screen))
        return session.result(watch=options.watch and film is None)

    return Each(work, replace(LEARNT_FROM, items=partial(training_data, series=series)))


def _sweep(models: list[str], run: Run, options: Options, series: bool) -> Together:
    """Trainings side by side. Raises ``WrongUsage`` for what is of one training alone."""
    for flag, given in (
        ("-o", options.net_file or options.film_file), ("--log", options.log), ("--resume", options.resume),
        ("--watch", options.watch),
        ("--check-gradients", options.check_gradients), ("--compare", options.compare),
    ):  # fmt: skip
        if given:
            table = "; their table as a file: -f csv > FILE" * (flag == "-o")
            raise WrongUsage(
                f"{flag} is of one training, and this line asks for several: leave it out{table}"
            )
    reading = replace(LEARNT_FROM, items=partial(sets, series=series))
    return Together(partial(swept, models=models, run=run, options=options), reading)


#: What a file of a trained net may be called, and one of its epochs.
SUFFIXES = {"-o": KEPT, "--log": (".csv", ".jsonl")}


def _files_read(run: Run, options: Options, file: NetFile | None) -> list[str]:
    """What this training reads."""
    told = None if file is None else file.facts["data"].get("name")
    words = (options.resume, options.model, options.from_, options.validation, *run.line.inputs, told)
    return [word for word in words if isinstance(word, str)]


def _check_apart(flag: str, path: str, read: list[str]) -> None:
    """Raise ``WrongUsage`` for a file that is read in the same line: writing would take its place."""
    for word in read:
        if os.path.exists(path) and os.path.exists(word) and os.path.samefile(path, word):
            raise WrongUsage(f"{flag} {path}: it is read here, and would be lost; give another name")


def _check_path(flag: str, path: str) -> None:
    """Raise ``WrongUsage`` for a file that could not be written when the time has come."""
    if os.path.splitext(path)[1].lower() not in SUFFIXES[flag]:
        raise WrongUsage(f"{flag} {path}: its ending says how it is written: {', '.join(SUFFIXES[flag])}")
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise WrongUsage(f"{flag} {path}: there is no folder {folder}")
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise WrongUsage(f"{flag} {path}: it is no plain file; what is kept is written there again and again")
    if os.path.isdir(path) or not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise WrongUsage(f"{flag} {path}: it cannot be written there")
