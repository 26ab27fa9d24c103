"""What learns: layers with their derivatives, losses, optimisers, and training.

In a notebook set ``OPENBLAS_NUM_THREADS=1`` before you import NumPy, as ``dlcli`` itself does: with two BLAS
threads a training step of a small net took seven times as long. The results are the same.

>>> import numpy as np
>>> net = Net(builtin("small-cnn")).draw(0)
>>> net.predict(np.zeros((1, 28, 28, 1), np.uint8)).shape
(1, 10)
"""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.nets.builtin import BUILTIN, builtin
    from dlcli.nets.evaluation import Evaluation, Examples, evaluate
    from dlcli.nets.gradient_check import check_gradients
    from dlcli.nets.layers.kinds import KINDS, declared
    from dlcli.nets.losses import LOSSES, Loss
    from dlcli.nets.net import DifferentWeights, Net
    from dlcli.nets.optimisers import Optimiser, Rule
    from dlcli.nets.schedules import Schedule, schedule
    from dlcli.nets.spec import BadModel, ModelSpec, NamedLayer, model_spec
    from dlcli.nets.training import Measured, NotFinite, Settings, Training

open_door(__name__)
