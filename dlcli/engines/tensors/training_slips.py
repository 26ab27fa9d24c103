"""Slips of what a net does in training: dropout, activations and their derivatives, batch norm, autoencoders.

All take exact numbers and give one, or a row.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlcli.engines.base.checks import Array
from dlcli.engines.base.exact import Exact, absolute, exp, relu, root, sigmoid, tanh
from dlcli.engines.base.slips import slip

#: Numbers in a row.
Row = Sequence[Exact]


def dropped(x: Exact, kept: int, rate: Exact) -> Exact:
    """A unit in training: x / (1 − rate) where it is kept, 0 where it is not.

    >>> dropped(3, 1, 0.25), dropped(3, 0, 0.25)
    (4.0, 0)
    """
    return x / (1 - rate) if kept else 0


@slip("drop.unscaled", "with what is kept left as it is", "What is kept is divided by 1 − rate in training.")
def unscaled(x: Exact, kept: int, rate: Exact) -> Exact:
    """x, as in the first paper on dropout, which scaled later."""
    return x if kept else 0


@slip(
    "drop.p-keep",
    "with the rate taken for the probability of being kept",
    "The rate is the probability of being dropped: divide by 1 − rate.",
)
def divided_by_rate(x: Exact, kept: int, rate: Exact) -> Exact:
    """x / rate."""
    return x / rate if kept else 0


@slip(
    "drop.multiply",
    "with what is kept multiplied by 1 − rate",
    "What is kept becomes larger, for those that are not: divide by 1 − rate.",
)
def made_smaller(x: Exact, kept: int, rate: Exact) -> Exact:
    """x · (1 − rate)."""
    return x * (1 - rate) if kept else 0


@slip(
    "drop.inference",
    "with the unit multiplied by 1 − rate in inference",
    "Training has scaled already: in inference everything passes as it is.",
)
def scaled_in_inference(x: Exact, rate: Exact) -> Exact:
    """x · (1 − rate), as in the first paper, which did not scale in training."""
    return x * (1 - rate)


@slip(
    "drop.even",
    "with all masks counted alike",
    "A mask is as likely as its units are kept and dropped: multiply the probabilities of the units.",
)
def masks_alike(sums: Row) -> Exact:
    """The plain mean over all masks."""
    return sum(sums) / len(sums)


@slip(
    "drop.before-bias",
    "with the unit dropped before its bias is added",
    "Dropout stands behind the layer: a dropped unit is 0, its bias, too.",
)
def dropped_before_bias(x: Exact, bias: Exact, kept: int, rate: Exact) -> Exact:
    """dropped(x) + b, of the weighted sum x."""
    return dropped(x, kept, rate) + bias


def leaky(x: Exact, alpha: Exact) -> Exact:
    """x above 0, α·x below.

    >>> leaky(-2, 0.1), leaky(2, 0.1)
    (-0.2, 2)
    """
    return x if x > 0 else alpha * x


@slip("activation.amount", "with the minus turned into a plus", "ReLU makes 0 of what is below 0.")
def amount(x: Exact) -> Exact:
    """|x|."""
    return absolute(x)


@slip("activation.leaky-zero", "with 0 for all that is below 0", "A leaky unit keeps α·x of it.")
def leaky_shut(x: Exact, alpha: Exact) -> Exact:
    """ReLU."""
    return relu(x)


@slip("activation.leaky-sign", "with the minus sign lost", "α·x has the sign of x.")
def leaky_amount(x: Exact, alpha: Exact) -> Exact:
    """α·|x| below 0."""
    return x if x > 0 else alpha * absolute(x)


@slip("activation.leaky-all", "with all numbers multiplied by α", "What is above 0 stays as it is.")
def leaky_everywhere(x: Exact, alpha: Exact) -> Exact:
    """α·x."""
    return alpha * x


def sigmoid_of(x: Exact) -> Exact:
    """1 / (1 + e^−x).

    >>> round(sigmoid_of(1), 4)
    0.7311
    """
    return 1 / (1 + exp(-x))


def tanh_of(x: Exact) -> Exact:
    """(e^x − e^−x) / (e^x + e^−x).

    >>> round(tanh_of(1), 4)
    0.7616
    """
    return (exp(x) - exp(-x)) / (exp(x) + exp(-x))


@slip("activation.sigmoid-sign", "with e^x for e^−x", "The exponent has a minus: 1 / (1 + e^−x).")
def sigmoid_turned(x: Exact) -> Exact:
    """1 / (1 + e^x)."""
    return 1 / (1 + exp(x))


@slip("activation.sigmoid-bare", "without the 1 below the line", "1 is added to e^−x below the line.")
def sigmoid_bare(x: Exact) -> Exact:
    """1 / e^−x."""
    return 1 / exp(-x)


@slip("activation.sigmoid-tanh", "with tanh for sigmoid", "Sigmoid lies between 0 and 1: 1 / (1 + e^−x).")
def tanh_for_sigmoid(x: Exact) -> Exact:
    """tanh x."""
    return tanh(x)


@slip("activation.tanh-sigmoid", "with sigmoid for tanh", "Tanh lies between −1 and 1.")
def sigmoid_for_tanh(x: Exact) -> Exact:
    """1 / (1 + e^−x)."""
    return sigmoid(x)


@slip("activation.tanh-half", "with tanh of x/2", "tanh x = 2·σ(2x) − 1, with x doubled inside.")
def tanh_of_half(x: Exact) -> Exact:
    """2·σ(x) − 1 = (1 − e^−x) / (1 + e^−x)."""
    return (1 - exp(-x)) / (1 + exp(-x))


@slip("activation.tanh-upside", "with + above the line and − below", "The difference stands above the line.")
def tanh_upside_down(x: Exact) -> Exact:
    """(e^x + e^−x) / (e^x − e^−x)."""
    return (exp(x) + exp(-x)) / (exp(x) - exp(-x))


def slope(name: str, y: Exact) -> Exact:
    """The derivative of an activation from its value y: y·(1 − y) of sigmoid, 1 − y² of tanh.

    >>> slope("sigmoid", 0.5), slope("tanh", 0.5)
    (0.25, 0.75)
    """
    return y * (1 - y) if name == "sigmoid" else 1 - y**2


@slip(
    "activation.prime-other",
    "with the derivative of the other function",
    "From the value y: y(1 − y) of sigmoid, 1 − y² of tanh.",
)
def slope_of_other(name: str, y: Exact) -> Exact:
    """1 − y² of sigmoid, y·(1 − y) of tanh."""
    return slope("tanh" if name == "sigmoid" else "sigmoid", y)


@slip(
    "activation.prime-one-minus", "with 1 − y alone", "From the value y: y(1 − y) of sigmoid, 1 − y² of tanh."
)
def slope_of_rest(name: str, y: Exact) -> Exact:
    """1 − y."""
    return 1 - y


@slip(
    "activation.prime-again",
    "with y taken for x",
    "y is the value already: y(1 − y) of sigmoid, 1 − y² of tanh.",
)
def slope_at_value(name: str, y: Exact) -> Exact:
    """The derivative at y, as if y were x."""
    return slope(name, sigmoid(y) if name == "sigmoid" else tanh(y))


@slip(
    "activation.prime-inverse",
    "with 1 divided by the derivative",
    "From the value y: y(1 − y) of sigmoid, 1 − y² of tanh, not 1 over it.",
)
def slope_inverse(name: str, y: Exact) -> Exact:
    """1 / (1 − y²), or 1 / (y·(1 − y))."""
    return 1 / slope(name, y)


def mean(x: Row) -> Exact:
    """Σ x / n."""
    return sum(x) / len(x)


def variance(x: Row, m: Exact) -> Exact:
    """Σ (x − m)² / n.

    >>> variance([1, 3], 2)
    1.0
    """
    return sum((one - m) ** 2 for one in x) / len(x)


def normalised(x: Exact, m: Exact, v: Exact, eps: Exact = 0) -> Exact:
    """(x − m) / √(v + ε).

    >>> normalised(5, 3, 4)
    Fraction(1, 1)
    """
    return (x - m) / root(v + eps if eps else v)


@slip(
    "bn.unbiased",
    "with n − 1 in the variance",
    "The variance of a batch is the mean of the squares: divide by n.",
)
def variance_unbiased(x: Row, m: Exact) -> Exact:
    """Σ (x − m)² / (n − 1)."""
    return sum((one - m) ** 2 for one in x) / (len(x) - 1)


@slip("bn.uncentred", "without the mean taken away", "The variance is the mean of (x − mean)².")
def variance_uncentred(x: Row, m: Exact) -> Exact:
    """Σ x² / n."""
    return sum(one**2 for one in x) / len(x)


@slip("bn.no-root", "with the variance in place of its root", "Divide by the standard deviation: √variance.")
def not_rooted(x: Exact, m: Exact, v: Exact, eps: Exact = 0) -> Exact:
    """(x − m) / (v + ε)."""
    return (x - m) / (v + eps if eps else v)


@slip("bn.eps-outside", "with ε added to the deviation", "ε is added to the variance, under the root.")
def eps_outside(x: Exact, m: Exact, v: Exact, eps: Exact) -> Exact:
    """(x − m) / (√v + ε)."""
    return (x - m) / (root(v) + eps)


@slip("bn.eps-forgotten", "without ε", "ε is added to the variance, under the root.")
def eps_forgotten(x: Exact, m: Exact, v: Exact, eps: Exact) -> Exact:
    """(x − m) / √v."""
    return (x - m) / root(v)


@slip(
    "bn.axis",
    "with mean and variance of each row",
    "Batch norm takes them of a feature, over all examples: down the column.",
)
def along_row(x: Array, i: int, j: int) -> Exact:
    """The cell of (example, feature), normalised among the features of its example."""
    return normalised(x[i, j], mean(x[i]), variance(x[i], mean(x[i])))


@slip(
    "bn.batch",
    "with mean and variance of the batch",
    "In inference the running values stand in their place: one example has no batch.",
)
def of_batch(x: Row, i: int, eps: Exact) -> Exact:
    """Normalised by mean and variance of what is there."""
    return normalised(x[i], mean(x), variance(x, mean(x)), eps)


@slip("bn.beta-first", "with beta added before gamma multiplies", "gamma multiplies first: gamma · n + beta.")
def beta_first(n: Exact, gamma: Exact, beta: Exact) -> Exact:
    """gamma · (n + beta)."""
    return gamma * (n + beta)


@slip("autoencoder.bias", "without the biases", "Each unit has a bias, m in the encoder, n in the decoder.")
def counted_without_bias(n: Exact, m: Exact) -> Exact:
    """2nm."""
    return n * m + m * n


@slip("autoencoder.half", "with the encoder alone", "The decoder has as many weights again, and n biases.")
def counted_encoder(n: Exact, m: Exact) -> Exact:
    """nm + m."""
    return n * m + m


@slip(
    "autoencoder.tied",
    "with the weights of the encoder used again in the decoder (tied weights)",
    "Here the decoder has weights of its own.",
    convention=True,
)
def counted_tied(n: Exact, m: Exact) -> Exact:
    """nm + m + n."""
    return n * m + m + n


def encoded(x: Row, w: Array, b: Row, j: int) -> Exact:
    """c[j] = Σ x[i] · w[i,j] + b[j]."""
    return sum(one * w[i, j] for i, one in enumerate(x)) + b[j]


@slip("autoencoder.code-bias", "without the bias of the code", "The bias is added to each sum of products.")
def encoded_without_bias(x: Row, w: Array, b: Row, j: int) -> Exact:
    """Σ x[i] · w[i,j]."""
    return sum(one * w[i, j] for i, one in enumerate(x))


@slip(
    "autoencoder.reordered",
    "with the weights read in rows of the other length",
    "w[i,j] leads from input i to code j: code j has column j.",
)
def encoded_reordered(x: Row, w: Array, b: Row, j: int) -> Exact:
    """The weights as a matrix (code, input) in the same order of numbers."""
    return sum(one * w.reshape(w.shape[1], w.shape[0])[j, i] for i, one in enumerate(x)) + b[j]


def decoded(c: Row, u: Row) -> Exact:
    """y = Σ c[j] · u[j].

    >>> decoded([1, 2], [3, 4])
    11
    """
    return sum(one * other for one, other in zip(c, u, strict=True))


@slip("autoencoder.code-swapped", "with the numbers of the code exchanged", "c[j] meets u[j].")
def decoded_swapped(c: Row, u: Row) -> Exact:
    """The code from its end."""
    return decoded(c[::-1], u)


def squared_error(x: Row, y: Row) -> Exact:
    """The mean of (x − y)².

    >>> squared_error([1, 2], [3, 2])
    2.0
    """
    return sum((one - other) ** 2 for one, other in zip(x, y, strict=True)) / len(x)


@slip("autoencoder.sum", "with the squares added, not averaged", "The mean squared error divides by n.")
def error_sum(x: Row, y: Row) -> Exact:
    """Σ (x − y)²."""
    return sum((one - other) ** 2 for one, other in zip(x, y, strict=True))


@slip("autoencoder.amount", "with amounts in place of squares", "Each difference is squared.")
def error_amount(x: Row, y: Row) -> Exact:
    """Σ |x − y| / n."""
    return sum(absolute(one - other) for one, other in zip(x, y, strict=True)) / len(x)


@slip("autoencoder.signed", "with differences that are not squared", "Each difference is squared.")
def error_signed(x: Row, y: Row) -> Exact:
    """Σ (x − y) / n."""
    return sum(one - other for one, other in zip(x, y, strict=True)) / len(x)


@slip("autoencoder.root", "with the root of the mean", "The loss is the mean of the squares itself.")
def error_root(x: Row, y: Row) -> Exact:
    """√(Σ (x − y)² / n)."""
    return root(squared_error(x, y))
