#!/bin/sh
# # Recurrence: a net that remembers
#
# 20 minutes
#
# A sentence comes word by word. A net that sees one word at a time, or adds
# all of them up, does not know their **order**. Below, h is what each net has
# made of the sentence at its end: two numbers.

dlcli rnn "the cat sat on the mat" --without-memory --only orders -f rich
#> Orders  h[5] of each net, behind the same 6 steps; last one stays: “the on sat
#>   cat the mat”; backwards: “mat the on sat cat the”
#>                   h added up      h feedback cut    h recurrent
#>   order                 0      1         0       1         0       1
#>   as it is         0.4743 0.2421    0.0806  0.6672    0.7279  0.5474
#>   last one stays   0.4743 0.2421    0.0806  0.6672    0.5559  0.9515
#>   backwards        0.4743 0.2421    0.2483 −0.4022    0.8282 −0.8186

#? Which of the three nets tells the orders apart, and what does it have that
#? the others lack?

# The third: its state goes back into it, h[t] is made of the word **and** of
# h[t−1]. The second knows the last word alone, the first a sum.

# ---
# ## One step
#
# h[t] = tanh(x[t]·W + h[t−1]·U + b): W and U are weights, b is a bias. One unit,
# weights drawn at random, and the input 1 0 0: a knock, then silence. The output
# y[t] = h[t]·V + b_y is made of h[t].

dlcli rnn "1 0 0" --units 1 --only weights,steps -f rich
#> Weights  --seed 0: kernel Glorot uniform, recurrent kernel orthogonal
#>             to
#>   from         h 0
#>        x 0   0.474
#>   h[t−1] 0  −1.000
#>          b   0.000
#>
#> Steps  a row for each step
#>         x input  h state   h feedback cut  y output
#>   time   0              0        0                0
#>   0      1         0.4418   0.4418          −0.7025
#>   1      0        −0.4151   0.0000           0.6601
#>   2      0         0.3928   0.0000          −0.6246

# ---
# ## What was fed back
#
#? The input is gone after the first step. Why is the state not 0?

dlcli rnn "1 0 0" --units 1 --explain 1,0 --only state -f rich
#> State h[1]
#>   from     value   weight   product
#>   h[0] 0  0.4418 ×     −1 = −0.4418
#>                       + b    0.0000
#>                             ───────
#>                       sum   −0.4418
#>             tanh(−0.4418)   −0.4151
#>   and 1 value of 0, adding nothing

# h[0] came back, times U. In the table before, *h feedback cut* has 0 here.

# ---
# ## The same weights at every step
#
# Unrolled, the net is a chain of copies of one cell. A longer sentence needs
# no more parameters. (Those of the output, V and b_y, are not counted here.)

dlcli rnn "1 0 0" --units 3 --only simple-cell -f rich
#> Simple cell  W 1 × 3, U 3 × 3, b 3: 15 parameters
#>   h[t]   tanh(x[t] W + h[t−1] U + b)
#>   y[t]   h[t] V + b_y

#? One input, three units: 15. And with 2 inputs and 3 units?

dlcli rnn "1 0; 0 1" --units 3 --only simple-cell -f rich
#> Simple cell  W 2 × 3, U 3 × 3, b 3: 18 parameters
#>   h[t]   tanh(x[t] W + h[t−1] U + b)
#>   y[t]   h[t] V + b_y

# Units · (inputs + units + 1) = 3 · 6 = 18.

# ---
# ## One to many, many to one
#
# Which outputs count depends on the task: a mood for a sentence, a sentence
# for a picture, a translation for a sentence.

dlcli rnn "the cat sat" --shape many-to-one --only unrolled -f rich
#> Unrolled  many-to-one
#>                                        y[2]
#>                                         ▲
#>         ┌────────┐    ┌────────┐    ┌───┴────┐
#>   h[−1]▶┤ simple ├───▶┤ simple ├───▶┤ simple ├▶h[2]
#>         └───┬────┘    └───┬────┘    └───┬────┘
#>             ▲             ▲             ▲
#>            the           cat           sat

#? One to many, many to one, many to many: which shape has a translation, and why
#? is it not simply one output for each word?

# Many to many, read first and written after: the other language has another
# number of words.

# ---
# ## From both sides
#
# What a word means may be said later. A second net reads backwards; its state h←
# (the notes' j) is put beside h→ (their h).

dlcli rnn "1 0 0" --units 1 --bidirectional --only both-directions,steps -f rich
#> Both directions  merged by concat
#>   h[t]   [h→[t], h←[t]]
#>   y[t]   h[t] V + b_y
#>
#> Steps  a row for each step
#>         x input  h→ state  h← state  h feedback cut    y output
#>   time   0              0         0         0       1         0
#>   0      1         0.4418   −0.9202    0.4418 −0.9202   −0.6828
#>   1      0        −0.4151    0.0000    0.0000  0.0000   −0.3678
#>   2      0         0.3928    0.0000    0.0000  0.0000    0.3481

#? Can such a net foretell the next word as it listens?

# No: it has to know the end before it begins. For whole sentences it is fine.

# ---
# ## A loss at every step
#
# Each output gives a probability p for every word. The loss of a step is −log p
# of the word that was wanted: 0 for p = 1, large for a small p. L[t] is that of
# step t, and Σ L their sum. ‖ ‖ is the length of a vector.

dlcli rnn "the cat sat on" --bptt --only loss -f rich
#> Loss  −log p(target); targets: the next word; Σ L = 5.502
#>              p of the target  L loss  ‖dL/dh‖
#>   time
#>   the → cat   0.1938           1.641   1.402
#>   cat → sat   0.2135           1.544   1.293
#>   sat → on    0.0986           2.317   1.125
#>   on               –               –   0.000

#? U is used at every step. By how many ways does L[2] depend on U?

# Three: by U of step 2, by U of step 1 through h[1], by U of step 0 through h[0]
# and h[1]. The gradient is the **sum** of all ways: backpropagation through time.

# ---
# ## The ways, one by one
#
# A row for each loss, a column for the step in which U was used. Column 0 is
# empty, for no state came before; behind the last step nothing is foretold.

dlcli rnn "1 0 0 0" --bptt --paths-of "U[0,1]" --only paths -f rich
#> Paths  dL/dU at (h 0 → h 1): from the loss of a step (row) back to another
#>   (column)
#>         through step
#>   loss       0       1       2       3       Σ
#>   L[0]  0.0000  0.0000  0.0000  0.0000  0.0000
#>   L[1]  0.0000  0.0099  0.0000  0.0000  0.0099
#>   L[2]  0.0000  0.0344  0.1034  0.0000  0.1378
#>   L[3]  0.0000  0.0000  0.0000  0.0000  0.0000
#>      Σ  0.0000  0.0443  0.1034  0.0000  0.1477

# The notes' chain in 4.4.4 (for W_hx, which is W here; U has the same ways) counts
# states from 1: its h₃ is the state behind y₂. That is a convention. The slips are
# ∂L₂/∂W_y₃, which is ∂L₂/∂y₂, and y₃, which is y₂. The sum over the ways is right.

#? Each way back is multiplied by U · tanh′ for each step. If that is 0.5, what
#? is left after ten steps?

dlcli tensor 0.5 --power 10 --only tensor -f rich --precision 3
#> Tensor  1 × 1 (row, column), float64, all 0.000977
#>        column
#>   row         0
#>     0  0.000977

# A thousandth. What happened long ago hardly changes a weight.

# ---
# ## Vanishing, seen
#
# Sunspots, year by year, through a simple cell: *gradient left* is the share of
# it that arrives d steps back. `--standardize` makes the numbers small (mean 0,
# deviation 1); ρ may be left aside.

dlcli rnn sample:sunspots --standardize --bptt --only by-distance -f plain |
  head -9
#> By distance  d = t − k; Σ of the terms of dL/dU with that distance; ρ is the
#>   size of U's largest eigenvalue, ρ^d what U alone would leave in the long run
#>     d  ‖Σ terms of dL/dU‖  gradient left  ρ^d
#>     0               37.45              1    1
#>     1               27.22         0.5987    1
#>     2               17.38         0.3303    1
#>     3               14.51         0.1899    1
#>     5               3.015        0.09493    1
#>     8               1.716        0.01985    1

#? And if the factor is 1.5 in place of 0.5?

dlcli tensor 1.5 --power 10 --only tensor -f rich --precision 3
#> Tensor  1 × 1 (row, column), float64, all 57.7
#>        column
#>   row     0
#>     0  57.7

# Then it **explodes**. The gradient is then cut to a length (**clipping**); what
# has vanished cannot be brought back so.

# ---
# ## Two simple remedies
#
# A **skip** connection goes d steps at once; a **leaky** unit keeps a share a
# of its state: h[t] = a·h[t−1] + (1 − a)·x[t].

dlcli rnn "1 0 0 0" --cell leaky --alpha 0.8 --units 1 --only steps -f rich
#> Steps  a row for each step
#>         x input  g candidate  h state  h feedback cut  y output
#>   time   0        0                 0     0                   0
#>   0      1        1            0.2000   0.2             −0.1595
#>   1      0        0            0.1600   0.0             −0.1276
#>   2      0        0            0.1280   0.0             −0.1021
#>   3      0        0            0.1024   0.0             −0.0817

#? After n steps 0.8ⁿ is left. Who should decide how much is kept?

# The net itself, at each step anew: that is a gate.

# ---
# ## Before you go
#
# - `dlcli rnn 'the cat sat on the mat' --step 0.1`: one step of learning.
# - `dlcli rnn '1 0 0 0 0 0 0 0' --skip 3 --bptt`
# - Practise: `dlcli exercise rnn-state`, `dlcli exercise bptt-path`,
#   `dlcli exercise vanish`, `dlcli exercise skip-leaky`.
# - Go on: `dlcli lesson gates`.
