"""Recurrent nets: cells, layers, the gradient through time."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.recurrent.bidirectional import MERGES, Layer, LayerDeltas, LayerSteps, run_layer
    from dlcli.engines.recurrent.bptt import Deltas, Gradients, bptt
    from dlcli.engines.recurrent.cell import Cell, Skip, State, Steps
    from dlcli.engines.recurrent.clip import clip_by_norm, global_norm
    from dlcli.engines.recurrent.descent import Descent, Exploded, Objective, gradient_descent, stepped
    from dlcli.engines.recurrent.fast_layer import (
        bptt_fast,
        gru_states,
        lstm_states,
        record_fast,
        unroll_fast,
    )
    from dlcli.engines.recurrent.gradient_paths import Paths, gradient_paths, gradient_reach
    from dlcli.engines.recurrent.gradient_terms import HandedBack, handed_back
    from dlcli.engines.recurrent.gru import GRUCell, gru
    from dlcli.engines.recurrent.latch import LatchSteps, latch, latching_lstm, truth_table
    from dlcli.engines.recurrent.leaky import LeakyCell, leaky
    from dlcli.engines.recurrent.lstm import LSTMCell, lstm
    from dlcli.engines.recurrent.memory import (
        adding_up,
        first_not_finite,
        keeping_gate,
        kept_by_distance,
        other_orders,
        running_sums,
        same_inputs,
        spectral_radius,
        without_memory,
    )
    from dlcli.engines.recurrent.net import RecurrentNet, StoredFacts
    from dlcli.engines.recurrent.net_gradients import (
        NetGradients,
        angle_between,
        net_gradients,
        state_gradients,
    )
    from dlcli.engines.recurrent.reading_ends import final_gradient, final_output
    from dlcli.engines.recurrent.seeded_cells import CELLS, seeded_cell, seeded_readout
    from dlcli.engines.recurrent.seeded_layers import seeded_layers
    from dlcli.engines.recurrent.sequence_loss import (
        Loss,
        Readout,
        binary_cross_entropy,
        cross_entropy,
        squared_error,
    )
    from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell, simple_rnn
    from dlcli.engines.recurrent.stacked import StackGradients, StackSteps, run_stack, stack_gradients
    from dlcli.engines.recurrent.terms import GateTerms, UnitTerms, layer_terms, unit_terms
    from dlcli.engines.recurrent.truncated import each_loss_alone, truncated_gradients
    from dlcli.engines.recurrent.unroll import unroll

open_door(__name__)
