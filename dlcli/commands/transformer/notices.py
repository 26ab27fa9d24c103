"""What is worth noticing about one transformer: sentences that hold for the numbers of this run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np

from dlcli.commands.transformer.record import Work
from dlcli.engines.attention.heads import MultiHead
from dlcli.engines.transformer.blocks import Step
from dlcli.words.number import number


def notices(work: Work) -> str:
    """The sentences for this run, the most telling first."""
    return " ".join(_all(work))


def _all(work: Work) -> Iterator[str]:
    yield from _not_finite(work)
    if not np.isfinite(work.made.output).all():
        return
    trained = work.model.source is not None
    if work.design.norm_first:
        first, last = work.measured[0][0], work.measured[-1][-1]
        if first.before:
            times = number(last.after / first.before, 3)
            yield f"Pre-norm only adds to the tokens: behind the last block they are {times} times as large."
    elif trained:
        yield "Post-norm gives every token the size that the norm's gains say, whatever was added."
    elif not _overflow(work):
        yield "Post-norm brings every token back to the same size after each part."
    if not trained:
        yield "The weights are untrained: the maps show how it works, and mean nothing yet."
    if work.design.causal and len(work.decoding) > 1:
        steps = work.decoding[-1].products
        saved = number(steps.again / steps.cached, 3)
        yield f"The last step takes {saved} times fewer multiplications with the cache."


def _not_finite(work: Work) -> Iterator[str]:
    """Where numbers first were none, and how many tokens that reached."""
    output = work.made.output
    lost = int(np.count_nonzero(~np.isfinite(output).all(axis=-1)))
    reached = f"it reaches {lost} of {len(output)} token{'s' * (len(output) != 1)}"
    memory = work.memory is not None and not np.isfinite(work.memory.data).all()
    if lost and (memory or not np.isfinite(work.made.input).all()):
        where = " of the memory" if memory else ""
        yield (
            f"A number{where} that is none (nan, inf) spreads to every token that looks at it, and by every "
            f"norm: {reached}."
        )
    elif (overflow := _overflow(work)) and lost:
        yield f"{overflow}: the input is finite, and what is no number comes up there; {reached}."
    elif overflow:
        yield f"{overflow}: it divides by inf, which leaves zeros."


def _overflow(work: Work) -> str:
    """The first numbers on the way that floats do not hold, in words; nothing where there are none."""
    for place, made in enumerate(work.made.blocks):
        for step in made.steps:
            if what := _too_large(step, norm_first=work.design.norm_first):
                return _beyond(f"In block {place} {what} of the {step.name}", work)
    last = work.made.norm
    if last is not None and not np.isfinite(last.deviation).all():
        return _beyond("The squares in the norm behind the last block", work)
    return ""


def _too_large(step: Step, *, norm_first: bool) -> str:
    """What of one part, in the order of its work, is larger than floats hold; nothing where all fit."""
    norm = "the squares in the norm" * (not np.isfinite(step.norm.deviation).all())
    if norm and norm_first:
        return norm
    if step.name != "feed-forward":
        part = cast("MultiHead", step.part)
        if not all(np.isfinite(array).all() for array in (part.query, part.key, part.value)):
            return "the queries, keys or values"
        # Scores of −inf alone hide a key, and nothing more; a row of them is no softmax.
        if not np.isfinite(part.weights).all() and not np.isfinite(part.attended.scores).all():
            return "the scores"
    return norm if np.isfinite(step.change).all() else "the sums"


def _beyond(what: str, work: Work) -> str:
    most = number(float(np.finfo(work.made.output.dtype).max))
    return f"{what} are more than floats hold, {most}"
