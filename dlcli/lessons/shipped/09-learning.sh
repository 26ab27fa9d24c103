#!/bin/sh
# # Learning: downhill, and what comes of it
#
# 20 minutes
#
# A net that has learned is a net whose **loss** is small: a number for how
# wrong its answers are. For classes it is −ln of the share that the right one
# got.

dlcli softmax "2 1 0" --emit log-probabilities --only log-probabilities -f rich \
  --precision 3
#> Log-probabilities  1 × 3 (row, column), float64, −2.41 to −0.408
#>        column
#>   row      0      1      2
#>     0  −0.41  −1.41  −2.41

#? The right class is the first: the loss is 0.408. What is it if the last one
#? was right?

# 2.41: unlikely and right costs most. A share of 1 costs nothing.

# ---
# ## One step downhill
#
# The **gradient** says of each weight how the loss changes with it. Each weight
# goes a little against it: w ← w − η·∂L/∂w. η is the **learning rate**, the
# length of a step.

dlcli rnn "the cat sat" --step 0.1 --only learning,loss -f rich
#> Learning  W ← W − 0.1 · dL/dW for all weights at once; Σ L 3.232 → 2.796; all
#>   that is told below, emitted or saved is of the weights after this step
#> Loss  −log p(target); targets: the next word; Σ L = 2.796

#? With a step of 100 in place of 0.1, is the loss smaller?

dlcli rnn "the cat sat" --step 100 --only learning,loss -f rich
#> Learning  W ← W − 100 · dL/dW for all weights at once; Σ L 3.232 → 51.43; all
#>   that is told below, emitted or saved is of the weights after this step
#> Loss  −log p(target); targets: the next word; Σ L = 51.43

# The slope holds only nearby; too large a step jumps over the valley. Adam, which
# the notes take, gives each weight a step of its own size.

# ---
# ## Is the gradient right?
#
# One can ask the loss itself: a little more, a little less, and divide.

dlcli train mlp digits8 --check-gradients --epochs 0 --only gradients -f rich
#> Gradients  by the formulas, and by moving the weight, equal to 1e-4 of the
#>   largest; of those tried, the steepest, or the one that is wrong
#>   weights         at     derived  measured  equal
#>   dense/kernel    28,32   0.0514    0.0514  yes
#>   dense/bias      32      0.0397    0.0397  yes
#>   dense_1/kernel  77,32  −0.0529   −0.0529  yes
#>   dense_1/bias    32     −0.0518   −0.0518  yes
#>   dense_2/kernel  13,2   −0.0467   −0.0467  yes
#>   dense_2/bias    3      −0.0443   −0.0443  yes

#? Why do nets not always learn in this way?

# Two runs for **each** weight. Backpropagation has all of them after one.

# ---
# ## A first training
#
# 1442 digits of 8 × 8 pixels, eight rounds over them (**epochs**), and after
# each the mean loss.

dlcli train mlp digits8 --epochs 8 --emit history |
  dlcli tensor --index ":, loss" --only result -f rich --precision 2
#> Tensor  8 (epoch), float64, 0.13 to 1.9
#>    epoch
#>       1     2     3     4     5     6     7     8
#>    1.89  0.91  0.44  0.28  0.22  0.17  0.14  0.13

#? 355 pictures were held out: the net never learns from them. What for?

dlcli train mlp digits8 --epochs 8 --emit history |
  dlcli tensor --index "::2, 1:4:2" --only result -f rich --precision 1
#> ...
#>          measure
#>   epoch      accuracy  val-accuracy
#>       1          0.5{*}          0.7{*}
#>       3          0.9{*}          0.9{*}
#>       5          0.9{*}          0.9{*}
#>       7          0.9{*}          0.9{*}

# Only they say what the net is worth on what it has not seen: val-accuracy.

# ---
# ## Overfitting
#
# Three pictures of each digit, sixty epochs: a net can learn them by heart.

dlcli train mlp digits8 --per-class 3 --epochs 60 --emit history |
  dlcli tensor --index "9::10, 1:4:2" --only result -f rich --precision 3
#> ...
#>          measure
#>   epoch      accuracy  val-accuracy
#>      10          0.7{*}          0.4{*}
#>      20          0.9{*}          0.{*}
#>      30          1.00          0.6{*}
#>      40          1.00          0.7{*}
#>      50          1.00          0.7{*}
#>      60          1.00          0.7{*}

#? All 30 are right from epoch 30 on. Where do you see that this is not enough?

# At what was held out: a quarter is wrong. The distance between the two columns
# is the overfitting.

# ---
# ## Against it: more data
#
# Dropout and a smaller net help, and more data most: small shifts make other
# pictures of the same digit, for nothing. This net has
# learned from thousands, and is asked about 400 that it never saw.

dlcli predict sample:digits-cnn sample:digits --only accuracy -f rich
#> Accuracy  97.3 %: 389 of 400 are right

#? Eleven are wrong. Would you guess that all digits are equally hard?

dlcli predict sample:digits-cnn sample:digits --only confusion -f rich
#> Confusion  true classes below each other, predicted side by side
#>       0   1   2   3   4   5   6   7   8   9   right
#>   0  40   ·   ·   ·   ·   ·   ·   ·   ·   ·   100 %
#>   1   ·  39   1   ·   ·   ·   ·   ·   ·   ·  97.5 %
#>   2   1   ·  38   ·   1   ·   ·   ·   ·   ·    95 %
#>   3   ·   ·   1  38   ·   1   ·   ·   ·   ·    95 %
#>   4   ·   ·   ·   ·  39   ·   ·   1   ·   ·  97.5 %
#>   5   ·   ·   ·   ·   ·  40   ·   ·   ·   ·   100 %
#>   6   ·   ·   ·   ·   ·   ·  40   ·   ·   ·   100 %
#>   7   1   ·   ·   ·   ·   ·   ·  39   ·   ·  97.5 %
#>   8   ·   ·   ·   ·   ·   ·   ·   ·  40   ·   100 %
#>   9   ·   ·   ·   ·   ·   2   ·   1   1  36    90 %

# They are not: a row is what they were, a column what the net said. Four of the
# eleven are nines, and two of those were taken for a five.

# ---
# ## What has it learned?
#
# The first layer holds kernels, as you laid them by hand. Nobody wrote these.

dlcli kernels --weights sample:digits-cnn --only kernels -f plain | head -12
#> Kernels  8 of conv2d in sample:digits-cnn, each 3 × 3, the largest first
#>     0.68  −0.63  −0.37    conv2d:6
#>    −0.43   0.55   0.84    sum 1.175, bias −0.0001619, then relu
#>    −0.58   1.04   0.09
#>
#>     0.18  −0.46  −0.52    conv2d:0
#>     0.63  −0.11  −0.81    sum 0.678, bias 0.01928, then relu
#>     1.11   0.38   0.27
#>
#>     0.73  −0.11   0.31    conv2d:7
#>     0.11   0.99   1.16    sum 3.868, bias 0.02375, then relu
#>     0.32  −0.13   0.49

#? Which of these three answers to an edge?

# conv2d:0 does: positive at the lower left, negative at the upper right. No
# learned kernel is as clean as one by hand.

# ---
# ## How sure is it?
#
# Picture 39 of those that the net never saw: the score of each digit (*logit*),
# and what softmax makes of it.

dlcli predict sample:digits-cnn sample:digits --explain 39,7 \
  --only softmax -f rich
#> Softmax
#>     class   logit  exp(z − max)  probability
#>   ▸ 7       10.28         1.000        0.992  ███████████████████████▉
#>     9        5.40         0.008        0.008  ▏
#> ...
#>     sum                   1.008        1.000

#? A seven, with 0.992. Is such a share a promise?

# No: the picture is a nine. A share says how the net divides its 1, not how often
# it is right.

# ---
# ## Is that a digit?
#
#? The same net is shown a photo of a cat. What do its ten shares add up to?

dlcli predict sample:digits-cnn sample:cat --fit center --top 3 \
  --only probabilities -f rich
#> Probabilities  the 3 largest of 10
#>   class     logit  probability
#>   7         2.238       0.4370  ██████████▌
#>   4         1.643       0.2411  █████▊
#>   2         0.863       0.1104  ██▋
#>                    ───────────
#>   7 others              0.2115

# To 1, as ever: it has no way to say that it is none of them.

# ---
# ## Without labels
#
# An **autoencoder** has to give back what it was given, through a narrow
# middle, the **code**. What does not fit through is lost: noise, first of all.

dlcli summary sample:denoiser --only layers -f rich
#> Layers  7; input 28×28×1 (height × width × channels)
#>                                                        multiply-
#>   layer           kind            output   parameters     adds     memory  field
#>   gaussian_noise  noise           28×28×1           0        0    3.14 kB    1×1
#>   flatten         flatten         784               0        0    3.14 kB    1×1
#>   dense           dense, relu     256         200,960  200,704    1.02 kB    all
#>   code            dense, relu     64           16,448   16,384      256 B    all
#>   dense_1         dense, relu     256          16,640   16,384    1.02 kB    all
#>   dense_2         dense, sigmoid  784         201,488  200,704    3.14 kB    all
#>   reshape         reshape         28×28×1           0        0    3.14 kB    all
#>   field: rows and columns of the input that one number sees

#? 784 numbers through 64. Why can noise not get through, and a digit can?

# Digits have shapes in common, which the code can name; noise has none. How
# far off are the 400 pictures now? With their noise they were 0.116 off.

dlcli predict sample:denoiser sample:digits --noise \
  --only mean-square-difference -f rich
#> Mean square difference  0.02183 on average, 0.004091 to 0.05259

# The encoder can be taken out and set into another net, which then needs fewer
# labels: **transfer learning**.

# ---
# ## Before you go
#
# - `dlcli train small-cnn sample:digits --epochs 3 -o digits.safetensors`
# - `dlcli predict sample:denoiser sample:digits --emit code -o code.npy`, then
#   `dlcli show code.npy --view scatter`
# - Practise: `dlcli exercise cross-entropy`, `dlcli exercise adam`,
#   `dlcli exercise conv-grad`, `dlcli exercise autoencoder`.
# - That was the last lesson: `dlcli learn` knows what to practise next.
