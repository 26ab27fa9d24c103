"""One contender in a process of its own, so that its threads and its memory disturb nobody else's.

``python -m benchmarks.worker MODULE CONTENDER OPTIONS`` prepares, does the work once to warm up and to see
how much memory it takes, says so in one line of JSON, and then, for every line it is sent, does the work
again and answers with the seconds it took.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np


def main() -> None:
    """Prepare, warm up, and serve."""
    module, contender, options = sys.argv[1:4]
    try:
        work = import_module(module).CONTENDERS[contender](**json.loads(options))
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), flush=True)
        return
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    result = work()
    peak = memory("VmHWM") - before - size(result)
    print(json.dumps({"memory": peak, "print": fingerprint(result)}), flush=True)
    del result
    for _ in sys.stdin:
        begun = perf_counter()
        result = work()
        print(perf_counter() - begun, flush=True)
        del result


def memory(what: str) -> int:
    """A line of the kernel's account of this process, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"the kernel does not tell {what}")


def arrays(result: Any) -> list[np.ndarray[Any, Any]]:
    """The arrays in a result."""
    parts = result if isinstance(result, tuple | list) else (result,)
    return [np.asarray(part) for part in parts if part is not None]


def size(result: Any) -> int:
    """The bytes of a result."""
    return sum(array.nbytes for array in arrays(result))


def fingerprint(result: Any) -> float:
    """A number that two results share when they hold the same values, whatever the order of their axes."""
    found = [np.ascontiguousarray(array) for array in arrays(result)]
    parts = [array.view(array.real.dtype) if array.dtype.kind == "c" else array for array in found]
    return float(sum(np.square(part, dtype=np.float64).sum() for part in parts))


if __name__ == "__main__":
    main()
