#!/bin/sh
# # Tensors, and what flattening hides
#
# 20 minutes
#
# A **tensor** is a block of numbers with places. To name one number you give
# one index for each **axis**; counting begins at 0. How many axes there are is
# the **rank**, how long each is makes the **shape**. (The **stride** in the
# table below is how far apart in memory two neighbours along that axis lie.)

dlcli tensor "1 2 3; 4 5 6" --only rank,size -f rich
#> Rank  2, a matrix: a number is named by 2 indices; a stride is so many numbers
#>   on in memory
#>   axis  name    length  stride  places
#>      0  row          2       3  0 to 1
#>      1  column       3       1  0 to 2
#>
#> Size  the product of the lengths; a number of int64 takes 8 bytes
#>   shape  (2, 3)
#>   size   2 × 3 = 6
#>   bytes  6 × 8 = 48

# ---
# ## A picture is a tensor
#
#? Rank 2, shape 2 × 3, size 6. A picture in colour: what is its rank, and what
#? are its axes?

dlcli tensor sample:cat --only rank,size -f rich
#> Rank  3: a number is named by 3 indices; a stride is so many numbers on in
#>   memory
#>   axis  name     length  stride  places
#>      0  height      300    1353  0 to 299
#>      1  width       451       3  0 to 450
#>      2  channel       3       1  red, green, blue
#>
#> Size  the product of the lengths; a number of uint8 takes 1 byte
#>   shape  (300, 451, 3)
#>   size   300 × 451 × 3 = 405900
#>   bytes  405900 × 1 = 405900

# Three: height, width, and the channels red, green, blue. The size is always
# the product of the lengths. (Where the notes say *amount, width and length of
# sub-arrays*, read: how many, rows of each, columns of each.)

# ---
# ## An index takes an axis away
#
# One index keeps the rest: of a matrix a row is left, of a row a number.
# A negative index counts from the end.

dlcli tensor "1 2 3; 4 5 6" --index 1 --only result -f rich
#> Tensor  3 (column), int64, 4 to 6
#>    column
#>    0  1  2
#>    4  5  6

#? And `--index 1,-1`: which number of which row?

dlcli tensor "1 2 3; 4 5 6" --index 1,-1 --only result -f rich
#> Tensor  a single number, int64, all 6
#>    6

# The last of the second row. Two axes, two indices, and no axis is left.

# ---
# ## Reshape
#
# A reshape reads the numbers row by row and writes them row by row into
# another shape. Only the size has to stay.

dlcli tensor "1 2 3; 4 5 6" --reshape 3,2 --only result -f rich
#> Tensor  3 × 2 (axis0, axis1), int64, 1 to 6
#>          axis1
#>   axis0  0  1
#>       0  1  2
#>       1  3  4
#>       2  5  6

#? Is this the matrix turned on its side, whose rows are 1 4, 2 5 and 3 6?

dlcli tensor "1 2 3; 4 5 6" --transpose reverse --only result -f rich
#> Tensor  3 × 2 (column, row), int64, 1 to 6
#>           row
#>   column  0  1
#>        0  1  4
#>        1  2  5
#>        2  3  6

# It is not. A **transpose** changes which axis is which; a reshape only moves
# the line breaks. This is the trash that the notes speak of. Neither changes the
# old tensor, which is immutable: each makes a new one.

# ---
# ## A shape that does not fit
#
#? Six numbers into a shape of 4 × 2: what will be said?

dlcli tensor "1 2 3; 4 5 6" --reshape 4,2
#> dlcli tensor: literal: a reshape keeps every number: 2 × 3 = 6, and 4 × 2 = 8; try -1,2, which gives 3,2
#! 1

# 4 · 2 = 8 is not 6. One length may be left to the program, as -1.

dlcli tensor "1 2 3; 4 5 6" --reshape=-1,1 --only reshape -f rich
#> Reshape  the row of numbers stays as it is and is cut elsewhere
#>   before  2 × 3 = 6
#>   after   6 × 1 = 6
#>   −1      6 / 1 = 6

# ---
# ## Broadcasting
#
# Two tensors of different shapes can be added where the axes fit **from the
# right**: equal lengths, or one is 1 or missing. That axis is repeated.

dlcli tensor "1 2 3; 4 5 6" --add "10 20 30" --only result -f rich
#> Tensor  2 × 3 (row, column), int64, 11 to 36
#>        column
#>   row   0   1   2
#>     0  11  22  33
#>     1  14  25  36

#? And a column of two, `10; 20`? Which numbers get the 20?

dlcli tensor "1 2 3; 4 5 6" --add "10; 20" --only result -f rich
#> Tensor  2 × 3 (row, column), int64, 11 to 26
#>        column
#>   row   0   1   2
#>     0  11  12  13
#>     1  24  25  26

# The second row. The notes say that the *last value* is taken: it is not, the
# **whole axis of length 1** is.

# ---
# ## From the right
#
#? 2 × 3 and a vector of 2, aligned from the right: 3 meets 2. What now?

dlcli tensor "1 2 3; 4 5 6" --add "[10, 20]"
#> dlcli tensor: literal: 2,3 and 2 do not broadcast
#> axis -1: 3 against 2: they must be equal or one of them 1; the other one fits as 2,1: dlcli tensor '[10, 20]' --reshape 2,1 | dlcli tensor … --add -; this one fits as 2,3,1: --reshape 2,3,1 before
#! 1

# It is refused, and nothing is guessed. As a column, 2 × 1, the two numbers fit.

# ---
# ## Flattening
#
# A dense layer takes a vector, so a picture is **flattened**: one row, read as
# a reshape reads. Pixel (row, column) of a picture of width W lands at place
# row · W + column.

dlcli flatten "1 2 3; 4 5 6" --explain 4 --only place,and-back -f rich
#> Place  divide by the length of each axis, the last first: the rest is the place
#>   column  4 = 1 × 3 + 1
#>   row     1 = 0 × 2 + 1
#>
#> And back
#>   index   1 × 3 + 1 = 4

#? In colour each pixel has three numbers. In the photo of the cat, 451 wide, a
#? pixel and the one below it: how far apart are they in the vector?

# ---

dlcli flatten sample:cat --only neighbours -f rich
#> Neighbours  one step along an axis of the input, in the vector
#>   height   451 × 3 = 1353 further on
#>   width    3 further on
#>   channel  1 further on

# One row of pixels: 451 · 3 = 1353 places. The numbers are all there, but who
# was whose **neighbour** can no longer be seen. That is what is hidden.

# ---
# ## Shuffle it
#
#? Let all pixels change their places at random, the same way in every
#? picture. Does a dense layer learn less from that?

dlcli show sample:digits | dlcli tensor --index 8 |
  dlcli flatten --only shuffled -f rich
#> Shuffled  the same numbers in another order (--seed 0)
#>   as it was        shuffled
#>                    :.  * - +  = %
#>        :#%@*@.     %  @     -%+
#>        @@@@@@          -+     %
#>        *@@@=       +=.    %@*  =
#>      :@@@@             = .  = =
#>      +@@@@          @%   =% @   @
#>      .@#             @  %    @ *
#>   Neighbours differ by 17.97 on average; shuffled, by 56.85. Of the shuffled
#>   one, rows and columns are drawn in steps of 2.

# No: it has a weight for each place and never knew which places touch. You see
# a digit on the left and nothing on the right, where neighbours differ more; to
# a dense layer both are 784 numbers. A convolution keeps the neighbours
# together: that is the next lesson.

# ---
# ## Before you go
#
# - `dlcli tensor sample:cat --index '102, 169:171'`: which numbers are these?
# - `dlcli flatten sample:cat --explain 1353`: back from a place to the pixel.
# - Practise: `dlcli exercise reshape`, `dlcli exercise broadcast`,
#   `dlcli exercise flatten`.
# - Go on: `dlcli lesson convolution`.
