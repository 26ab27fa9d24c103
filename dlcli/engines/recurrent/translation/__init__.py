"""From one sequence to another: encoder, decoder, beam search."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.recurrent.translation.beam import Hypothesis as Hypothesis
    from dlcli.engines.recurrent.translation.beam import beam_search as beam_search
    from dlcli.engines.recurrent.translation.decoding import Decoded as Decoded
    from dlcli.engines.recurrent.translation.decoding import decode as decode
    from dlcli.engines.recurrent.translation.decoding import greedy as greedy
    from dlcli.engines.recurrent.translation.seq2seq import Encoded as Encoded
    from dlcli.engines.recurrent.translation.seq2seq import Seq2Seq as Seq2Seq
    from dlcli.engines.recurrent.translation.seq2seq import encode as encode

open_door(__name__)
