"""Word templates: which there are, what may stand in them, the shipped ones and the office's own.

A template is read as Jinja by docxtpl, so whoever uploads one would be programming the server. What may stand in it is
therefore a short list, and everything else is refused by name, at the upload and again at every use.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from docxtpl import DocxTemplate
from jinja2 import TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from townhall.documents import uploads
from townhall.documents.models import OwnTemplate
from townhall.kernel.errors import InvalidFields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEXT = "text"
Shape = Any  # TEXT, a dictionary of shapes, or a list with the shape of its members

_LOOP: Shape = {"index": TEXT, "first": TEXT, "last": TEXT, "length": TEXT}
COMMON: dict[str, Shape] = {
    "title": TEXT, "organ": TEXT, "number": TEXT, "to": TEXT, "body": TEXT, "signed": TEXT, "on": TEXT,
    "notes": TEXT, "copies": TEXT, "printed_by": TEXT, "printed_on": TEXT, "grade": TEXT,
    "machine_number": TEXT, "send_to": TEXT, "approved_by": TEXT, "qr": TEXT, "qr_picture": TEXT, "qr_words": TEXT,
    "paragraphs": [{"level": TEXT, "text": TEXT}],
    "attachments": [TEXT],
    "facts": [{"label": TEXT, "words": TEXT}],
    "tables": [{"title": TEXT, "headers": [TEXT], "rows": [[TEXT]]}],
}  # fmt: skip
_PLAN: dict[str, Shape] = {
    "issue": TEXT, "time": TEXT, "place": TEXT, "topic": TEXT, "content": TEXT, "attendees": TEXT,
    "requirements": TEXT, "groups": [{"name": TEXT, "units": TEXT}],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Template:
    """One template: its name in code, what people call it, what may stand in it."""

    name: str
    label: Any
    placeholders: Mapping[str, Shape] = field(default_factory=lambda: COMMON)


TEMPLATES: dict[str, Template] = {
    one.name: one
    for one in (
        Template("plan", gettext_lazy("方案"), COMMON | _PLAN),
        Template("notice", gettext_lazy("通知（公文）")),
        Template("telegram", gettext_lazy("通知（明电）")),
        Template("announcement", gettext_lazy("公告")),
        Template("minutes", gettext_lazy("会议纪要")),
        Template("digest", gettext_lazy("预提问汇总")),
        Template("roster", gettext_lazy("工作人员安排表")),
    )
}


def shipped(name: str) -> bytes:
    """The template that comes with the product."""
    known = TEMPLATES[name]
    return (resources.files("townhall.documents") / "data" / f"{known.name}.docx").read_bytes()


def own(name: str) -> OwnTemplate | None:
    """The office's own template in use, or ``None``."""
    return OwnTemplate.objects.select_related("upload").filter(name=name, retired_at=None).first()


def own_ones() -> dict[str, OwnTemplate]:
    """Every own template in use, by name."""
    rows = OwnTemplate.objects.select_related("upload", "adopted_by").filter(retired_at=None)
    return {row.name: row for row in rows}


def source(name: str) -> bytes:
    """The template in use: the office's own, else the shipped one."""
    mine = own(name)
    return uploads.path_of(mine.upload.digest).read_bytes() if mine else shipped(name)


# -- what may stand in a template ---------------------------------------------------------------------------------

_FILTERS = {"e", "escape", "default", "trim", "join"}
_PLAIN = (nodes.Output, nodes.TemplateData, nodes.Const, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr)
# Raw XML into the document: a value would then be markup.
_RAW = re.compile(r"\{\{-?\s*(?:r|p|tr|tc)\s[^{}]*(?:\}\})?|\{%-?\s*(?:r\s|cellbg)[^{}%]*(?:%\})?")
_MOST_NESTED = 4


class BadPlaceholder(Exception):  # noqa: N818 - names what was found, not an error of the program
    """Something that may not stand in a template; its text is what stands there."""


class _Checked(ImmutableSandboxedEnvironment):
    """Jinja without functions, attributes and surprises: every source is checked before it is compiled."""

    def __init__(self, placeholders: Mapping[str, Shape]) -> None:
        super().__init__(autoescape=True)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.tests = {name: self.tests[name] for name in ("defined", "undefined")}
        self.placeholders = placeholders

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _check(tree, dict(self.placeholders), 0)
        return tree

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002 - Jinja's signature
        """Nothing in a template is called."""
        return False

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Only what a dictionary holds, and the counters of a loop."""
        if isinstance(obj, dict):
            return obj.get(attribute, self.undefined(obj=obj, name=attribute))
        return super().getattr(obj, attribute)


def environment(name: str) -> _Checked:
    """The Jinja environment in which this template is read."""
    return _Checked(TEMPLATES[name].placeholders)


def _check(node: nodes.Node, scope: dict[str, Shape], depth: int) -> None:
    """Walk a tree with what each name stands for.

    :raises BadPlaceholder: naming the first thing that may not stand there
    """
    if isinstance(node, nodes.For):
        _check_loop(node, scope, depth)
        return
    if isinstance(node, nodes.Name | nodes.Getattr):
        _shape(node, scope)
        return
    if isinstance(node, nodes.Filter):
        if node.name not in _FILTERS:
            raise BadPlaceholder(f"|{node.name}")
    elif isinstance(node, nodes.Test):
        if node.name not in {"defined", "undefined"}:
            raise BadPlaceholder(f"is {node.name}")
    elif not isinstance(node, (nodes.Template, nodes.If, nodes.Compare, nodes.Operand, *_PLAIN)):
        raise BadPlaceholder(_wording(node))
    for child in node.iter_child_nodes():
        _check(child, scope, depth)


def _check_loop(node: nodes.For, scope: dict[str, Shape], depth: int) -> None:
    found = _shape(node.iter, scope)
    if not isinstance(found, list) or not isinstance(node.target, nodes.Name) or node.recursive or node.test:
        raise BadPlaceholder(_wording(node.iter))
    if depth >= _MOST_NESTED:
        raise BadPlaceholder(_("循环套得太深"))
    inner = scope | {node.target.name: found[0], "loop": _LOOP}
    for child in (*node.body, *node.else_):
        _check(child, inner, depth + 1)


def _shape(node: nodes.Node, scope: Mapping[str, Shape]) -> Shape:
    """What an expression stands for: text, a dictionary, a list."""
    if isinstance(node, nodes.Name) and node.name in scope:
        return scope[node.name]
    if isinstance(node, nodes.Getattr):
        found = _shape(node.node, scope)
        if isinstance(found, dict) and node.attr in found:
            return found[node.attr]
    raise BadPlaceholder(_wording(node))


def _wording(node: nodes.Node) -> str:
    """An expression as it was typed, or what kind of thing it is."""
    if isinstance(node, nodes.Name):
        return str(node.name)
    if isinstance(node, nodes.Getattr):
        return f"{_wording(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        return f"{_wording(node.node)}[…]"
    if isinstance(node, nodes.Call):
        return f"{_wording(node.node)}()"
    return {"Include": "include", "Import": "import", "Assign": "set", "Macro": "macro"}.get(
        type(node).__name__, type(node).__name__
    )


def names(shapes: Mapping[str, Shape], before: str = "") -> Iterator[str]:
    """Every placeholder, as it may be written: ``title``, ``groups[].name``."""
    for name, shape in shapes.items():
        yield from _written(f"{before}{name}", shape)


def _written(path: str, shape: Shape) -> Iterator[str]:
    if isinstance(shape, list):
        yield from _written(f"{path}[]", shape[0])
    elif isinstance(shape, dict):
        yield from names(shape, f"{path}.")
    else:
        yield path


# -- an office's own template, looked at before it is taken ---------------------------------------------------------

_LINK = "/relationships/hyperlink"
# Fields by which Word fetches or runs something as soon as somebody opens the paper.
_FETCHES = re.compile(r"\b(?:INCLUDEPICTURE|INCLUDETEXT|IMPORT|LINK|DDE|DDEAUTO)\b", re.IGNORECASE)
_MOST_XML = 5 * 1024 * 1024
# Every placeholder is sought with patterns that look far ahead: a paper has some dozens.
_MARKS = re.compile(r"\{[{%#]")
_MOST_MARKS = 2000


def check(name: str, data: bytes, field_name: str = "file") -> None:
    """Refuse a template that names what is not there, reaches outside, or does not open.

    :raises InvalidFields: naming the placeholder or the part
    """
    try:
        _check_parts(data)
        document = DocxTemplate(io.BytesIO(data))
        document.render(sample(name), jinja_env=environment(name), autoescape=True)
        out = io.BytesIO()
        document.save(out)
        DocxTemplate(io.BytesIO(out.getvalue())).init_docx()
    except BadPlaceholder as error:
        words = _("模板中不能使用“%(what)s”。请改用本页列出的占位符。")
        raise InvalidFields({field_name: words % {"what": str(error)}}) from error
    except TemplateError as error:
        words = _("模板中的占位符写错了：%(what)s。请检查花括号是否成对、循环是否结束。")
        raise InvalidFields({field_name: words % {"what": error.message or type(error).__name__}}) from error
    except InvalidFields:
        raise
    except Exception as error:  # whatever a damaged package makes the libraries raise
        words = _("模板打不开。请在 WPS 或 Word 中另存为 .docx 后重新上传。")
        raise InvalidFields({field_name: words}) from error


def _check_parts(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        for part in packed.infolist():
            if part.filename.lower().endswith((".xml", ".rels")):
                if part.file_size > _MOST_XML:
                    raise BadPlaceholder(part.filename)
                _check_part(part.filename, packed.read(part))


def _check_part(name: str, text: bytes) -> None:
    """Look at a part as those who open the paper will: parsed, whatever its encoding and its prefixes."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    root = etree.fromstring(text, parser)
    if root.getroottree().docinfo.doctype:
        raise BadPlaceholder(f"{name}: <!DOCTYPE>")
    if name.lower().endswith(".rels"):
        outside = any(_reaches_outside(one) for one in root.iter("{*}Relationship"))
    else:
        outside = any(_FETCHES.search(words) for words in _instructions(root))
    if outside:
        raise BadPlaceholder(f"{name}: {_('引用外部文件')}")
    words = re.sub(r"<[^>]*>", "", etree.tostring(root, encoding="unicode"))
    if raw := _RAW.search(words):
        raise BadPlaceholder(raw.group())
    if sum(1 for _found in _MARKS.finditer(words)) > _MOST_MARKS:
        raise BadPlaceholder(name)


def _reaches_outside(relation: Any) -> bool:
    """Whether this relation makes a program fetch something; a link that a reader may follow does not."""
    mode, kind = relation.get("TargetMode", ""), relation.get("Type", "")
    return mode.strip().lower() == "external" and not kind.strip().endswith(_LINK)


def _instructions(root: Any) -> Iterator[str]:
    """What the fields of a part are to do, each paragraph's together: a word may be cut into runs."""
    for paragraph in root.iter("{*}p"):
        yield "".join(one.text or "" for one in paragraph.iter("{*}instrText"))
    for one in root.iter("{*}fldSimple"):
        yield from one.attrib.values()


def sample(name: str) -> dict[str, Any]:
    """Something in every placeholder, two members in every list: for the check and for a preview."""
    return {key: _filled(key, shape) for key, shape in TEMPLATES[name].placeholders.items()}


def empty(name: str) -> dict[str, Any]:
    """Every placeholder of a template without content, so that what is left out does not appear."""
    return {key: [] if isinstance(shape, list) else "" for key, shape in TEMPLATES[name].placeholders.items()}


def _filled(name: str, shape: Shape) -> Any:
    if isinstance(shape, list):
        return [_filled(name, shape[0]) for _round in range(2)]
    if isinstance(shape, dict):
        return {key: _filled(key, inner) for key, inner in shape.items()}
    return "p" if name == "level" else f"〔{name}〕"
