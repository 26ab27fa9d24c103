"""ONNX's own tests of its Attention operator, as far as they need what dlcli's attention has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.attention.attention import Attended, attention
from dlcli.engines.attention.fast import attention_output
from dlcli.engines.attention.heads import join_heads, split_heads
from dlcli.engines.attention.masks import additive, causal_mask, padding_mask, window_mask

STORED = np.load(Path(__file__).parents[2] / "data" / "onnx_attention.npz")
CASES: list[dict[str, Any]] = json.loads(str(STORED["cases"]))

#: What of the numbers on the way a case asks for.
MODES = {0: "scaled", 1: "capped", 2: "masked", 3: "weights"}


def arrays(place: int, side: str) -> dict[str, np.ndarray]:
    start = f"{place}/{side}/"
    return {name.removeprefix(start): STORED[name] for name in STORED.files if name.startswith(start)}


def parts(given: dict[str, np.ndarray], told: dict[str, Any]) -> tuple[list[np.ndarray], dict[str, Any]]:
    """Queries, keys and values of each head, and the options, in dlcli's words."""
    q, k, v = (given[name] for name in "QKV")
    if q.ndim == 3:
        q, k, v = (
            split_heads(x, told[heads])
            for x, heads in ((q, "q_num_heads"), (k, "kv_num_heads"), (v, "kv_num_heads"))
        )
    offset: Any = 0
    if "past_key" in given:
        offset = given["past_key"].shape[2]
        k, v = (np.concatenate([given[f"past_{name}"], x], axis=2) for name, x in (("key", k), ("value", v)))
    queries, keys = q.shape[2], k.shape[2]
    allowed = np.ones((len(q), 1, queries, keys), bool)
    offsets = [offset] * len(q)
    if "nonpad_kv_seqlen" in given:
        allowed &= padding_mask(given["nonpad_kv_seqlen"], keys)[:, None]
        offsets = [int(length) - queries for length in given["nonpad_kv_seqlen"]]
    window = [told.get(f"{side}_window_size", -1) for side in ("left", "right")]
    before, after = (None if size < 0 else size for size in window)
    for one, start in zip(allowed, offsets, strict=True):
        if told.get("is_causal"):
            one &= causal_mask(queries, keys, start)
        one &= window_mask(queries, keys, before, after, start)
    mask = given.get("attn_mask")
    options = {"scale": told.get("scale"), "cap": told.get("softcap") or None}
    if mask is None:
        return [q, k, v], options | {"mask": allowed}
    padded = [(0, 0)] * (mask.ndim - 1) + [(0, keys - mask.shape[-1])]
    mask = np.pad(mask, padded, constant_values=False if mask.dtype == bool else -np.inf)
    if mask.dtype == bool:
        return [q, k, v], options | {"mask": allowed & mask}
    mask = additive(allowed, np.dtype(np.float32)) + mask.astype(np.float32)
    return [q, k, v], options | {"mask": mask}


@pytest.mark.parametrize("place", range(len(CASES)), ids=[case["name"] for case in CASES])
def test_onnx_says_the_same(place: int) -> None:
    given, wanted, told = arrays(place, "in"), arrays(place, "out"), CASES[place]["attributes"]
    (q, k, v), options = parts(given, told)
    tolerance = 3e-3 if given["Q"].dtype == np.float16 else 1e-6
    found: Attended = attention(q, k, v, **options)
    fast = attention_output(q, k, v, **options)
    for output in (found.output, fast):
        joined = join_heads(output) if given["Q"].ndim == 3 else output
        np.testing.assert_allclose(joined, wanted["Y"], rtol=tolerance, atol=tolerance)
    if "qk_matmul_output" in wanted:
        stage = getattr(found, MODES[told.get("qk_matmul_output_mode", 0)])
        np.testing.assert_allclose(
            stage, wanted["qk_matmul_output"], rtol=max(tolerance, 1e-5), atol=max(tolerance, 2e-6)
        )
    if "present_key" in wanted:
        np.testing.assert_array_equal(k, wanted["present_key"])


def test_what_is_left_out_has_a_reason() -> None:
    left_out = json.loads(str(STORED["left_out"]))
    assert len(CASES) == 88
    assert set(left_out.values()) == {"NumPy has no bfloat16"}
    assert not set(left_out) & {case["name"] for case in CASES}
