"""What all engines stand on: checks, central differences, padding, tiles."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.base.central_differences import Checked, check_array
    from dlcli.engines.base.checks import EngineError
    from dlcli.engines.base.padding import PAD_MODES, PADDINGS, Geometry, geometry, pad

open_door(__name__)
