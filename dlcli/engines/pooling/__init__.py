"""Pooling: its definition, its fast ways, its terms and its gradient."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.pooling.backward import (
        avg_pool2d_backward,
        lp_pool2d_backward,
        max_pool2d_backward,
        min_pool2d_backward,
    )
    from dlcli.engines.pooling.definition import (
        average_backward_plain,
        average_plain,
        extreme_backward_plain,
        extreme_plain,
        norm_backward_plain,
        norm_plain,
    )
    from dlcli.engines.pooling.pool2d import (
        Pooling,
        argmax_pool2d,
        argmin_pool2d,
        avg_pool2d,
        lp_pool2d,
        max_pool2d,
        min_pool2d,
        pooling,
    )
    from dlcli.engines.pooling.terms import WindowTerms, window_terms
    from dlcli.engines.pooling.unpool import unpool2d
    from dlcli.engines.pooling.upsample import Sampling, sampling, upsample2d
    from dlcli.engines.pooling.windows import AxisWindows, PoolOptions, PoolWindows, pool_windows

open_door(__name__)
