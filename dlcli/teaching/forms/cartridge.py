"""Common Cartridge: choices by its profile of QTI 1.2.1, in a package that Moodle, Canvas and others read.

The profile has no question that asks for a number with a tolerance, nor for an order: these are left out,
and named.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlcli.errors import BadData
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.markup import Markup, block, tag
from dlcli.teaching.forms.package import Resource, manifest, package
from dlcli.teaching.forms.qti12 import document, profiled, title_of
from dlcli.teaching.forms.questions import ident_of, questions
from dlcli.teaching.sheet import Sheet

#: Version -> the namespace of its manifest, and the type of an assessment in it.
VERSIONS = {
    "1.1": ("http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1", "imsqti_xmlv1p2/imscc_xmlv1p1/assessment"),
    "1.2": ("http://www.imsglobal.org/xsd/imsccv1p2/imscp_v1p1", "imsqti_xmlv1p2/imscc_xmlv1p2/assessment"),
    "1.3": ("http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1", "imsqti_xmlv1p2/imscc_xmlv1p3/assessment"),
}

#: Version -> the namespace of the title in its manifest.
TITLES = {
    "1.1": "http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest",
    "1.2": "http://ltsc.ieee.org/xsd/imsccv1p2/LOM/manifest",
    "1.3": "http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest",
}

CHOICE, EXAM = "cc.multiple_choice.v0p1", "cc.exam.v0p1"


def cartridge(sheets: Sequence[Sheet], manner: Manner, version: str = "1.1") -> bytes:
    """A cartridge with an assessment for each sheet that has a choice.

    Raises ``BadData`` where none has.
    """
    space, kind = VERSIONS[version]
    found = questions(sheets, manner)
    left = [one for one in found if [blank.form for blank in one.flat] != ["choice"]]
    if len(left) == len(found):
        raise BadData(
            "none of these tasks is a choice, and a cartridge has no other; take moodle, qti12 or qti21"
        )
    for one in left:
        manner.say(f"{one.title}: no choice; a cartridge has no question of its kind; left out")
    resources, listed = [], []
    for number, sheet in enumerate(sheets, 1):
        ident = "-".join(filter(None, ("sheet", str(number), ident_of(sheet.name))))
        chosen = [one for one in found if one.sheet is sheet and one not in left]
        items = [profiled(one, one.flat[0], CHOICE) for one in chosen]
        if items:
            text = document(ident, title_of(sheet), items, _exam())
            resources.append(Resource(ident, kind, f"{ident}/{ident}.xml", text))
            listed.append(_listed(ident, title_of(sheet)))
    title = _title(title_of(sheets[0]), TITLES[version])
    root = block("item", *listed, identifier="root")
    tree = block("organization", root, identifier="all", structure="rooted-hierarchy")
    text = manifest("dlcli", space, "IMS Common Cartridge", f"{version}.0", resources, title, tree)
    return package(text, resources)


def _listed(ident: str, title: str) -> Markup:
    return block("item", tag("title", title), identifier=f"item-{ident}", identifierref=ident)


def _exam() -> Markup:
    field = block("qtimetadatafield", tag("fieldlabel", "cc_profile"), tag("fieldentry", EXAM))
    return block("qtimetadata", field)


def _title(title: str, space: str) -> Markup:
    return block("lom", block("general", block("title", tag("string", title, language="en"))), xmlns=space)
