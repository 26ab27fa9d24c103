"""The JSON files of a model's folder, read with bounds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NoReturn

from dlcli.errors import BadData, printable
from dlcli.wire.strict_json import BadJson, brief, loads

#: What such a file may take: no honest one comes near.
MOST_JSON = 1 << 20


class Config:
    """A JSON object in a file of a model, value by value."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.values = json_object(path)

    def bad(self, message: str) -> NoReturn:
        """Refuse the file."""
        raise BadData(f"{printable(self.path)}: {message}")

    def whole(self, key: str) -> int:
        """A whole number from 1 on."""
        value = self.values.get(key)
        if type(value) is not int or value < 1:
            self.bad(f"{key} is a whole number from 1 on; received {brief(value)}")
        return value

    def real(self, key: str, default: float) -> float:
        """A number from 0 on."""
        value = self.values.get(key, default)
        if type(value) not in (int, float) or value < 0:
            self.bad(f"{key} is a number from 0 on; received {brief(value)}")
        return float(value)


def optional_object(path: str) -> Mapping[str, Any]:
    """The JSON object in a file; an empty one where there is no such file. Raises ``BadData``."""
    return json_object(path) if os.path.isfile(path) else {}


def json_object(path: str, most: int = MOST_JSON) -> Mapping[str, Any]:
    """The JSON object in a file of so many bytes at most. Raises ``BadData`` for anything else."""
    value = json_value(path, most)
    if not isinstance(value, dict):
        raise BadData(f"{printable(path)}: expected a JSON object; received {brief(value)}")
    return value


def json_value(path: str, most: int = MOST_JSON) -> Any:
    """What a file of JSON says, of so many bytes at most. Raises ``BadData`` when it is none."""
    try:
        return loads(text_of(path, most))
    except (BadJson, UnicodeDecodeError) as error:
        why = error if isinstance(error, BadJson) else "it is not UTF-8 text"
        raise BadData(f"{printable(path)}: not valid JSON: {why}") from None


def text_of(path: str, most: int) -> str:
    """The UTF-8 text of a file of so many bytes at most. Raises ``BadData``, and ``UnicodeDecodeError``."""
    try:
        with open(path, "rb") as file:
            text = file.read(most + 1)
    except OSError as error:
        raise BadData(f"cannot read {printable(path)}: {os.strerror(error.errno or 0)}") from error
    if len(text) > most:
        raise BadData(f"{printable(path)}: more than the {most} bytes such a file may have")
    return text.decode()
