"""Weights of recurrent nets by the names and orders of Keras, PyTorch and ONNX."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.recurrent.layouts.read import (
        LAYOUTS,
        LoadedNet,
        implied,
        layout_of,
        read_net,
        write_net,
    )
    from dlcli.engines.recurrent.layouts.seq2seq import LoadedSeq2Seq, read_seq2seq, write_seq2seq

open_door(__name__)
