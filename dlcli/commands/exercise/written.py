"""Sheets on their way into files or down a pipe, in one of the forms."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from dlcli.errors import WrongUsage, printable
from dlcli.runner.outputs import file_word
from dlcli.teaching.forms.forms import FORMS, Form
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.sheet import Sheet
from dlcli.wire.atomic import replacing

#: Files of a class may be called by these.
PLACEHOLDERS = ("{name}", "{index}")

#: What a suffix may stand for beside its form.
ALSO = {".htm": "html", ".markdown": "markdown"}


class Writer:
    """Writes sheets to a file, to one each, or as one text; ``form`` is None where a screen shows them.

    Raises ``WrongUsage``, before anything is drawn, where no form is meant.
    """

    def __init__(self, path: str | None, format_: str | None, manner: Manner, *, terminal: bool) -> None:
        self.path, self.manner = path, manner
        for one in re.findall(r"\{[^{}]*\}", path or ""):
            if one not in PLACEHOLDERS:
                meant = "{name} or {index}"
                raise WrongUsage(f"-o {printable(path or '')}: {printable(one)} stands for nothing: {meant}")
        usual = "rich" if terminal and path is None else "plain"
        name = format_ or (usual if path is None else _by_suffix(path))
        if name == "rich" and path is not None:
            raise WrongUsage(f"-o {printable(path)}: a screen is no file: choose another form")
        self.form: Form | None = None if name == "rich" else FORMS[name]
        if terminal and path is None and self.form is not None and self.form.suffix in (".zip", ".imscc"):
            raise WrongUsage(
                f"a terminal cannot show a {name} package: write it with -o bank{self.form.suffix}"
            )

    def write(self, made: Sequence[Sheet]) -> bytes:
        """Write the files, each whole or not at all; what goes to standard output is returned."""
        assert self.form is not None
        if self.path is None:
            return self._bytes(made)
        apart = any(one in self.path for one in PLACEHOLDERS)
        groups = [[one] for one in made] if apart else [made]
        paths = (
            [_filled(self.path, one[0], place) for place, one in enumerate(groups, 1)]
            if apart
            else [self.path]
        )
        if len(set(paths)) < len(paths):
            raise WrongUsage(f"-o {printable(self.path)}: two sheets would have one name: add {{index}}")
        for path, data in zip(paths, [self._bytes(one) for one in groups], strict=True):
            if folder := os.path.dirname(path):
                os.makedirs(folder, exist_ok=True)
            with replacing(path) as file:
                file.write(data)
        return b""

    def _bytes(self, made: Sequence[Sheet]) -> bytes:
        assert self.form is not None
        written = self.form.write(made, self.manner)
        return written if isinstance(written, bytes) else written.encode()


def _filled(pattern: str, sheet: Sheet, place: int) -> str:
    name = file_word(sheet.name or "sheet").replace(" ", "_")
    return pattern.replace("{name}", name).replace("{index}", str(place))


def _by_suffix(path: str) -> str:
    """The form that a file has by its suffix, where it is one alone."""
    suffix = os.path.splitext(path)[1].lower()
    found = [name for name, one in FORMS.items() if one.suffix == suffix] or [
        *filter(None, [ALSO.get(suffix)])
    ]
    if not found:
        known = ", ".join(dict.fromkeys(one.suffix for one in FORMS.values()))
        raise WrongUsage(
            f"-o {printable(path)}: no form of a sheet has this suffix: name one of {known}, or say -f"
        )
    if not all(name.startswith(found[0]) for name in found):  # versions of one form are no choice to be made
        raise WrongUsage(f"-o {printable(path)}: such a file may be {' or '.join(found)}: say which with -f")
    return found[0]
