"""Function approximation: values by weights of features, where a table would have too many rows."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.decisions.approximation.acting import (
        Agent,
        Budget,
        Course,
        Experience,
        PlacedStates,
        Surroundings,
        greedy_returns,
        learn,
    )
    from dlcli.engines.decisions.approximation.control import ActionUpdate, LinearAgent, exploring
    from dlcli.engines.decisions.approximation.features import (
        Active,
        Features,
        Groups,
        OneHot,
        Position,
        Scaled,
        Tiles,
    )
    from dlcli.engines.decisions.approximation.prediction import (
        Estimate,
        Estimated,
        Estimates,
        LinearEstimate,
        Updated,
        estimate,
    )

open_door(__name__)
