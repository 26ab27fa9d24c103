"""Write torch_attention.npz: what PyTorch's and Keras' attentions give for random inputs, and their gradients.

Each case has its inputs, the output ``y``, the weights of all heads where the layer tells them, and (under ``d``)
the gradients of Σ y · dy, all in float64; cases of layers have their weights under ``w/``, by the layer's own names.
Run with KERAS_BACKEND=torch.
"""

from pathlib import Path

import keras
import numpy as np
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

torch.manual_seed(6)
keras.config.set_floatx("float64")
BATCH, HEADS, QUERIES, KEYS, WIDTH = 2, 4, 5, 7, 6

found: dict[str, np.ndarray] = {"torch": np.array(torch.__version__), "keras": np.array(keras.__version__)}


def keep(name: str, y: torch.Tensor, **inputs: torch.Tensor) -> None:
    """The case with the gradients at those of its inputs that want them."""
    dy = torch.randn_like(y)
    (y * dy).sum().backward()
    found[f"{name}/y"], found[f"{name}/dy"] = y.detach().numpy(), dy.numpy()
    for key, tensor in inputs.items():
        found[f"{name}/{key}"] = tensor.detach().numpy()
        if tensor.grad is not None:
            found[f"{name}/d/{key}"] = tensor.grad.numpy()


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64).requires_grad_()


boolean = torch.rand(BATCH, 1, QUERIES, KEYS) > 0.4
boolean[0, 0, 2] = False
for name, key_heads, value_width, more in (
    ("plain", HEADS, WIDTH, {}),
    ("value", HEADS, 3, {}),
    ("causal", HEADS, WIDTH, {"is_causal": True}),
    ("boolean", HEADS, WIDTH, {"attn_mask": boolean}),
    ("additive", HEADS, WIDTH, {"attn_mask": torch.randn(QUERIES, KEYS, dtype=torch.float64)}),
    ("scale", HEADS, WIDTH, {"scale": 0.7}),
    ("grouped", 2, WIDTH, {"enable_gqa": True}),
):
    q = drawn(BATCH, HEADS, QUERIES, WIDTH)
    k, v = drawn(BATCH, key_heads, KEYS, WIDTH), drawn(BATCH, key_heads, KEYS, value_width)
    mask = {"mask": more["attn_mask"]} if "attn_mask" in more else {}
    keep(f"sdpa-{name}", scaled_dot_product_attention(q, k, v, **more), q=q, k=k, v=v, **mask)

FEATURES = 8
for name, sizes, options in (
    ("self", {}, {}),
    ("no-bias", {"bias": False}, {}),
    ("causal", {}, {"causal": True}),
    ("padding", {}, {"padding": True}),
    ("cross", {"kdim": 5, "vdim": 3}, {"cross": True}),
):
    layer = nn.MultiheadAttention(FEATURES, HEADS, batch_first=True, **sizes).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    x = drawn(BATCH, QUERIES, FEATURES)
    keys = drawn(BATCH, KEYS, 5) if "cross" in options else x
    values = drawn(BATCH, KEYS, 3) if "cross" in options else x
    more = {}
    if "causal" in options:
        more["attn_mask"] = ~torch.tril(torch.ones(QUERIES, QUERIES, dtype=torch.bool))
    if "padding" in options:
        more["key_padding_mask"] = torch.arange(QUERIES) >= torch.tensor([[3], [5]])
    y, weights = layer(x, keys, values, average_attn_weights=False, **more)
    inputs = {"x": x} | ({"keys": keys, "values": values} if "cross" in options else {})
    keep(f"mha-{name}", y, **inputs)
    found[f"mha-{name}/weights"] = weights.detach().numpy()
    for key, parameter in layer.named_parameters():
        found[f"mha-{name}/w/{key}"] = parameter.detach().numpy()
        found[f"mha-{name}/dw/{key}"] = parameter.grad.numpy()

for name, layer, memory in (
    ("self", keras.layers.MultiHeadAttention(HEADS, 3), None),
    ("value", keras.layers.MultiHeadAttention(2, 3, value_dim=5, output_shape=7), None),
    ("causal", keras.layers.MultiHeadAttention(2, 4, use_bias=False), None),
    ("cross", keras.layers.MultiHeadAttention(2, 4), 5),
    ("grouped", keras.layers.GroupQueryAttention(3, HEADS, 2), None),
):
    x = torch.randn(BATCH, QUERIES, FEATURES, dtype=torch.float64)
    seen = x if memory is None else torch.randn(BATCH, KEYS, memory, dtype=torch.float64)
    y, weights = layer(x, seen, return_attention_scores=True, use_causal_mask=name == "causal")
    generator = np.random.default_rng(3)
    layer.set_weights([w + 0.1 * generator.normal(size=w.shape) for w in layer.get_weights()])
    y, weights = layer(x, seen, return_attention_scores=True, use_causal_mask=name == "causal")
    at = f"keras-{name}"
    found[f"{at}/x"], found[f"{at}/y"] = x.numpy(), y.detach().numpy()
    found[f"{at}/weights"] = weights.detach().numpy()
    if memory is not None:
        found[f"{at}/memory"] = seen.numpy()
    for weight in layer.weights:
        path = weight.path.split("/", 1)[1]
        found[f"{at}/w/{path}"] = weight.numpy()

np.savez_compressed(Path(__file__).with_name("torch_attention.npz"), **found)
