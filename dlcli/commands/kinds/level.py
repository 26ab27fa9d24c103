"""Decibels that go through a command: what comes out need be no level any more."""

from __future__ import annotations

from collections.abc import Mapping

from dlcli.tensor import Attr, Tensor


def no_level(x: Tensor, name: str) -> Mapping[str, Attr]:
    """The attributes of ``x`` for a result of this ``name``, which is no level even where ``x`` is one.

    >>> no_level(Tensor([-3.0], attrs={"source": "a.wav", "quantity": "db"}), "derivative")
    {'source': 'a.wav', 'quantity': 'derivative'}
    """
    return {**x.attrs, "quantity": name} if x.attrs.get("quantity") == "db" else x.attrs
