"""Limits on the memory that a reader may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on one tensor: bytes of data, and pixels of a picture (None: Pillow's own limit)."""

    max_bytes: int = 2**33
    max_pixels: int | None = None
