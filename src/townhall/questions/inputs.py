"""The fields of every staff verb, checked before anything moves: each error names its field and the remedy."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from townhall.commitments import inputs as promised
from townhall.hours.choices import SIGNER_ROLES, Role, Stage
from townhall.hours.models import Group, Seat
from townhall.kernel import clock, text
from townhall.people.models import Unit
from townhall.questions.choices import Kind, Outcome, ReturnReason, Status, Subject, Verdict, WithholdCode
from townhall.questions.forms import Form
from townhall.questions.guards import current_decline
from townhall.questions.models import Question
from townhall.questions.phrases import DECLINE_REASONS, FILLS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_ANSWER = 10000
MOST_COMMITMENTS = 20
MOST_PARTS = 10
LEAST_PARTS = 2
EARLIEST_YEAR = 2000  # an earlier time is a typing mistake, and the first and last years do not convert
LATEST_YEAR = 2999
_LINK = re.compile(r"(https?://|/)\S+\Z")


def _nothing(form: Form) -> None:
    """The verb has no fields."""


def _note(form: Form) -> None:
    form.words("note")


def _moment(form: Form, name: str) -> datetime | None:
    value = form.data.get(name)
    if value in {None, ""} if isinstance(value, str | None) else False:
        return None
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        form.errors[name] = _("请填写时间，如 2026-11-30T19:20+08:00。")
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.DISTRICT_ZONE)


def _decline(form: Form) -> None:
    code = form.choice("code", DECLINE_REASONS, required=True)
    fill = form.data.get("fill") or {}
    if isinstance(fill, dict):
        fill = {name: value for name, value in fill.items() if value is not None}
    if not isinstance(fill, dict) or any(not isinstance(value, str | int) for value in fill.values()):
        form.errors["fill"] = _("请填写 {名称: 文字}，名称为 %(names)s。") % {"names": "、".join(FILLS)}
        fill = {}
    if unknown := sorted(set(fill) - set(FILLS)):
        form.errors["fill"] = _("没有“%(name)s”这一处可填，可填的有 %(names)s。") % {
            "name": unknown[0], "names": "、".join(FILLS),
        }  # fmt: skip
    inner = Form(fill, form.question)
    cleaned = {
        name: inner.words(name, 300) if isinstance(fill[name], str) else str(fill[name]) for name in fill
    }
    for name, message in inner.errors.items():
        form.errors[f"fill.{name}"] = message
    if cleaned.get("link") and not _LINK.match(cleaned["link"]):
        form.errors["fill"] = _("link 须是 http(s) 地址或本站路径。")
    form.values["fill"] = cleaned
    form.words("handed_to", 120)
    form.values["handed_at"] = _moment(form, "handed_at")
    form.words("note")
    _threat(form, code)
    reason = DECLINE_REASONS.get(code)
    if reason and reason.needs_handover:
        if not form.values.get("handed_to"):
            form.errors.setdefault("handed_to", _("这类事项要先转送：请填写转给了谁。"))
        if not form.values["handed_at"]:
            form.errors.setdefault("handed_at", _("这类事项要先转送：请填写何时转送。"))
    if form.values["handed_at"] and form.values["handed_at"] > clock.now():
        form.errors["handed_at"] = _("转送时间不能在将来。")


def _threat(form: Form, code: str) -> None:
    """Whether words and connection are to be kept: threats stand under one reason only."""
    form.values["threat"] = form.switch("threat")
    if form.values["threat"] and code != "abusive":
        form.errors["threat"] = _("只有“侮辱或威胁”这个原因可以留存威胁内容，请改选原因或去掉这一项。")


def _reopen(form: Form) -> None:
    form.words("note")


def _uphold(form: Form) -> None:
    form.words("note")


def _edit(form: Form) -> None:
    for name, most in (("title", 80), ("text", 6000)):
        if name in form.data:
            form.words(name, most, required=True)
    if "kind" in form.data:
        form.choice("kind", Kind.values)
    if "subject" in form.data:
        form.choice("subject", Subject.values)
    if "area" in form.data:
        form.words("area", 40)
    form.words("note")


def _split(form: Form) -> None:
    parts = form.data.get("parts")
    if not isinstance(parts, list) or not LEAST_PARTS <= len(parts) <= MOST_PARTS:
        form.errors["parts"] = _("请给出 2 到 %(most)s 个部分，每部分有 title 和 text。") % {
            "most": MOST_PARTS
        }
        return
    cleaned = []
    for index, part in enumerate(parts):
        if not isinstance(part, dict):
            form.errors["parts"] = _("第 %(number)s 部分须有 title 和 text。") % {"number": index + 1}
            return
        inner = Form(part, form.question)
        words = inner.words("text", 6000, required=True)
        title = inner.words("title", 80) or text.first_sentence(words, 80)
        for name, message in inner.errors.items():
            form.errors[f"parts[{index}].{name}"] = message
        cleaned.append({"title": title, "text": words})
    form.values["parts"] = cleaned


def _merge(form: Form) -> None:
    target_id = form.integer("into", required=True)
    if "into" in form.errors or target_id is None:
        return
    target = Question.objects.filter(id=target_id, hour_id=form.question.hour_id).first()
    if target is None:
        form.errors["into"] = _("本期没有这个提问，请核对。")
        return
    root = root_of(target)
    if root.id == form.question.id:
        form.errors["into"] = _("不能并入自己。")
    elif root.reply_privately:
        form.errors["into"] = _("那个提问只作单独回复，答复不能给别人看，请选择别的。")
    elif root.status in {Status.DECLINED, Status.WITHDRAWN}:
        form.errors["into"] = _("那个提问已经结束，不会有答复，请选择别的。")
    form.values["into"] = root


def root_of(question: Question) -> Question:
    """The surviving question at the end of a chain of merges."""
    seen = {question.id}
    while question.merged_into is not None and question.merged_into_id not in seen:
        question = question.merged_into
        seen.add(question.id)
    return question


def _groups(form: Form) -> None:
    groups = {group.id: group for group in Group.objects.filter(hour_id=form.question.hour_id)}
    lead_id = form.integer("lead", required=True)
    if lead_id is not None and lead_id not in groups:
        form.errors["lead"] = _("本期没有这个小组，请从分发面板选择。")
    assisting = form.integers("assisting")
    if any(item not in groups for item in assisting):
        form.errors["assisting"] = _("协办小组中有一个不在本期。")
    form.values["lead"] = groups.get(lead_id or 0)
    form.values["assisting"] = [groups[item] for item in assisting if item in groups and item != lead_id]
    form.words("note")


def _assign(form: Form) -> None:
    _groups(form)
    unit_id = form.integer("unit")
    lead: Group | None = form.values.get("lead")
    if lead is None or "lead" in form.errors:
        return
    units = list(lead.units.order_by("groupunit__order", "groupunit__id"))
    unit = next((one for one in units if one.id == unit_id), None)
    if unit_id is not None and unit is None:
        form.errors["unit"] = _("这个单位不在主办小组中。")
    accused = form.question.accused_unit_id if form.question.about_official else None
    if unit_id is None:
        unit = next((one for one in units if one.id != accused), None)
        if unit is None and units:
            form.errors["lead"] = _("反映的正是这个小组的单位，须回避，请选择别的小组。")
    elif unit is not None and unit.id == accused:
        form.errors["unit"] = _("反映的正是这个单位，须回避，请选择别的单位。")
    for group in form.values["assisting"]:
        ids = set(group.units.values_list("id", flat=True))
        if accused is not None and ids <= {accused}:
            form.errors["assisting"] = _("反映的正是协办小组的单位，须回避。")
    form.values["unit"] = unit
    form.values["due"] = _answer_due(form)


def _answer_due(form: Form) -> date | None:
    """Until when a prepared answer is wanted; before the hour it comes before the hour, or it helps nobody."""
    value = form.data.get("due")
    if value in {None, ""} if isinstance(value, str | None) else False:
        return None
    due = promised.day(value)
    hour = form.question.hour
    starts_on = clock.local(hour.starts_at).date()
    if due is None:
        form.errors["due"] = _("请填写日期，如 2026-11-25。")
    elif due < clock.today():
        form.errors["due"] = _("这一天已经过去，请填写今天或以后的日期。")
    elif hour.stage in {Stage.ANNOUNCED, Stage.PREPARING} and due > starts_on:
        form.errors["due"] = _("本期 %(day)s 开始，预答稿须在此前完成。") % {"day": starts_on.isoformat()}
    return due


def _known_unit(form: Form, name: str) -> Unit | None:
    unit_id = form.integer(name)
    unit = Unit.objects.filter(id=unit_id).first() if unit_id is not None else None
    if unit_id is not None and unit is None:
        form.errors[name] = _("没有这个单位，请从列表中选择。")
    return unit


def _return(form: Form) -> None:
    form.choice("reason_code", ReturnReason.values)
    form.values["proposed_unit"] = _known_unit(form, "proposed_unit")
    form.words("note")


def _contribute(form: Form) -> None:
    form.words("text", MOST_ANSWER, required=True)


def _commitments(form: Form, *, required: bool, signed: list[dict[str, Any]] | None = None) -> None:
    items = form.data.get("commitments") or []
    if not isinstance(items, list) or len(items) > MOST_COMMITMENTS:
        form.errors["commitments"] = _("请给出承诺事项的列表，每项有 text、unit、due。")
        return
    cleaned = []
    known = promised.known_units(items)
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            form.errors[f"commitments[{index}]"] = _("每项承诺须有 text、unit、due。")
            continue
        one, errors = promised.promise(item, form.question.unit_id, known, signed or [])
        form.errors |= {f"commitments[{index}].{name}": message for name, message in errors.items()}
        cleaned.append(one)
    if required and not items:
        form.errors["commitments"] = _("承诺限期办理的，至少写一项承诺：答复中的原话、单位和日期。")
    form.values["commitments"] = cleaned


def _draft(form: Form) -> None:
    form.words("text", MOST_ANSWER, required=True)
    outcome = form.choice("outcome", Outcome.values, required=True)
    _commitments(form, required=outcome == Outcome.PROMISED)
    form.choice("verdict", Verdict.values)
    form.words("verdict_reason")
    if form.values["verdict"] and not form.values["verdict_reason"]:
        form.errors["verdict_reason"] = _("请说明采纳或不采纳的理由。")
    form.words("progress", MOST_ANSWER)
    form.words("measures", MOST_ANSWER)
    form.values["base_version"] = form.integer("base_version")


def _override(form: Form) -> None:
    form.words("override_reason")


def _change(form: Form) -> None:
    form.values["version"] = form.integer("version", required=True)
    form.words("text", MOST_ANSWER, required=True)
    form.words("override_reason")


def _review(form: Form) -> None:
    form.values["version"] = form.integer("version", required=True)


def _sign(form: Form) -> None:
    form.values["version"] = form.integer("version", required=True)
    form.words("override_reason")


def _enter_paper(form: Form) -> None:
    """Who signed which version on paper, and when."""
    form.values["version"] = form.integer("version", required=True)
    form.words("override_reason")
    signed_at = form.values["signed_at"] = _moment(form, "signed_at")
    if "signed_at" not in form.errors and signed_at is None:
        form.errors["signed_at"] = _("请照办理签填写签发时间。")
    elif signed_at is not None and signed_at > clock.now():
        form.errors["signed_at"] = _("签发时间不能在将来。")
    elif signed_at is not None and signed_at < form.question.asked_at:
        form.errors["signed_at"] = _("签发时间不能早于提问时间。")
    username = form.words("signer", 40, required=True)
    seats = Seat.objects.filter(hour_id=form.question.hour_id, active=True, account__username=username)
    seat = seats.filter(role__in=[*SIGNER_ROLES, Role.AUTHORISED]).select_related("account").first()
    if username and seat is None:
        form.errors["signer"] = _("这个人在本期没有签发的岗位，请从名单中选择。")
    form.values["signer"] = seat.account if seat else None


def _confirm_paper(form: Form) -> None:
    form.values["version"] = form.integer("version", required=True)


def _correct(form: Form) -> None:
    form.words("text", MOST_ANSWER, required=True)
    form.words("note")
    before = form.question.versions.filter(number=form.question.published_version or 0).first()
    for part in ("progress", "measures"):
        if part in form.data:
            form.words(part, MOST_ANSWER)
        else:  # what a correction does not speak of stays as it was signed
            form.values[part] = getattr(before, part, "")
    _commitments(form, required=False, signed=before.commitments if before else [])


def _withhold(form: Form) -> None:
    form.choice("code", WithholdCode.values)
    form.words("note")


def _urgent(form: Form) -> None:
    form.words("handed_to", 120)
    form.words("note")


def _convene(form: Form) -> None:
    """Without a list, those are called who work on the question anyway."""
    ids = form.integers("units")
    here = Unit.objects.filter(groups__hour_id=form.question.hour_id)
    working = [form.question.lead_id, *form.question.assisting.values_list("id", flat=True)]
    if ids:
        here = here.filter(id__in=ids)
    else:
        here = here.filter(groups__in=working)
        accused = form.question.accused_unit_id if form.question.about_official else None
        if accused is not None:  # never called together about itself
            here = here.exclude(id=accused)
    units = list(here.distinct())
    if ids and len(units) != len(ids):
        form.errors["units"] = _("请选择要召集的单位，它们须在本期的小组中。")
    elif form.question.about_official and any(unit.id == form.question.accused_unit_id for unit in units):
        form.errors["units"] = _("反映的正是这个单位，须回避，请选择别的单位。")
    form.values["units"] = units


def _close_convening(form: Form) -> None:
    form.words("result", required=True)
    form.words("present", required=True)


def _flag(form: Form) -> None:
    form.values["about_official"] = form.switch("about_official")
    form.values["unit"] = _known_unit(form, "unit")


def _remark(form: Form) -> None:
    form.words("text", required=True)


_CLEANERS: dict[str, Callable[[Form], None]] = {
    "accept": _nothing, "decline": _decline, "confirm_decline": _nothing, "reopen": _reopen, "uphold": _uphold,
    "edit": _edit, "split": _split, "merge": _merge, "assign": _assign, "return": _return, "designate": _assign,
    "contribute": _contribute, "draft": _draft, "submit": _override, "send_back": _note, "change": _change,
    "review": _review, "sign": _sign, "enter_paper": _enter_paper, "confirm_paper": _confirm_paper,
    "correct": _correct, "withhold": _withhold, "confirm_withhold": _nothing,
    "restore": _note,
    "urgent": _urgent, "release": _note, "convene": _convene, "close_convening": _close_convening,
    "take": _nothing, "flag": _flag, "note": _remark,
}  # fmt: skip


def clean(verb: str, data: Mapping[str, Any], question: Question) -> dict[str, Any]:
    """The verb's fields, checked and typed; what is absent has its default.

    :raises InvalidFields: naming every field to mend
    """
    form = Form(data, question)
    _CLEANERS[verb](form)
    return form.done()


def decline_values(question: Question) -> dict[str, str]:
    """What fills the text of the refusal in force."""
    decline = current_decline(question)
    if decline is None:
        return {}
    values = {name: str(value) for name, value in decline.fill.items()}
    if decline.handed_to:
        values["handed_to"] = decline.handed_to
    if decline.handed_at:
        values["handed_at"] = clock.local(decline.handed_at).strftime("%Y-%m-%d %H:%M")
    return values
