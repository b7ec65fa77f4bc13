"""The fields of each move's form, in one list: what they are called, what one can choose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.questions import paper_slips
from townhall.questions.choices import Kind, ReturnReason, Subject, WithholdCode
from townhall.questions.flow import MOVES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Options = "list[tuple[str, str]]"


@dataclass(slots=True)
class Field:
    """One field of a form.

    :param kind: ``text``, ``area``, ``select``, ``checks``, ``check``, ``number``, ``date``, ``moment``,
        ``hidden``
    :param options: value and wording of what can be chosen
    :param value: what stands in it; typed text comes back after an error
    """

    name: str
    label: str
    kind: str = "area"
    options: list[tuple[str, str]] = field(default_factory=list)
    value: Any = ""
    help: str = ""
    error: str = ""
    required: bool = False

    @property
    def chosen(self) -> list[str]:
        """The values that are ticked."""
        found = self.value if isinstance(self.value, list) else [self.value]
        return [str(one) for one in found]


def _note(label: str | None = None) -> Field:
    return Field("note", label or _("备注（内部，不公开）"))


def _words(options: Iterable[tuple[Any, Any]]) -> list[tuple[str, str]]:
    return [("", _("请选择")), *((str(value), str(label)) for value, label in options)]


def _units(panel: Mapping[str, Any], name: str, label: str) -> Field:
    return Field(name, label, "select", _words(panel["units"]))


def _groups(panel: Mapping[str, Any]) -> list[Field]:
    groups = [(group["id"], group["name"]) for group in panel["groups"]]
    places = [(unit["id"], unit["name"]) for group in panel["groups"] for unit in group["units"]]
    shown = panel["question"]
    return [
        Field("lead", _("主办"), "select", _words(groups), value=shown["lead"] or "", required=True),
        Field("unit", _("答复单位（不选则为组内第一个）"), "select", _words(places)),
        Field(
            "assisting", _("协办"), "checks", [(str(one), name) for one, name in groups], shown["assisting"]
        ),
        _note(),
    ]


def _edit(panel: Mapping[str, Any]) -> list[Field]:
    shown = panel["question"]
    return [
        Field("title", _("标题"), "text", value=shown["title"], required=True),
        Field("text", _("正文"), value=shown["text"], required=True),
        Field("kind", _("类型"), "select", _words(Kind.choices), shown["kind"] or ""),
        Field("subject", _("问题类别"), "select", _words(Subject.choices), shown["subject"] or ""),
        Field("area", _("所在镇、街道、工业区"), "text", value=shown["area"]),
        _note(),
    ]


def _convened(panel: Mapping[str, Any]) -> list[Field]:
    units = {unit["id"]: unit["name"] for group in panel["groups"] for unit in group["units"]}
    options = [(str(one), name) for one, name in units.items()]
    return [Field("units", _("召集单位"), "checks", options, required=True)]


def _version_on_paper() -> Field:
    """Typed from the paper, never filled in: that is what makes somebody look at it."""
    label = _("办理签编号的最后一段（答复稿的版次）")
    return Field("version", label, "number", required=True)


def _enter_paper(panel: Mapping[str, Any]) -> list[Field]:
    return [
        _version_on_paper(),
        Field(
            "signer",
            _("纸上的签发人"),
            "select",
            _words(paper_slips.signers(panel["hour_id"])),
            required=True,
        ),
        Field("signed_at", _("纸上的签发时间"), "moment", required=True),
        Field("override_reason", _("仍照此答复的理由（答复自查有提示时）")),
    ]


_MAKERS: dict[str, Callable[[Mapping[str, Any]], list[Field]]] = {
    "merge": lambda panel: [Field("into_number", _("并入第几号"), "number", required=True)],
    "reopen": lambda panel: [_note(_("理由（内部）"))],
    "uphold": lambda panel: [_note(_("理由（内部）"))],
    "designate": _groups,
    "edit": _edit,
    "return": lambda panel: [
        Field("reason_code", _("原因"), "select", _words(ReturnReason.choices), required=True),
        _units(panel, "proposed_unit", _("建议单位")),
        _note(_("依据（内部）")),
    ],
    "contribute": lambda panel: [Field("text", _("协办意见"), required=True)],
    "send_back": lambda panel: [_note(_("退回意见（只给主办小组看）"))],
    "enter_paper": _enter_paper,
    "confirm_paper": lambda panel: [_version_on_paper()],
    "withhold": lambda panel: [
        Field("code", _("原因"), "select", _words(WithholdCode.choices), required=True),
        _note(),
    ],
    "restore": lambda panel: [_note()],
    "urgent": lambda panel: [
        Field("handed_to", _("转给谁（110、119、120、12345 值班台）"), "text"),
        _note(),
    ],
    "release": lambda panel: [_note()],
    "convene": _convened,
    "close_convening": lambda panel: [
        Field("present", _("参加人"), "text", required=True),
        Field("result", _("会商结果"), required=True),
    ],
    "flag": lambda panel: [
        Field("about_official", _("反映工作人员问题"), "check", value=panel["question"]["about_official"]),
        Field(
            "unit", _("被反映的单位"), "select", _words(panel["units"]),
            panel["question"]["accused_unit"] or "", _("该单位不办理、也看不到这个提问。"),
        ),
    ],
    "note": lambda panel: [Field("text", _("备注（内部，不公开）"), required=True)],
}  # fmt: skip


def fields_of(verb: str, panel: Mapping[str, Any]) -> list[Field]:
    """The fields of one verb's form, with what was typed and what must be mended.

    :param panel: the panel's context
    """
    made = _MAKERS[verb](panel) if verb in _MAKERS else []
    if panel.get("verb") != verb:
        return made
    typed, errors = panel["typed"], panel["errors"]
    for one in made:
        if one.name in typed:
            one.value = typed[one.name] in {"on", "true", True} if one.kind == "check" else typed[one.name]
        elif one.kind in {"check", "checks"}:
            one.value = False if one.kind == "check" else []
        one.error = errors.get(one.name, "")
    return made


def label_of(verb: str) -> str:
    """What the button of a verb says."""
    return str(MOVES[verb].label)


def summary_of(verb: str) -> str:
    """One line about what a verb does."""
    return str(MOVES[verb].summary)
