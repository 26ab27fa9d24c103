#!/bin/sh
# # From sequence to sequence, to attention
#
# 20 minutes
#
# To translate, one net reads the whole sentence (the **encoder**), another one
# writes (the **decoder**). Between them stands a single vector: the **context**
# c, the encoder's last state. When the decoder has said all, it writes `<end>`.

dlcli seq2seq "the cat sees a dog" --weights sample:translator \
  --only context,answer -f rich
#> Context  c = h[4], 32 numbers for all that was read: −0.9992 to 0.9999
#> Answer  “die Katze sieht einen Hund”, p = 0.996

#? A sentence of five words or of fifty: how many numbers is c?

# 32, always. A long sentence has to squeeze through.

# ---
# ## One word after the other
#
# The decoder gives a probability for each next word, given c and the words
# before. That of the sentence is their **product**: five words and `<end>`.

dlcli seq2seq "the cat sees a dog" --weights sample:translator --only product -f rich
#> Product
#>   p(y | c)      0.9998 · 0.999 · 0.9995 · 0.9985 · 0.9995 · 0.9997 = 0.996
#> ...

#? Two words with p = 0.6 · 0.5, or two others with 0.4 · 0.9: which pair does a
#? decoder choose that takes the likeliest word each time?

dlcli tensor "0.6 0.4" --multiply "0.5 0.9" --only result -f rich
#> Tensor  1 × 2 (row, column), float64, 0.3 to 0.36
#>        column
#>   row     0     1
#>     0  0.30  0.36

# It takes 0.6 first and ends with 0.3; the other pair has 0.36. So a **beam**
# keeps several beginnings.

# ---
# ## A beam
#
# Two words in an order that the net has never read; three beginnings are kept.
# *Greedy* is to take the likeliest word each time.

dlcli seq2seq "hears woman" --weights sample:translator --beam 3 --only beam -f rich
#> Beam  3 side by side; 3.193 times as likely as the greedy answer
#>       log p       p  sequence
#>   1  −1.659  0.1903  die Frau hört eine Frau <end>
#>   2  −2.037  0.1304  das Kind hört eine Katze <end>
#>   3  −2.483  0.0835  die Frau hört eine Katze <end>

#? Reading and writing go word by word. What cannot be done at the same time?

# No two steps: step t waits for step t − 1. That is the problem in 4.5.3 of the
# notes. It disappears together with recurrence, where attention alone is left.

# ---
# ## Attention: who looks at whom
#
# Each word asks with a **query**; each word offers a **key** and a **value**.
# The score of a pair is their dot product: how alike they are.

dlcli attn "1 0; 0 1; 1 1" --emit scores --only result -f rich
#> Scores  how far each key points along each query
#>          key
#>   query  0  1  2
#>       0  1  0  1
#>       1  0  1  1
#>       2  1  1  2

#? Three queries and three keys. Which word does the third look at most?

# Itself: 1·1 + 1·1 = 2. Before the softmax each score is divided by √d, where d
# is the number of features, here 2.

# ---
# ## Why divide by √d?
#
# A sum of many products grows. Large scores make a softmax all or nothing.

dlcli softmax "1 2 3" --only probabilities -f rich --precision 2
#> Probabilities  1 × 3 (row, column), float64, 0.09 to 0.67
#>   column  x  x − max   exp  probability
#>   0       1       −2  0.14         0.09  ██▏
#>   1       2       −1  0.37         0.24  █████▉
#>   2       3        0  1.00         0.67  ████████████████
#>                       ────  ───────────
#>   sum                 1.50         1.00

#? The same scores times 4: who keeps a share?

dlcli softmax "4 8 12" --only probabilities -f rich --precision 2
#> Probabilities  1 × 3 (row, column), float64, 0.00033 to 0.98
#>   column   x  x − max      exp  probability
#>   0        4       −8  0.00034      0.00033
#>   1        8       −4     0.02         0.02  ▍
#>   2       12        0     1.00         0.98  ███████████████████████▌
#>                        ───────  ───────────
#>   sum                     1.02         1.00

# Only the largest, and the others learn nothing any more.

# ---
# ## Shares that can be read
#
# Scores of 0, ln 2 and ln 3 give shares of 1 : 2 : 3, that is 1/6, 1/3, 1/2.

dlcli softmax "0 0.6931472 1.0986123" --only probabilities -f rich --precision 3
#> Probabilities  1 × 3 (row, column), float64, 0.167 to 0.5
#>   column     x  x − max   exp  probability
#>   0       0.00    −1.10  0.33         0.17  ████
#>   1       0.69    −0.41  0.67         0.33  ████████
#>   2       1.10     0.00  1.00         0.50  ████████████
#>                          ────  ───────────
#>   sum                    2.00         1.00

#? The values are 6, 3 and 0. What is the output?

dlcli tensor "1/6 1/3 1/2" --matmul "6; 3; 0" --only tensor -f rich
#> Tensor  1 × 1 (row, column), float64, all 2
#>        column
#>   row  0
#>     0  2

# 1 + 1 + 0 = 2: the output is a **mean** of the values, weighted by the shares.

# ---
# ## All of it
#
# softmax(Q·Kᵀ / √d)·V, here with Q = K = V: each word is its own query, key
# and value.

dlcli attn "1 0; 0 1; 1 1" --only weights,output -f rich --precision 3
#> Weights  the softmax of each row adds up to 1
#>          key
#>   query     0     1     2     Σ
#>       0  0.40  0.20  0.40  1.00
#>       1  0.20  0.40  0.40  1.00
#>       2  0.25  0.25  0.50  1.00
#>
#> Output  3 × 2 (query, column), float64, 0.599 to 0.802
#>          column
#>   query      0      1
#>       0  0.802  0.599
#>       1  0.599  0.802
#>       2  0.752  0.752

#? Word 1 gets shares from three queries. What do they add up to? Must it be 1?

# 0.20 + 0.40 + 0.25 = 0.85: nothing forces a column to 1. A query shares itself
# out; a key may be asked for often or seldom.

# ---
# ## One share, with all its factors
#
# How much of word 0 goes into the output of word 2:

dlcli attn "1 0; 0 1; 1 1" --explain 2,0 --only score,softmax -f rich --precision 3
#> Score  query 2, key 0
#>   feature  q  k  product
#>   0        1  1        1
#>   1        1  0        0
#>   sum                  1
#>
#> Softmax  of the row of query 2
#>     key  scaled  exp(x − 1.41)  weight
#>   ▸ 0      0.71           0.49    0.25  ██████
#>     1      0.71           0.49    0.25  ██████
#>     2      1.41           1.00    0.50  ████████████▏
#>                  ─────────────  ──────
#>     sum                   1.99    1.00

# ---
# ## Learned queries, keys and values
#
# Three matrices make them of the input: what I look for, what I can be found
# by, what I tell.

dlcli attn "1 0; 2 1" --emit values --only result -f rich \
  --w-query "1 0; 0 1" --w-key "0 1; 1 0" --w-value "1 2; 0 3"
#> Values  2 × 2 (key, feature), float64, 1 to 7
#>        feature
#>   key  0  1
#>     0  1  2
#>     1  2  7

#? Row 1 of X is 2 1. How does its value 2 7 come about?

dlcli tensor "2 1" --matmul "1 2; 0 3" --only tensor -f rich
#> Tensor  1 × 2 (row, column), int64, 2 to 7
#>        column
#>   row  0  1
#>     0  2  7

# 2·1 + 1·0 = 2, and 2·2 + 1·3 = 7.

# ---
# ## Do not look ahead
#
# A decoder that learns may not see the word that it is to foretell. The scores
# of later words become −∞, **before** the softmax.

dlcli attn "1 0; 0 1; 1 1" --causal --emit weights --only weights -f rich --precision 3
#> Weights  the softmax of each row adds up to 1
#>          key
#>   query     0     1     2     Σ
#>       0  1.00  0.00  0.00  1.00
#>       1  0.33  0.67  0.00  1.00
#>       2  0.25  0.25  0.50  1.00

#? Why has the first row a 1?

# It may look at itself alone, and a row adds up to 1.

# ---
# ## Order has to be told
#
#? The first two rows of the input change places. What becomes of the output?

dlcli attn "0 1; 1 0; 1 1" --only output -f rich --precision 3
#> Output  3 × 2 (query, column), float64, 0.599 to 0.802
#>          column
#>   query      0      1
#>       0  0.599  0.802
#>       1  0.802  0.599
#>       2  0.752  0.752

# Its rows change places, and nothing else: attention does not know which word
# came first. So a transformer adds **positions** to the words.

#? Five words or five thousand: how many steps have to wait for each other?

# None in reading and in learning: all pairs at once, at the price of their
# number, T². A decoder that writes still waits for each of its words.

# ---
# ## Before you go
#
# - `dlcli attn 'the cat sat on the mat' --explain cat,mat`
# - `dlcli seq2seq 'the cat sat' --attention bahdanau --bidirectional`
# - Practise: `dlcli exercise attn-scores`, `dlcli exercise attn-weights`,
#   `dlcli exercise attn-output`, `dlcli exercise mask`.
# - Go on: `dlcli lesson decisions`.
