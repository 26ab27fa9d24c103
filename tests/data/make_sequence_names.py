"""Make sequence_names.npz: weights of nets over sequences under Keras' and PyTorch's names, words, what they give.

    pip install keras torch
    KERAS_BACKEND=torch python tests/data/make_sequence_names.py

Made with Keras 3.15.1 and torch 2.13.0.
"""

from pathlib import Path

import keras
import numpy as np
import torch
from keras import layers as kl
from torch import nn

rng = np.random.default_rng(0)
found: dict[str, np.ndarray] = {"words": rng.integers(0, 5, (2, 6))}
kl.GRU(1), kl.LSTM(1)  # names are counted through a program

inputs = keras.Input((6,), dtype="int32")
x = kl.Embedding(5, 4)(inputs)
x = kl.Bidirectional(kl.LSTM(2, return_sequences=True))(x)
x = kl.GRU(4, return_sequences=True, name="second")(x)
x = kl.Bidirectional(kl.GRU(4, return_sequences=True, reset_after=False), merge_mode="sum", name="third")(x)
x = kl.TimeDistributed(kl.Dense(4))(x)
x = kl.MultiHeadAttention(2, 3)(x, x)
x = kl.Conv1D(3, 2, padding="causal")(x)
model = keras.Model(inputs, kl.SimpleRNN(2)(x))
for weight in model.weights:
    weight.assign(rng.uniform(-1, 1, weight.shape).astype(np.float32))
found |= {f"keras/w/{w.path}": keras.ops.convert_to_numpy(w) for w in model.weights}
found["keras/y"] = keras.ops.convert_to_numpy(model(found["words"], training=False))


class Net(nn.Module):
    """Modules whose names are nobody's, an LSTM of two layers among them."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.both = nn.Embedding(5, 4), nn.GRU(4, 2, bidirectional=True, batch_first=True)
        self.stack = nn.LSTM(4, 4, num_layers=2, batch_first=True)
        self.look = nn.MultiheadAttention(4, 2, batch_first=True)
        self.encode = nn.TransformerEncoderLayer(4, 2, 6, batch_first=True)
        self.decode = nn.TransformerDecoderLayer(4, 2, 5, batch_first=True, norm_first=True)
        self.plain, self.head = (
            nn.RNN(4, 3, bias=False, nonlinearity="relu", batch_first=True),
            nn.Linear(3, 2),
        )

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        x = self.stack(self.both(self.table(words))[0])[0]
        x = self.look(x, x, x)[0]
        memory = self.encode(x)
        x = self.decode(memory, memory, tgt_mask=nn.Transformer.generate_square_subsequent_mask(6))
        return self.head(self.plain(x)[0][:, -1])


net = Net().eval()
with torch.no_grad():
    for value in net.state_dict().values():
        value.copy_(torch.from_numpy(rng.uniform(-1, 1, value.shape).astype(np.float32)))
    found["torch/y"] = net(torch.from_numpy(found["words"])).numpy()
found |= {f"torch/w/{name}": value.numpy() for name, value in net.state_dict().items()}
np.savez_compressed(Path(__file__).with_name("sequence_names.npz"), **found)
