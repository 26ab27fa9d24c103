"""Decisions: worlds as tables, what states are worth, the best policy, episodes."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.decisions.bellman import bellman_terms as bellman_terms
    from dlcli.engines.decisions.bellman import evaluate as evaluate
    from dlcli.engines.decisions.bellman import q_values as q_values
    from dlcli.engines.decisions.chain import Chain as Chain
    from dlcli.engines.decisions.episodes import Episodes as Episodes
    from dlcli.engines.decisions.optimal import Optimum as Optimum
    from dlcli.engines.decisions.optimal import policy_iteration as policy_iteration
    from dlcli.engines.decisions.optimal import value_iteration as value_iteration
    from dlcli.engines.decisions.policy import best_actions as best_actions
    from dlcli.engines.decisions.policy import epsilon_greedy as epsilon_greedy
    from dlcli.engines.decisions.policy import greedy_policy as greedy_policy
    from dlcli.engines.decisions.policy import random_policy as random_policy
    from dlcli.engines.decisions.returns import ReturnTerms as ReturnTerms
    from dlcli.engines.decisions.returns import return_terms as return_terms
    from dlcli.engines.decisions.returns import returns as returns
    from dlcli.engines.decisions.returns import returns_plain as returns_plain
    from dlcli.engines.decisions.stepping import Simulator as Simulator
    from dlcli.engines.decisions.stepping import seen_transitions as seen_transitions
    from dlcli.engines.decisions.stepping import stepped_episodes as stepped_episodes
    from dlcli.engines.decisions.sweeps import optimal_sweeps as optimal_sweeps
    from dlcli.engines.decisions.sweeps import sweeps as sweeps
    from dlcli.engines.decisions.transitions import Transitions as Transitions
    from dlcli.engines.decisions.walk import sample_episodes as sample_episodes

open_door(__name__)
