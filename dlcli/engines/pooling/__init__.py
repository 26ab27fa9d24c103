"""Pooling: its definition, its fast ways, its terms and its gradient."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.pooling.backward import avg_pool2d_backward as avg_pool2d_backward
    from dlcli.engines.pooling.backward import lp_pool2d_backward as lp_pool2d_backward
    from dlcli.engines.pooling.backward import max_pool2d_backward as max_pool2d_backward
    from dlcli.engines.pooling.backward import min_pool2d_backward as min_pool2d_backward
    from dlcli.engines.pooling.definition import average_backward_plain as average_backward_plain
    from dlcli.engines.pooling.definition import average_plain as average_plain
    from dlcli.engines.pooling.definition import extreme_backward_plain as extreme_backward_plain
    from dlcli.engines.pooling.definition import extreme_plain as extreme_plain
    from dlcli.engines.pooling.definition import norm_backward_plain as norm_backward_plain
    from dlcli.engines.pooling.definition import norm_plain as norm_plain
    from dlcli.engines.pooling.pool2d import argmax_pool2d as argmax_pool2d
    from dlcli.engines.pooling.pool2d import argmin_pool2d as argmin_pool2d
    from dlcli.engines.pooling.pool2d import avg_pool2d as avg_pool2d
    from dlcli.engines.pooling.pool2d import lp_pool2d as lp_pool2d
    from dlcli.engines.pooling.pool2d import max_pool2d as max_pool2d
    from dlcli.engines.pooling.pool2d import min_pool2d as min_pool2d
    from dlcli.engines.pooling.terms import WindowTerms as WindowTerms
    from dlcli.engines.pooling.terms import window_terms as window_terms
    from dlcli.engines.pooling.windows import PoolWindows as PoolWindows
    from dlcli.engines.pooling.windows import pool_windows as pool_windows

open_door(__name__)
