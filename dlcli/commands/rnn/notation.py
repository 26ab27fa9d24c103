"""The letters of the course's notes beside those of the equations, and what the notes got wrong."""

from __future__ import annotations

from rich.text import Text

from dlcli.commands.rnn.record import Work
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.views.story import Section
from dlcli.views.text.gaps import given

#: Kind of cell -> how the notes write what its equations call otherwise.
LETTERS = {
    "simple": "W_hx is W, W_hh is U.",
    "leaky": "α is a, and x_t stands for x[t] W + b.",
    "lstm": (
        "C̃_t is g[t], C_t is c[t]; W_fx and W_fh are W_f and U_f transposed, and so for every gate. What "
        "they call the update gate is the line of c[t]. Their c_t = c_{t−1} at the output gate is a slip: "
        "the new cell state is c[t] = f[t] · c[t−1] + i[t] · g[t], not the old one."
    ),
    "gru": (
        "W_ir and W_hr are W_r and U_r transposed, b_ir and b_hr are b_r and b′_r, and so for z and n; "
        "⊙ is a ·."
    ),
}
BEFORE = "W_ir and W_hr are W_r and U_r transposed; their n_t resets after the product: no --reset-before."

#: Of the chain through time.
CHAIN = (
    "they follow W_hx, which is W here (--paths-of W). Beginning with ∂L_2/∂W_{y_3} · ∂y_2/∂h_3 is a slip: "
    "L[2] depends on y[2] and y[2] on h[2], so that the chain begins with ∂L[2]/∂y[2] · ∂y[2]/∂h[2]."
)


def letters(work: Work) -> Section:
    """The letters of the notes for the cell on top, and for its two directions."""
    cell = work.top
    said = BEFORE if isinstance(cell, GRUCell) and not cell.reset_after else LETTERS[cell.kind]
    if work.layers[-1].backward is not None:
        said += " h_t is h→[t] and j_t is h←[t]; W_jx and W_jj are W and U of ←."
    return Section("formula", "Course notes", Text(said, style="dim"))


def step() -> Section:
    """The letters of the notes for a step of learning."""
    said = (
        "W_hx = W_hx − learning_rate · ∂L/∂W_hx is this step for W, and learning_rate is LR; "
        "L = L_0 + L_1 + L_2 is Σ L."
    )
    return Section("formula", "Course notes on the step", Text(said, style="dim"))


def chain() -> Section:
    """Where the indices of the notes' chain slip, beside the chain as it is."""
    return Section("result", "Course notes on the chain", given(CHAIN, "dim"))
