"""Writes recurrent_weights/, files as PyTorch and Keras users save them, and what their nets give.

``KERAS_BACKEND=torch python tests/data/make_recurrent_weights.py`` needs PyTorch, Keras and safetensors' library.
``torch.safetensors`` is the state dict of a model of characters: embedding, two LSTM layers in both directions,
linear. ``keras.npz`` has the weights of a Sequential model by their paths: two GRU layers, a bidirectional LSTM, a
GRU that resets before the product, a simple layer, dense. ``answers.npz`` has what each reads and gives.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import torch
from safetensors.torch import save_file

FOLDER = Path(__file__).with_name("recurrent_weights")


class Characters(torch.nn.Module):
    """The model that the tutorials of PyTorch build."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(5, 3)
        self.rnn = torch.nn.LSTM(3, 2, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = torch.nn.Linear(4, 5)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        states, _ = self.rnn(self.embedding(tokens))
        return self.fc(states)


def main() -> None:
    torch.manual_seed(0)
    keras.utils.set_random_seed(0)
    FOLDER.mkdir(exist_ok=True)
    tokens = torch.tensor([[0, 3, 1, 4, 4, 2]])
    characters = Characters()
    save_file(characters.state_dict(), FOLDER / "torch.safetensors")
    x = np.random.default_rng(0).normal(size=(1, 6, 3)).astype(np.float32)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6, 3)),
            layers.GRU(2, return_sequences=True, bias_initializer="glorot_uniform"),
            layers.GRU(4, return_sequences=True),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.GRU(2, return_sequences=True, reset_after=False, bias_initializer="random_normal"),
            layers.SimpleRNN(4, return_sequences=True),
            layers.Dense(2),
        ]
    )
    np.savez(FOLDER / "keras.npz", **{weight.path: weight.value.detach().numpy() for weight in model.weights})
    np.savez(
        FOLDER / "answers.npz",
        torch_x=np.eye(5, dtype=np.float32)[tokens[0].numpy()],
        torch_y=characters(tokens)[0].detach().numpy(),
        keras_x=x[0],
        keras_y=model(x)[0].detach().numpy(),
    )


if __name__ == "__main__":
    main()
