"""``dlcli train``: let a net learn from pictures."""

from __future__ import annotations

import os

from dlcli.commands.kinds.data import Data
from dlcli.commands.kinds.model import MODEL_WORDS
from dlcli.commands.train.options import Options
from dlcli.commands.train.plan import LEARNT_FROM, goes_on_in, prepare, read_training
from dlcli.commands.train.session import Session
from dlcli.errors import WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker

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
        file = read_training(options.resume, run)
    elif options.model is None:
        raise WrongUsage("which model? Name one, such as small-cnn, or a TOML file; dlcli summary lists them")
    for flag, path in (("-o", options.net_file), ("--log", options.log)):
        if path is not None:
            _check_path(flag, path)
    stays = goes_on_in(options.resume) if options.net_file is None else None
    if stays is not None and not os.access(stays, os.W_OK):
        raise WrongUsage(
            f"--resume {stays}: the training goes on in this file, and it cannot be written; "
            "-o FILE keeps it in another"
        )

    def work(data: Data) -> Result:
        plan = prepare(run, options, data, file)
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
