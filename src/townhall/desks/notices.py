"""Notices to units, as the coordinator writes, sends and follows them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from townhall.desks import formdata, paperwork
from townhall.desks.access import Place, place_in, staff
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.documents import receiving, serving
from townhall.documents.actions import keep_upload
from townhall.documents.uploads import accepts
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused, missing
from townhall.people import directory
from townhall.preparation import actions, flow, papers, queries
from townhall.preparation.choices import BY_HAND, Grade, Layout, Way

if TYPE_CHECKING:
    from townhall.desks.paperwork import Act, Form
    from townhall.preparation.models import Notice, NoticeVersion

TOLD = {
    "send": gettext_lazy("通知已印发，等待各单位签收。"),
    "chase": gettext_lazy("已提醒未签收的单位。"),
    "withdraw": gettext_lazy("通知已撤销，各单位将收到告知。"),
    "sign_on_paper": gettext_lazy("签收已补录。"),
    "approach": gettext_lazy("已登记。"),
}
USUAL_DAYS_TO_SIGN = 2
USUAL_SIGNING_HOUR = 17


@staff
@require_GET
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """Every notice of the hour, and who has not read or signed."""
    place = place_in(request, slug)
    refused = flow.begin_refusal(place.actor, place.hour.stage)
    context = {"notices": queries.notices(place.actor), "may_write": refused is None, "why_not": refused}
    return render(request, "desks/preparation/notices.html", frame(place) | context)


def frame(place: Place) -> dict[str, Any]:
    """What stands around every page before the hour."""
    return {"hour": place.hour, "stage": place.hour.get_stage_display(), "actor": place.actor}


# -- writing -------------------------------------------------------------------------------------------------------


@staff
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, slug: str, notice_id: int | None = None) -> HttpResponse:
    """Write a notice, or its next version; an attached file is kept even when another field must be mended."""
    place = place_in(request, slug)
    shown = queries.notice(place.actor, notice_id) if notice_id else None
    if request.method == "GET":
        return _editor(request, place, shown, Attempt())
    typed = formdata.read(request)
    typed.data.setdefault("attachments", [])
    try:
        _take_file(request, place, typed.data)
        saved = actions.write_notice(place.actor, typed.data, notice_id)
    except (Refused, InvalidFields) as error:
        attempt = Attempt(verb="write", typed=typed, error=error)
        if isinstance(error, InvalidFields):
            attempt.places = {name: str(message) for name, message in error.errors.items()}
        return _editor(request, place, shown, attempt)
    return redirect("desks:notice", slug, saved.id)


def _take_file(request: HttpRequest, place: Place, data: dict[str, Any]) -> None:
    file = receiving.received(request)
    if file is None or flow.begin_refusal(place.actor, place.hour.stage) is not None:
        return
    upload = keep_upload(file, "attachment", place.actor.account_id, line=place.hour.id)
    data["attachments"] = [*data["attachments"], str(upload.id)]


def _editor(
    request: HttpRequest, place: Place, shown: dict[str, Any] | None, attempt: Attempt
) -> HttpResponse:
    actor = place.actor
    queries.may_read(actor)
    refusal = (
        flow.refusal(actor, "revise", shown["notice"])
        if shown
        else flow.begin_refusal(actor, place.hour.stage)
    )
    if refusal is not None:
        raise Refused(refusal.status, refusal.code, refusal.message)
    action = (
        reverse("desks:notice-edit", args=[place.hour.slug, shown["notice"].id])
        if shown
        else reverse("desks:notice-new", args=[place.hour.slug])
    )
    made = paperwork.form("write", _("保存"), action, attempt, _fields(place, shown, attempt))
    context = frame(place) | {"form": made, "shown": shown}
    return render(request, "desks/preparation/notice_edit.html", context, status=attempt.status)


def _start(place: Place) -> dict[str, Any]:
    """What a new notice begins with."""
    due = clock.local(clock.now()).replace(hour=USUAL_SIGNING_HOUR, minute=0)
    words = papers.defaults(place.hour) | queries.usual_words()
    return words | {
        "layout": Layout.TELEGRAM.value, "grade": Grade.RAISED.value, "approver": "", "machine_number": "",
        "copies": "", "contact_name": place.actor.name,
        "serial": "", "units": queries.concerned(place.actor),
        "due_at": paperwork.local(due + timedelta(days=USUAL_DAYS_TO_SIGN)), "attachments": [],
    }  # fmt: skip


def _kept(notice: Notice, version: NoticeVersion) -> dict[str, Any]:
    names = (
        "title",
        "text",
        "issuer",
        "layout",
        "grade",
        "approver",
        "machine_number",
        "copies",
        "contact_name",
        "contact_phone",
    )
    return {name: getattr(version, name) for name in names} | {
        "code": notice.code, "serial": notice.serial or "", "units": version.unit_ids,
        "due_at": paperwork.local(version.due_at),
        "attachments": [str(one.upload_id) for one in version.attachments.all()],
    }  # fmt: skip


def _fields(place: Place, shown: dict[str, Any] | None, attempt: Attempt) -> list[Field]:
    now = _kept(shown["notice"], shown["newest"]) if shown else _start(place)
    fixed = shown is not None and shown["notice"].sent_version is not None
    number = [
        Field("code", _("机关代字"), "text", value=now["code"], help=_("如“澄府办”；没有可不填。")),
        Field("serial", _("文号的序号"), "number", value=now["serial"], help=_("留空则印发时自动编号。")),
    ]
    attached = queries.files_named(
        place.hour.id, [*now["attachments"], *attempt.typed.data.get("attachments", [])]
    )
    return [
        Field("layout", _("格式"), "select", [(value, str(label)) for value, label in Layout.choices], now["layout"]),
        Field(
            "grade", _("紧急程度"), "select", [(value, str(label)) for value, label in Grade.choices], now["grade"],
            help=_("明电四级均可用；公文只用特急、加急或不标。本系统不处理涉密文件，没有密级。"),
        ),
        *([] if fixed else number),
        Field("title", _("标题"), "text", value=now["title"]),
        Field("units", _("主送单位"), "checks", [(str(one), name) for one, name in directory.units()], now["units"]),
        Field("text", _("正文"), value=now["text"], help=_("每行一段；一、（一）1. 作为层次。")),
        Field(
            "due_at", _("签收截止时间"), "moment", value=now["due_at"],
            help=_("到时未签收的单位，系统每天提醒一次。"),
        ),
        Field("issuer", _("发文机关"), "text", value=now["issuer"]),
        Field("approver", _("签批人"), "text", value=now["approver"], help=_("明电报头“签批”处的姓名，可不填。")),
        Field(
            "machine_number", _("机号"), "text", value=now["machine_number"],
            help=_("明电报头上本机关自己的流水号，公文不用。"),
        ),
        Field("copies", _("抄送"), "text", value=now["copies"], help=_("另外送给谁看，如“区委办、区人大办”，可不填。")),
        Field("contact_name", _("联系人"), "text", value=now["contact_name"]),
        Field("contact_phone", _("联系电话"), "text", value=now["contact_phone"]),
        *([Field("attachments", _("附件"), "checks", attached, now["attachments"])] if attached else []),
        Field(
            "file", _("添加附件"), "file", value=accepts("attachment"),
            help=_("最大 20 MB。标有“秘密”“机密”等字样的文件会被拒收。"),
        ),
    ]  # fmt: skip


# -- following -----------------------------------------------------------------------------------------------------


@staff
@require_GET
def page(request: HttpRequest, slug: str, notice_id: int) -> HttpResponse:
    """One notice: its words, its receipts, its questions."""
    return _show(request, place_in(request, slug), notice_id, Attempt())


def _show(request: HttpRequest, place: Place, notice_id: int, attempt: Attempt) -> HttpResponse:
    shown = queries.notice(place.actor, notice_id)
    context = {
        **shown,
        "forms": _forms(place, shown, attempt),
        "rows": [row | {"forms": _receipt_forms(place, shown, row, attempt)} for row in shown["rows"]],
        "asked": [(one, _answer_form(place, shown, one, attempt)) for one in shown["asked"]],
        "sent_on": shown["sent"] or shown["newest"],
    }
    return render(request, "desks/preparation/notice.html", frame(place) | context, status=attempt.status)


def _address(place: Place, shown: dict[str, Any], verb_name: str) -> str:
    return reverse("desks:notice-verb", args=[place.hour.slug, shown["notice"].id, verb_name])


def _forms(place: Place, shown: dict[str, Any], attempt: Attempt) -> dict[str, Form]:
    moves = shown["moves"]
    found: dict[str, Form] = {}
    if "send" in moves:
        fields = []
        if shown["on_paper"] or shown["without"]:
            label = _("上面点名的单位改用传真或专人送达，签收后补录")
            fields.append(Field("accept_paper", label, "check"))
        found["send"] = paperwork.form(
            "send", flow.NOTICE_MOVES["send"].label, _address(place, shown, "send"), attempt, fields,
            summary=flow.NOTICE_MOVES["send"].summary, refused=moves["send"], open=bool(fields),
        )  # fmt: skip
    if "withdraw" in moves and not moves["withdraw"]:
        found["withdraw"] = paperwork.form(
            "withdraw", flow.NOTICE_MOVES["withdraw"].label, _address(place, shown, "withdraw"), attempt,
            [Field("sure", _("确认撤销，已签收的记录保留"), "check")],
        )  # fmt: skip
    if "send" in moves and shown["waiting"]:
        found["chase"] = paperwork.form(
            "chase", flow.RECEIPT_MOVES["chase"].label, _address(place, shown, "chase"), attempt,
            summary=_("提醒全部未签收的单位，每天最多一次。"),
        )  # fmt: skip
    return found


def _receipt_forms(place: Place, shown: dict[str, Any], row: dict[str, Any], attempt: Attempt) -> list[Form]:
    receipt, moves = row["receipt"], row["moves"]
    if receipt.signed_at is not None:  # nobody needs to be reached any more
        return []
    ways = [(one.value, str(one.label)) for one in Way if one.value in BY_HAND]
    now = paperwork.local(clock.now())
    fields = {
        "approach": [
            Field("way", _("方式"), "select", ways),
            Field("whom", _("联系到谁、号码"), "text"),
            Field("at", _("时间"), "moment", value=now),
            Field("note", _("情况"), "text"),
        ],
        "sign_on_paper": [
            Field("name", _("签收人"), "text"),
            Field("at", _("签收时间"), "moment", value=now),
        ],
    }
    return [
        paperwork.form(
            f"{verb_name}-{receipt.id}", flow.RECEIPT_MOVES[verb_name].label,
            reverse("desks:notice-receipt", args=[place.hour.slug, shown["notice"].id, receipt.id, verb_name]),
            attempt, made,
        )
        for verb_name, made in fields.items()
        if verb_name in moves and moves[verb_name] is None
    ]  # fmt: skip


def _answer_form(place: Place, shown: dict[str, Any], asked: Any, attempt: Attempt) -> Form | None:
    if asked.answered_at is not None or not place.actor.holds(flow.COORDINATOR):
        return None
    address = reverse("desks:notice-answer", args=[place.hour.slug, shown["notice"].id, asked.id])
    return paperwork.form(f"answer-{asked.id}", _("回复"), address, attempt, [Field("answer", _("回复内容"))])


@staff
@require_POST
def verb(request: HttpRequest, slug: str, notice_id: int, verb: str) -> HttpResponse:
    """Send a notice, remind who has not signed, withdraw it."""
    place = place_in(request, slug)
    acts: dict[str, Act] = {
        "send": partial(actions.send, place.actor, notice_id),
        "chase": lambda _data: _chase(place, notice_id),
        "withdraw": lambda data: _withdraw(place, notice_id, data),
    }
    if verb not in acts:
        raise missing(_("没有这项操作。"))
    go = reverse("desks:notice", args=[slug, notice_id])
    return paperwork.act(request, verb, acts[verb], partial(_show, request, place, notice_id), TOLD[verb], go)


def _chase(place: Place, notice_id: int) -> None:
    if not actions.chase(place.actor, notice_id):
        raise Refused(409, "chased", _("今天都已提醒过，或未签收的单位没有账号：请用电话催办。"))


def _withdraw(place: Place, notice_id: int, data: dict[str, Any]) -> None:
    paperwork.sure(data)
    actions.withdraw(place.actor, notice_id)


@staff
@require_POST
def receipt_verb(request: HttpRequest, slug: str, notice_id: int, receipt_id: int, verb: str) -> HttpResponse:
    """Enter a signature on paper, a telephone call, a fax."""
    place = place_in(request, slug)
    acts = {"approach": actions.approach, "sign_on_paper": actions.sign_on_paper}
    if verb not in acts:
        raise missing(_("没有这项操作。"))
    go = reverse("desks:notice", args=[slug, notice_id]) + f"#r-{receipt_id}"
    do = partial(acts[verb], place.actor, receipt_id)
    return paperwork.act(
        request, f"{verb}-{receipt_id}", do, partial(_show, request, place, notice_id), TOLD[verb], go
    )


@staff
@require_POST
def answer(request: HttpRequest, slug: str, notice_id: int, question_id: int) -> HttpResponse:
    """Answer what a unit asked."""
    place = place_in(request, slug)
    go = reverse("desks:notice", args=[slug, notice_id]) + "#asked"
    do = partial(actions.answer_back, place.actor, question_id)
    show = partial(_show, request, place, notice_id)
    return paperwork.act(request, f"answer-{question_id}", do, show, _("已回复。"), go)


@staff
@require_GET
def paper(request: HttpRequest, slug: str, notice_id: int, version: int, kind: str) -> HttpResponse:
    """A version as .docx or PDF: to print, to fax, to file."""
    shown = queries.notice(place_in(request, slug).actor, notice_id)
    found = next((one for one in shown["versions"] if one.version == version), None)
    if found is None or kind not in {"docx", "pdf"}:
        raise missing(_("没有这个文件。"))
    return paperwork.download(papers.notice_file(shown["notice"], found, kind))


@staff
@require_GET
def attachment(request: HttpRequest, slug: str, notice_id: int, upload_id: int) -> HttpResponse:
    """A file that goes out with the notice."""
    shown = queries.notice(place_in(request, slug).actor, notice_id)
    for version in shown["versions"]:
        for one in version.attachments.all():
            if one.upload_id == upload_id:
                return serving.kept(one.upload)  # type: ignore[return-value]
    raise missing(_("没有这个文件。"))
