"""Weights of an encoder and a decoder: recognised by their names, each in any of the layouts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dlcli.engines.attention.similarities import Additive, Dot, General, Similarity
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.layouts.names import described
from dlcli.engines.recurrent.layouts.read import LoadedNet, read_dense, read_net, write_net
from dlcli.engines.recurrent.net import RecurrentNet, StoredFacts
from dlcli.engines.recurrent.translation.attention import Attention
from dlcli.engines.recurrent.translation.seq2seq import Seq2Seq

SIDES = ("encoder", "decoder")

#: The words in a name that say which side a weight belongs to: whole parts of it, as in ``encoder.rnn``.
_SIDE = re.compile(r"(?:^|[/._])(encoder|decoder)(?=$|[/._\d])", re.IGNORECASE)


#: What stands under ``attention``.
_LOOK = re.compile(r"(?:^|[/._])attention[/.](query_kernel|key_kernel|vector|weight|combine)$")


@dataclass(frozen=True)
class LoadedSeq2Seq:
    """The net of a file, whose layout its encoder was in, and whether embeddings were multiplied in.

    ``untold`` and ``order`` are what ``LoadedNet`` has of both sides.
    """

    net: Seq2Seq
    layout: str
    embedded: bool
    untold: tuple[str, ...] = ()
    order: tuple[str, ...] = ()


def read_seq2seq(
    arrays: Mapping[str, Array],
    facts: StoredFacts | None = None,
    *,
    start: int | None = None,
    end: int | None = None,
) -> LoadedSeq2Seq:
    """Encoder, decoder and output layer by the names of their weights.

    The output layer may belong to the decoder or stand by itself. An embedding on either side is multiplied
    into the kernel behind it.

    >>> import numpy as np
    >>> cell = {"rnn.weight_ih_l0": np.zeros((3, 5)), "rnn.weight_hh_l0": np.zeros((3, 3))}
    >>> arrays = {f"{side}.{name}": array for side in SIDES for name, array in cell.items()}
    >>> found = read_seq2seq(arrays | {"decoder.fc.weight": np.zeros((5, 3)), "decoder.fc.bias": np.zeros(5)})
    >>> found.layout, found.net.tokens, list(write_seq2seq(found.net, "onnx"))[:2]
    ('torch', 5, ['encoder.W', 'encoder.R'])

    Raises ``EngineError`` when a side is missing, as ``read_net`` does, and when both do not fit together.
    """
    sides: dict[str, dict[str, Array]] = {side: {} for side in SIDES}
    rest: dict[str, Array] = {}
    looks: dict[str, Array] = {}
    for name, array in arrays.items():
        if looking := _LOOK.search(name):
            looks[looking[1]] = array
            continue
        found = _SIDE.search(name)
        (sides[found[1].lower()] if found else rest)[name] = array
    missing = [side for side in SIDES if not sides[side]]
    if missing:
        raise EngineError(
            f"weights of a seq2seq net say 'encoder' and 'decoder' in their names; there is no {missing[0]} "
            f"among {described(arrays)}"
        )
    nets: dict[str, LoadedNet] = {}
    for side in SIDES:
        try:
            nets[side] = read_net(sides[side], facts)
        except EngineError as error:
            raise EngineError(f"the {side}: {error}") from None
    encoder, decoder = (nets[side].net for side in SIDES)
    if encoder.readout is not None:
        raise EngineError("the encoder has an output layer; that of a seq2seq net is the decoder's")
    if decoder.readout is None and not rest:
        raise EngineError("there is no output layer: a kernel or weight, and a bias, that give tokens scores")
    if decoder.readout is not None and rest:
        raise EngineError(f"beside encoder and decoder a seq2seq net has nothing; received {described(rest)}")
    readout = decoder.readout or read_dense(rest)
    attention = _attention(looks) if looks else None
    net = Seq2Seq(encoder.layers, decoder.layers, readout, start, end, attention)
    net.check()
    both = nets.values()
    return LoadedSeq2Seq(
        net,
        nets["encoder"].layout,
        any(found.embedded for found in both),
        tuple(dict.fromkeys(fact for found in both for fact in found.untold)),
        tuple(name for found in both for name in found.order),
    )


def write_seq2seq(net: Seq2Seq, layout: str) -> dict[str, Array]:
    """The weights of both sides under ``encoder`` and ``decoder``, the output layer as the decoder's.

    Those of attention stand under ``attention``. Raises ``EngineError`` for a net that the layout has no
    place for.
    """
    mark = "/" if layout == "keras" else "."
    looks = {} if net.attention is None else net.attention.arrays()
    if looks and layout != "keras":
        raise EngineError("the weights of attention stand in Keras' layout alone; try layout=keras")
    sides = (RecurrentNet(net.encoder), RecurrentNet(net.decoder, net.readout))
    return {
        f"{side}{mark}{name}": array
        for side, one in zip(SIDES, sides, strict=True)
        for name, array in write_net(one, layout).items()
    } | {f"attention/{name}": array for name, array in looks.items()}


def _attention(arrays: Mapping[str, Array]) -> Attention:
    """How a decoder looks back, by the names of the weights; raises ``EngineError`` for others together."""
    names = {*arrays} - {"combine"}
    similarity: Similarity
    if names == {"query_kernel", "key_kernel", "vector"}:
        similarity = Additive(arrays["query_kernel"], arrays["key_kernel"], arrays["vector"])
    elif names == {"weight"} and "combine" in arrays:
        similarity = General(arrays["weight"])
    elif not names:
        similarity = Dot()
    else:
        raise EngineError(
            "attention has the weights query_kernel, key_kernel and vector, or weight, and of Luong's "
            f"combine; received {', '.join(sorted(arrays))}"
        )
    return Attention(similarity, arrays.get("combine"))
