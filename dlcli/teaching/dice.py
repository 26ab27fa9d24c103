"""Draws that are the same tomorrow: bytes of HMAC-SHA256 in place of a generator whose stream may change."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")

#: It is part of every draw: were a topic ever to draw otherwise, this would say so.
VERSION = "dlcli 1"

#: Bits of one number that is drawn.
BITS = 32


def plain_name(name: str) -> str:
    """A name as it enters a draw: composed letters, one blank between words.

    >>> plain_name("  Ada \\t Lovelace ")
    'Ada Lovelace'
    """
    return " ".join(unicodedata.normalize("NFC", name).split())


class Dice:
    """A stream of draws that is a function of a secret and of what it is for.

    The key is the secret; the message is the version, the topic with its level, the name and a counter, with
    a zero byte between them, and the number of the block.

    >>> first, again = Dice("secret", "conv-cell/1", "Ada", 0), Dice("secret", "conv-cell/1", "Ada", 0)
    >>> [first.whole(0, 9) for _ in range(8)] == [again.whole(0, 9) for _ in range(8)]
    True
    """

    def __init__(self, secret: str, topic: str, name: str = "", counter: int = 0) -> None:
        self._key = secret.encode()
        self._message = "\0".join((VERSION, topic, plain_name(name), str(counter))).encode()
        self._block, self._bytes = 0, b""

    def _word(self) -> int:
        if len(self._bytes) < BITS // 8:
            message = self._message + b"\0" + str(self._block).encode()
            self._bytes += hmac.digest(self._key, message, "sha256")
            self._block += 1
        word, self._bytes = self._bytes[: BITS // 8], self._bytes[BITS // 8 :]
        return int.from_bytes(word, "big")

    def whole(self, least: int, most: int) -> int:
        """A whole number, each from ``least`` to ``most`` as likely as any other."""
        count = most - least + 1
        limit = (1 << BITS) - (1 << BITS) % count  # beyond it the first numbers would be likelier
        while (word := self._word()) >= limit:
            pass
        return least + word % count

    def one(self, things: Sequence[Thing]) -> Thing:
        """One of some things."""
        return things[self.whole(0, len(things) - 1)]

    def some(self, things: Sequence[Thing], count: int) -> list[Thing]:
        """So many different places of a sequence, in an order that is drawn."""
        left = list(things)
        return [left.pop(self.whole(0, len(left) - 1)) for _ in range(count)]

    def mixed(self, things: Sequence[Thing]) -> list[Thing]:
        """All of some things in an order that is drawn."""
        return self.some(things, len(things))

    def wholes(self, least: int, most: int, count: int) -> list[int]:
        """A row of whole numbers."""
        return [self.whole(least, most) for _ in range(count)]

    def table(self, least: int, most: int, rows: int, columns: int) -> list[list[int]]:
        """A table of whole numbers."""
        return [self.wholes(least, most, columns) for _ in range(rows)]

    def chance(self, above: int, below: int) -> bool:
        """True in ``above`` of ``below`` draws."""
        return self.whole(1, below) <= above
