"""Learning from episodes: temporal differences, Monte Carlo, control."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.decisions.learning.backups import Backups as Backups
    from dlcli.engines.decisions.learning.backups import monte_carlo_backups as monte_carlo_backups
    from dlcli.engines.decisions.learning.backups import n_step_backups as n_step_backups
    from dlcli.engines.decisions.learning.backups import td0_backups as td0_backups
    from dlcli.engines.decisions.learning.batch import batch_plain as batch_plain
    from dlcli.engines.decisions.learning.control import control as control
    from dlcli.engines.decisions.learning.control_ahead import Ahead as Ahead
    from dlcli.engines.decisions.learning.control_ahead import look_ahead as look_ahead
    from dlcli.engines.decisions.learning.control_definition import RULES as RULES
    from dlcli.engines.decisions.learning.control_definition import Control as Control
    from dlcli.engines.decisions.learning.control_definition import control_plain as control_plain
    from dlcli.engines.decisions.learning.learning_curve import rms_error as rms_error
    from dlcli.engines.decisions.learning.prediction import METHODS as METHODS
    from dlcli.engines.decisions.learning.prediction import Method as Method
    from dlcli.engines.decisions.learning.prediction import Prediction as Prediction
    from dlcli.engines.decisions.learning.prediction import learn_from as learn_from
    from dlcli.engines.decisions.learning.prediction import predict as predict
    from dlcli.engines.decisions.learning.td import Updates as Updates
    from dlcli.engines.decisions.learning.td import backed_up as backed_up
    from dlcli.engines.decisions.learning.td import td0 as td0
    from dlcli.engines.decisions.learning.td import td_error as td_error
    from dlcli.engines.decisions.learning.td_lambda import TRACES as TRACES
    from dlcli.engines.decisions.learning.td_lambda import td_lambda as td_lambda
    from dlcli.engines.decisions.learning.td_lambda import td_lambda_plain as td_lambda_plain

open_door(__name__)
