"""What all engines stand on: checks, padding, tiles."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.base.checks import EngineError as EngineError
    from dlcli.engines.base.padding import PAD_MODES as PAD_MODES
    from dlcli.engines.base.padding import PADDINGS as PADDINGS
    from dlcli.engines.base.padding import Geometry as Geometry
    from dlcli.engines.base.padding import geometry as geometry
    from dlcli.engines.base.padding import pad as pad

open_door(__name__)
