#!/bin/sh
# # Convolution: a small table that looks
#
# 20 minutes
#
# A **kernel** is a small table of weights. It is laid on the picture, each pair
# is multiplied, the products are added up. That sum is one number of the
# answer; then the kernel moves on by one place.

dlcli conv "1 2 3; 4 5 6; 7 8 9" --kernel "1 0; 0 1" --only feature-map -f rich
#> Feature map  2 × 2 (row, column), float64, 6 to 14
#>        column
#>   row   0   1
#>     0   6   8
#>     1  12  14

# ---
# ## Where the 6 comes from
#
#? Which numbers make the 6?

dlcli conv "1 2 3; 4 5 6; 7 8 9" --kernel "1 0; 0 1" --explain 0,0 \
  --only arithmetic -f rich
#> Arithmetic
#>   input  value  weight   product
#>   0, 0       1 ×      1 =       1
#>   0, 1       2 ×      0 =       0
#>   1, 0       4 ×      0 =       0
#>   1, 1       5 ×      1 =       5
#>                           ───────
#>                      sum        6
#>                   + bias        0
#>                           ───────
#>                   result        6

# Under the two ones lay 1 and 5. The zeros look away.

# ---
# ## How large is the answer?
#
# A kernel of 2 fits into a row of 3 at two places. Along each axis it is
# (input − kernel) / stride + 1. The **stride** is how many places the kernel
# moves at a time, 1 so far. (*Padding* comes next; here it is 0.)

dlcli conv sample:exercise --kernel "1 0; 0 1" --only size -f rich
#> Size  (input + padding before + after − kernel) / stride + 1
#>   row     (4 + 0 + 0 − 2) / 1 + 1 = 3
#>   column  (5 + 0 + 0 − 2) / 1 + 1 = 4

#? With `--stride 2` it moves two places at a time. How many columns are left
#? of 5?

dlcli conv sample:exercise --kernel "1 0; 0 1" --stride 2 --only size -f rich
#> Size  (input + padding before + after − kernel) / stride + 1, rounded down
#>   row     (4 + 0 + 0 − 2) / 2 + 1 = 2
#>   column  ⌊(5 + 0 + 0 − 2) / 2⌋ + 1 = ⌊1.5⌋ + 1 = 2

# Two: what is left over at the border is not looked at. The division is
# rounded down.

# ---
# ## Padding
#
# Without padding every kernel larger than 1 × 1 makes the picture smaller, and
# the corners are seen once only. Padding lays zeros around it.

dlcli conv "1 2 3; 4 5 6; 7 8 9" --kernel box:3 --padding same \
  --only feature-map -f rich --precision 3
#> Feature map  3 × 3 (row, column), float64, 1.33 to 5
#>        column
#>   row     0     1     2
#>     0  1.33  2.33  1.78
#>     1  3.00  5.00  3.67
#>     2  2.67  4.33  3.11

# ---
# ## The corner
#
#? A box takes the mean of nine. The mean around the corner 1 is
#? (1 + 2 + 4 + 5) / 4 = 3. Why does it say less?

dlcli conv "1 2 3; 4 5 6; 7 8 9" -k box:3 --padding same --explain 0,0 \
  --only arithmetic -f rich
#> Arithmetic
#>   input    value  weight   product
#>   padding      0 × 0.1111 =   0.000
#>   padding      0 × 0.1111 =   0.000
#>   padding      0 × 0.1111 =   0.000
#>   padding      0 × 0.1111 =   0.000
#>   0, 0         1 × 0.1111 =   0.111
#>   0, 1         2 × 0.1111 =   0.222
#>   padding      0 × 0.1111 =   0.000
#>   1, 0         4 × 0.1111 =   0.444
#>   1, 1         5 × 0.1111 =   0.556
#>                             ───────
#>                        sum    1.333
#>                     + bias    0.000
#>                             ───────
#>                     result    1.333

# Five of the nine were zeros that nobody saw: the border gets darker.

# ---
# ## What is a kernel good for?
#
# It answers most where the picture looks like the kernel. This one is made of
# a line that **falls** to the right.

dlcli conv "9 0 0 0; 0 9 0 0; 0 0 9 0; 0 0 0 9" --kernel "1 0; 0 1" \
  --only feature-map -f rich
#> Feature map  3 × 3 (row, column), float64, 0 to 18
#>        column
#>   row   0   1   2
#>     0  18   0   0
#>     1   0  18   0
#>     2   0   0  18

#? The same picture, and a kernel of a line that **rises**, `0 1; 1 0`. What
#? are the answers on the line, and beside it?

dlcli conv "9 0 0 0; 0 9 0 0; 0 0 9 0; 0 0 0 9" --kernel "0 1; 1 0" \
  --only feature-map -f rich
#> Feature map  3 × 3 (row, column), float64, 0 to 9
#>        column
#>   row  0  1  2
#>     0  0  9  0
#>     1  9  0  9
#>     2  0  9  0

# On the line both weights miss; beside it one of them touches. 18 against 9:
# a neuron fires for its line, and a little for others.

# ---
# ## Only lines that stand alone
#
# Zeros ignore what is around the line. In a picture that is 9 everywhere the
# kernel answers 18 as well. Negative weights forbid neighbours.

dlcli conv "9 9; 9 9" --kernel "1 0; 0 1" --only feature-map -f rich
#> Feature map  1 × 1 (row, column), float64, all 18
#>        column
#>   row   0
#>     0  18

#? With `1 -1; -1 1`: what is the answer to the flat picture, and to the line
#? `9 0; 0 9`?

dlcli conv "9 9; 9 9" --kernel "1 -1; -1 1" --only feature-map -f rich
#> Feature map  1 × 1 (row, column), float64, all 0
#>        column
#>   row  0
#>     0  0

dlcli conv "9 0; 0 9" --kernel "1 -1; -1 1" --only feature-map -f rich
#> Feature map  1 × 1 (row, column), float64, all 18
#>        column
#>   row   0
#>     0  18

# 0 and 18: now it finds the line and not the area.

# ---
# ## Bias and ReLU
#
# A **bias** is added to every sum; **ReLU** then makes 0 of what is negative.
# Together they say how sure the kernel has to be. This is the sheet of the
# notes, with its fourth kernel.

dlcli conv sample:exercise -k "0.9 1.1; 0 0.8" --bias -1.6 --only feature-map -f rich
#> Feature map  3 × 4 (row, column), float64, 82 to 492.4
#>        column
#>   row      0      1      2      3
#>     0  326.8  431.9   82.0  173.6
#>     1  198.7  262.6  377.7  321.1
#>     2  492.4  211.1  225.1  449.4

#? A bias of −300, then ReLU. How many of the twelve still speak?

dlcli conv sample:exercise -k "0.9 1.1; 0 0.8" --bias -300 --activation relu \
  --only feature-map -f rich
#> Feature map  3 × 4 (row, column), float64, 0 to 194
#>        column
#>   row      0      1      2      3
#>     0   28.4  133.5    0.0    0.0
#>     1    0.0    0.0   79.3   22.7
#>     2  194.0    0.0    0.0  151.0

# Six. The bias is a threshold that each kernel learns for itself.

# ---
# ## Three channels, one answer
#
# A picture in colour has depth 3, and so has its kernel: this one 3 × 3 × 3
# weights. The three sums are added up; the answer has **one** channel. The
# kernel *sobel-x* has negative weights on the left and positive ones on the
# right: it answers where the picture gets brighter or darker to the right.

dlcli conv sample:cat --kernel sobel-x --stride 24 --only feature-map -f rich
#> Feature map  13 × 19 (height, width), float32, −897 to 716
#>            ,,,      ,,,   '''   ,,,
#>            ,,,      ,,,,,,'''###,,,+++'''
#>                        ,,,'''###   +++'''
#>               ,,,               ===''',,,
#>               ---         ,,,   ===---,,,''''''
#>               ---         ,,,      ---'''''''''
#>      ,,,         '''''',,,,,,   ,,,      ,,,
#>      ,,,         ,,,''',,,,,,   ,,,''',,,,,,,,,
#>                  ,,,'''         ,,,''',,,   ,,,
#>                  ,,,         +++'''''''''
#>                  ,,,'''      +++'''''''''
#>                     '''
#>                           ''',,,'''
#>                           ,,,,,,''''''
#>                           ,,,      '''
#>                  '''            ,,,   +++
#>                  ,,,   ,,,   ''',,,'''+++         ,,,
#>                  ,,,   ,,,   '''''''''            ,,,
#>                                                   ,,,
#>                                                   ,,,
#>   −897 −581 |=-, '+#| +581 +897

# ---
# ## The depth has to agree
#
# A `|` stands between the layers of a kernel: this one has two.
#
#? A kernel of depth 2 on three channels: what should happen?

dlcli conv sample:cat -k "1 0; 0 1 | 0 0; 1 0"
#> dlcli conv: sample:cat: the kernel has a depth of 2 and the input 3 channels: they must be equal, or the kernel's 1 (the same weights for every channel)
#! 1

# It is refused: the kernel has as many layers as the picture has channels.

# ---
# ## Pooling
#
# Max pooling keeps the largest number of each window: was the line here, no
# matter exactly where? The window moves by its own size.

dlcli pool "1 3 2 0; 4 2 5 1; 0 1 7 2; 8 0 3 6" --size 2 --only pooled -f rich
#> Pooled  2 × 2 (row, column), int64, 4 to 8
#>        column
#>   row  0  1
#>     0  4  5
#>     1  8  7

#? 7 × 7 with windows of 2: what becomes of it, and of the last row?

dlcli pool --size 2 --only size -f rich "1 0 2 3 4 6 5; 6 8 9 2 1 3 4; 3 1 1 0 7 2 2; \
  1 2 2 4 5 1 8; 0 3 4 9 6 2 7; 5 4 1 1 8 3 0; 2 2 6 5 0 1 1"
#> Size  (input + padding before + after − window) / stride + 1, rounded down
#>   row     ⌊(7 + 0 + 0 − 2) / 2⌋ + 1 = ⌊2.5⌋ + 1 = 3
#>   column  ⌊(7 + 0 + 0 − 2) / 2⌋ + 1 = ⌊2.5⌋ + 1 = 3

# 3 × 3, as in the notes, and the seventh row and column are in no window. (With
# windows of 3 and a stride of 2 it is 3 × 3, too; then windows overlap.)

# ---
# ## Before you go
#
# - `dlcli conv sample:lines -k line:0:165:15 --emit winner`: twelve kernels
#   for twelve angles, and which wins where.
# - `dlcli conv sample:cat -k sobel-x --channels gray -o edges.png`
# - Practise: `dlcli exercise outsize`, `dlcli exercise conv-cell`,
#   `dlcli exercise conv-map`, `dlcli exercise pool`.
# - Go on: `dlcli lesson network`.
