"""Topics of attention: scores, weights, outputs, masks, heads, places, and what it costs."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from dlcli.engines.attention.slips import (
    angle,
    causal_pairs,
    joined,
    mixed,
    of_attention,
    of_recurrent,
    product,
    scaled,
    shapes,
    sine,
    split,
    visible_share,
)
from dlcli.engines.base.exact import Log
from dlcli.engines.base.slips import SLIPS, these
from dlcli.engines.tensors.probability_slips import exponentials, share, shares
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task, cells, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics import tables
from dlcli.teaching.topics.literal import decimals, matrix
from dlcli.teaching.topics.slipping import looked_up
from dlcli.teaching.topics.tables import CLOSE, DECIMAL, EITHER, NEAR
from dlcli.teaching.worked import given

OF_SCALE = ("attn.no-scale", "attn.d-for-sqrt", "attn.multiply")


@topic(
    "attn-scores",
    "Scores of queries and keys",
    notes="4.6.1",
    needs=("softmax",),
    levels=("one score", "a matrix", "of one head"),
    idea="A query and a key are multiplied feature by feature and added up, and divided by √d.",
    products=20,
)
def attn_scores(dice: Dice, level: int) -> Task:
    """Q, K: scaled scores."""
    q, k = dice.table(-2, 2, 2, 4), dice.table(-2, 2, 2, 4)
    i = dice.whole(0, 1)
    places = {1: [(i, 1 - i)], 2: [(0, 0), (0, 1), (1, 0), (1, 1)], 3: [(i, 0), (i, 1)]}[level]
    text = "The rows of Q are two queries of width d = 4, those of K two keys. "
    if level == 3:
        text = (
            "A model of width 36 has 9 heads, each of width d = 4. The rows of Q are two queries of one "
            "head, those of K its two keys. "
        )
    if level == 2:
        text += "What are the scaled scores s, a row for each query?"
    else:
        said = " and ".join(f"s[{i},{j}]" for i, j in places)
        text += (
            f"What {'is the scaled score' if level == 1 else 'are the scaled scores'} {said} (query, key)?"
        )
    gq, gk, d = given(q), given(k), given(4)

    def solve(pen: Pen) -> None:
        for i, j in places:
            slips = {} if i == j else these(("attn.transposed",), gq, gk, i, j)
            raw = pen(f"q·k[{i},{j}]", partial(product, gq, gk, i, j), slips)
            of_scale = these(OF_SCALE, raw, d)
            if level == 3:
                of_scale |= these(("attn.d-model",), raw, given(36))
            pen(f"s[{i},{j}]", scaled(raw, d), of_scale)

    targets = {
        1: ("attn.no-scale", "attn.d-for-sqrt", "attn.transposed"),
        2: ("attn.no-scale", "attn.d-for-sqrt", "attn.transposed", "attn.multiply"),
        3: ("attn.no-scale", "attn.d-for-sqrt", "attn.d-model"),
    }[level]
    return Task(
        (Say(text), grid("Q", q), grid("K", k)),
        tuple(Field(f"s[{i},{j}]", Fraction(1, 1000) if level == 3 else Fraction(0)) for i, j in places),
        solve,
        "s[i,j] = Σ q[i,f] · k[j,f] / √d",
        {"q": q, "k": k, "places": places},
        f"dlcli attn '{matrix(q)}' --key '{matrix(k)}' --emit scaled --explain {places[0][0]},{places[0][1]}",
        targets,
    )


def _identity(size: int) -> str:
    return matrix(np.eye(size, dtype=int).tolist())


@topic(
    "attn-weights",
    "Weights from scores",
    notes="4.6.1",
    needs=("attn-scores", "softmax-axis"),
    levels=("one query", "with the scale", "keys in rows"),
    idea="For each query softmax shares out 1 among the keys.",
    products=20,
)
def attn_weights(dice: Dice, level: int) -> Task:
    """Scores that are logarithms: exact weights."""
    return (_one_query, _with_scale, _keys_in_rows)[level - 1](dice)


def _one_query(dice: Dice) -> Task:
    scores = [Log(Fraction(one)) for one in dice.some(range(1, 7), 3)]
    text = "These are the scaled scores s of one query with three keys. What are its weights w?"
    s = given(scores)

    def solve(pen: Pen) -> None:
        e = pen.table("e", lambda: exponentials(s), these(("softmax.no-exp",), s))
        total = pen("sum", sum(e))
        for j in range(3):
            slips = these(("softmax.not-divided", "softmax.self-left-out"), e, j)
            slips |= these(("attn.no-softmax",), s, j)
            pen(f"w[{j}]", e[j] / total, slips)

    return Task(
        (Say(text), grid("s", scores)),
        cells("w", 3, tolerance=CLOSE, says=EITHER),
        solve,
        "w[j] = e^s[j] / Σ e^s",
        {"s": [scores], "places": [(0, 0), (0, 1), (0, 2)]},
        f"dlcli attn '{decimals([scores])}' --key '{_identity(3)}' --similarity dot --emit weights "
        "--explain 0,0",
        ("softmax.no-exp", "softmax.not-divided", "softmax.self-left-out", "attn.no-softmax"),
    )


def _with_scale(dice: Dice) -> Task:
    raw = [[Log(Fraction(one) ** 2) for one in row] for row in (dice.some(range(1, 5), 3) for _ in range(2))]
    i = dice.whole(0, 1)
    text = (
        "Two queries (rows) and three keys (columns) of width d = 4 have these products q·k. What are the "
        f"weights w of query {i} (counted from 0) in scaled attention?"
    )
    places = [(i, j) for j in range(3)]
    z, d = given(raw), given(4)

    def solve(pen: Pen) -> None:
        s = pen.table("s", lambda: scaled(z, d), these(OF_SCALE, z, d))
        e = pen.table("e", lambda: exponentials(s), {})
        slips = these(("attn.axis",), e, 1)
        slips["attn.scale-after"] = lambda: SLIPS["attn.scale-after"].wrong(shares(exponentials(z), 1), d)
        pen.table("w", lambda: shares(e, 1), slips, places)

    return Task(
        (Say(text), grid("q·k", raw)),
        tuple(Field(f"w[{i},{j}]", CLOSE, says=EITHER) for i, j in places),
        solve,
        "w[i,j] = e^(q·k/√d) / Σ e^(q·k/√d) over the keys j",
        {"s": raw, "√d": 2, "places": places},
        f"dlcli softmax '{decimals(raw)}' --temperature 2 --explain {i},0",
        ("attn.no-scale", "attn.axis", "attn.scale-after", "attn.d-for-sqrt"),
    )


def _keys_in_rows(dice: Dice) -> Task:
    columns = [dice.some(range(1, 7), 3) for _ in range(2)]
    scores = [[Log(Fraction(one)) for one in row] for row in zip(*columns, strict=True)]
    i = dice.whole(0, 1)
    text = (
        "Somebody has written the scaled scores s of two queries and three keys with a row for each key and "
        f"a column for each query. What are the weights w of query {i} (counted from 0), laid out so, too?"
    )
    places = [(j, i) for j in range(3)]
    z = given(scores)

    def solve(pen: Pen) -> None:
        e = pen.table("e", lambda: exponentials(z), {})
        slips = these(("attn.axis", "softmax.whole"), e, 0) | {"softmax.not-divided": lambda: e}
        pen.table("w", lambda: shares(e, 0), slips, places)

    return Task(
        (Say(text), grid("s", scores, ("query 0", "query 1"), ("key 0", "key 1", "key 2"))),
        tuple(Field(f"w[{j},{i}]", CLOSE, says=EITHER) for j, i in places),
        solve,
        "w = e^s / Σ e^s over the keys",
        {"s": scores, "places": places},
        f"dlcli softmax '{decimals(scores)}' --axis 0 --explain 0,{i}",
        ("attn.axis", "softmax.whole", "softmax.not-divided"),
    )


#: Rows of weights in quarters that are not all alike.
QUARTERS = ((1, 1, 2), (1, 3, 0), (2, 2, 0))


@topic(
    "attn-output",
    "Output of attention",
    notes="4.6.1",
    needs=("attn-weights",),
    levels=("one query", "all queries", "from q, K and V"),
    idea="Each value comes into the output by its weight: Σ w · v.",
    products=16,
)
def attn_output(dice: Dice, level: int) -> Task:
    """Weights and values, or q, K and V: the output."""
    if level == 3:
        return _from_queries(dice)
    if level == 1:
        weights = [[Fraction(one, 4) for one in dice.mixed(dice.one(QUARTERS))]]
        values = _values(dice, 3)
        text = (
            "One query has the weights w for three keys; the rows of V are their values. What is the output "
            "y?"
        )
        fields = [(0, 0), (0, 1)]
    else:
        weights = [[Fraction(one, 4), Fraction(4 - one, 4)] for one in dice.some(range(5), 2)]
        values = _values(dice, 2)
        text = (
            "The rows of w are the weights of two queries for two keys; the rows of V are the values of the "
            "keys. What is the output y, a row for each query?"
        )
        fields = [(0, 0), (0, 1), (1, 0), (1, 1)]
    gw, gv = given(weights), given(values)
    slips = ("attn.hardest", "attn.even", *(("attn.unweighted",) if level == 1 else ("attn.values-t",)))

    def solve(pen: Pen) -> None:
        for i, f in fields:
            pen(f"y[{i},{f}]", partial(mixed, gw, gv, i, f), these(slips, gw, gv, i, f))

    literal = decimals(weights)
    return Task(
        (Say(text), grid("w", weights), grid("V", values)),
        tuple(Field(f"y[{i},{f}]") for i, f in fields),
        solve,
        "y[i,f] = Σ w[i,j] · v[j,f]",
        {"w": weights, "v": values, "places": fields},
        f"dlcli tensor '{literal}' --matmul '{matrix(values)}' --explain 0,0",
        slips,
    )


def _values(dice: Dice, keys: int) -> list[list[int]]:
    """A row of two for each key; what stands in a column differs."""
    columns = [dice.some(range(-3, 4), keys) for _ in range(2)]
    return [[*row] for row in zip(*columns, strict=True)]


def _from_queries(dice: Dice) -> Task:
    q = [dice.one((-1, 1)), dice.one((-1, 1)), dice.one((-2, 2)), 0]
    dice_q = dice.mixed(q)
    keys = [_key_of(dice, dice_q) for _ in range(2)]
    values = dice.some([one for one in range(-4, 5) if one], 2)
    text = (
        "A query q of width d = 4 meets two keys, the rows of K; each has one number as its value v. What "
        "are the weights w and the output y of scaled attention?"
    )
    gq, gk, gv, d = given([dice_q]), given(keys), given(values), given(4)

    def solve(pen: Pen) -> None:
        raw = [pen(f"q·k[{j}]", partial(product, gq, gk, 0, j)) for j in range(2)]
        s = [pen(f"s[{j}]", scaled(raw[j], d), these(OF_SCALE, raw[j], d)) for j in range(2)]
        e = pen.table("e", lambda: exponentials(given(s)), {})
        w = []
        for j in range(2):
            after = these(("attn.scale-after",), share(exponentials(given(raw)), j), d)
            slips = after | these(("attn.no-softmax",), s, j)
            w.append(pen(f"w[{j}]", share(e, j), slips))
        pen("y", w[0] * gv[0] + w[1] * gv[1])

    return Task(
        (Say(text), grid("q", dice_q), grid("K", keys), grid("v", values), tables.exponentials(-3, 3)),
        (
            Field("w[0]", NEAR, says=DECIMAL),
            Field("w[1]", NEAR, says=DECIMAL),
            Field("y", Fraction(1, 100), says=DECIMAL),
        ),
        solve,
        "s = q·k / √d;  w = e^s / Σ e^s;  y = Σ w · v",
        {"q": [dice_q], "k": keys, "v": values},
        f"dlcli attn '{matrix([dice_q])}' --key '{matrix(keys)}' --value "
        f"'{matrix([[one] for one in values])}' --explain 0,0",
        ("attn.no-scale", "attn.d-for-sqrt", "attn.no-softmax", "attn.scale-after"),
    )


def _key_of(dice: Dice, q: list[int]) -> list[int]:
    """A key whose product with a query is even and not large, so that e^s is in the table."""
    while True:
        key = dice.wholes(-2, 2, 4)
        made = sum(one * other for one, other in zip(q, key, strict=True))
        if made % 2 == 0 and abs(made) <= 6:
            return key


@topic(
    "mask",
    "Causal and padding masks",
    notes="4.6.1",
    needs=("attn-weights",),
    levels=("causal", "padding", "a query that sees nothing"),
    idea="What may not be seen has the score −∞, so e to it is 0, and the others share 1 among themselves.",
    products=12,
)
def mask(dice: Dice, level: int) -> Task:
    """Scores that are logarithms, and what is hidden: weights of two queries."""
    scores = [[Log(Fraction(one)) for one in row] for row in dice.table(2, 7, 3, 3)]
    seen, places = np.tri(3, dtype=int), [(0, 1), (1, 0), (1, 1)]
    if level == 1:
        text = "A causal mask is set before softmax: a token sees itself and all before it."
        slips: tuple[str, ...] = ("mask.rows", "mask.causal-strict", "mask.causal-late")
    elif level == 2:
        hidden = dice.whole(0, 2)
        other = (hidden + dice.whole(1, 2)) % 3
        seen, places = np.ones((3, 3), int), [(other, other), (other, hidden), (hidden, other)]
        seen[:, hidden] = 0
        text = (
            f"Token {hidden} is padding: the mask m says which keys are seen (1) and which are hidden (0), "
            "from every query, its own, too."
        )
        slips = ("mask.rows", "mask.inverted")
    else:
        seen, places = seen * np.array([0, 1, 1]), [(0, 0), (2, 0), (2, 1)]
        text = (
            "Token 0 is padding, which is hidden as a key, and a causal mask lets a token see itself and "
            "those before it alone. A query that sees nothing gets weights of 0."
        )
        slips = ("mask.uniform",)
    slips = ("mask.after", "mask.zero", *slips, "mask.forgotten")
    rows = sorted({i for i, _ in places})
    z = given(scores)

    def solve(pen: Pen) -> None:
        e = pen.table("e", lambda: exponentials(z), {}, [(i, j) for i in rows for j in range(3)])
        wrong = {one: partial(_weights, SLIPS[one].wrong, e, seen, rows) for one in slips}
        pen.table("w", lambda: _weights(visible_share, e, seen, rows), wrong, places)

    how = " --causal" * (level != 2)
    how += f" --mask '{' '.join(map(str, seen[2]))}'" * (level > 1)
    intro = "These are the scaled scores s of three tokens, queries in rows, keys in columns."
    names = [f"w[{i},{j}]" for i, j in places]
    asked = f"What are the weights {names[0]}, {names[1]} and {names[2]} (query, key, counted from 0)?"
    return Task(
        (Say(f"{intro} {text} {asked}"), grid("s", scores), *([grid("m", seen[2].tolist())] * (level == 2))),
        tuple(Field(name, CLOSE, says=EITHER) for name in names),
        solve,
        "w[i,j] = e^s[i,j] / Σ e^s[i,j'] over the keys j' that are seen, 0 for the others",
        {"s": scores, "seen": seen.tolist(), "places": places},
        f"dlcli attn '{decimals(scores)}' --key '{_identity(3)}' --similarity dot{how} --emit weights "
        f"--explain {places[1][0]},{places[1][1]}",
        slips[:4] if level < 3 else slips[:3],
    )


def _weights(share_of: Any, e: Any, seen: Any, rows: list[int]) -> Any:
    """The weights of two queries, in a table of all."""
    made = np.zeros(seen.shape, object)
    for i in rows:
        made[i] = share_of(e, seen, i)
    return made


@topic(
    "heads",
    "Heads, split and joined",
    notes="4.6",
    needs=("attn-output", "reshape"),
    levels=("shapes", "one head", "joined again"),
    idea="The features are shared out: each head gets d/h neighbouring ones of every token.",
    products=4,
)
def heads(dice: Dice, level: int) -> Task:
    """T, d, h, and numbers that count: shapes, a head, a row of all heads."""
    if level == 1:
        return _shapes(dice)
    count, width = dice.one(((2, 2), (2, 3), (3, 2)))
    tokens, d = dice.whole(2, 3), count * width
    start = dice.whole(0, 40)
    x = [[start + t * d + f for f in range(d)] for t in range(tokens)]
    return _one_head(dice, x, count) if level == 2 else _join(dice, x, count)


def _shapes(dice: Dice) -> Task:
    count, width = dice.one((2, 3, 4, 8)), dice.one((4, 6, 8, 16))
    tokens, d = dice.one((5, 7, 9, 10, 12)), count * width
    text = (
        f"{tokens} tokens of {d} features go into attention with {count} heads. Which shape have the "
        "queries of all heads, and which the scores? Heads come first; write 2,3,4."
    )

    def shape(name: str, which: int) -> str:
        made: str = SLIPS[name].wrong(tokens, d, count)[which]
        return made

    def solve(pen: Pen) -> None:
        pen("width", given(d) / count)
        right = shapes(tokens, d, count)
        names = ("heads.unturned", "heads.undivided", "heads.one-map")
        whys = ("heads, tokens, features of a head", "heads, queries, keys")
        for which, name in enumerate(("queries", "scores")):
            known = {one: shape(one, which) for one in names if shape(one, which) != right[which]}
            pen(name, right[which], known, whys[which])

    return Task(
        (Say(text),),
        (Field("queries", form="word"), Field("scores", form="word")),
        solve,
        "queries: (h, T, d/h);  scores: (h, T, T)",
        {"T": tokens, "d": d, "h": count},
        f"dlcli tensor 0 --broadcast {tokens},{d} | dlcli attn --heads {count} --position none --explain 0,0",
        ("heads.unturned", "heads.undivided", "heads.one-map"),
    )


def _one_head(dice: Dice, x: list[list[int]], count: int) -> Task:
    j = dice.whole(0, count - 1)
    tokens, d = len(x), len(x[0])
    text = (
        f"The rows of X are {tokens} tokens of {d} features, which {count} heads share. Which numbers has "
        f"head {j} (heads are counted from 0), a row for each token?"
    )
    z = given(x)

    def solve(pen: Pen) -> None:
        pen("first feature", given(j) * (d // count))
        slips = {
            one: partial(_head_of, SLIPS[one].wrong, z, count, j)
            for one in ("heads.split", "heads.interleaved", "heads.one-based")
        }
        pen.table("head", lambda: split(z, count)[j], slips)

    return Task(
        (Say(text), grid("X", x)),
        cells("head", tokens, d // count),
        solve,
        "head j has the features j·d/h to (j + 1)·d/h − 1 of every token",
        {"x": x, "h": count, "j": j},
        f"dlcli attn '{matrix(x)}' --heads {count} --head {j} --emit queries --explain {j},0,0",
        ("heads.split", "heads.interleaved", "heads.one-based"),
    )


def _head_of(cut: Any, x: Any, count: int, j: int) -> Any:
    return cut(x, count)[j]


def _join(dice: Dice, x: list[list[int]], count: int) -> Task:
    tokens, d = len(x), len(x[0])
    t = dice.whole(0, tokens - 1)
    order = dice.mixed([one for row in x for one in row])
    parts = np.array(order).reshape(count, tokens, d // count)
    text = (
        f"These are the outputs of {count} heads for {tokens} tokens, a row for each token. They are joined "
        f"for the output matrix. What is row {t} (tokens are counted from 0) of the result?"
    )
    z = given(parts)

    def solve(pen: Pen) -> None:
        made = {
            one: partial(_row_of, SLIPS[one].wrong, z, t)
            for one in ("heads.concat", "heads.join-interleaved", "heads.join-sum")
        }
        pen.table("row", lambda: joined(z)[t], made)

    return Task(
        (Say(text), *(grid(f"head {j}", parts[j].tolist()) for j in range(count))),
        cells("row", d),
        solve,
        "row t has what head 0 has for token t, then what head 1 has, and so on",
        {"parts": parts.tolist(), "t": t, "h": count},
        f"dlcli attn '{matrix(joined(parts).tolist())}' --heads {count} --emit queries --explain 0,{t},0",
        ("heads.concat", "heads.join-interleaved", "heads.join-sum"),
    )


def _row_of(join: Any, parts: Any, t: int) -> Any:
    return join(parts)[t]


SINES = Fraction(1, 2000)
OF_ANGLE = ("pos.2j", "pos.cos-own", "pos.base", "pos.multiply", "pos.one-based")


@topic(
    "positions",
    "Sinusoidal positions",
    notes="4.6",
    levels=("columns 0 and 1", "columns 2 and 3", "how alike two places are"),
    idea="Two columns share an angle, its sine and its cosine; from pair to pair it turns more slowly.",
    products=20,
)
def positions(dice: Dice, level: int) -> Task:
    """pos, column, d: the code of a place."""
    rule = "P[pos, 2i] = sin(pos / 10000^(2i/d)), P[pos, 2i+1] = cos(pos / 10000^(2i/d))"
    if level == 3:
        return _alike(dice, rule)
    d, pos = dice.one((4, 6, 8, 10) if level == 1 else (6, 8, 10, 12, 16)), dice.whole(1, 9)
    columns = (0, 1) if level == 1 else (2, 3)
    text = (
        f"Places are written in d = {d} columns: {rule}, in radians, places and columns counted from 0. "
        f"What are P[{pos},{columns[0]}] and P[{pos},{columns[1]}]? The table is of sine and cosine."
    )
    known = OF_ANGLE if level == 2 else ("pos.2j", "pos.cos-own", "pos.one-based")
    at, width = given(pos), given(d)

    def solve(pen: Pen) -> None:
        for j in columns:
            slips = {
                one: made for one, made in these(known, at, j, width).items() if j % 2 or one != "pos.cos-own"
            }
            turn = pen(f"angle {j}", partial(angle, at, j, width), slips)
            pen(f"P[{pos},{j}]", sine(j, turn), these(("pos.degrees", "pos.swapped"), j, turn))

    def angles(pen: Pen) -> None:
        solve(pen)
        pen("angle of the next place", given(pos + 1))

    return Task(
        (Say(text), looked_up("sin", math.sin, angles, "angle", " ".join(known), {"cos": math.cos})),
        tuple(Field(f"P[{pos},{j}]", SINES, says="to 4 decimals") for j in columns),
        solve,
        "sin or cos of pos / 10000^(2i/d), with i = column div 2",
        {"pos": pos, "d": d, "columns": columns},
        f"dlcli tensor 0 --broadcast {pos + 1},{d} | dlcli attn --position sinusoidal --emit tokens",
        ("pos.2j", "pos.one-based", "pos.degrees")
        if level == 1
        else ("pos.2j", "pos.base", "pos.multiply", "pos.cos-own"),
    )


def _alike(dice: Dice, rule: str) -> Task:
    first = dice.whole(0, 5)
    second = first + dice.whole(2, 9)
    text = (
        f"Places are written in d = 4 columns: {rule}, in radians, places and columns counted from 0. What "
        f"is the product of the rows of places {first} and {second}, Σ P[{first},j] · P[{second},j]? The "
        "table is of sine and cosine."
    )
    d = given(4)

    def solve(pen: Pen) -> None:
        rows = []
        for pos in (first, second):
            row = []
            for j in range(4):
                known = ("pos.2j", "pos.base", "pos.multiply", *(("pos.cos-own",) if j % 2 else ()))
                turn = pen(
                    f"angle {pos},{j}", partial(angle, given(pos), j, d), these(known, given(pos), j, d)
                )
                row.append(pen(f"P[{pos},{j}]", sine(j, turn), these(("pos.degrees",), j, turn)))
            rows.append(row)
        pen("product", sum(one * other for one, other in zip(*rows, strict=True)))

    def angles(pen: Pen) -> None:
        solve(pen)
        pen("angle between", given(second - first))
        pen("angle between, slow", given(second - first) / 100)

    return Task(
        (Say(text), looked_up("sin", math.sin, angles, "angle", "pos.multiply", {"cos": math.cos})),
        (Field("product", SINES, says="to 4 decimals"),),
        solve,
        "Σ P[p,j] · P[q,j], which is Σ cos((q − p) / 10000^(2i/d)) over the pairs of columns",
        {"places": (first, second), "d": 4},
        f"dlcli tensor 0 --broadcast {second + 1},4 | dlcli attn --position sinusoidal "
        f"--emit scores "
        f"--explain {first},{second}",
        ("pos.2j", "pos.multiply", "pos.degrees"),
    )


@topic(
    "cost",
    "What attention costs",
    notes="4.6",
    needs=("attn-scores",),
    levels=("steps and scores", "products", "where both cost the same"),
    idea="Attention compares every token with every other, all at once; a recurrent net takes a step for "
    "each token.",
    products=16,
    digits=6,
)
def cost(dice: Dice, level: int) -> Task:
    """T, d, n: steps, products, and the length at which they are alike."""
    return (_steps, _products, _crossover)[level - 1](dice)


def _steps(dice: Dice) -> Task:
    t = dice.whole(4, 60)
    text = (
        f"A sequence has {t} tokens. How many steps must a recurrent net make one after the other (steps)? "
        "And how many scores of causal attention are not masked (scores)?"
    )
    tokens = given(t)

    def solve(pen: Pen) -> None:
        pen("steps", tokens, these(("cost.at-once",), tokens))
        pen(
            "scores",
            causal_pairs(tokens),
            these(("cost.all-pairs", "cost.strict-pairs", "cost.last-query"), tokens),
        )

    return Task(
        (Say(text),),
        (Field("steps"), Field("scores")),
        solve,
        "steps = T;  scores = 1 + 2 + … + T = T·(T + 1)/2",
        {"T": t},
        "",
        ("cost.at-once", "cost.all-pairs", "cost.strict-pairs", "cost.last-query"),
    )


WHAT_COUNTS = (
    "Count the multiplications of attention for all scores Q·Kᵀ and all outputs weights·V (no matrices "
    "before or behind it, no softmax, no scale), and those of a recurrent net of n units for its weights "
    "with the input and with the state (no biases)"
)

OF_COST = ("cost.scores-only", "cost.linear")


def _products(dice: Dice) -> Task:
    t, d, n = dice.whole(4, 32), dice.one((4, 6, 8, 10, 16)), dice.one((4, 5, 6, 8, 10))
    text = (
        f"A sequence has {t} tokens of d = {d} features. {WHAT_COUNTS}, n = {n}. How many multiplications "
        "does each make?"
    )
    tokens, width, units = given(t), given(d), given(n)

    def solve(pen: Pen) -> None:
        pen("pairs", tokens * tokens, {"cost.linear": tokens})
        pen("attention", of_attention(tokens, width), these(OF_COST, tokens, width))
        slips = these(("cost.input-only", "cost.one-step"), tokens, width, units)
        pen("recurrent", of_recurrent(tokens, width, units), slips)

    return Task(
        (Say(text),),
        (Field("attention"), Field("recurrent")),
        solve,
        "attention = 2·T·T·d;  recurrent = T·(d·n + n·n)",
        {"T": t, "d": d, "n": n},
        "",
        ("cost.scores-only", "cost.linear", "cost.input-only", "cost.one-step"),
    )


def _crossover(dice: Dice) -> Task:
    d, times = dice.one((2, 3, 4, 5, 6, 8, 10, 12)), dice.whole(1, 6)
    n = d * times
    text = (
        f"Tokens have d = {d} features. {WHAT_COUNTS}, n = {n}. How many does the recurrent net make for "
        "each token (step)? And at which length T of the sequence do both make as many?"
    )
    width, units = given(d), given(n)

    def solve(pen: Pen) -> None:
        step = pen("step", width * units + units * units, these(("cost.input-only",), 1, width, units))
        pen("T", step / (2 * width), {"cost.scores-only": step / width})

    return Task(
        (Say(text),),
        (Field("step"), Field("T")),
        solve,
        "2·T·T·d = T·(d·n + n·n), so T = (d·n + n·n) / (2d)",
        {"d": d, "n": n},
        "",
        ("cost.scores-only", "cost.input-only"),
    )
