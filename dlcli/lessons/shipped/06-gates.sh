#!/bin/sh
# # Gates: LSTM and GRU
#
# 20 minutes
#
# A **latch** is one bit of memory. EN says whether the door is open: open, the
# new D comes in; shut, the old Q stays.

dlcli rnn "1 1; 0 0; 0 1; 1 0; 0 1" --cell latch --only signals,steps -f rich
#> Signals
#>   step  0  1  2  3  4
#>   EN    ███▁▁▁▁▁▁███▁▁▁
#>   D     ███▁▁▁███▁▁▁███
#>   Q     █████████▁▁▁▁▁▁
#>
#> Steps
#>   t  EN  D  EN·D  (1−EN)·Q  Q
#>   0   1  1     1         0  1
#>   1   0  0     0         1  1
#>   2   0  1     0         1  1
#>   3   1  0     0         0  0
#>   4   0  1     0         0  0

#? In the row t = 4 D is 1. Why does Q stay 0?

# EN is 0: Q[4] = EN·D + (1 − EN)·Q[3] = 0·1 + 1·0.

# ---
# ## A door that is half open
#
# A gate is the same with numbers between 0 and 1. A **sigmoid** makes them of
# any score.

dlcli activate sigmoid "-4 -2 0 2 4" --only activated -f rich --precision 3
#> Activated  1 × 5 (row, column), float64, 0.018 to 0.982
#>   x                          f(x)
#>        column                     column
#>   row   0   1   2   3   4    row      0      1      2      3      4
#>     0  −4  −2   0   2   4      0  0.018  0.119  0.500  0.881  0.982
#>
#>   f′(x)
#>        column
#>   row      0      1      2      3      4
#>     0  0.018  0.105  0.250  0.105  0.018

#? A gate multiplies. What does 0 do, and what 1?

# 0 forgets, 1 lets pass, 0.5 keeps half.

# ---
# ## The LSTM
#
# It has a second state c, the **cell**. Forget gate f, input gate i, candidate
# g and output gate o:

dlcli rnn "1 0 0" --cell lstm --units 1 --only lstm -f rich
#> LSTM  W 1 × 4, U 1 × 4, b 4: 12 parameters
#>   f[t]   σ(x[t] W_f + h[t−1] U_f + b_f)
#>   i[t]   σ(x[t] W_i + h[t−1] U_i + b_i)
#>   g[t]   tanh(x[t] W_g + h[t−1] U_g + b_g)
#>   o[t]   σ(x[t] W_o + h[t−1] U_o + b_o)
#>   c[t]   f[t] · c[t−1] + i[t] · g[t]
#>   h[t]   o[t] · tanh(c[t])
#>   y[t]   h[t] V + b_y

#? What does the cell do where f = 1 and i = 0?

# It keeps its state: c[t] = c[t−1]. What is kept and what is new are **added**.
# (One line of the notes, at the output gate, has c_t = c_{t−1} for every step:
# that is a slip.)

# ---
# ## All gates at all steps
#
# A row a step: the gates, the candidate, and the two states that they make.

dlcli rnn "1 0 0 0" --cell lstm --units 1 --only steps -f rich
#> Steps  a row for each step
#>         x input  f forget  i input  g candidate  o output  c cell    h state
#>   time   0             0         0         0           0          0         0
#>   0      1        0.6214    0.5745   −0.7640      0.2575    −0.4389   −0.1063
#>   1      0        0.7267    0.5082   −0.0796      0.4855    −0.3594   −0.1673
#>   2      0        0.7242    0.5129   −0.1250      0.4772    −0.3244   −0.1496
#>   3      0        0.7249    0.5115   −0.1119      0.4796    −0.2924   −0.1364
#>
#>         h feedback cut  y output
#>   time         0                0
#>   0      −0.1063         −0.01606
#>   1       0.0000         −0.02529
#>   2       0.0000         −0.02260
#>   3       0.0000         −0.02061

#? What is c[1], out of f, i and g of step 1 and c[0]?

dlcli rnn "1 0 0 0" --cell lstm --units 1 --explain 1,0 --only state -f rich
#> State
#>   c[1]  0.7267 · (−0.4389) + 0.5082 · (−0.07963) = −0.3594
#>   h[1]  0.4855 · tanh(−0.3594) = −0.1673

# f says 73 % of c[0], i says 51 % of g.

# ---
# ## By hand
#
#? c[t−1] = 2, f = 0.9, i = 0.5, g = −0.4, o = 0.5. What is c, and what is h?

dlcli tensor "0.9 0.5" --matmul "2; -0.4" --only tensor -f rich
#> Tensor  1 × 1 (row, column), float64, all 1.6
#>        column
#>   row    0
#>     0  1.6

dlcli activate tanh 1.6 -f csv |
  dlcli tensor --multiply 0.5 --only result -f rich --precision 3
#> Tensor  1 × 1 (row, column), float64, all 0.461
#>        column
#>   row      0
#>     0  0.461

# c = 1.8 − 0.2 = 1.6, h = o · tanh(c) = 0.5 · 0.922.

# ---
# ## Why the gradient lives longer
#
# Along the cell, straight from c[t] back to c[t−1], the factor is f: no weight
# and no tanh′ in it. (Other ways go over h and the gates, and are added: here
# they make it smaller.) Sunspots, d steps back:

dlcli rnn sample:sunspots --standardize --bptt --only gradient-left -f rich \
  --cell simple --cell lstm --forget-bias 5
#> Gradient left  ‖dL[t]/ds[t−d]‖ over ‖dL[t]/ds[t]‖, mean over t; s is c in an
#>   LSTM, else h
#>   cell    d = 1  d = 2   d = 5   d = 200   d = 307
#>   simple  0.599   0.33  0.0949  3.58e−44  2.17e−76
#>   lstm    0.913  0.894   0.823   0.00386  0.000256

#? Why was a bias of 5 given to the forget gate?

# σ(5) is 0.993. At the start a net should remember; Keras begins with 1.

# ---
# ## What it costs
#
#? A simple cell has units · (inputs + units + 1) parameters. An LSTM has four
#? such parts. How many for 1 input and 3 units?

dlcli rnn "1 0 0" --cell lstm --units 3 --only lstm -f rich
#> LSTM  W 1 × 12, U 3 × 12, b 12: 60 parameters
#>   f[t]   σ(x[t] W_f + h[t−1] U_f + b_f)
#>   i[t]   σ(x[t] W_i + h[t−1] U_i + b_i)
#>   g[t]   tanh(x[t] W_g + h[t−1] U_g + b_g)
#>   o[t]   σ(x[t] W_o + h[t−1] U_o + b_o)
#>   c[t]   f[t] · c[t−1] + i[t] · g[t]
#>   h[t]   o[t] · tanh(c[t])
#>   y[t]   h[t] V + b_y

# 4 · 3 · (1 + 3 + 1) = 60.

# ---
# ## The GRU
#
# One state, two gates: **reset** r, how much of the old state the candidate n
# sees, and **update** z, how much of the old state stays.

dlcli rnn "1 0 0" --cell gru --units 1 --only gru -f rich
#> GRU  W 1 × 3, U 1 × 3, b 2 × 3: 12 parameters
#>   z[t]   σ(x[t] W_z + h[t−1] U_z + b_z + b′_z)
#>   r[t]   σ(x[t] W_r + h[t−1] U_r + b_r + b′_r)
#>   n[t]   tanh(x[t] W_n + b_n + r[t] · (h[t−1] U_n + b′_n))
#>   h[t]   z[t] · h[t−1] + (1 − z[t]) · n[t]
#>   y[t]   h[t] V + b_y

#? z = 1: what happens to the new input?

# Nothing of it comes in: h[t] = h[t−1].

# ---
# ## Conventions are no mistakes
#
# Both gates, say the notes in 4.4.8, decide how much of the past to forget: the
# reset gate does so for the candidate alone, the update gate for the state.
#
# In the notes, in Keras and in PyTorch z is what is **kept**; elsewhere, as in
# Chung and others (2014), 1 − z is. And r multiplies h·U, as here, or h
# before it meets U. All of them are GRUs.

#? h[t−1] = 0.8, n = −0.4, z = 0.25, z being what is kept. What is h?

dlcli tensor "0.25 0.75" --matmul "0.8; -0.4" --only tensor -f rich
#> Tensor  1 × 1 (row, column), float64, all −0.1
#>        column
#>   row     0
#>     0  −0.1

# 0.2 − 0.3. With the other convention it would be 0.6 − 0.1 = 0.5: a task has to
# say which one holds.

# ---
# ## LSTM or GRU?
#
#? Two units and one input: which of the two has more parameters?

dlcli rnn "1 0 0 0 0 1" --cell lstm --cell gru --only cells -f rich
#> Cells {*}
#> ...
#>   cell  units  parameters  µs a step  Σ loss  ρ of U  kept a step
#>   lstm      2          32 {*}  0.5138              f 0.688
#>   gru       2          30 {*}   0.531              z 0.491

# The LSTM: four parts, 4 · 2 · (1 + 2 + 1) = 32. The GRU: three parts, here with
# two biases each, 3 · 2 · (1 + 2 + 2) = 30.
# Which is better for your data, only your data say.

# ---
# ## Before you go
#
# - `dlcli rnn '1 0 0 0 0 1' --cell gru --explain 2,0`
# - `dlcli train memory:simple,lstm copy:2,20 --epochs 1 --lr 0.01`
# - Practise: `dlcli exercise latch`, `dlcli exercise lstm-step`,
#   `dlcli exercise lstm-gates`, `dlcli exercise gru-step`.
# - Go on: `dlcli lesson attention`.
