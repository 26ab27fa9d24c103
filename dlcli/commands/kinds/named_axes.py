"""The order of axes that their names tell, said where it is another than that of the numbers."""

from __future__ import annotations

from dlcli.commands.kinds.recurrence.sequence import steps_first
from dlcli.runner.result import Run
from dlcli.tensor import Tensor


def in_order(tensor: Tensor, run: Run) -> Tensor:
    """As ``steps_first`` has it; where that is another order, a line on standard error says which."""
    turned = steps_first(tensor)
    if turned is not tensor:
        run.warn(f"the axes are taken by their names as ({', '.join(turned.axis_names)})")
    return turned
