"""Write bert_pair.npz: what transformers makes of two sentences in one, with the model in tiny_bert.

``tokens`` holds, as JSON, the pieces and token types of pairs, some of which are too long for ``most`` tokens;
``states`` and ``weights`` are those of the first pair.
"""

import json
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, BertTokenizer

here = Path(__file__)
folder = here.with_name("tiny_bert")
MOST = 16
PAIRS = [
    ("the kittens sat", "a mat!"),
    ("the cat sat on the mat, the cat", "the kittens sat on a mat, a cat sat"),
    ("the", "the kittens sat on a mat, a cat sat on the mat the cat sat on the mat"),
    ("the kittens sat on a mat, a cat sat on the mat the cat sat on the mat", "cat"),
    ("xyz the", "京 z"),
    ("the cat sat on the mat the cat sat", "the cat sat on the mat the cat on"),
    ("the cat sat on the mat the cat sat on the mat", "a cat sat on a mat a cat"),
]
tokenizer = BertTokenizer(str(folder / "vocab.txt"))
model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
tokens = []
for first, second in PAIRS:
    told = tokenizer(first, second, truncation="longest_first", max_length=MOST)
    pieces = tokenizer.convert_ids_to_tokens(told["input_ids"])
    tokens.append([first, second, pieces, told["token_type_ids"]])
with torch.no_grad():
    given = tokenizer(*PAIRS[0], return_tensors="pt")
    told = model(**given, output_hidden_states=True, output_attentions=True)
np.savez_compressed(
    here.with_name("bert_pair.npz"),
    tokens=np.array(json.dumps(tokens)),
    most=MOST,
    states=torch.stack([state[0] for state in told.hidden_states]).numpy(),
    weights=torch.stack([weights[0] for weights in told.attentions]).numpy(),
)
