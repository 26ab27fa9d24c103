"""``dlcli samples``: the inputs that come with the package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import click

from dlcli.commands.samples.record import Work
from dlcli.errors import BadData, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import tensors_or_sentences
from dlcli.runner.kinds import Words
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument
from dlcli.runner.result import Catalogue, Result, Run
from dlcli.tensor import Tensor
from dlcli.wire.datasets.words import is_data
from dlcli.wire.samples import known_sample, page, samples
from dlcli.words.near import known_as
from dlcli.worlds.read import looks_like_world, read_world, world_tensor

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: The headings of its stories.
SECTIONS = (
    "Sample", "Licence", "Source", "Samples", "Tensor", "Weights", "World", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={"tensor": "The sample as it is. Without a name, each after the other."},
    examples=(
        "dlcli samples",
        "dlcli samples cat",
        "dlcli samples exercise -f csv",
        "dlcli samples lines | dlcli conv --kernel line:45 -o rising.png",
    ),
    sections=SECTIONS,
)


class SampleName(Words):
    """The name of a sample."""

    name = "NAME"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names that begin so."""
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=page()[name].what) for name in samples() if name.startswith(incomplete)
        ]


@dataclass(frozen=True)
class Options:
    """What ``dlcli samples`` takes."""

    names: tuple[str, ...] = argument(SampleName(), metavar="[NAME]...", many=True)


@subcommand("samples", MANUAL, Options, explains=False, reads=None)
def command(run: Run, options: Options) -> Catalogue:
    """List the samples that come along, or show those that are named.

    Every command reads them as sample:NAME. The list says of each what it is, where it comes from and under
    which licence.
    """
    names = [known_as(name.removeprefix("sample:"), samples()) for name in options.names or samples()]
    works = [_work(name, run) for name in names]
    entries = [_entry(work, tensor) for work in works for tensor in work.outputs]
    keys = [
        work.name if len(work.outputs) == 1 else f"{work.name}-{place}"
        for work in works
        for place in range(len(work.outputs))
    ]
    return Catalogue(entries, None if len(entries) == 1 else tuple(works), keys)


def _work(name: str, run: Run) -> Work:
    try:
        file = known_sample(name)
    except BadData as error:
        raise WrongUsage(str(error)) from error
    word = f"sample:{name}"
    if file.name.endswith((".csv", ".toml")):
        text = file.read_text(encoding="utf-8")
        if looks_like_world(text):
            outcomes = world_tensor(read_world(text).with_attrs(source=word))
            return Work(name, page()[name], (outcomes,), text)
    if is_data(word):
        from dlcli.commands.kinds.sounds.words_heard import open_set
        from dlcli.wire.datasets.read import as_tensor

        return Work(name, page()[name], (as_tensor(open_set(word, limits=run.limits)),))
    return Work(name, page()[name], tuple(tensors_or_sentences(word, run.environment, run.limits)))


def _entry(work: Work, tensor: Tensor) -> Callable[[], Result]:
    return partial(Result, {"tensor": lambda: tensor}, work)
