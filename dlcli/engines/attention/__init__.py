"""Attention: its definition, its fast ways, its terms and its gradient; heads, masks, positions."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.attention.attention import Attended as Attended
    from dlcli.engines.attention.attention import FullyMasked as FullyMasked
    from dlcli.engines.attention.attention import attention as attention
    from dlcli.engines.attention.attention import row_softmax as row_softmax
    from dlcli.engines.attention.backward import AttentionGradients as AttentionGradients
    from dlcli.engines.attention.backward import attention_backward as attention_backward
    from dlcli.engines.attention.fast import attention_output as attention_output
    from dlcli.engines.attention.heads import MultiHead as MultiHead
    from dlcli.engines.attention.heads import MultiHeadWeights as MultiHeadWeights
    from dlcli.engines.attention.heads import join_heads as join_heads
    from dlcli.engines.attention.heads import multi_head_attention as multi_head_attention
    from dlcli.engines.attention.heads import multi_head_backward as multi_head_backward
    from dlcli.engines.attention.heads import split_heads as split_heads
    from dlcli.engines.attention.masks import causal_mask as causal_mask
    from dlcli.engines.attention.masks import padding_mask as padding_mask
    from dlcli.engines.attention.masks import window_mask as window_mask
    from dlcli.engines.attention.positions import learned as learned
    from dlcli.engines.attention.positions import rotary as rotary
    from dlcli.engines.attention.positions import sinusoidal as sinusoidal
    from dlcli.engines.attention.similarities import Additive as Additive
    from dlcli.engines.attention.similarities import Cosine as Cosine
    from dlcli.engines.attention.similarities import Dot as Dot
    from dlcli.engines.attention.similarities import General as General
    from dlcli.engines.attention.similarities import Scaled as Scaled
    from dlcli.engines.attention.similarities import Similarity as Similarity
    from dlcli.engines.attention.similarities import similarity_of as similarity_of
    from dlcli.engines.attention.strips import strips as strips
    from dlcli.engines.attention.survey import Survey as Survey
    from dlcli.engines.attention.survey import survey as survey
    from dlcli.engines.attention.terms import PairTerms as PairTerms
    from dlcli.engines.attention.terms import pair_terms as pair_terms
    from dlcli.engines.attention.weights import read_attention as read_attention
    from dlcli.engines.attention.word_vectors import word_vectors as word_vectors

open_door(__name__)
