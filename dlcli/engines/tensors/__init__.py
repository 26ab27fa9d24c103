"""Tensors: arithmetic, comparison, shapes, broadcasting, index; softmax, activations, dropout, dense."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.tensors.activations import (
        ACTIVATIONS,
        Activation,
        activation,
        elu,
        elu_derivative,
        gelu,
        gelu_derivative,
        hard_sigmoid,
        hard_sigmoid_derivative,
        hard_tanh,
        hard_tanh_derivative,
        leaky_relu,
        leaky_relu_derivative,
        linear,
        relu,
        selu,
        selu_derivative,
        sigmoid,
        sigmoid_derivative,
        silu,
        silu_derivative,
        softplus,
        tanh_derivative,
    )
    from dlcli.engines.tensors.arithmetic import (
        OPERATIONS,
        Operation,
        Wrapped,
        combine,
        matmul,
        sum_along,
    )
    from dlcli.engines.tensors.broadcast import AxisRule, broadcast_rule, broadcast_shape, with_ones
    from dlcli.engines.tensors.comparison import Comparison, Relation, compare, relation
    from dlcli.engines.tensors.dense import DenseWeights, dense, dense_backward
    from dlcli.engines.tensors.dropout import (
        Averages,
        average,
        draw_mask,
        dropout,
        dropout_backward,
        dropout_plain,
        expected_distance,
    )
    from dlcli.engines.tensors.flatten import (
        Shuffle,
        divisions,
        flat_index,
        flatten,
        place_of,
        shuffle,
        strides,
    )
    from dlcli.engines.tensors.indexing import Pick, picks, select
    from dlcli.engines.tensors.initializers import glorot_uniform, orthogonal
    from dlcli.engines.tensors.normalise import Normalised, Sharing, local_response, normalise
    from dlcli.engines.tensors.principal import Components, principal_components
    from dlcli.engines.tensors.reshape import resolved_shape
    from dlcli.engines.tensors.resize import resize
    from dlcli.engines.tensors.softmax import (
        SoftmaxTerms,
        entropy,
        log_softmax,
        softmax,
        softmax_backward,
        softmax_plain,
        softmax_terms,
    )
    from dlcli.engines.tensors.structural_similarity import (
        structural_similarity,
        structural_similarity_plain,
    )
    from dlcli.engines.tensors.summary import Summary, summary
    from dlcli.engines.tensors.transpose import transpose

open_door(__name__)
