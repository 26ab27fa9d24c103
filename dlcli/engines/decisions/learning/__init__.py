"""Learning from episodes: temporal differences, Monte Carlo, control."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.decisions.learning.agents import AGENTS, Settings, Update
    from dlcli.engines.decisions.learning.backups import (
        Backups,
        first_visits,
        monte_carlo_backups,
        n_step_backups,
        off_policy_backups,
        ratios_to_go,
        td0_backups,
        visit_numbers,
        weight_totals,
    )
    from dlcli.engines.decisions.learning.batch import Batch, batch_plain
    from dlcli.engines.decisions.learning.control import control
    from dlcli.engines.decisions.learning.control_definition import (
        RULES,
        Ahead,
        ArmsEnvironment,
        Control,
        Environment,
        TableEnvironment,
        control_plain,
        look_ahead,
    )
    from dlcli.engines.decisions.learning.control_long import control_long, joined
    from dlcli.engines.decisions.learning.control_replay import (
        Choice,
        ControlReplay,
        Rule,
        best_values,
        greedy_return,
    )
    from dlcli.engines.decisions.learning.exploration import (
        WAYS,
        Exploration,
        choose,
        choose_plain,
        epsilon_greedy_action,
        probabilities,
    )
    from dlcli.engines.decisions.learning.importance import importance_estimates, importance_ratios
    from dlcli.engines.decisions.learning.lambda_return import (
        lambda_returns,
        lambda_returns_plain,
        learn_offline,
    )
    from dlcli.engines.decisions.learning.learning_curve import (
        Curve,
        by_transitions,
        rms_error,
        transitions_until,
    )
    from dlcli.engines.decisions.learning.long_replay import LongReplay
    from dlcli.engines.decisions.learning.prediction import (
        METHODS,
        EpisodeSource,
        Method,
        Prediction,
        learn_from,
        predict,
    )
    from dlcli.engines.decisions.learning.replay import Replay
    from dlcli.engines.decisions.learning.stepped import control_stepped, predict_stepped
    from dlcli.engines.decisions.learning.td import Updates, backed_up, td0, td_error
    from dlcli.engines.decisions.learning.td_lambda import TRACES, td_lambda, td_lambda_plain

open_door(__name__)
