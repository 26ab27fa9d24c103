"""Ask scikit-image what its filters make of single points and of noise: ``python make_skimage_kernels.py``.

Asked of scikit-image 0.26.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from skimage import filters

SIZE, MIDDLE = 25, 12


def main() -> None:
    """Write the answers to one point in the middle, and to the noise that some filters scale."""
    point = np.zeros((SIZE, SIZE))
    point[MIDDLE, MIDDLE] = 1
    noise = np.random.default_rng(7).integers(0, 256, (9, 11)).astype(float)
    np.savez_compressed(
        Path(__file__).with_name("skimage_kernels.npz"),
        noise=noise,
        dog=filters.difference_of_gaussians(point, 1, 2, mode="constant"),
        dog_default=filters.difference_of_gaussians(point, 1.5, mode="constant"),
        unsharp=filters.unsharp_mask(point, radius=1.5, amount=0.7, preserve_range=True),
        roberts_x=filters.roberts_pos_diag(noise),
        roberts_y=filters.roberts_neg_diag(noise),
        prewitt_x=filters.prewitt_v(noise),
        prewitt_y=filters.prewitt_h(noise),
        scharr_x=filters.scharr_v(noise),
        scharr_y=filters.scharr_h(noise),
        laplacian=filters.laplace(noise),
    )


if __name__ == "__main__":
    main()
