"""Write transformers_attention.npz: what Hugging Face's transformers and PyTorch say of caps, windows and places.

Each case has its inputs, and ``y`` (batch, head, query, feature); ``weights`` where the function tells them. All in
float64 but the softmax of Gemma 2, which is float32.
"""

from itertools import product
from pathlib import Path

import numpy as np
import torch
import transformers
from torch.nn.attention.bias import causal_lower_right, causal_upper_left
from torch.nn.functional import scaled_dot_product_attention
from transformers.masking_utils import sliding_window_causal_mask_function
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.gemma2.modeling_gemma2 import eager_attention_forward
from transformers.models.gptj.modeling_gptj import apply_rotary_pos_emb as interleaved
from transformers.models.gptj.modeling_gptj import create_sinusoidal_positions
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb as halves

torch.manual_seed(9)
BATCH, HEADS, KEY_HEADS, QUERIES, KEYS, WIDTH, CAP, WINDOW = 2, 4, 2, 5, 7, 6, 1.5, 3

found: dict[str, np.ndarray] = {
    "torch": np.array(torch.__version__),
    "transformers": np.array(transformers.__version__),
}


def drawn(*shape: int) -> torch.Tensor:
    return 2 * torch.randn(*shape, dtype=torch.float64)


def keep(name: str, **tensors: torch.Tensor) -> None:
    for key, tensor in tensors.items():
        found[f"{name}/{key}"] = tensor.detach().numpy()


module = torch.nn.Module()
module.head_dim, module.num_key_value_groups = WIDTH, HEADS // KEY_HEADS
allowed = sliding_window_causal_mask_function(WINDOW)
place = torch.arange(KEYS)
window = torch.tensor([[bool(allowed(place[0], place[0], i, j)) for j in place] for i in place])
hidden = torch.zeros(KEYS, KEYS, dtype=torch.float64).masked_fill(~window, -torch.inf)
q, k, v = (
    drawn(BATCH, HEADS, KEYS, WIDTH),
    drawn(BATCH, KEY_HEADS, KEYS, WIDTH),
    drawn(BATCH, KEY_HEADS, KEYS, WIDTH),
)
for name, softcap, mask in (("cap", CAP, None), ("window", None, hidden), ("gemma2", CAP, hidden)):
    y, weights = eager_attention_forward(module, q, k, v, mask, softcap=softcap)
    keep(name, q=q, k=k, v=v, y=y.transpose(1, 2), weights=weights)

for name, heads in (("alibi", HEADS), ("alibi-6", 6)):
    q, k, v = (drawn(BATCH, heads, KEYS, WIDTH) for _ in range(3))
    bias = build_alibi_tensor(torch.ones(BATCH, KEYS, dtype=torch.long), heads, torch.float64)
    bias = bias.reshape(BATCH, heads, 1, KEYS)
    causal = torch.zeros(KEYS, KEYS, dtype=torch.float64).masked_fill(
        ~torch.tril(torch.ones(KEYS, KEYS, dtype=torch.bool)), -torch.inf
    )
    keep(name, q=q, k=k, v=v, y=scaled_dot_product_attention(q, k, v, attn_mask=bias + causal))

for side, (queries, keys) in product(("upper", "lower"), ((QUERIES, KEYS), (KEYS, QUERIES))):
    mask = {"upper": causal_upper_left, "lower": causal_lower_right}[side](queries, keys)
    q, k, v = (
        drawn(BATCH, HEADS, queries, WIDTH),
        drawn(BATCH, HEADS, keys, WIDTH),
        drawn(BATCH, HEADS, keys, WIDTH),
    )
    y = scaled_dot_product_attention(q, k, v, attn_mask=mask._materialize())
    keep(f"{side}-{queries}-{keys}", q=q, k=k, v=v, y=y)

x = drawn(1, HEADS, KEYS, WIDTH)
sine, cosine = create_sinusoidal_positions(KEYS, WIDTH).double()[None].chunk(2, dim=-1)
keep("rotary-interleaved", x=x, y=interleaved(x.transpose(1, 2), sine, cosine).transpose(1, 2))
y, _ = halves(x, x, torch.cat([cosine, cosine], -1), torch.cat([sine, sine], -1))
keep("rotary", x=x, y=y)

np.savez_compressed(Path(__file__).with_name("transformers_attention.npz"), **found)
