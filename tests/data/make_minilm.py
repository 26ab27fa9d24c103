"""Write minilm.npz and minilm_tokens.json: what all-MiniLM-L6-v2 gives by the libraries it was made with.

``python make_minilm.py FOLDER`` asks sentence-transformers for the vectors of sentences, transformers for hidden
states and attention weights, and its tokenizer for the tokens of texts that are easy to get wrong. FOLDER holds
config.json, vocab.txt and model.safetensors.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from transformers import AutoModel, AutoTokenizer

SENTENCES = [
    "The cat sat on the mat.",
    "A kitten is sitting on a rug.",
    "Stocks fell sharply on Monday.",
    "The bank of the river was muddy.",
    "cat",
    "Attention is all you need, and nothing else.",
    "Zoë paid 3.50 € for 北京 dumplings!",
    "unbelievably antidisestablishmentarianism",
    " ".join(["Words that go on and on, line after line, until a model reads no more of them."] * 20),
]

TEXTS = [
    "", " ", "cat", "The CAT sat.", "don't stop", "well-known", "e.g. $5.00^2 ~ 25%", "Zoë naïve Ångström ÉCOLE",
    "北京 is Beijing", "日本語テスト", "한국어", "ΟΔΟΣ σοφός", "İstanbul ISTANBUL ıstanbul", "ﬁne ½ x² Å",
    "tabs\tand\nlines\r\nend", "zero\u200bwidth\u00adsoft\ufeff", "non\u00a0breaking\u3000ideographic\u2028line",
    "nul\x00bell\x07del\x7f\ufffd", "😀 emoji 👩‍👩‍👧", "“quotes” … — – ‘x’ «y»", "[MASK] is [UNK] [sep] [SEP]", "x[MASK]y",
    "##s s ##ing", "a" * 100, "a" * 101, "ab" * 60, "\u0301combining e\u0301", "ẞ ß SS", "Ǆ ǅ ǆ", "𠀀𠀁 𝒜𝓑",
    "٣٤٥ ١", "हिन्दी", "ไทย", "ؤ إ", "٪؟", "+<=>|`", "under_score", "user@example.com http://x.y/z?q=1#a",
    "\U000e0041tag", "\ue000private", "\u0378unassigned", "İ" * 5, "ÅÄÖ\u030a", "pre\u2060joiner",
]  # fmt: skip

folder = sys.argv[1]
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
vectors = SentenceTransformer(folder, device="cpu").encode(SENTENCES, normalize_embeddings=True)
with torch.no_grad():
    told = model(
        **tokenizer(SENTENCES[5], return_tensors="pt"), output_attentions=True, output_hidden_states=True
    )
here = Path(__file__)
np.savez_compressed(
    here.with_name("minilm.npz"),
    sentences=np.array(SENTENCES),
    vectors=vectors,
    states=torch.stack([state[0, :, :16] for state in told.hidden_states]).numpy(),  # (layer, token, feature)
    weights=torch.stack([weights[0] for weights in told.attentions]).numpy(),  # (layer, head, query, key)
)
tokens = {text: tokenizer.convert_ids_to_tokens(tokenizer(text)["input_ids"]) for text in TEXTS}
here.with_name("minilm_tokens.json").write_text(json.dumps(tokens, indent=0) + "\n")
