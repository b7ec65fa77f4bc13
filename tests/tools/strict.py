"""What makes Word or WPS "repair" a .docx: a package and its parts looked at strictly, as no library on our side does.

LibreOffice opens nearly anything, and python-docx looks at little; both mend silently what Word then asks about.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_PROPERTIES = {"p": "pPr", "r": "rPr", "tbl": "tblPr", "tr": "trPr", "tc": "tcPr"}


def faults(data: bytes) -> list[str]:
    """Everything in a package that a strict reader stumbles over; empty for a sound one."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        names = packed.namelist()
        found = [f"twice: {name}" for name, times in Counter(names).items() if times > 1]
        if (broken := packed.testzip()) is not None:
            return [*found, f"damaged: {broken}"]
        trees: dict[str, etree._Element] = {}
        for name in names:
            if name.endswith((".xml", ".rels")):
                try:
                    trees[name] = etree.fromstring(packed.read(name))
                except etree.XMLSyntaxError as error:
                    found.append(f"{name}: {error}")
    found += _untyped(set(names), trees)
    for name, tree in trees.items():
        if not name.endswith(".rels") and name != "[Content_Types].xml":
            found += _dangling(name, tree, set(names), trees)
            found += [f"{name}: {fault}" for fault in _misbuilt(tree)]
    return found


def _untyped(names: set[str], trees: dict[str, etree._Element]) -> Iterator[str]:
    types = trees.get("[Content_Types].xml")
    if types is None:
        yield "no content types"
        return
    endings = {one.get("Extension", "").lower() for one in types.iter(f"{_TYPES}Default")}
    parts = {one.get("PartName", "").lstrip("/") for one in types.iter(f"{_TYPES}Override")}
    yield from (f"typed but absent: {part}" for part in parts - names)
    for name in names - parts - {"[Content_Types].xml"}:
        if not name.endswith("/") and name.rpartition(".")[2].lower() not in endings:
            yield f"without a type: {name}"


def _dangling(
    name: str, tree: etree._Element, names: set[str], trees: dict[str, etree._Element]
) -> Iterator[str]:
    """Relations that lead nowhere, and references to relations that are not there."""
    folder, base = posixpath.split(name)
    relations = trees.get(posixpath.join(folder, "_rels", f"{base}.rels"))
    known = Counter(one.get("Id", "") for one in relations) if relations is not None else Counter()
    yield from (f"{name}: relation {one} twice" for one, times in known.items() if times > 1)
    for one in relations if relations is not None else ():
        if one.get("TargetMode") != "External":
            target = unquote(one.get("Target", "")).partition("#")[0]
            path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            if posixpath.normpath(path) not in names:
                yield f"{name}: relation to {target}, which is absent"
    for element in tree.iter(etree.Element):
        for attribute, value in element.attrib.items():
            if str(attribute).startswith(R) and value not in known:
                yield f"{name}: {etree.QName(element).localname} names relation {value}, which is absent"


def _misbuilt(tree: etree._Element) -> Iterator[str]:
    """What the schema demands and Word insists on."""
    for kind, first in _PROPERTIES.items():
        for element in tree.iter(f"{W}{kind}"):
            children = [etree.QName(one).localname for one in element.iterchildren(etree.Element)]
            if first in children[1:] and not (kind == "tr" and children[0] == "tblPrEx"):
                yield f"{first} is not first in {kind}"
    yield from _tables(tree)
    for kind, attribute in (("bookmarkStart", f"{W}id"), ("docPr", "id")):
        ids = Counter(one.get(attribute) for one in tree.iter(f"{{*}}{kind}"))
        yield from (f"{kind} {one} twice" for one, times in ids.items() if times > 1)
    body = tree.find(f"{W}body")
    if body is not None and (not len(body) or body[-1].tag != f"{W}sectPr"):
        yield "the body does not end with its section"


def _tables(tree: etree._Element) -> Iterator[str]:
    for cell in tree.iter(f"{W}tc"):
        inside = [one.tag for one in cell.iterchildren(etree.Element)]
        if not inside or inside[-1] != f"{W}p":
            yield "a cell does not end with a paragraph"
    for row in tree.iter(f"{W}tr"):
        if not any(one.tag in {f"{W}tc", f"{W}sdt"} for one in row):
            yield "a row without a cell"
    for table in tree.iter(f"{W}tbl"):
        if table.find(f"{W}tblGrid") is None:
            yield "a table without a grid"
