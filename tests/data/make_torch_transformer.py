"""Write torch_transformer.npz: what PyTorch's transformer layers give for random inputs, and their gradients.

For each case: the layer's state dict under ``NAME/w/``, inputs, output, and the gradients of Σ output · dy at the
input, the memory and every weight, all in float64.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

torch.manual_seed(4)
TOKENS, MEMORY, FEATURES, HIDDEN, HEADS = 5, 3, 6, 8, 2

found: dict[str, np.ndarray] = {"torch": np.array(torch.__version__)}


def stirred(module: nn.Module) -> nn.Module:
    """The module in float64 with gains and biases that are not 1 and 0."""
    module = module.double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return module


def keep(name: str, module: nn.Module, x: torch.Tensor, memory: torch.Tensor | None, causal: bool) -> None:
    x = x.clone().requires_grad_()
    inputs = [x] if memory is None else [x, memory.clone().requires_grad_()]
    mask = (
        nn.Transformer.generate_square_subsequent_mask(x.shape[-2], dtype=torch.float64) if causal else None
    )
    if memory is None:
        word = "mask" if isinstance(module, nn.TransformerEncoder) else "src_mask"
        y = module(*inputs, **{word: mask})
    else:
        y = module(*inputs, tgt_mask=mask)
    dy = torch.randn_like(y)
    (y * dy).sum().backward()
    found[f"{name}/x"], found[f"{name}/y"], found[f"{name}/dy"] = (t.detach().numpy() for t in (x, y, dy))
    found[f"{name}/dx"] = x.grad.numpy()
    if memory is not None:
        found[f"{name}/memory"], found[f"{name}/dmemory"] = memory.numpy(), inputs[1].grad.numpy()
    for key, parameter in module.named_parameters():
        found[f"{name}/w/{key}"] = parameter.detach().numpy()
        found[f"{name}/dw/{key}"] = parameter.grad.numpy()


x = torch.randn(TOKENS, FEATURES, dtype=torch.float64)
memory = torch.randn(MEMORY, FEATURES, dtype=torch.float64)
sizes = (FEATURES, HEADS, HIDDEN)
for norm_first in (False, True):
    for activation in ("relu", "gelu"):
        order = "pre" if norm_first else "post"
        more = {"dropout": 0.0, "activation": activation, "norm_first": norm_first, "batch_first": True}
        keep(
            f"encoder-{order}-{activation}",
            stirred(nn.TransformerEncoderLayer(*sizes, **more)),
            x,
            None,
            False,
        )
        keep(
            f"causal-{order}-{activation}", stirred(nn.TransformerEncoderLayer(*sizes, **more)), x, None, True
        )
        keep(
            f"decoder-{order}-{activation}",
            stirred(nn.TransformerDecoderLayer(*sizes, **more)),
            x,
            memory,
            True,
        )

batch = torch.randn(2, TOKENS, FEATURES, dtype=torch.float64)
layer = nn.TransformerEncoderLayer(*sizes, 0.0, bias=False, batch_first=True)
keep("stack-post-relu", stirred(nn.TransformerEncoder(layer, 2, nn.LayerNorm(FEATURES))), batch, None, False)
layer = nn.TransformerDecoderLayer(*sizes, 0.0, "gelu", norm_first=True, batch_first=True)
keep("decoders-pre-gelu", stirred(nn.TransformerDecoder(layer, 2, nn.LayerNorm(FEATURES))), x, memory, True)

np.savez_compressed(Path(__file__).with_name("torch_transformer.npz"), **found)
