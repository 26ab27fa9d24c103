"""Convolution: its definition, its fast ways, its terms, its gradient, and kernels by name."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.convolution.backward import Gradients as Gradients
    from dlcli.engines.convolution.backward import conv2d_backward as conv2d_backward
    from dlcli.engines.convolution.backward import conv2d_backward_plain as conv2d_backward_plain
    from dlcli.engines.convolution.conv2d import METHODS as METHODS
    from dlcli.engines.convolution.conv2d import Convolution as Convolution
    from dlcli.engines.convolution.conv2d import conv2d as conv2d
    from dlcli.engines.convolution.conv2d import convolution as convolution
    from dlcli.engines.convolution.conv2d import plan as plan
    from dlcli.engines.convolution.definition import conv2d_plain as conv2d_plain
    from dlcli.engines.convolution.kernel_shapes import gabor as gabor
    from dlcli.engines.convolution.kernel_shapes import gaussian as gaussian
    from dlcli.engines.convolution.kernel_shapes import laplacian_of_gaussian as laplacian_of_gaussian
    from dlcli.engines.convolution.kernel_shapes import sobel as sobel
    from dlcli.engines.convolution.kernels import KERNELS as KERNELS
    from dlcli.engines.convolution.kernels import Named as Named
    from dlcli.engines.convolution.kernels import named as named
    from dlcli.engines.convolution.plan import Plan as Plan
    from dlcli.engines.convolution.rank_one import factors as factors
    from dlcli.engines.convolution.terms import CellTerms as CellTerms
    from dlcli.engines.convolution.terms import conv_terms as conv_terms

open_door(__name__)
