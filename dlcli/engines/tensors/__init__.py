"""Tensors: flatten, reshape, transpose, broadcast, index; softmax, activations, dropout, dense."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.tensors.activations import ACTIVATIONS as ACTIVATIONS
    from dlcli.engines.tensors.activations import Activation as Activation
    from dlcli.engines.tensors.activations import elu as elu
    from dlcli.engines.tensors.activations import elu_derivative as elu_derivative
    from dlcli.engines.tensors.activations import gelu as gelu
    from dlcli.engines.tensors.activations import gelu_derivative as gelu_derivative
    from dlcli.engines.tensors.activations import leaky_relu as leaky_relu
    from dlcli.engines.tensors.activations import linear as linear
    from dlcli.engines.tensors.activations import relu as relu
    from dlcli.engines.tensors.activations import sigmoid as sigmoid
    from dlcli.engines.tensors.activations import sigmoid_derivative as sigmoid_derivative
    from dlcli.engines.tensors.activations import softplus as softplus
    from dlcli.engines.tensors.activations import tanh_derivative as tanh_derivative
    from dlcli.engines.tensors.broadcast import AxisRule as AxisRule
    from dlcli.engines.tensors.broadcast import broadcast_rule as broadcast_rule
    from dlcli.engines.tensors.broadcast import broadcast_shape as broadcast_shape
    from dlcli.engines.tensors.broadcast import with_ones as with_ones
    from dlcli.engines.tensors.dense import DenseWeights as DenseWeights
    from dlcli.engines.tensors.dense import dense as dense
    from dlcli.engines.tensors.dense import dense_backward as dense_backward
    from dlcli.engines.tensors.dropout import dropout as dropout
    from dlcli.engines.tensors.dropout import dropout_backward as dropout_backward
    from dlcli.engines.tensors.dropout import dropout_plain as dropout_plain
    from dlcli.engines.tensors.flatten import flat_index as flat_index
    from dlcli.engines.tensors.flatten import flatten as flatten
    from dlcli.engines.tensors.flatten import place_of as place_of
    from dlcli.engines.tensors.flatten import strides as strides
    from dlcli.engines.tensors.indexing import Pick as Pick
    from dlcli.engines.tensors.indexing import picks as picks
    from dlcli.engines.tensors.indexing import select as select
    from dlcli.engines.tensors.initializers import glorot_uniform as glorot_uniform
    from dlcli.engines.tensors.initializers import orthogonal as orthogonal
    from dlcli.engines.tensors.reshape import resolved_shape as resolved_shape
    from dlcli.engines.tensors.softmax import entropy as entropy
    from dlcli.engines.tensors.softmax import log_softmax as log_softmax
    from dlcli.engines.tensors.softmax import softmax as softmax
    from dlcli.engines.tensors.softmax import softmax_backward as softmax_backward
    from dlcli.engines.tensors.softmax import softmax_plain as softmax_plain
    from dlcli.engines.tensors.softmax import softmax_terms as softmax_terms
    from dlcli.engines.tensors.summary import Summary as Summary
    from dlcli.engines.tensors.summary import summary as summary
    from dlcli.engines.tensors.transpose import transpose as transpose

open_door(__name__)
