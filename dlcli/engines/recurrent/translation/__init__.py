"""From one sequence to another: encoder, decoder, beam search."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.recurrent.translation.attention import Attention, Look, seeded_attention
    from dlcli.engines.recurrent.translation.beam import Hypothesis, beam_search
    from dlcli.engines.recurrent.translation.decoding import Decoded, decode, greedy, sample
    from dlcli.engines.recurrent.translation.seq2seq import (
        Encoded,
        Seq2Seq,
        beside,
        encode,
        seeded_seq2seq,
    )
    from dlcli.engines.recurrent.translation.timing import DecoderTime, decoder_times

open_door(__name__)
