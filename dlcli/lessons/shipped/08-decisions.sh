#!/bin/sh
# # Decisions: rewards, values, and learning from surprise
#
# 20 minutes
#
# An agent is in a **state**, takes an **action**, gets a **reward**, and is in
# the next state. What follows depends on the state alone, not on how it was
# reached: a Markov decision process.

dlcli mdp random-walk --only world -f rich
#> World  random-walk, 7 states (2 ends, start C), 2 actions, 10 outcomes

#? Five states in a row; at the right end a reward of 1 waits, else none. From
#? the middle, left and right by a coin: what is the middle worth?

dlcli mdp random-walk --only values -f rich
#> Values  arrows: actions that are best by these values
#>   ┌────────┬────────┬────────┬────────┬────────┬────────┬────────┐
#>   │   ■    │  A →   │  B →   │  C →   │  D →   │  E →   │   ■    │
#>   │        │ 0.1667 │ 0.3333 │ 0.5000 │ 0.6667 │ 0.8333 │        │
#>   └────────┴────────┴────────┴────────┴────────┴────────┴────────┘
#>   ■ end

# One half: as often to the right end as to the left.

# ---
# ## Return and discount
#
# The **return** G is the sum of all rewards that follow, each later one
# multiplied by γ once more. The notes' first line lacks the γ of the second
# reward; it is G = R₁ + γ·R₂ + γ²·R₃ + … (G is the return, R a reward: the
# heading of 5.4 has them the other way round. And γ to the power of the delay
# *falls*, if exponentially, for γ below 1.)

dlcli returns "1 2 4" --gamma 0.5 --only returns -f rich
#> Returns  1 × 3 (row, column), float64, 3 to 4
#>   step   R_{t+1}  γ·G_{t+1}  G_t
#>   t = 0        1          2    3
#>   t = 1        2          2    4
#>   t = 2        4          0    4

#? How does G₀ = 3 follow from G₁ = 4?

dlcli returns "1 2 4" --gamma 0.5 --explain 0,0 \
  --only arithmetic,from-the-step-after -f rich
#> Arithmetic  t = 0
#>   reward  k   γ^k  R  γ^k·R
#>   R_1     0  1.00  1      1
#>   R_2     1  0.50  2      1
#>   R_3     2  0.25  4      1
#>                           ─
#>   G_0                     3
#>
#> From the step after
#>   G_0  R_1 + γ·G_1 = 1 + 0.5·4 = 3

# G₀ = R₁ + γ·G₁. Computed backwards, each return is one line.

# ---
# ## Now or later?
#
#? 10 now, or 50 in two weeks, with γ = 0.9 for a day?

dlcli tensor 0.9 --power 14 --multiply 50 --only result -f rich --precision 3
#> Tensor  1 × 1 (row, column), float64, all 11.4
#>        column
#>   row     0
#>     0  11.4

# 11.4: wait. With γ = 0.85 it would be 5.1: take the ten.

# ---
# ## The value of a state
#
# A **policy** says how likely each action is in each state. V(s) is the return to
# be **expected** from s on under this policy, q(s, a) if a is the first action. It
# need not be tried out: a state is worth its reward and γ times what comes next. Here is a
# student who takes each of two actions half of the time.

dlcli mdp sample:student --gamma 0.9 --only values -f rich
#> Values  ▸ the best actions by these values
#>   state        v(s)  q(s, a)
#>   lecture 1  −1.484  ▸ listen −0.05766   scroll −2.911
#>   phone      −2.124  ▸ put away −1.336   scroll −2.911
#>   lecture 2   2.158  ▸ listen 4.316   go to bed 0
#>   exercise    7.018  ▸ solve 10   café 4.036
#>   asleep      0.000  ■ end

# ---
# ## The sum behind one value
#
#? How does the value of `exercise` follow from its neighbours?

dlcli mdp sample:student --gamma 0.9 --explain exercise --only arithmetic -f rich
#> Arithmetic  state exercise: π·p·(r + 0.9·v(s'))
#>   action  s'         π(a|s)    p   r   v(s')  product
#>   solve   asleep        0.5  1.0  10   0.000    5.000
#>   café    lecture 1     0.5  0.2   1  −1.484   −0.034
#>   café    lecture 2     0.5  0.4   1   2.158    0.588
#>   café    exercise      0.5  0.4   1   7.018    1.463
#>                                                ──────
#>   sum                                           7.018
#>
#> Equation
#>   v(exercise)  0.5·(10 + 0.9·0) + 0.5·0.2·(1 − 0.9·1.484) + 0.5·0.4·(1
#>                  + 0.9·2.158) + 0.5·0.4·(1 + 0.9·7.018) = 7.018

# That is the **Bellman equation**. One for each state: as many equations as
# unknowns.

# ---
# ## Solve it by walking over it
#
# Sixteen squares, two of them ends; a step costs 1 and goes in any direction,
# by chance; γ is 1. Begin with 0 everywhere and use the equation again and again, in a
# **sweep** over all states.

dlcli mdp gridworld:4x4 --sweeps 1 --only values -f rich
#> Values  arrows: actions that are best by these values
#>   ┌────┬────┬────┬────┐
#>   │ ■  │ ←  │ ←  │ ↓← │
#>   │    │ −1 │ −1 │ −1 │
#>   ├────┼────┼────┼────┤
#>   │ ↑  │ ↑← │↑→↓←│ ↓  │
#>   │ −1 │ −1 │ −1 │ −1 │
#>   ├────┼────┼────┼────┤
#>   │ ↑  │↑→↓←│ →↓ │ ↓  │
#>   │ −1 │ −1 │ −1 │ −1 │
#>   ├────┼────┼────┼────┤
#>   │ ↑→ │ →  │ →  │ ■  │
#>   │ −1 │ −1 │ −1 │    │
#>   └────┴────┴────┴────┘
#>   ■ end

# ---
# ## The second sweep
#
#? After one sweep all are −1. After two, which states have less than −2?

dlcli mdp gridworld:4x4 --sweeps 2 --only values -f rich
#> Values  arrows: actions that are best by these values
#>   ┌───────┬───────┬───────┬───────┐
#>   │   ■   │   ←   │   ←   │  ↓←   │
#>   │       │ −1.75 │ −2.00 │ −2.00 │
#>   ├───────┼───────┼───────┼───────┤
#>   │   ↑   │  ↑←   │ ↑→↓←  │   ↓   │
#>   │ −1.75 │ −2.00 │ −2.00 │ −2.00 │
#>   ├───────┼───────┼───────┼───────┤
#>   │   ↑   │ ↑→↓←  │  →↓   │   ↓   │
#>   │ −2.00 │ −2.00 │ −2.00 │ −1.75 │
#>   ├───────┼───────┼───────┼───────┤
#>   │  ↑→   │   →   │   →   │   ■   │
#>   │ −2.00 │ −2.00 │ −1.75 │       │
#>   └───────┴───────┴───────┴───────┘
#>   ■ end

# None; those beside an end have more, for one of their four ways is over.

# ---
# ## Until nothing changes

dlcli mdp gridworld:4x4 --only values -f rich
#> Values  arrows: actions that are best by these values
#>   ┌─────┬─────┬─────┬─────┐
#>   │  ■  │  ←  │  ←  │ ↓←  │
#>   │     │ −14 │ −20 │ −22 │
#>   ├─────┼─────┼─────┼─────┤
#>   │  ↑  │ ↑←  │ ↓←  │  ↓  │
#>   │ −14 │ −18 │ −20 │ −20 │
#>   ├─────┼─────┼─────┼─────┤
#>   │  ↑  │ ↑→  │ →↓  │  ↓  │
#>   │ −20 │ −20 │ −18 │ −14 │
#>   ├─────┼─────┼─────┼─────┤
#>   │ ↑→  │  →  │  →  │  ■  │
#>   │ −22 │ −20 │ −14 │     │
#>   └─────┴─────┴─────┴─────┘
#>   ■ end

# The end of it: −22 in the far corners, for somebody who walks at random.

# ---
# ## The best one can do
#
# Not the mean over the actions, but the largest: the **optimality** equation.
# The best policy takes the action that leads there.

#? A step still costs 1. What is the state worth from which an end is farthest?

dlcli mdp gridworld:4x4 --optimal --only values -f rich
#> Values  arrows: actions that are optimal
#>   ┌────┬────┬────┬────┐
#>   │ ■  │ ←  │ ←  │ ↓← │
#>   │    │ −1 │ −2 │ −3 │
#>   ├────┼────┼────┼────┤
#>   │ ↑  │ ↑← │↑→↓←│ ↓  │
#>   │ −1 │ −2 │ −3 │ −2 │
#>   ├────┼────┼────┼────┤
#>   │ ↑  │↑→↓←│ →↓ │ ↓  │
#>   │ −2 │ −3 │ −2 │ −1 │
#>   ├────┼────┼────┼────┤
#>   │ ↑→ │ →  │ →  │ ■  │
#>   │ −3 │ −2 │ −1 │    │
#>   └────┴────┴────┴────┘
#>   ■ end

# Three steps, −3; in the corners chance needed 22.

# ---
# ## Without knowing the world
#
# An agent walks and learns. What it expected was V(s); what it sees is
# r + γ·V(s′). The difference is the **temporal difference** δ, a surprise.

dlcli td random-walk --initial 0.5 --alpha 0.1 --trace 6 --only updates -f rich
#> Updates  the first 6 of 894
#>   episode  s  a      s'         r  target    δ  V(s)  new V(s)
#>   0        C  right  D          0     0.5  0.0   0.5      0.50
#>            D  right  E          0     0.5  0.0   0.5      0.50
#>            E  right  right end  1     1.0  0.5   0.5      0.55
#>   1        C  left   B          0     0.5  0.0   0.5      0.50
#>            B  left   A          0     0.5  0.0   0.5      0.50
#>            A  right  B          0     0.5  0.0   0.5      0.50

#? All values are 0.5. Why is δ 0 on the way, and not at the end?

# In the middle it finds what it expected: 0 + 0.5 − 0.5. At an end V is 0 and
# the reward is 0 or 1.

# ---
# ## The update
#
# V(s) ← V(s) + α·δ. The notes' formulas in 5.5.1 leave out γ, which is right
# only where γ = 1; their algorithm in 5.6 has it.

#? V(s) = 2, r = 1, V(s′) = 4, γ = 0.5, α = 0.1. What is δ, and the new V(s)?

dlcli tensor "1 4 2" --matmul "1; 0.5; -1" --only tensor -f rich
#> Tensor  1 × 1 (row, column), float64, all 1
#>        column
#>   row  0
#>     0  1

# δ = 1 + 0.5·4 − 2 = 1, so V(s) becomes 2.1.

# ---
# ## After a hundred walks
#
# **TD(0)** is this way of learning: one step, one update.

dlcli td random-walk --initial 0.5 --only values -f rich --precision 2
#> Values  after 100 episodes
#>   state  TD(0)  exact   error
#>   A       0.12   0.17  −0.048
#>   B       0.29   0.33  −0.044
#>   C       0.45   0.50  −0.048
#>   D       0.64   0.67  −0.022
#>   E       0.89   0.83   0.054

#? Here α was 0.1. Would 0.4 end nearer to the truth?

dlcli td random-walk --initial 0.5 --alpha 0.4 --only values -f rich --precision 2
#> Values  after 100 episodes
#>   state  TD(0)  exact  error
#>   A       0.04   0.17  −0.12
#>   B       0.19   0.33  −0.15
#>   C       0.35   0.50  −0.15
#>   D       0.63   0.67  −0.04
#>   E       0.98   0.83   0.15

# Not here: a large α learns faster and trembles more. A small one is slow and
# calm.

# ---
# ## Rewards say what they say
#
# This boat gets a reward for a turbo that comes back each time.

dlcli mdp sample:boat-race --optimal --only notice -f rich
#> Notice  What was rewarded is not the goal: the best actions never come to 0,7
#>   (finish: +10), 7 steps away, but go round for 0.1667 a step. --gamma 0.95
#>   makes the best ones end, and so does a step that costs more than going round
#>   pays, or a bonus that comes only once. With γ = 0.99 a reward ten steps later
#>   counts 0.9044 of one now.

# It goes round for ever and never arrives: what was rewarded is not the goal.

# ---
# ## Before you go
#
# - `dlcli td cliff --control q-learning --control sarsa --alpha 0.5 --runs 5`
# - `dlcli mdp sample:maze --optimal`
# - Practise: `dlcli exercise returns`, `dlcli exercise bellman`,
#   `dlcli exercise sweep`, `dlcli exercise td-update`.
# - Go on: `dlcli lesson learning`.
