"""Write keras_decoder.npz: Keras' Conv2DTranspose and UpSampling2D, whose padding is a word: needs keras and jax.

Arrays are float32, (batch, height, width, channel); kernels (height, width, out, in).
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

rng = np.random.default_rng(5)
x = rng.normal(size=(1, 3, 4, 2)).astype(np.float32)
found: dict[str, np.ndarray] = {"x": x}
for kernel in (1, 2, 3, 4, 5):
    w = rng.normal(size=(kernel, kernel, 3, 2)).astype(np.float32)
    found[f"kernel {kernel}"] = w
    for stride in (1, 2, 3):
        for padding in ("valid", "same"):
            made = keras.ops.conv_transpose(x, w, strides=stride, padding=padding)
            found[f"{kernel} {stride} {padding}"] = np.asarray(made)
for kind in ("nearest", "bilinear"):
    found[kind] = np.asarray(keras.layers.UpSampling2D((2, 3), interpolation=kind)(x))
np.savez_compressed(Path(__file__).with_name("keras_decoder.npz"), **found)
