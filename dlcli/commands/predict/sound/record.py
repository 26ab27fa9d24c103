"""A sound that a net hears chunk by chunk, going on from each to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.commands.kinds.level import no_level
from dlcli.commands.kinds.sounds.sound import Sound
from dlcli.commands.predict.answers import Terms
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.record import layer_axes
from dlcli.engines.base.checks import Array
from dlcli.nets.layers.dense import Dense
from dlcli.nets.net import Net, picture_first
from dlcli.tensor import Attr, Axis, Tensor
from dlcli.words.line import Line

#: From this probability on a chunk counts; pauses below so many seconds do not end a segment.
ENOUGH, PAUSE = 0.5, 0.1


@dataclass(frozen=True, eq=False)
class Heard:
    """A sound and what a net makes of each ``chunk`` of its samples.

    The net sees with a chunk the last samples of the one before, which its input has room for; before the
    first and behind the last there is silence.
    """

    model: Model
    input: Tensor
    sound: Sound
    rate: float
    chunk: int
    line: Line

    @property
    def attrs(self) -> dict[str, Attr]:
        """Where the sound is from."""
        return dict(self.input.attrs)

    @cached_property
    def rows(self) -> Array:
        """What the net sees of each chunk (chunk, sample)."""
        samples, window = self.sound.samples.reshape(-1), self.model.spec.input[0]
        count = -(-len(samples) // self.chunk)
        before = window - self.chunk
        silence = np.zeros(before + count * self.chunk - before - len(samples))
        whole = np.concatenate([np.zeros(before), samples.astype(np.float64), silence])
        return np.lib.stride_tricks.sliding_window_view(whole, window)[:: self.chunk]

    @cached_property
    def net(self) -> Net:
        """The net in float64: what is printed of it is the same on every processor."""
        return Net(self.model.spec, np.float64).load(self.model.net.weights())

    def _each(self) -> Iterator[Array]:
        """Each chunk as the net takes it, the net going on from the one before."""
        self.net.forget()
        with self.net.following():
            for row in self.rows:
                yield self.net.batch(row[None, :, None])

    @cached_property
    def logits(self) -> Array:
        """The outputs before the sigmoid (chunk, unit)."""
        return np.concatenate([picture_first(self.net.forward(x)).copy() for x in self._each()])

    @cached_property
    def shares(self) -> Array:
        """The probability of each class (chunk, class)."""
        second = picture_first(self.net.probabilities(self.logits.T)).copy()
        return np.concatenate([1 - second, second], axis=1)

    def outputs(self, name: str) -> Array:
        """What a layer gives (chunk, …)."""
        found = []
        for x in self._each():
            made = dict(self.net.activations(x))
            found.append(picture_first(made[name]).copy())
        return np.concatenate(found)

    @property
    def time(self) -> Axis:
        """When each chunk begins."""
        step = self.chunk / self.rate
        return Axis("time", start=self.sound.start, step=step, unit="s")

    def tensor(self, data: Array, inner: tuple[Axis, ...], name: str) -> Tensor:
        """Numbers of every chunk."""
        plain = {key: one for key, one in self.attrs.items() if key != "sample_rate"}
        attrs = no_level(Tensor(np.zeros(0), attrs=plain), name)
        return Tensor(data.astype(self.model.net.dtype), (self.time, *inner), name, attrs)

    @property
    def probabilities(self) -> Tensor:
        """(time, class)."""
        return self.tensor(self.shares, (Axis("class", self.model.labels),), "probabilities")

    @property
    def classes(self) -> Tensor:
        """The number of the more probable class (time)."""
        made = self.tensor(self.shares, (Axis("class"),), "classes")
        return Tensor(self.shares.argmax(axis=1), made.axes[:1], "classes", made.attrs)

    def layer(self, name: str) -> Tensor:
        """What a layer gives (time, …): of its steps within a chunk, where there is one, this."""
        data, axes = self.outputs(name), layer_axes(self.model, name)
        if len(axes) == 2 and data.shape[1] == 1:
            data, axes = data[:, 0], axes[1:]
        axes = tuple(Axis("step") if one.name == "time" else one for one in axes)
        return self.tensor(data, axes, name)

    @property
    def segments(self) -> list[tuple[float, float]]:
        """From when to when, in seconds, what the net listens for is heard."""
        step, start = self.chunk / self.rate, self.sound.start
        found = spans(self.shares[:, 1] >= ENOUGH, int(PAUSE / step))
        end = start + len(self.sound.samples) / self.rate
        return [(start + first * step, min(start + last * step, end)) for first, last in found]

    def terms(self, place: int) -> Terms:
        """The sum behind the logit of a chunk, by the dense layer that ends the net."""
        *_, below, last = self.model.spec.layers
        assert isinstance(last.kind, Dense)
        values, weights = self.outputs(below.name)[place], self.net.values[last.name]
        return Terms(
            last.name, below.name, below.output, values, weights["kernel"][0],
            float(weights["bias"][0]) if "bias" in weights else None, last.kind.activation,
        )  # fmt: skip


def spans(there: Array, bridged: int) -> list[tuple[int, int]]:
    """Runs of true (n,) as (first, behind the last); up to so many false ones between two do not part them.

    >>> spans(np.array([0, 1, 1, 0, 1, 0, 0, 1], bool), 1)
    [(1, 5), (7, 8)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(np.int8)))
    found: list[tuple[int, int]] = []
    for first, last in edges.reshape(-1, 2).tolist():
        if found and first - found[-1][1] <= bridged:
            first = found.pop()[0]
        found.append((first, last))
    return found
