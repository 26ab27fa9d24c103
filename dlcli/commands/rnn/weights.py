"""The net of ``dlcli rnn --weights``: what its file decides, and what other options may say beside it."""

from __future__ import annotations

from dlcli.commands.kinds.recurrent_weights import Loaded, expect_kind, load_net, weight_file
from dlcli.commands.rnn.options import Options
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.errors import WrongUsage
from dlcli.runner.result import Run


def loaded_net(options: Options, run: Run) -> Loaded | None:
    """The net of ``--weights``, with what other options say that arrays cannot tell; None without a file.

    Raises ``WrongUsage`` for what was asked for and is not so in the file.
    """
    if options.save_weights:
        weight_file(options.save_weights)
    if options.weights is None:
        return None
    word = options.cell[0] if options.cell else None
    if word is not None and word.alpha is not None:
        raise WrongUsage(f"alpha is decided by the file of --weights; try --cell {word.kind}")
    told = {
        "activation": options.activation,
        "skip": (word.skip if word is not None else 0) or options.skip,
        "reset_after": False if options.reset_before else None,
        "merge": options.merge if "merge" in options.typed else None,
    }
    loaded = load_net(options.weights, run, told)
    expect_kind(loaded, None if word is None else word.kind, options.units)
    _expect_parts(options, loaded)
    return loaded


def _expect_parts(options: Options, loaded: Loaded) -> None:
    """Raise ``WrongUsage`` for a part that was asked for and that the net of the file does not have."""
    cells = [cell for layer in loaded.net.layers for cell in layer.cells]
    if not any(cell.skip for cell in cells):
        word = options.cell[0] if options.cell else None
        if word is not None and word.skip:
            raise WrongUsage(f"{loaded.source} holds no skip connection; try --cell {word.kind}")
        if "skip" in options.typed:
            raise WrongUsage(f"{loaded.source} holds no skip connection; leave --skip out")
    if "merge" in options.typed and all(layer.backward is None for layer in loaded.net.layers):
        raise WrongUsage(f"{loaded.source} reads in one direction; leave --merge out")
    if "reset_before" in options.typed:
        gates = [cell for cell in cells if isinstance(cell, GRUCell)]
        if not gates:
            raise WrongUsage(f"{loaded.source} holds no GRU; leave --reset-before out")
        if any(cell.reset_after for cell in gates):
            raise WrongUsage(
                f"{loaded.source} holds a GRU with two biases, whose reset gate acts after the product; "
                "leave --reset-before out"
            )
