"""Convolution: its definition, its fast ways, its terms, its gradient, and kernels by name."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.convolution.backward import Gradients, conv2d_backward, conv2d_backward_plain
    from dlcli.engines.convolution.conv2d import METHODS, Convolution, conv2d, convolution, plan
    from dlcli.engines.convolution.definition import ConvOptions, conv2d_plain
    from dlcli.engines.convolution.filters import (
        FILTERS,
        named_filter,
        pre_emphasis,
        response,
        windowed_sinc,
    )
    from dlcli.engines.convolution.kernel_shapes import gabor, gaussian, laplacian_of_gaussian, sobel
    from dlcli.engines.convolution.kernels import KERNELS, Named, expanded, named
    from dlcli.engines.convolution.plan import Plan
    from dlcli.engines.convolution.rank_one import factors
    from dlcli.engines.convolution.terms import CellTerms, conv_terms
    from dlcli.engines.convolution.transposed import (
        Stamps,
        conv_transpose2d,
        conv_transpose2d_plain,
        stamps,
        transposed_terms,
    )
    from dlcli.engines.convolution.winners import Winners, winners

open_door(__name__)
