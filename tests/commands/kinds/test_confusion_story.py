"""Which class was taken for which: on a page with the names of both axes and colours."""

import numpy as np

from dlcli.commands.kinds.nets.confusion_story import confusion
from dlcli.views.page.compose import figure_of
from dlcli.views.page.figures import Table
from dlcli.views.screen.colour import code, coloured


def test_counts_stand_on_the_colours_of_their_shares_between_the_names_of_both_axes(draw):
    section = confusion(np.array([[9, 1], [0, 4]]), ["cat", "dog"])
    assert section.body is not None
    table = figure_of(section.body)
    assert isinstance(table, Table)
    assert [[cell.text for cell in row] for row in table.head] == [
        ["", "predicted", ""],
        ["true", "cat", "dog", "right"],
    ]
    assert [sum(cell.span for cell in row) for row in table.head] == [4, 4]
    cats, dogs = table.body
    assert [cell.ground for cell in cats] == [
        "",
        *map(code, coloured("sequential", np.array([0.9, 0.1]))),
        "",
    ]
    assert [cell.ground for cell in dogs] == ["", "", code(coloured("sequential", np.array(1.0))), ""]
    assert draw(section.body).split("\n")[0].split() == ["cat", "dog", "right"]
