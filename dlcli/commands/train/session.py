"""A training as it runs: what is kept after each epoch, what is said, how it ends when it is broken off."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import current_thread, main_thread
from typing import Any, NoReturn

import numpy as np

from dlcli.commands.kinds.nets.net_convert import save_net
from dlcli.commands.kinds.nets.net_file import history_tensor, write_net_file
from dlcli.commands.train.outcome import outcome_of
from dlcli.commands.train.plan import Plan, settings_facts
from dlcli.commands.train.record import Moment, Outcome, Work
from dlcli.engines.base.central_differences import Checked, verdict
from dlcli.engines.base.checks import EngineError
from dlcli.errors import DlcliError, Stopped, printable
from dlcli.nets.evaluation import targets_of
from dlcli.nets.gradient_check import check_gradients
from dlcli.nets.net import Net
from dlcli.nets.training import Measured, Training
from dlcli.runner.result import Result, Run
from dlcli.tensor import Axis, Tensor
from dlcli.words.number import loss_words

#: Signals that end a training after the step it is at.
HEARD = tuple(
    signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if name in signal.Signals.__members__
)

#: Cells of the bar that fills as an epoch goes on.
BAR = 20

#: Examples that gradients are compared on.
COMPARED = 16


@dataclass
class Heard:
    """The signal that has come, if one has; whether it ``waits`` for the end of what is at work."""

    number: int = 0
    waits: bool = True


class Session:
    """One training and its files."""

    def __init__(self, run: Run, plan: Plan, *, remembers: bool = False) -> None:
        self.remembers = remembers
        self.moments: list[Moment] = []
        self.run, self.plan, self.training = run, plan, plan.training
        self.failed: DlcliError | None = None
        self.unlogged: list[Measured] = []
        self.unwritten: DlcliError | None = None
        self.saved = False
        self.begun = time.monotonic()
        self.first = self.training.net.weights()
        self.checks: tuple[Checked, ...] = ()

    def result(self, *, watch: bool) -> Result:
        """What the training gives; with ``watch`` it happens while its pictures are shown."""
        plan = self.plan
        if plan.check:
            self.checks = tuple(self._checked())
        work = Work(
            plan.training.net.spec,
            self.run.line,
            plan.model,
            plan.read,
            self.live,
            self.outcome,
            self.moments,
            plan.training.settings.epochs - plan.resumed,
        )
        shown = watch and self.run.screen
        if not shown:
            _ = work.outcome
        outputs = {"history": lambda: self.history(work.outcome)}
        if plan.foretold:
            outputs["forecast"] = lambda: self.forecast(work.outcome)
        if self.plan.classes:
            outputs["confusion"] = lambda: self.confusion(work.outcome)
        return Result(outputs, work, verdict=verdict(self.checks))

    def history(self, outcome: Outcome) -> Tensor:
        """What was measured."""
        return history_tensor(list(outcome.epochs))

    def forecast(self, outcome: Outcome) -> Tensor:
        """What the net says follows on what it learnt from."""
        return outcome.forecasts[-1].tensor({"source": self.plan.read.set.name})

    def confusion(self, outcome: Outcome) -> Tensor:
        """Which class was taken for which."""
        if outcome.confusion is None:
            raise DlcliError("this run gives no confusion: its answers are not right or wrong")
        axes = (Axis("true", self.plan.classes), Axis("predicted", self.plan.classes))
        return Tensor(outcome.confusion, axes, "confusion")

    def outcome(self) -> Outcome:
        """Train to the end, and look at what has come of it."""
        for _ in self.live():
            pass
        other = self._other()
        self.run.doing = "looking at what it has learnt"
        made = outcome_of(self.plan, self.first, self.checks, other)
        self.run.doing = ""
        return made

    def live(self) -> Iterator[Measured]:
        """Train, epoch by epoch; what has been done already is not done again."""
        with self._hearing() as heard:
            heard.waits = False  # nothing new is learnt yet
            self._log_earlier()
            heard.waits = True
            try:
                self._remember(None)
                for measured in self.training.epochs(stop=lambda: heard.number > 0, seen=self._seen):
                    self._save()
                    heard.waits = False  # all is kept
                    self._log(measured)
                    heard.waits = True
                    self._tell(measured)
                    self._remember(measured)
                    yield measured
            except EngineError as error:
                self._broken(error)
            if heard.number and not self.training.over:
                self._stopped(heard.number)
            if not self.saved:  # no epoch has ended: the net as it was drawn, or as it was
                self._save()
        if failed := self.failed or self.unwritten:
            raise failed

    def _remember(self, measured: Measured | None) -> None:
        """Keep how the first kernels over pictures are now, where the training will be shown."""
        if not self.remembers:
            return
        net = self.training.net
        name = next((one.name for one in net.spec.layers if one.kind.kind == "conv"), None)
        kernels = None if name is None else net.weights()[f"{name}/kernel"]
        self.moments.append(Moment(measured, kernels if kernels is not None and kernels.ndim == 4 else None))

    def _other(self) -> Training | None:
        """The training that is compared, run to its end."""
        other = self.plan.other
        if other is not None:
            for measured in other.epochs(seen=lambda one: self._seen(one, "without them: ")):
                self._tell(measured, "without them: ")
        return other

    @contextmanager
    def _hearing(self) -> Iterator[Heard]:
        """While the block runs, the first signal is only noted: the step it comes in is finished."""
        heard = Heard()
        if current_thread() is not main_thread():
            yield heard
            return

        def note(number: int, frame: object) -> None:
            if heard.number or not heard.waits:
                raise Stopped(number) if number != signal.SIGINT else KeyboardInterrupt
            heard.number = number

        before = {
            number: signal.getsignal(number)
            for number in HEARD
            if signal.getsignal(number) not in (signal.SIG_IGN, None)
        }
        try:
            for number in before:
                signal.signal(number, note)
            yield heard
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stopped(self, number: int) -> NoReturn:
        """End because of a signal: what was learnt is kept."""
        training, path = self.training, self.plan.output
        self._save()
        where = f"in epoch {training.epoch + 1} of {training.settings.epochs}"
        where += f", after step {training.step} of {training.steps}"
        if self.failed is not None:
            raise self.failed
        kept = "nothing is kept without -o FILE"
        if path is not None:
            file = printable(path)
            kept = f"{file} holds what was learnt"
            if path.endswith(".safetensors"):
                kept += f"; dlcli train --resume {file} goes on"
        self.run.doing = ""
        self.run.environment.say(f"dlcli train: stopped {where}; {kept}")
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise Stopped(number)

    def _broken(self, error: EngineError) -> NoReturn:
        """End because of a loss that is no number, or cannot be: the weights before that are kept."""
        self._save()
        path = self.plan.output
        kept = ""
        if path is not None and not self.failed:
            kept = f"; {printable(path)} holds the weights before that"
        raise DlcliError(f"{error}{kept}") from error

    def _save(self) -> None:
        """Keep the net; a failure is told, and the training goes on: it may go better next time."""
        path = self.plan.output
        if path is None:
            return
        self.saved = True
        try:
            save(path, self.plan)
            self.failed = None
        except (DlcliError, OSError) as error:
            told = str(error) if isinstance(error, DlcliError) else f"{path}: {error.strerror}"
            if not self.training.over:
                self.run.warn(f"train: {printable(told)}; it is tried again after the next epoch")
            self.failed = DlcliError(f"the net is not kept: {told}")

    def _log_earlier(self) -> None:
        """Before a training goes on: lines for the epochs that it has had and its log lacks."""
        path, had = self.plan.log, self.training.history[: self.plan.resumed]
        if path is None or not had or self.training.epoch > self.plan.resumed or self.unlogged:
            return
        try:
            self.unlogged = lacking(path, had)
        except OSError as error:
            raise DlcliError(f"cannot read {path}: {error.strerror}") from error
        if self.unlogged:
            self._write_log(path)

    def _log(self, measured: Measured) -> None:
        """One more line for the epoch; where it cannot be written it is tried again with the next."""
        if self.plan.log is not None:
            self.unlogged.append(measured)
            self._write_log(self.plan.log)

    def _write_log(self, path: str) -> None:
        """Write what has not been."""
        begins = self.unlogged[0].epoch == 1
        try:
            append_log(path, self.unlogged, begins=begins)
        except OSError as error:
            told = f"cannot write {path}: {error.strerror}"
            if not self.training.over:
                self.run.warn(f"train: {printable(told)}; it is tried again after the next epoch")
            self.unwritten = DlcliError(told)
            return
        self.unlogged, self.unwritten = [], None

    def _tell(self, measured: Measured, what: str = "") -> None:
        """A line for the epoch, where no bar moves."""
        if not self.run.environment.stderr_is_terminal:
            best = " (best)" if not what and measured.epoch == self.training.best_epoch else ""
            epoch = f"{what}epoch {measured.epoch}/{self.training.settings.epochs}"
            self.run.environment.say(f"{epoch}: {told(measured)}{best}")

    def _seen(self, training: Training, what: str = "") -> None:
        """The line of a terminal: how far, how good, how long still."""
        loss, accuracy = training.measures
        done = training.epoch + training.step / training.steps
        spent = time.monotonic() - self.begun
        new = done - (self.plan.resumed if training is self.training else 0)
        left = spent / new * (training.settings.epochs - done) if new else 0.0
        filled = round(BAR * training.step / training.steps)
        right = f", accuracy {accuracy:.3f}" if training.examples.counts(training.net) else ""
        bar = "█" * filled + "░" * (BAR - filled)
        epoch = f"{what}epoch {training.epoch + 1}/{training.settings.epochs}"
        self.run.doing = f"{epoch} {bar} loss {loss_words(loss)}{right}, {clock(left)} left"

    def _checked(self) -> Iterator[Checked]:
        """Compare gradients on a net of its own in float64."""
        training = self.training
        net = Net(training.net.spec, np.float64, frozen=training.net.frozen).load(training.net.weights())
        places = np.arange(min(COMPARED, training.examples.count))
        x = net.batch(training.examples.take(places))
        yield from check_gradients(net, x, targets_of(net, training.examples, places, x), seed=self.run.seed)


def told(measured: Measured) -> str:
    """What was measured in an epoch, in words."""
    parts = [f"loss {loss_words(measured.loss)}"]
    if measured.accuracy is not None:
        parts.append(f"accuracy {measured.accuracy:.3f}")
    if measured.held_out_loss is not None:
        parts.append(f"held out: loss {loss_words(measured.held_out_loss)}")
    if measured.held_out_accuracy is not None:
        parts.append(f"accuracy {measured.held_out_accuracy:.3f}")
    return ", ".join(parts)


def clock(seconds: float) -> str:
    """A time as a person reads it.

    >>> clock(9.4), clock(75), clock(3700)
    ('9 s', '1 min 15 s', '1 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def save(path: str, plan: Plan) -> None:
    """Write what a training has come to: all of it, or the weights of its best epoch."""
    training = plan.training
    net = training.net
    if path.lower().endswith(".safetensors"):
        state, progress = training.state()
        facts: dict[str, Any] = {
            "dtype": net.dtype.name,
            "classes": list(plan.classes),
            "data": dict(plan.data_facts),
            "settings": settings_facts(training.settings),
            "frozen": sorted(net.frozen),
            "progress": progress,
        }
        best = best_weights(training)
        history = history_tensor(training.history)
        write_net_file(path, net.spec, best, state=state, facts=facts, history=history)
        return
    save_net(path, net.spec, best_weights(training), facts={"classes": list(plan.classes)})


def append_log(path: str, epochs: list[Measured], *, begins: bool) -> None:
    """Write a line for each epoch behind those that are there, or with ``begins`` a new file; all or none.

    Raises ``OSError``.
    """
    head, lines = log_lines(path, epochs)
    with open(path, "wb" if begins else "ab", buffering=0) as file:
        size = file.tell()
        data = b"".join(lines if size else head + lines)
        try:
            while data:
                data = data[file.write(data) :]
        except OSError:
            file.truncate(size)
            raise


def log_lines(path: str, epochs: list[Measured]) -> tuple[list[bytes], list[bytes]]:
    """What a log of this name begins with, and its line for each epoch."""
    history = history_tensor(epochs)
    names = ("epoch", *(history.axes[1].labels or ()))
    rows = [[one.epoch, *row] for one, row in zip(epochs, history.data.tolist(), strict=True)]
    if path.lower().endswith(".jsonl"):
        return [], [f"{json.dumps(dict(zip(names, row, strict=True)))}\n".encode() for row in rows]
    return [f"{','.join(names)}\n".encode()], [f"{','.join(map(repr, row))}\n".encode() for row in rows]


def lacking(path: str, epochs: list[Measured]) -> list[Measured]:
    """Those of the first epochs of a training that its log lacks; none where the log has other lines.

    Raises ``OSError``.
    """
    if not os.path.lexists(path):
        return list(epochs)
    if not os.path.isfile(path):
        return []
    head, lines = log_lines(path, epochs)
    wanted = head + lines
    with open(path, "rb") as file:
        there = file.read(1 + sum(map(len, wanted))).splitlines(keepends=True)
    return list(epochs[max(0, len(there) - len(head)) :]) if there == wanted[: len(there)] else []


def best_weights(training: Training) -> dict[str, np.ndarray[Any, Any]]:
    """The weights of the best epoch by ``layer/weight``; before the first is over, those of now."""
    net = training.net
    if not training.best_epoch:
        return net.weights()
    now = net.flat.copy()
    net.flat[...] = training.best
    found = net.weights()
    net.flat[...] = now
    return found
