"""One command line from its words to its results: what all commands share, once."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import fields, replace
from typing import Any

import click
import numpy as np

from dlcli.engines.base.checks import EngineError
from dlcli.errors import BadData, DlcliError, WrongUsage, printable
from dlcli.runner.delivery import Delivery
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Item, Reading, check_quotes, words_of
from dlcli.runner.moving import WATCHED, Moving, check_moving
from dlcli.runner.option import check_repeated, heeded, typed_options, was_typed
from dlcli.runner.options import Shared, in_shell_words
from dlcli.runner.outputs import (
    Destination,
    check_output,
    chosen,
    for_pictures,
    needs_page,
    needs_story,
    takes_all,
)
from dlcli.runner.progress import Progress
from dlcli.runner.result import Catalogue, Each, Prepare, Result, Run, Together, Worker
from dlcli.tensor import FIELD, Tensor
from dlcli.wire.stream import LITERAL, MAX_BYTES, Limits
from dlcli.words.line import Line

#: The line of commands that made a tensor is kept to this many characters.
HISTORY = 2000

#: Numbers of a tensor that is kept while the next is read: 32 MB of doubles.
KEPT = 2**22

#: What is said in place of a verdict where a worksheet asks for it.
UNTOLD = "the verdict is told without --blank"


@np.errstate(all="ignore")  # what is not finite the story counts: no warning of NumPy's beside it
def run(
    command: str,
    prepare: Prepare,
    values: dict[str, Any],
    reading: Reading | None,
    options: type | None,
) -> None:
    """Prepare the command from its options, then read, work and write, one thing at a time.

    Raises ``DlcliError``, at the end, when any input failed.
    """
    context = click.get_current_context()
    environment: Environment = context.obj or Environment.of_process()
    asked = Shared(**{one.name: values.pop(one.name) for one in fields(Shared) if one.name in values})
    inputs: tuple[str, ...] = values.pop("inputs", ())
    if reading is not None and not inputs and _is_input(context, values, reading):
        inputs = (values.pop(reading.before),)
        values[reading.before] = context.params[reading.before] = None
    check_repeated(context)
    asked = heeded(asked, context)
    destination = Destination.decide(
        asked,
        terminal=environment.stdout_is_terminal,
        received=environment.receive is not None,
        typed=was_typed("format_"),
    )
    destination = for_pictures(destination, was_typed)
    if environment.receive is None:
        needs_story(destination)
    check_output(asked.output, values, context)
    job = Run(
        environment=environment,
        limits=Limits(asked.max_bytes or MAX_BYTES, asked.max_pixels, chosen=asked.max_bytes is not None),
        seed=asked.seed,
        command_line=context.meta["dlcli.line"],
        line=Line(command, typed_options(context, {*values, "seed"} - WATCHED), inputs),
        emit=asked.emit,
        screen=environment.stdout_is_terminal and not environment.dumb and destination.story == "rich",
    )
    if environment.stdin_piped and (told := context.meta.get("dlcli.unread")):
        job.warn(told)
    words: tuple[str, ...] = ()
    if reading is not None:
        named = _named(inputs, values.get(reading.option), reading)
        words = words_of(named, environment, context.meta["dlcli.example"], reading)
        if (once := reading.once(words, environment.say)) != words:
            words, job = once, replace(job, line=replace(job.line, inputs=once))
        if words == ("-",) and environment.stdin_file:  # the same by its name, to be typed again
            job = replace(job, line=replace(job.line, inputs=(environment.stdin_file,)))
        job = replace(job, inputs=words)
    moving = None
    if options is None:
        check_moving(asked.output, destination, None, job)
        if environment.receive is None:
            needs_page(destination)
        work = prepare(job)
    else:
        own = heeded(options(**values), context, everything=destination.everything)
        if isinstance(own, Moving):
            moving, path = own, asked.output or own.film_file
            film = check_moving(path, destination, own, job)
            destination = replace(destination, film=film, file=path if film else destination.file)
        else:
            check_moving(asked.output, destination, None, job)
        if environment.receive is None:
            needs_page(destination)
        with _literals_of_options():
            work = prepare(job, own)
    if isinstance(work, Catalogue):
        whole = work.overview is not None and takes_all(destination)
        delivery = Delivery(command, destination, 1 if whole else len(work.entries), job, asked, moving)
        _list(work, delivery)
        delivery.hint()
        return
    assert reading is not None  # what reads nothing has a catalogue
    if isinstance(work, Together | Each):
        reading = work.reading or reading
    check_quotes(words, reading)
    if isinstance(work, Together):
        delivery = Delivery(command, destination, 1, job, asked, moving)
        _all(work, words, reading, delivery)
    else:
        delivery = Delivery(command, destination, len(words), job, asked, moving)
        _each(work.work if isinstance(work, Each) else work, words, reading, delivery)
    delivery.hint()


def _is_input(context: click.Context, values: Mapping[str, Any], reading: Reading) -> bool:
    """Whether the one word that was typed, where an argument stands before the inputs, is an input."""
    word = values.get(reading.before)
    if word is None or values.get(reading.option) is None:
        return False
    argument = next(one for one in context.command.params if one.name == reading.before)
    return word not in getattr(argument.type, "words", ())


def _named(inputs: tuple[str, ...], word: str | None, reading: Reading) -> tuple[str, ...]:
    """The inputs of the command line, or what the option names that stands for them."""
    if word is None or (inputs and reading.beside):
        return inputs
    if inputs:
        raise WrongUsage(
            f"--{reading.option} {printable(word)} stands for the input; "
            f"'{printable(inputs[0])}' is named beside it"
        )
    return (word,)


def _each(worker: Worker, words: tuple[str, ...], reading: Reading, delivery: Delivery) -> None:
    """Work on every input; one that fails is told and passed over while there are others.

    What is wrong with the command line itself ends everything at once.
    """
    command, job = delivery.command, delivery.job
    failures: list[DlcliError] = []
    verdicts: dict[int, list[str]] = {}
    for place, word in enumerate(words):
        name = "standard input" if word == "-" else printable(word)
        try:
            waits = False
            items = _arriving(command, word, reading, job)
            for item in _counted(items, word, job) if delivery.tells or delivery.files else items:
                if isinstance(item, Tensor):
                    item = item.as_read()
                with Progress(f"dlcli {command} {word}", job.environment, doing=lambda: job.doing):
                    result = _work(worker, item, job)
                waits = result is None
                if result is not None:
                    delivery.deliver(result, item)
                    if result.verdict:
                        said = UNTOLD if delivery.options.blank else result.verdict
                        verdicts.setdefault(place, []).append(said)
                del item, result
            if waits:
                raise DlcliError(f"{name}: it ends in the middle: its last block never came")
        except WrongUsage:
            raise
        except DlcliError as error:
            failures.append(error)
            if len(words) == 1:
                raise
            named = str(error).startswith((name, repr(name), "literal"))
            job.environment.say(f"dlcli {command}: {error if named else f'{name}: {error}'}")
    told = [verdict for found in verdicts.values() for verdict in found]
    if failures:
        for verdict in told:
            job.environment.say(f"dlcli {command}: {verdict}")
        beyond = f", {len(verdicts)} more did not pass" if verdicts else ""
        ending = DlcliError(f"{len(failures)} of {len(words)} inputs failed{beyond}")
        ending.exit_code = max(error.exit_code for error in failures)
        raise ending
    if told:
        raise DlcliError("; ".join(told))


def _all(together: Together, words: tuple[str, ...], reading: Reading, delivery: Delivery) -> None:
    """Work on all inputs at once: there is no result without one of them."""
    job = delivery.job
    items = [item for word in words for item in _arriving(delivery.command, word, reading, job)]
    with Progress(f"dlcli {delivery.command}", job.environment):
        result = _work(lambda _: together.work(items), items[0], job)
    assert result is not None
    delivery.deliver(result, items[0])


def _list(catalogue: Catalogue, delivery: Delivery) -> None:
    """Deliver what a command has to give; with an overview, one story tells it all."""
    results = [(result, chosen(result, None)) for make in catalogue.entries for result in [make()]]
    results = [(_signed(result, tensor, delivery.job), tensor) for result, tensor in results]
    if catalogue.overview is None:
        for result, tensor in results:
            delivery.deliver(result, tensor)
        return
    names = catalogue.names or [tensor.name for _, tensor in results]
    firsts = (next(iter(result.outputs.values())) for result, _ in results)
    together = dict(zip(names, firsts, strict=True))
    delivery.deliver_all(Result(together, catalogue.overview), results)


def _arriving(command: str, word: str, reading: Reading, job: Run) -> Iterator[Any]:
    """The things of one input; what a pipe brings is waited for in silence: its sender may be talking."""
    arriving = reading.items(word, job.environment, job.limits, job.block)
    while True:
        waiting = nullcontext() if word == "-" else Progress(f"dlcli {command} {word}", job.environment)
        with waiting, _literals_of_options():
            item = next(arriving, None)
        if item is None:
            return
        yield item
        del item


def _counted(items: Iterator[Any], word: str, job: Run) -> Iterator[Any]:
    """The same things; the line is told of the word that several come of.

    One that is not too large waits until the next has been read: its story depends on whether there is one.
    """
    named = job.line.inputs[0] if word == "-" and job.line.inputs else word
    item = next(items, None)
    while item is not None:
        follows, failed = None, None
        waits = not isinstance(item, Tensor) or (item.data.size <= KEPT and "block" not in item.attrs)
        try:
            follows = next(items, None) if waits else None
        except DlcliError as error:
            failed = error
        if follows is not None or failed:
            job.line.several.add(named)
        yield item
        if failed:
            raise failed
        blocks = "block" in item.attrs
        item = follows  # what was dealt with is gone before more is read
        if not waits:
            item = next(items, None)
            if item is not None and not blocks:
                job.line.several.add(named)


def _work(worker: Worker, item: Item, job: Run) -> Result | None:
    try:
        with _literals_of_options():
            result = worker(item)
    except EngineError as error:
        source = item.attrs.get("source", item.name)
        context = click.get_current_context()
        refused = DlcliError(f"{_whence(item, str(source))}: {in_shell_words(str(error), context.command)}")
        _name_option(refused, context)
        raise refused from error
    return None if result is None else _signed(result, item, job)


@contextmanager
def _literals_of_options() -> Iterator[None]:
    """What is wrong with a literal that an option holds is wrong usage of that option.

    What is said of the value of an option by itself, ``'x.npy' is neither …``, names the option, too.
    """
    try:
        yield
    except DlcliError as error:
        context = click.get_current_context()
        typed = error.typed if isinstance(error, BadData) else None
        for option in context.command.params:
            values = _words(context.params.get(option.name or ""))
            if isinstance(option, click.Option) and typed is not None and typed in values:
                told = str(error).removeprefix(f"{LITERAL}: ")
                flag = max(option.opts, key=len)
                raise WrongUsage(f"{flag} {shlex.quote(printable(typed))}: {told}") from error
        _name_option(error, context)
        raise


def _name_option(error: DlcliError, context: click.Context) -> None:
    """Put the flag of an option into a message on its value that does not have it."""
    text = str(error)
    own = {one.name: one for one in context.command.params if isinstance(one, click.Option)}
    inputs = {word for name, value in context.params.items() if name not in own for word in _words(value)}
    found = [
        (words[0], repr(value))
        for words in typed_options(context, own)
        for value in words[1:]
        if repr(value) in text and value not in inputs and value != "-"
    ]
    named = any(re.search(rf"(?<![\w-]){flag}\b", text) for one in own.values() for flag in one.opts)
    if len(set(found)) == 1 and not named:
        ((flag, value),) = set(found)
        before = text.index(value)
        place = text.rfind(": ", 0, before) + 2 if ": " in text[:before] else 0
        error.args = (f"{text[:place]}{flag}: {text[place:]}", *error.args[1:])


def _words(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _signed(result: Result, item: Item, job: Run) -> Result:
    """The result with the attributes of its input, and the line of commands that made it."""
    history = " | ".join(filter(None, (str(item.attrs.get("command", "")), job.command_line)))
    if len(history) > HISTORY:
        history = "… " + history[-HISTORY:]

    before = item.attrs.get(FIELD)

    def sign(plain: Tensor) -> Tensor:
        attrs = {**item.attrs, **plain.attrs, "command": history}
        if not result.in_place and attrs.get(FIELD) == before:
            attrs.pop(FIELD, None)  # where cells were moved, what they have seen is told no more
        return replace(plain, attrs=attrs)

    def signed(make: Callable[[], Tensor]) -> Callable[[], Tensor]:
        return lambda: sign(make())

    def all_signed(make: Callable[[], Sequence[Tensor]]) -> Callable[[], Sequence[Tensor]]:
        return lambda: [*map(sign, make())]

    return replace(
        result,
        outputs={name: signed(make) for name, make in result.outputs.items()},
        several={name: all_signed(make) for name, make in result.several.items()},
    )


def _whence(item: Item, source: str) -> str:
    """The input in words: where it was read and, when it came down a pipe, what made it."""
    made_by = item.attrs.get("command")
    source = "standard input" if source == "-" else source
    return printable(f"{source} (from '{made_by}')" if made_by else source)
