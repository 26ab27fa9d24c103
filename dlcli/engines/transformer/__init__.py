"""Transformers: blocks, norms, decoding; a published encoder and its words."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.transformer.backward import BlockGradients as BlockGradients
    from dlcli.engines.transformer.backward import block_backward as block_backward
    from dlcli.engines.transformer.bert import Bert as Bert
    from dlcli.engines.transformer.bert import BertWeights as BertWeights
    from dlcli.engines.transformer.bert import bert as bert
    from dlcli.engines.transformer.bert import read_bert as read_bert
    from dlcli.engines.transformer.blocks import Block as Block
    from dlcli.engines.transformer.blocks import BlockWeights as BlockWeights
    from dlcli.engines.transformer.blocks import Design as Design
    from dlcli.engines.transformer.blocks import Step as Step
    from dlcli.engines.transformer.blocks import Transformer as Transformer
    from dlcli.engines.transformer.blocks import block as block
    from dlcli.engines.transformer.blocks import transformer as transformer
    from dlcli.engines.transformer.decoding import Decoder as Decoder
    from dlcli.engines.transformer.feed_forward import FeedForward as FeedForward
    from dlcli.engines.transformer.feed_forward import FeedForwardWeights as FeedForwardWeights
    from dlcli.engines.transformer.feed_forward import feed_forward as feed_forward
    from dlcli.engines.transformer.feed_forward import feed_forward_backward as feed_forward_backward
    from dlcli.engines.transformer.gelu_fast import gelu_fast as gelu_fast
    from dlcli.engines.transformer.layer_norm import LayerNorm as LayerNorm
    from dlcli.engines.transformer.layer_norm import NormWeights as NormWeights
    from dlcli.engines.transformer.layer_norm import layer_norm as layer_norm
    from dlcli.engines.transformer.layer_norm import layer_norm_backward as layer_norm_backward
    from dlcli.engines.transformer.layer_norm import layer_norm_plain as layer_norm_plain
    from dlcli.engines.transformer.random_weights import random_layers as random_layers
    from dlcli.engines.transformer.residual import Measures as Measures
    from dlcli.engines.transformer.residual import measures as measures
    from dlcli.engines.transformer.sentence_vector import cosine_similarity as cosine_similarity
    from dlcli.engines.transformer.sentence_vector import sentence_vector as sentence_vector
    from dlcli.engines.transformer.torch_weights import Stack as Stack
    from dlcli.engines.transformer.torch_weights import read_stack as read_stack
    from dlcli.engines.transformer.wordpiece import Pieces as Pieces
    from dlcli.engines.transformer.wordpiece import Rules as Rules
    from dlcli.engines.transformer.wordpiece import pieces_of as pieces_of
    from dlcli.engines.transformer.wordpiece import tokenize as tokenize
    from dlcli.engines.transformer.wordpiece import words as words

open_door(__name__)
