#!/bin/sh
# # A small network, counted
#
# 20 minutes
#
# A net is a list of layers; what one gives, the next takes. Here is one for
# digits of 28 × 28 pixels. Its layers have the names that Keras gives.

dlcli summary small-cnn --only layers -f rich
#> Layers  7; input 28×28×1 (height × width × channels)
#>                                                       multiply-
#>   layer            kind         output    parameters     adds     memory  field
#>   conv2d           conv, relu   26×26×8           80   48,672    21.6 kB    3×3
#>   max_pooling2d    maxpool      13×13×8            0        0    5.41 kB    4×4
#>   conv2d_1         conv, relu   11×11×16       1,168  139,392    7.74 kB    8×8
#>   max_pooling2d_1  maxpool      5×5×16             0        0     1.6 kB  10×10
#>   flatten          flatten      400                0        0     1.6 kB  10×10
#>   dense            dense, relu  64            25,664   25,600      256 B    all
#>   dense_1          dense        10               650      640       40 B    all
#>   field: rows and columns of the input that one number sees

# ---
# ## Where the 80 come from
#
#? 8 kernels of 3 × 3 over one channel. Where do 80 parameters come from?

dlcli summary small-cnn --explain conv2d --only parameters -f rich
#> Attributes  filters 8, activation relu, kernel_initializer he-normal
#>
#> Parameters  kernel 3×3×1×8, bias 8
#>   parameters  (3·3·1 + 1)·8 = 80

# Each kernel has 9 weights and one bias: (9 + 1) · 8. The size of the picture
# does not matter: the same kernel is used everywhere.

# ---
# ## Pooling and Flatten learn nothing
#
#? 26 × 26, halved 13 × 13; the second convolution makes 11 × 11 of it, halved
#? 5 × 5, and 16 channels: how many parameters has a dense layer of 64 behind it?

dlcli summary small-cnn --explain dense --only parameters -f rich
#> Attributes  units 64, activation relu, kernel_initializer he-normal
#>
#> Parameters  kernel 400×64, bias 64
#>   parameters  (400 + 1)·64 = 25,664

# 5 · 5 · 16 = 400 numbers: each of 64 units has a weight for every one, and a
# bias. (Half of 11 is rounded down.)

# ---
# ## Why not dense from the start?
#
# A dense layer has one weight for each pair of a number that goes in and one
# that comes out.

dlcli summary mlp --only layers -f rich
#> Layers  4; input 28×28×1 (height × width × channels)
#>                                             multiply-
#>   layer    kind         output  parameters     adds     memory  field
#>   flatten  flatten      784              0        0    3.14 kB    1×1
#>   dense    dense, relu  128        100,480  100,352      512 B    all
#>   dense_1  dense, relu  64           8,256    8,192      256 B    all
#>   dense_2  dense        10             650      640       40 B    all
#>   field: rows and columns of the input that one number sees

#? A photo of 300 × 451 × 3 into a dense layer of 128: how many weights?

dlcli tensor 300 --multiply 451 --multiply 3 --multiply 128 --only tensor -f rich
#> Tensor  1 × 1 (row, column), int64, all 51955200
#>        column
#>   row         0
#>     0  51955200

# 52 million, and each learns one pixel only. 8 kernels of 3 × 3 × 3 have 224
# parameters and look at every place.

# ---
# ## One dense layer by hand
#
# y = x · W + b: each column of W makes one number.

dlcli tensor "1 2" --matmul "1 0 -1; 2 1 1" --add "0.5 0 0" --only result -f rich
#> Tensor  1 × 3 (row, column), float64, 1 to 5.5
#>        column
#>   row    0    1    2
#>     0  5.5  2.0  1.0

#? The first is 5.5. Which factors?

dlcli tensor "1 2" --matmul "1 0 -1; 2 1 1" --add "0.5 0 0" --explain 0,0 \
  --only dense-layer -f rich
#> Dense layer  y = Σ x · w + b; x is row 0, W's column 0
#>             x   W   product
#>   column 0  1 × 1 =     1.0
#>   column 1  2 × 2 =     4.0
#>          + b[0,0]       0.5
#>                     ───────
#>               sum       5.5

# ---
# ## ReLU
#
# Without something bent between them, two dense layers are as good as one: a
# matrix times a matrix is a matrix. ReLU is the simplest bend; f′ is its slope.

dlcli activate relu "-2 -1 0 1 2" --only result -f rich
#> Activated  1 × 5 (row, column), float64, 0 to 2
#>   x                          f(x)                  f′(x)
#>        column                     column                column
#>   row   0   1   2   3   4    row  0  1  2  3  4    row  0  1  2  3  4
#>     0  −2  −1   0   1   2      0  0  0  0  1  2      0  0  0  0  1  1
#>
#> Effect
#>   set to 0  2 of 5 (40 %)
#>   slope     0.4 on average: so much of a gradient passes

#? What does learning make of a unit that is below 0 for every picture?

dlcli activate relu "-3 -2 -1" --derivative --only result -f rich
#> Derivative  1 × 3 (row, column), float64, all 0
#>   x                  f(x)            f′(x)
#>        column             column          column
#>   row   0   1   2    row  0  1  2    row  0  1  2
#>     0  −3  −2  −1      0  0  0  0      0  0  0  0
#>
#> Effect
#>   set to 0  3 of 3 (100 %)
#>   slope     0 on average: so much of a gradient passes

# Where a unit is below 0 its slope is 0: nothing is learned through it. If that
# is so for every picture, it is dead.

# ---
# ## Softmax
#
# The last layer gives scores. **Softmax** makes shares of them: e to the
# power of each, divided by the sum.

dlcli softmax "2 1 0" --only probabilities -f rich --precision 4
#> Probabilities  1 × 3 (row, column), float64, 0.09003 to 0.6652
#>   column  x  x − max    exp  probability
#>   0       2        0  1.000        0.665  ████████████████
#>   1       1       −1  0.368        0.245  █████▉
#>   2       0       −2  0.135        0.090  ██▏
#>                       ─────  ───────────
#>   sum                 1.503        1.000

#? Add 100 to all three scores. What changes?

dlcli softmax "102 101 100" --only probabilities -f rich --precision 4
#> Probabilities  1 × 3 (row, column), float64, 0.09003 to 0.6652
#>   column    x  x − max    exp  probability
#>   0       102        0  1.000        0.665  ████████████████
#>   1       101       −1  0.368        0.245  █████▉
#>   2       100       −2  0.135        0.090  ██▏
#>                         ─────  ───────────
#>   sum                   1.503        1.000

# Nothing: only differences count. e^102 is large, so every library takes the
# largest score away first.

# ---
# ## Sure or unsure
#
# A **temperature** divides the scores first.

#? Which of T = 0.5 and T = 2 makes the largest share larger?

dlcli softmax "2 1 0" --temperature 0.5 --only probabilities -f rich --precision 4
#> Probabilities  1 × 3 (row, column), float64, 0.01588 to 0.8668
#>   column  x  (x − max) / 0.5    exp  probability
#>   0       2                0  1.000        0.867  ████████████████████▊
#>   1       1               −2  0.135        0.117  ██▉
#>   2       0               −4  0.018        0.016  ▍
#>                               ─────  ───────────
#>   sum                         1.154        1.000

dlcli softmax "2 1 0" --temperature 2 --only probabilities -f rich --precision 4
#> Probabilities  1 × 3 (row, column), float64, 0.1863 to 0.5065
#>   column  x  (x − max) / 2    exp  probability
#>   0       2            0.0  1.000        0.506  ████████████▏
#>   1       1           −0.5  0.607        0.307  ███████▍
#>   2       0           −1.0  0.368        0.186  ████▌
#>                             ─────  ───────────
#>   sum                       1.974        1.000

# T = 0.5: 0.867 against 0.506. With T = 1 it was 0.665. High: all become alike.
# Low: the largest takes all.

# ---
# ## Dropout
#
# While it learns, a net loses some units at random, others each time, so that
# no unit relies on a single other one. The survivors are made larger.

dlcli dropout "1 2 3 4; 5 6 7 8" --rate 0.5 --seed 1 --only result -f rich
#> Dropped  2 × 4 (row, column), float64, 0 to 16
#>   x                  mask               y
#>        column             column             column
#>   row  0  1  2  3    row  0  1  2  3    row   0   1   2   3
#>     0  1  2  3  4      0  0  1  1  1      0   0   4   6   8
#>     1  5  6  7  8      1  0  0  1  1      1   0   0  14  16

# ---
# ## The mean stays
#
#? Why are they doubled, and not left as they are?

dlcli dropout "1 2 3 4; 5 6 7 8" --rate 0.5 --masks 1000 --only mean -f rich
#> Mean  over 1000 masks, 0.1443 from x (root mean square)
#>        column                        masks  distance from x  expected
#>   row      0      1      2      3        1            5.050     5.050
#>     0  1.010  2.048  3.042  3.968        2            1.275     3.571
#>     1  5.100  5.748  7.070  7.712        4            2.506     2.525
#>                                          8            1.986     1.785
#>                                         16            1.746     1.262
#>                                         32            1.070     0.893
#>                                         64            0.511     0.631
#>                                        128            0.404     0.446
#>                                        256            0.324     0.316
#>                                        512            0.260     0.223
#>                                       1000            0.144     0.160

# So that the **mean** stays: half of the time 0, half of the time double. Each
# mask is another net; their mean is what makes it like an ensemble.

# ---
# ## When it is asked
#
#? And when the net is asked, after it has learned?

dlcli dropout "1 2 3 4; 5 6 7 8" --rate 0.5 --inference --only result -f rich
#> Dropped  2 × 4 (row, column), float64, 1 to 8
#>   x                  y
#>        column             column
#>   row  0  1  2  3    row  0  1  2  3
#>     0  1  2  3  4      0  1  2  3  4
#>     1  5  6  7  8      1  5  6  7  8

# Nothing is dropped and nothing scaled: dropout is for training only.

# ---
# ## Before you go
#
# - `dlcli summary small-cnn -f keras`: the same net as Python.
# - `dlcli summary image-classifier --explain dense`: the model of the notes.
# - Practise: `dlcli exercise params-conv`, `dlcli exercise params-dense`,
#   `dlcli exercise softmax`, `dlcli exercise dropout`.
# - Go on: `dlcli lesson sound`.
