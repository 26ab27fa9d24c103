"""How the counts of layers over sequences come about: formulas with a layer's numbers in them.

T are the steps, F the features that come in, u the units:

    simple-rnn  (F + u + 1)·u      lstm  4·(F + u + 1)·u      gru  3·(F + u + 2)·u, with its two biases
    attention   4·(F + 1)·F weights; of T queries that look at S steps 2·(T + S)·F·F + 2·T·S·F multiply-adds
"""

from __future__ import annotations

from dlcli.nets.layers.attention import Attention
from dlcli.nets.layers.base import Kind, Shape
from dlcli.nets.layers.bidirectional import Bidirectional
from dlcli.nets.layers.conv1d import Conv1D
from dlcli.nets.layers.dense import Dense
from dlcli.nets.layers.pooling import GlobalAvg
from dlcli.nets.layers.recurrent import Leaky, Recurrent, SimpleRNN
from dlcli.nets.layers.sequence import Concat, Embedding, LastStep, Positions, Steps, TimeDistributed
from dlcli.nets.layers.transformer import MEMORY, TransformerBlock

#: What is counted, and the sides of its formula but for the last, which is the number.
Formulas = list[tuple[str, str]]


def steps_of(kind: Conv1D, x: Shape) -> str:
    """⌊(n + p − span) / stride⌋ + 1."""
    where = kind.where(x)
    (_, (before, after)), k, d, s = where.pads, kind.kernel_size, kind.dilation_rate, kind.strides
    pads = f" + {before} + {after}" if before or after else ""
    span = f"(({k} − 1)·{d} + 1)" if d > 1 else f"{k}"
    return f"{x[0]}{pads} − {span} + 1" if s == 1 else f"⌊({x[0]}{pads} − {span}) / {s}⌋ + 1"


def output_words(kind: Kind, x: Shape, y: Shape, others: tuple[Shape, ...]) -> list[tuple[str, list[str]]]:
    """Where the shape of an output comes from; nothing where it is that of the input."""
    match kind:
        case Conv1D():
            return [("steps", [steps_of(kind, x), str(y[0])]), ("features", [f"{y[1]} filters"])]
        case Embedding():
            return [("steps", [str(y[0])]), ("features", [f"{y[1]} numbers for each word"])]
        case Recurrent():
            return [("steps", [str(y[0])]), ("features", [f"{y[1]} units"])]
        case Bidirectional(merge_mode="concat"):
            return [("steps", [str(y[0])]), ("features", [f"2·{kind.recurrent.units}", str(y[1])])]
        case Bidirectional():
            merged = {"sum": "the sum", "ave": "the mean", "mul": "the product"}[kind.merge_mode]
            return [("steps", [str(y[0])]), ("features", [f"{y[1]} units, {merged} of both ways"])]
        case Steps():
            end = "the end" if kind.stop is None else str(kind.stop)
            return [
                ("steps", [f"{kind.start} to before {end} of {x[0]}", str(y[0])]),
                ("features", [str(y[1])]),
            ]
        case LastStep():
            return [("features", [f"{y[0]}, of the last of {x[0]} steps"])]
        case GlobalAvg():
            return [("features", [f"{y[0]}, a mean of {x[0]} steps each"])]
        case Concat():
            return [("features", [f"{x[-1]} + {others[0][-1]}", str(y[-1])])]
        case Dense() | TimeDistributed():
            return [("steps", [str(y[0])]), ("features", [f"{y[1]} units, at each step anew"])]
    return []


def parameters_of(kind: Kind, x: Shape) -> Formulas | None:
    """How many numbers a layer owns, a formula for each part; none where it has no weights of this sort."""
    f = x[-1]
    match kind:
        case Conv1D():
            depth = f"({f}/{kind.groups})" if kind.groups > 1 else str(f)
            into = f"{kind.kernel_size}·{depth}"
            return [("parameters", f"({into}{' + 1' * kind.use_bias})·{kind.filters}")]
        case Embedding():
            return [("parameters", f"{kind.input_dim}·{kind.output_dim}")]
        case Positions(encoding="learned"):
            return [("parameters", f"{kind.max_length or x[0]}·{f}")]
        case Recurrent():
            return [("parameters", _cell(kind, f))]
        case Bidirectional():
            return [("parameters", f"2·{_cell(kind.recurrent, f)}")]
        case TimeDistributed():
            inner = kind.layer
            if isinstance(inner, Dense):
                return [
                    ("parameters", f"({f} + 1)·{inner.units}" if inner.use_bias else f"{f}·{inner.units}")
                ]
            return parameters_of(inner, (f,))
        case Attention():
            e = kind.width(x)
            into, out = (f"({f} + 1)·{e}", f"({e} + 1)·{f}") if kind.use_bias else (f"{f}·{e}", f"{e}·{f}")
            return [("parameters", f"4·{into}" if e == f else f"3·{into} + {out}")]
        case TransformerBlock():
            hidden = kind.hidden or 4 * f
            parts: Formulas = [("attention", f"4·({f} + 1)·{f}")]
            parts += [("to the memory", f"4·({f} + 1)·{f}")] if kind.sources else []
            parts += [("widening", f"({f} + 1)·{hidden}"), ("narrowing", f"({hidden} + 1)·{f}")]
            return [*parts, ("normalising", f"{kind.norms}·2·{f}")]
    return None


def _cell(kind: Recurrent, f: int) -> str:
    """(F + u + 1)·u for each gate."""
    u, gates = kind.units, len(kind.cell.gates)
    if isinstance(kind, Leaky):
        return f"({f}{' + 1' * kind.use_bias})·{u}"
    into = f"{f} + {u}"
    into += f" + {u}" if isinstance(kind, SimpleRNN) and kind.skip else ""
    into += f" + {len(kind.bias_shape)}" if kind.use_bias else ""
    return f"{gates}·({into})·{u}" if gates > 1 else f"({into})·{u}"


def work_of(kind: Kind, x: Shape, y: Shape, others: tuple[Shape, ...]) -> Formulas | None:
    """How many multiplications an input takes, a formula for each part; none where another tells."""
    time, f = x[0], x[-1]
    match kind:
        case Conv1D():
            depth = f"({f}/{kind.groups})" if kind.groups > 1 else str(f)
            return [("multiply-adds", f"{y[0]}·{y[1]}·({kind.kernel_size}·{depth})")]
        case Recurrent():
            return [("multiply-adds", _steps(kind, time, f))]
        case Bidirectional():
            return [("multiply-adds", f"2·{_steps(kind.recurrent, time, f)}")]
        case Dense() if len(x) == 2:
            return [("multiply-adds", f"{time}·{f}·{kind.units}")]
        case TimeDistributed() if isinstance(kind.layer, Dense):
            return [("multiply-adds", f"{time}·{f}·{kind.layer.units}")]
        case Attention():
            return _attention(kind, x, others)
        case TransformerBlock():
            hidden = kind.hidden or 4 * f
            parts = _attention(kind.own, x, ())
            for name, part, shape in kind.parts(x):
                if name == MEMORY and isinstance(part, Attention):
                    seen = _attention(part, shape, others)
                    parts += [(f"to the memory, {word}", formula) for word, formula in seen]
            parts += [("widening", f"{time}·{f}·{hidden}"), ("narrowing", f"{time}·{hidden}·{f}")]
            return [*parts, ("normalising", f"{kind.norms}·2·{time}·{f}")]
    return None


def _steps(kind: Recurrent, time: int, f: int) -> str:
    u, gates = kind.units, len(kind.cell.gates)
    if isinstance(kind, Leaky):
        return f"{time}·{u}·({f} + 2)"
    into = f"{f} + {u}" + (f" + {u}" if isinstance(kind, SimpleRNN) and kind.skip else "")
    return f"{time}·{gates}·({into})·{u}" if gates > 1 else f"{time}·({into})·{u}"


def _attention(kind: Attention, x: Shape, others: tuple[Shape, ...]) -> Formulas:
    """The projections, then the products of queries with keys and of shares with values."""
    time, f, e = x[0], x[1], kind.width(x)
    seen = others[0][0] if others else time
    made = f"4·{time}·{f}·{e}" if not others else f"2·({time} + {seen})·{f}·{e}"
    return [("projections", made), ("looking", f"2·{time}·{seen}·{e}")]
