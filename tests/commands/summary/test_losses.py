"""Every loss that a model may name has its line of Keras and of PyTorch."""

from __future__ import annotations

import pytest

from dlcli.commands.summary.code import KERAS_LOSSES, TORCH_LOSSES
from dlcli.nets.losses import LOSSES


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_there_in_keras_and_in_torch(name: str) -> None:
    assert name in KERAS_LOSSES
    assert (name, False) in TORCH_LOSSES
