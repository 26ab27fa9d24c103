"""Recurrent nets: cells, layers, the gradient through time."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.recurrent.bidirectional import MERGES as MERGES
    from dlcli.engines.recurrent.bidirectional import Layer as Layer
    from dlcli.engines.recurrent.bidirectional import LayerSteps as LayerSteps
    from dlcli.engines.recurrent.bidirectional import run_layer as run_layer
    from dlcli.engines.recurrent.bptt import Deltas as Deltas
    from dlcli.engines.recurrent.bptt import Gradients as Gradients
    from dlcli.engines.recurrent.bptt import bptt as bptt
    from dlcli.engines.recurrent.cell import Cell as Cell
    from dlcli.engines.recurrent.cell import Skip as Skip
    from dlcli.engines.recurrent.cell import State as State
    from dlcli.engines.recurrent.cell import Steps as Steps
    from dlcli.engines.recurrent.clip import clip_by_norm as clip_by_norm
    from dlcli.engines.recurrent.clip import global_norm as global_norm
    from dlcli.engines.recurrent.fast_layer import bptt_fast as bptt_fast
    from dlcli.engines.recurrent.fast_layer import gru_states as gru_states
    from dlcli.engines.recurrent.fast_layer import lstm_states as lstm_states
    from dlcli.engines.recurrent.fast_layer import record_fast as record_fast
    from dlcli.engines.recurrent.fast_layer import unroll_fast as unroll_fast
    from dlcli.engines.recurrent.gradient_paths import Paths as Paths
    from dlcli.engines.recurrent.gradient_paths import gradient_paths as gradient_paths
    from dlcli.engines.recurrent.gradient_paths import gradient_reach as gradient_reach
    from dlcli.engines.recurrent.gru import GRUCell as GRUCell
    from dlcli.engines.recurrent.gru import gru as gru
    from dlcli.engines.recurrent.latch import LatchSteps as LatchSteps
    from dlcli.engines.recurrent.latch import latch as latch
    from dlcli.engines.recurrent.latch import latching_lstm as latching_lstm
    from dlcli.engines.recurrent.latch import truth_table as truth_table
    from dlcli.engines.recurrent.leaky import LeakyCell as LeakyCell
    from dlcli.engines.recurrent.leaky import leaky as leaky
    from dlcli.engines.recurrent.lstm import LSTMCell as LSTMCell
    from dlcli.engines.recurrent.lstm import lstm as lstm
    from dlcli.engines.recurrent.memory import keeping_gate as keeping_gate
    from dlcli.engines.recurrent.memory import kept_by_distance as kept_by_distance
    from dlcli.engines.recurrent.memory import spectral_radius as spectral_radius
    from dlcli.engines.recurrent.memory import without_memory as without_memory
    from dlcli.engines.recurrent.net import RecurrentNet as RecurrentNet
    from dlcli.engines.recurrent.seeded_cells import CELLS as CELLS
    from dlcli.engines.recurrent.seeded_cells import seeded_cell as seeded_cell
    from dlcli.engines.recurrent.seeded_cells import seeded_readout as seeded_readout
    from dlcli.engines.recurrent.sequence_loss import Loss as Loss
    from dlcli.engines.recurrent.sequence_loss import Readout as Readout
    from dlcli.engines.recurrent.sequence_loss import cross_entropy as cross_entropy
    from dlcli.engines.recurrent.sequence_loss import squared_error as squared_error
    from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell as SimpleRNNCell
    from dlcli.engines.recurrent.simple_rnn import simple_rnn as simple_rnn
    from dlcli.engines.recurrent.stacked import StackGradients as StackGradients
    from dlcli.engines.recurrent.stacked import StackSteps as StackSteps
    from dlcli.engines.recurrent.stacked import run_stack as run_stack
    from dlcli.engines.recurrent.stacked import stack_gradients as stack_gradients
    from dlcli.engines.recurrent.terms import GateTerms as GateTerms
    from dlcli.engines.recurrent.terms import unit_terms as unit_terms
    from dlcli.engines.recurrent.truncated import truncated_gradients as truncated_gradients
    from dlcli.engines.recurrent.unroll import unroll as unroll

open_door(__name__)
