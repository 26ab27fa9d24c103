"""Learning from episodes: temporal differences, Monte Carlo, control."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.decisions.learning.backups import (
        Backups,
        monte_carlo_backups,
        n_step_backups,
        td0_backups,
    )
    from dlcli.engines.decisions.learning.batch import batch_plain
    from dlcli.engines.decisions.learning.control import control
    from dlcli.engines.decisions.learning.control_definition import (
        RULES,
        Ahead,
        Control,
        control_plain,
        look_ahead,
    )
    from dlcli.engines.decisions.learning.learning_curve import rms_error
    from dlcli.engines.decisions.learning.prediction import METHODS, Method, Prediction, learn_from, predict
    from dlcli.engines.decisions.learning.td import Updates, backed_up, td_error
    from dlcli.engines.decisions.learning.td_lambda import TRACES, td_lambda, td_lambda_plain

open_door(__name__)
