"""Decisions: worlds as tables, what states are worth, the best policy, episodes."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.decisions.average import Gain, average_reward, best_average
    from dlcli.engines.decisions.bellman import BellmanTerms, bellman_terms, evaluate, q_values
    from dlcli.engines.decisions.chain import Chain
    from dlcli.engines.decisions.ends import Ends, SeenEnds, ends_of, goals, greedy_ends, mean_ends
    from dlcli.engines.decisions.episodes import Episodes, StepKinds
    from dlcli.engines.decisions.horizon import Plan, finite_horizon
    from dlcli.engines.decisions.optimal import Optimum, policy_iteration, value_iteration
    from dlcli.engines.decisions.policy import (
        best_actions,
        epsilon_greedy,
        equal_shares,
        greedy_policy,
        proper_actions,
        random_policy,
    )
    from dlcli.engines.decisions.returns import (
        ReturnTerms,
        discounted_rewards,
        return_terms,
        returns,
        returns_plain,
    )
    from dlcli.engines.decisions.sampling import Chance, outcome_chance
    from dlcli.engines.decisions.stepping import (
        Simulator,
        SimulatorEnvironment,
        seen_transitions,
        stepped_episodes,
    )
    from dlcli.engines.decisions.sweeps import optimal_sweeps, sweeps
    from dlcli.engines.decisions.transitions import Transitions
    from dlcli.engines.decisions.walk import sample_episodes, sampled_returns

open_door(__name__)
