"""Weights of recurrent nets by the names and orders of Keras, PyTorch and ONNX."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.recurrent.layouts.read import LAYOUTS as LAYOUTS
    from dlcli.engines.recurrent.layouts.read import implied as implied
    from dlcli.engines.recurrent.layouts.read import layout_of as layout_of
    from dlcli.engines.recurrent.layouts.read import read_net as read_net
    from dlcli.engines.recurrent.layouts.read import write_net as write_net
    from dlcli.engines.recurrent.layouts.seq2seq import read_seq2seq as read_seq2seq
    from dlcli.engines.recurrent.layouts.seq2seq import write_seq2seq as write_seq2seq

open_door(__name__)
