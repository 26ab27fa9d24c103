"""What is said of times that were measured: on what, how often, and how far the runs differ."""

from __future__ import annotations

from collections.abc import Sequence

from dlcli.engines.base.tiles import processors
from dlcli.engines.base.timing import Timing
from dlcli.words.number import number


def measured(times: Sequence[Timing]) -> str:
    """How the times came about, and the greatest differences between runs of the same.

    >>> from pprint import pprint
    >>> from unittest.mock import patch
    >>> with patch("dlcli.commands.kinds.recurrence.timing_story.processors", return_value=4):
    ...     pprint(measured([Timing((2.0, 3.0, 6.0)), Timing((1.0, 1.1, 1.2))]).split("; "))
    ['measured now, on one thread of 4 processors: the least of 3 runs',
     'the middle run takes up to 1.5 times that, the longest 3 times']
    """
    count = processors()
    where = f"one thread of {count} processors" if count > 1 else "one thread of one processor"
    runs = len(times[0].seconds)
    usual = number(max(time.usual for time in times), 2)
    longest = number(max(time.longest for time in times), 2)
    return (
        f"measured now, on {where}: the least of {runs} runs; the middle run takes up to {usual} times that, "
        f"the longest {longest} times"
    )
