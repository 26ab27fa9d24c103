"""Write skimage_similarity.json: scikit-image's SSIM and PSNR of pictures that a formula draws."""

import json
from pathlib import Path

import numpy as np
import skimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity


def drawn(height: int, width: int, channels: int, twist: float) -> np.ndarray:
    """A picture of 0 to 255 without any random number, the same wherever it is drawn."""
    y, x, c = np.mgrid[:height, :width, :channels].astype(np.int64)
    return ((7 * x + 13 * y + 31 * c + x * y // 3 + (twist * (x * x + y)).astype(np.int64)) % 256).astype(
        np.uint8
    )


CASES = {
    "gray": ((24, 31, 1), (0.0, 0.05)),
    "colour": ((16, 20, 3), (0.0, 0.3)),
    "least": ((11, 11, 1), (0.0, 0.02)),
    "same": ((12, 13, 1), (0.5, 0.5)),
}
told: dict[str, object] = {"scikit-image": skimage.__version__}
for name, (shape, twists) in CASES.items():
    a, b = (drawn(*shape, twist) for twist in twists)
    for type_, scale, span in (("uint8", 1, 255), ("float64", 255, 1.0)):
        pair = [a, b] if type_ == "uint8" else [a / scale, b / scale]
        mean, full = structural_similarity(
            *pair, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=span,
            channel_axis=-1, full=True,
        )  # fmt: skip
        told[f"{name} {type_}"] = {
            "shape": shape,
            "twists": twists,
            "range": span,
            "ssim": mean,
            "middle": full[5:-5, 5:-5].ravel()[::7].tolist(),
            "psnr": None if (a == b).all() else float(peak_signal_noise_ratio(*pair, data_range=span)),
        }
Path(__file__).with_name("skimage_similarity.json").write_text(json.dumps(told) + "\n")
