"""Write the folder tiny_bert: a BERT-style model with random weights, and what transformers computes with it.

``expected.npz`` holds token ids, hidden states and attention weights of one text.
"""

from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertModel

PIECES = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "the",
    "cat",
    "kit",
    "##ten",
    "##s",
    "sat",
    "on",
    "mat",
    "stock",
    "a",
    "!",
    ",",
    "un",
    "##know",
    "##n",
    "e",
    "z",
    "##oe",
    "京",
]

torch.manual_seed(6)
folder = Path(__file__).with_name("tiny_bert")
folder.mkdir(exist_ok=True)
config = BertConfig(
    vocab_size=len(PIECES), hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
    max_position_embeddings=16, initializer_range=0.6, attn_implementation="eager",
)  # fmt: skip
model = BertModel(config, add_pooling_layer=False).eval()
with torch.no_grad():
    for parameter in model.parameters():
        parameter.add_(0.1 * torch.randn_like(parameter))
model.save_pretrained(folder)
(folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in PIECES))
pooling = folder / "1_Pooling" / "config.json"  # as sentence-transformers had it before version 6
pooling.parent.mkdir(exist_ok=True)
pooling.write_text('{\n  "word_embedding_dimension": 8,\n  "pooling_mode_mean_tokens": true\n}\n')
ids = torch.tensor([[2, 5, 7, 8, 9, 10, 1, 3]])
with torch.no_grad():
    told = model(ids, output_hidden_states=True, output_attentions=True)
np.savez(
    folder / "expected.npz",
    ids=ids[0].numpy(),
    states=torch.cat(told.hidden_states).numpy(),
    weights=torch.cat(told.attentions).numpy(),
)
