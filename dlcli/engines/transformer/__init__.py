"""Transformers: blocks, norms, decoding; a published encoder and its words."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.transformer.backward import BlockGradients, block_backward
    from dlcli.engines.transformer.bert import Bert, BertWeights, bert, read_bert
    from dlcli.engines.transformer.blocks import (
        Block,
        BlockWeights,
        Design,
        Step,
        Transformer,
        block,
        parameters,
        transformer,
    )
    from dlcli.engines.transformer.decoding import DecodedStep, Decoder, decoded_steps
    from dlcli.engines.transformer.feed_forward import (
        FeedForward,
        FeedForwardWeights,
        feed_forward,
        feed_forward_backward,
    )
    from dlcli.engines.transformer.gelu_fast import gelu_fast
    from dlcli.engines.transformer.head_patterns import HeadPatterns, head_patterns
    from dlcli.engines.transformer.layer_norm import (
        LayerNorm,
        NormWeights,
        layer_norm,
        layer_norm_backward,
        layer_norm_plain,
    )
    from dlcli.engines.transformer.random_weights import random_layers
    from dlcli.engines.transformer.residual import Measures, angles, measures
    from dlcli.engines.transformer.sentence_vector import cosine_similarity, sentence_vector
    from dlcli.engines.transformer.torch_weights import Stack, read_stack
    from dlcli.engines.transformer.wordpiece import Pieces, Rules, pieces_of, tokenize, words

open_door(__name__)
