"""What each query of an attention looks at most, and how even its shares are."""

from __future__ import annotations

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.attn.protocol import Work
from dlcli.views.tables.table import Table, no_room
from dlcli.views.text.text import clip
from dlcli.words.digits import digits
from dlcli.words.number import number

LISTED = 12  # queries that are listed
DIGITS = 3  # of a share and of an entropy


def by_query(work: Work, precision: int) -> RenderableType:
    """The strongest key of each query, its share, and how even the row is."""
    survey, (query, key) = work.survey, work.axes
    bits, strongest, share, blind = (
        part[work.head] for part in (survey.bits, survey.strongest, survey.share, survey.blind)
    )
    shown, rows = digits(precision, DIGITS), []
    for i in range(min(len(bits), LISTED)):
        place = [query.place(i), str(i)] if query.labels else [query.place(i)]
        if blind[i]:
            rows.append([*place, "nothing", "", "", ""])
            continue
        if np.isnan(share[i]):
            rows.append([*place, "no number", "", "", ""])
            continue
        at = int(strongest[i])
        seen = f"{clip(key.place(at), 16)} ({at})" if key.labels else key.place(at)
        part, even, keys = (number(value, shown) for value in (share[i], bits[i], 2.0 ** bits[i]))
        rows.append([*place, seen, part, _many(even, "bit"), _many(keys, "key")])
    header = [
        "query",
        *(["place"] if query.labels else []),
        "looks most at",
        "share",
        "entropy",
        "as even as",
    ]
    right = range(len(header) - 3, len(header))
    spare = [*([1] if query.labels else []), len(header) - 1]
    table = Table(header, rows, right=right, spare=spare, missing=no_room)
    most = number(float(np.log2(max(work.parts[1].shape[-2], 1))), shown)
    more = f"and {len(bits) - LISTED} more queries; " if len(bits) > LISTED else ""
    told = f"{more}a row of shares all alike has {_many(most, 'bit')}"
    return Group(table, Text(told, style="dim"))


def _many(told: str, what: str) -> str:
    return f"{told} {what}{'s' * (told != '1')}"
