"""What is learnt from and what is held out: by a share of one set, or another set in its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from dlcli.commands.kinds.nets.net_file import NetFile, read_net_file
from dlcli.commands.kinds.nets.parts import SHARE, few, is_share, share_held_out, share_words, split
from dlcli.commands.kinds.sounds.words_heard import open_set
from dlcli.commands.train.examples import class_names, examples, met_before
from dlcli.commands.train.fitting import is_series_set
from dlcli.commands.train.going_on import known_words
from dlcli.commands.train.options import Options
from dlcli.errors import BadData, DlcliError, WrongUsage, called, printable
from dlcli.nets.evaluation import HELD_OUT, Examples
from dlcli.runner.result import Run
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import UNKNOWN, DataSet
from dlcli.wire.datasets.vocabularies import in_vocabulary, of_learnt, of_length, with_classes
from dlcli.words.near import some
from dlcli.words.number import counted


@dataclass(frozen=True)
class Places:
    """Which examples of a set are learnt from, and which are held out, by a ``share``."""

    learnt: Array
    held: Array
    share: float


def places_of(run: Run, data: DataSet, facts: Mapping[str, Any], seed: int) -> Places:
    """Which examples are learnt from, and which are held out of the same set."""
    per_class = facts["per_class"]
    share = share_held_out(facts["validation"], data)
    places, apart = split(data, share, seed)
    if share and (not len(places) or not len(apart)):
        raise DlcliError(
            f"{called(data.name)} has {counted(len(data), 'example')}: a share of {share:g} "
            f"leaves {len(places)} to learn from and {len(apart)} held out; try --validation 0"
        )
    if per_class is not None:
        if not data.classes or data.labels is None:
            raise WrongUsage(f"--per-class counts examples of classes, and {called(data.name)} has none")
        if data.labels.ndim > 1:
            raise WrongUsage(
                f"--per-class counts examples of classes, and in {called(data.name)} each step has one of "
                "its own: leave it out"
            )
        counts = np.bincount(data.labels[places], minlength=len(data.classes))
        fewest = int(counts.argmin())
        if counts[fewest] < per_class:
            short = int((counts < per_class).sum())
            others = f"; {short} classes have fewer" * (short > 1)
            run.warn(
                f"train: --per-class {per_class:,}: of {class_names(data)[fewest]} there are "
                f"{counts[fewest]:,} to learn from{others}"
            )
        places = few(data.labels, places, per_class, seed)
    return Places(places, apart, share)


def in_words(run: Run, options: Options, data: DataSet, places: Places, file: NetFile | None) -> DataSet:
    """Sentences with the words of what is learnt from, or those of the net that a training begins with."""
    if data.in_time and data.vocabulary and data.labels is not None:
        alone = np.setdiff1d(data.labels[places.held], data.labels[places.learnt])
        if shown := some([printable(repr(data.vocabulary[place])) for place in alone.tolist()], 5):
            where = called(data.name)
            _tell(run, f"{where}: what is held out alone has {shown}: nothing can be learnt of it")
    if UNKNOWN not in data.vocabulary:
        return data
    if file is None and options.from_ is not None:
        file = read_net_file(options.from_, run)
    known = known_words(file)
    if file is None or UNKNOWN not in known:
        return of_learnt(data, places.learnt, partial(_tell, run))
    found = in_vocabulary(data, known, printable(file.source), partial(_tell, run))
    return with_classes(found, file.classes) if data.source else found


def _tell(run: Run, words: str) -> None:
    run.warn(f"train: {words}")


def parts_of(
    run: Run, data: DataSet, validation: str | None, places: Places
) -> tuple[Examples, Examples | None, str, DataSet | None]:
    """What is learnt from, what is held out, where that is from in words, and as a set of its own."""
    held, name, other = None, "nothing", None
    if places.share:
        held, name = examples(data, places.held), share_words(places.share, data)
    elif validation is not None and not is_share(validation):
        other, name = _other(run, data, validation)
    elif validation is None and data.held_out is not None:
        other, name = data.held_out, "its own test part"
    if other is not None:
        held = replace(examples(other, of=data), called=HELD_OUT)
    every = len(places.learnt) == len(data)
    learnt = examples(data) if every else examples(data, places.learnt)
    if held is not None and validation is not None and not places.share:
        _check_unmet(run, learnt, held, validation)
    return learnt, held, name, other


def tell_twice(run: Run, data: DataSet, places: Places) -> None:
    """A line on standard error for sentences that are held out and learnt from, word by word."""
    if not data.vocabulary or data.in_time:
        return
    if met := met_before(examples(data, places.learnt), examples(data, places.held)):
        run.warn(
            f"train: {called(data.name)}: {met:,} of the {len(places.held):,} sentences held out are "
            "learnt from, too: what is measured is better than it will be"
        )


def _other(run: Run, data: DataSet, word: str) -> tuple[DataSet, str]:
    """What --validation measures on, and its name: of a set that has a test part of its own, that part.

    Raises ``DlcliError`` where it does not go with the data.
    """
    if word == "-" and data.name == "-":
        raise WrongUsage("--validation -: standard input is what is learnt from; name a file beside it")
    stdin, say = run.environment.stdin, run.environment.say
    series = is_series_set(data)
    other = (
        data if word == data.name else open_set(word, limits=run.limits, say=say, stdin=stdin, series=series)
    )
    name, flag = called(word), f"--validation {printable(word)}"
    if other.held_out is not None:
        count = len(other.held_out)
        run.warn(f"train: {flag} has a test part of its own: its {count:,} inputs are measured on")
        other, name = other.held_out, f"the test part of {name}"
    return _alike(run, data, other), name


def _alike(run: Run, data: DataSet, other: DataSet) -> DataSet:
    """Another set in the words, the steps and the classes of that which is learnt from.

    Raises ``DlcliError`` for one that cannot be, with what differs.
    """
    where, flag = called(data.name), f"--validation {called(other.name)}"
    mine, theirs = (one.sound.get("sample_rate") for one in (data, other))
    if mine and theirs and mine != theirs:
        raise DlcliError(
            f"{flag} has {theirs:,} samples a second, {where} has {mine:,}; another program brings them "
            f"together: ffmpeg -i word.wav -ar {mine} converted.wav"
        )
    try:
        if len(data.features) > 1 and other.features and other.features != data.features:
            ours, theirs = (", ".join(map(printable, one.features)) for one in (data, other))
            raise BadData(
                f"its columns are {theirs}; {where} has {ours}: they must be alike, and in that order"
            )
        if data.window is not None and other.window is not None:
            other = other.windowed(data.shape[0])
        if data.vocabulary and other.vocabulary and data.spelled == other.spelled:
            other = in_vocabulary(other, data.vocabulary, where, partial(_tell, run))
            other = of_length(other, data.shape[0], data.source, partial(_tell, run))
        if data.classes and other.classes and data.spelled == other.spelled:
            other = with_classes(other, data.classes)
    except BadData as error:
        named = str(error).startswith(called(other.name))
        raise DlcliError(f"--validation {error}" if named else f"{flag}: {error}") from error
    if other.shape != data.shape or other.classes != data.classes:
        mine, theirs = (
            f"inputs of {one.size_words()} and {len(one.classes) or 'no'} classes" for one in (data, other)
        )
        raise DlcliError(f"{flag} has {theirs}, {where} has {mine}: they must be alike")
    return other


def _check_unmet(run: Run, learnt: Examples, held: Examples, word: str) -> None:
    """A line on standard error where some of what is measured on is learnt from, too.

    Raises ``WrongUsage`` where all of it is.
    """
    met, flag = met_before(learnt, held), f"--validation {printable(word)}"
    if met == held.count:
        raise WrongUsage(
            f"{flag} is what it learns from, and would be known by heart; a share such as "
            f"--validation {SHARE} holds some of it out"
        )
    if met:
        run.warn(
            f"train: {flag}: {met:,} of the {held.count:,} inputs that are measured on are learnt from, too: "
            "what is measured is better than it will be"
        )
