"""What a stack of layers did to its tokens, as tensors: attention rollout, norms, and cosines by layer."""

from __future__ import annotations

from dlcli.engines.base.checks import Array
from dlcli.engines.transformer.rollout import attention_rollout
from dlcli.engines.transformer.token_changes import TokenChanges
from dlcli.tensor import Axis, Tensor

#: What each of these results is, for manual pages; the last three are of ``TokenChanges``.
EMITS = {
    "rollout": "how much of each token of the input is in each token behind a layer, by attention alone "
    "(layer, query, key).",
    "norms": "the length of each token's vector (layer, token).",
    "first-cosine": "the cosine of each with the vector that came in (layer, token).",
    "previous-cosine": "that with its vector one layer before.",
}

#: Results that are of all layers, whichever of them is looked into.
OF_ALL = ("layers", *EMITS)

#: The results that are of ``TokenChanges``.
CHANGES = tuple(name for name in EMITS if name != "rollout")

FORMULA = "R_l = (½ A_l + ½ I) · R_(l−1);  A_l is the mean of the heads of layer l"


def rollout_tensor(weights: Array, token: Axis) -> Tensor:
    """Attention rollout through layers from their weights (layer, head, T, T)."""
    axes = (Axis("layer"), *(Axis(role, token.labels) for role in ("query", "key")))
    return Tensor(attention_rollout(weights), axes, "rollout")


def change_tensor(name: str, changes: TokenChanges, layer: Axis, token: Axis) -> Tensor:
    """One of ``CHANGES`` (layer, token); the axis ``layer`` begins with what came in."""
    data = {"norms": changes.norms, "first-cosine": changes.first, "previous-cosine": changes.previous}[name]
    return Tensor(data, (layer, token), name)
