"""Measure the figures that the guide tells with spread: ``python docs/figures.py [NAME]...`` prints tables.

Each is what some lines of ``dlcli train`` give from several seeds; they take minutes, and their last digits
depend on the processor, so that they are no part of the checks.
"""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SEEDS = range(3)

#: Name of the net -> its line.
WRITERS = {
    "char-rnn:cut": "char-rnn:cut sample:austen --epochs 6 --lr 0.004 --schedule cosine",
    "char-rnn": "char-rnn sample:austen --epochs 20 --lr 0.004 --schedule cosine",
    "char-rnn:gru": "char-rnn:gru sample:austen --epochs 20 --lr 0.004 --schedule cosine",
    "tiny-gpt": "tiny-gpt sample:austen --epochs 30 --lr 0.003 --schedule warm-up:2",
}


def table(line: str) -> list[dict[str, str]]:
    """What a line of ``dlcli train`` gives as CSV."""
    words = [sys.executable, "-m", "dlcli", "train", *line.split(), "-f", "csv"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return list(csv.DictReader(done.stdout.splitlines()))


def spread(values: list[float], digits: int = 2) -> str:
    """The least and the largest."""
    return f"{min(values):.{digits}f} to {max(values):.{digits}f}"


def text() -> Iterator[str]:
    """Bits a character of held-out text, of the best epoch."""
    yield "| net | bits a character, three seeds |"
    yield "| --- | --- |"
    for name, line in WRITERS.items():
        bits = []
        for seed in SEEDS:
            rows = table(f"{line} --clip 1 --validation 0.1 --seed {seed}")
            bits.append(min(float(row["val-loss"]) for row in rows) / math.log(2))
        yield f"| {name} | {spread(bits)} |"


def memory() -> Iterator[str]:
    """The share of wrong answers at a lag of 100, five seeds."""
    yield "| net | wrong at a lag of 100, five seeds |"
    yield "| --- | --- |"
    for cell in ("simple", "leaky", "skip", "lstm", "gru", "attention"):
        line = f"memory:{cell} copy:100 --epochs 4 --lr 0.003 --clip 1"
        wrong = []
        for seed in range(5):
            rows = table(f"{line} --seed {seed}")
            wrong.append(100 * (1 - max(float(row["val-accuracy"]) for row in rows)))
        yield f"| {cell} | {spread(wrong, 1)} % |"


def predicted(line: str, data: str, emit: str) -> list[Any]:
    """What nets from several seeds make of some data: a result of ``dlcli predict`` for each."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        net = str(Path(folder) / "net.safetensors")
        for seed in SEEDS:
            table(f"{line} --seed {seed} -o {net}")
            words = [sys.executable, "-m", "dlcli", "predict", net, data, "--emit", emit, "-f", "json"]
            done = subprocess.run(words, capture_output=True, text=True, check=True)
            found.append(json.loads(done.stdout)["data"])
    return found


def told(line: str, data: str) -> str:
    """The least and the largest number of right classes, of how many."""
    tables = predicted(line, data, "confusion")
    right = [sum(row[i] for i, row in enumerate(one)) for one in tables]
    return f"{min(right):.0f} to {max(right):.0f} of {sum(map(sum, tables[0])):.0f}"


def classes() -> Iterator[str]:
    """Right classes of sentences and of spoken digits that were not learnt from."""
    words = "speech-commands sample:spoken-digits --epochs 20 --schedule cosine"
    yield "| net | asked | right, three seeds |"
    yield "| --- | --- | --- |"
    reviews = told("sequence-classifier reviews:2000", "reviews:2000")
    yield f"| sequence-classifier | reviews:2000 | {reviews} |"
    for data in ("sample:spoken-digits", "sample:other-voices"):
        yield f"| speech-commands | {data} | {told(words, data)} |"


def translation() -> Iterator[str]:
    """The share of 500 dates not learnt from that are right in every character."""
    yield "| net | right in every character, three seeds |"
    yield "| --- | --- |"
    for net in ("seq2seq", "seq2seq-attention"):
        line = f"{net} dates:8000 --epochs 8 --lr 0.003 --schedule cosine"
        measures = predicted(line, "dates:8000", "measures")
        yield f"| {net} | {spread([100 * float(one[0]) for one in measures], 1)} % |"


FIGURES: dict[str, Callable[[], Iterator[str]]] = {
    "text": text,
    "memory": memory,
    "classes": classes,
    "translation": translation,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or FIGURES:
        for row in FIGURES[name]():
            print(row, flush=True)
        print()
