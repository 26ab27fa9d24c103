"""Write torch_masks.npz: what PyTorch's transformer layers give with masks and padding.

For each case the layer's state dict under ``NAME/w/``, inputs, the masks in PyTorch's convention (true hides), and the
output, all in float64.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

torch.manual_seed(8)
TOKENS, MEMORY, FEATURES, HIDDEN, HEADS = 5, 4, 6, 8, 2
found: dict[str, np.ndarray] = {"torch": np.array(torch.__version__)}

x = torch.randn(1, TOKENS, FEATURES, dtype=torch.float64)
memory = torch.randn(1, MEMORY, FEATURES, dtype=torch.float64)
padding = torch.tensor([[False, False, False, True, True]])
memory_padding = torch.tensor([[False, False, False, True]])
causal = ~torch.tril(torch.ones(TOKENS, TOKENS, dtype=torch.bool))
scattered = torch.rand(TOKENS, TOKENS) > 0.6
scattered.fill_diagonal_(fill_value=False)
more = {"dropout": 0.0, "batch_first": True}
torch.backends.mha.set_fastpath_enabled(value=False)


def keep(name: str, module: nn.Module, *inputs: torch.Tensor, **masks: torch.Tensor) -> None:
    module = module.double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        y = module(*inputs, **masks)
    for key, parameter in module.named_parameters():
        found[f"{name}/w/{key}"] = parameter.detach().numpy()
    for key, mask in masks.items():
        found[f"{name}/{key}"] = mask.numpy()
    found[f"{name}/x"], found[f"{name}/y"] = x[0].numpy(), y[0].numpy()
    if len(inputs) > 1:
        found[f"{name}/memory"] = memory[0].numpy()


sizes = (FEATURES, HEADS, HIDDEN)
keep("padding", nn.TransformerEncoderLayer(*sizes, **more), x, src_key_padding_mask=padding)
keep("scattered", nn.TransformerEncoderLayer(*sizes, norm_first=True, **more), x, src_mask=scattered)
keep(
    "decoder", nn.TransformerDecoderLayer(*sizes, **more), x, memory,
    tgt_mask=causal, tgt_key_padding_mask=padding, memory_key_padding_mask=memory_padding,
)  # fmt: skip

np.savez_compressed(Path(__file__).with_name("torch_masks.npz"), **found)
