"""Attention: its definition, its fast ways, its terms and its gradient; heads, masks, positions."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.attention.attention import (
        Attended,
        AttentionOptions,
        FullyMasked,
        attention,
        row_softmax,
        soft_capped,
    )
    from dlcli.engines.attention.backward import AttentionGradients, attention_backward
    from dlcli.engines.attention.fast import attention_output
    from dlcli.engines.attention.heads import (
        MultiHead,
        MultiHeadWeights,
        join_heads,
        multi_head_attention,
        multi_head_backward,
        split_heads,
    )
    from dlcli.engines.attention.masks import causal_mask, padding_mask, seen_mask, window_mask
    from dlcli.engines.attention.positions import alibi, alibi_slopes, learned, rotary, sinusoidal
    from dlcli.engines.attention.random_weights import random_heads, random_similarity
    from dlcli.engines.attention.similarities import (
        Additive,
        Cosine,
        Dot,
        General,
        Scaled,
        Similarity,
        directions,
        similarity_of,
    )
    from dlcli.engines.attention.strips import strips
    from dlcli.engines.attention.survey import Survey, survey
    from dlcli.engines.attention.terms import PairTerms, pair_terms
    from dlcli.engines.attention.weights import Attention, read_attention
    from dlcli.engines.attention.word_vectors import word_vectors

open_door(__name__)
