"""A world and a policy in words, as the stories of several commands name them."""

from __future__ import annotations

from rich.text import Text

from dlcli.views.text.text import clip, plain
from dlcli.views.worlds.world_map import facts
from dlcli.worlds.world import World


def world_words(world: World) -> Text:
    """The world by its name and size."""
    source = str(world.attrs.get("source", world.name))
    name = f"{world.name} from standard input" if source == "-" else source
    return plain(f"{clip(name, 40)}, {facts(world)}")


def world_word(world: World) -> str | None:
    """The word that names a world on a command line; None when it came by standard input."""
    source = str(world.attrs.get("source", "-"))
    return None if source == "-" else f"./{source}" if source.startswith("-") else source


def policy_words(word: str) -> str:
    """What is done in each state, by the word that was typed.

    >>> policy_words("greedy"), policy_words("me.csv")
    ('the greedy policy', 'the policy in me.csv')
    """
    if word in ("random", "greedy", "optimal"):
        return f"the {word} policy"
    return f"the policy in {clip(word, 40)}"
