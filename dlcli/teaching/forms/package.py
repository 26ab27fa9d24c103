"""A package: a manifest that lists files, and these files, in a ZIP that is the same every time."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from dlcli.teaching.forms.markup import XML, Markup, block, tag


@dataclass(frozen=True)
class Resource:
    """A file of a package; ``needs`` are the names of others that it refers to."""

    ident: str
    type: str
    path: str
    content: str
    needs: tuple[str, ...] = ()


def package(manifest: str, resources: Sequence[Resource]) -> bytes:
    """The ZIP of a manifest and its resources."""
    return zipped({"imsmanifest.xml": manifest, **{one.path: one.content for one in resources}})


def zipped(files: Mapping[str, str]) -> bytes:
    """A ZIP of texts by their paths."""
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as out:
        for path, content in files.items():
            info = ZipInfo(path)  # of 1980, whenever it is written
            info.external_attr = 0o644 << 16
            out.writestr(info, content.encode(), ZIP_DEFLATED)
    return made.getvalue()


def manifest(
    ident: str,
    space: str,
    schema: str,
    version: str,
    resources: Sequence[Resource],
    metadata: str = "",
    organizations: str = "",
) -> str:
    """An ``imsmanifest.xml``; ``space`` is its namespace, ``schema`` and ``version`` what the package is."""
    listed = [
        block(
            "resource",
            tag("file", href=one.path),
            *(tag("dependency", identifierref=other) for other in one.needs),
            identifier=one.ident,
            type=one.type,
            href=None if "imscc" in one.type else one.path,
        )
        for one in resources
    ]
    return (
        XML
        + block(
            "manifest",
            block("metadata", tag("schema", schema), tag("schemaversion", version), Markup(metadata)),
            block("organizations", Markup(organizations)),
            block("resources", *listed),
            identifier=ident,
            xmlns=space,
        )
        + "\n"
    )
