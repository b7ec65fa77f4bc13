"""Promises at the desk: a unit's own, what leaders decide, what the inspector follows. Bound to no hour and no seat."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.commitments import actions, flow, monthly, parties, queries
from townhall.commitments.actions import Files
from townhall.commitments.choices import (
    MOST_PICTURES,
    EndReason,
    ExtensionReason,
    Handling,
    Template,
)
from townhall.desks import paperwork
from townhall.desks.access import signed_in, staff
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.documents import receiving, serving, uploads
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, Refused, missing
from townhall.kernel.text import whole_number
from townhall.questions import dossier
from townhall.voice import published as voice
from townhall.wrapping import published as wrapping

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.commitments.parties import Hand
    from townhall.desks.paperwork import Form

# One act a state is the one people come for; it stands first and unfolded by its name.
_FIRST = ("report", "verify", "close", "approve_extension", "sign_end")


def _hand(request: HttpRequest) -> Hand:
    found = parties.hand_of(signed_in(request))
    if found is None:
        raise Refused(FORBIDDEN, "unit", _("您的账号没有所属单位，请联系技术保障登记。"))
    return found


@staff
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """One of this person's lists; ``?view=`` another one, ``?page=`` further on."""
    return _list(request, _hand(request), Attempt())


def _list(request: HttpRequest, hand: Hand, attempt: Attempt) -> HttpResponse:
    views = queries.views(hand)
    if not views:
        raise missing(_("您没有要跟进的承诺。"))
    key = request.GET.get("view", "") or request.POST.get("view", "") or views[0].key
    number = whole_number(request.GET.get("page", "")) or 1
    view, rows, more = queries.listed(hand, key, min(number, 10_000))
    counts = queries.counts(hand)
    named = dossier.headings(queries.question_ids(rows))
    chasing = any(row["may_chase"] for row in rows)
    context = {
        "views": [{"key": one.key, "label": one.label, "count": counts.get(one.key)} for one in views],
        "view": view,
        "rows": [row | {"question": named.get(row["commitment"].question_id)} for row in rows],
        "older": f"?view={view.key}&page={number + 1}" if more else "",
        "chasing": chasing,
        "templates": Template.choices,
        "inspects": bool(hand.anywhere & (flow.INSPECTOR | flow.LEADERS)),
        "failed": attempt.message,
        "error": attempt.places,
        "typed": attempt.typed.data,
    }
    return render(request, "desks/promises/list.html", context, status=attempt.status)


@staff
@require_POST
def chase(request: HttpRequest) -> HttpResponse:
    """Chase everything that was ticked, in one step."""
    hand = _hand(request)
    view = request.POST.get("view", "")
    chosen = [number for word in request.POST.getlist("chosen") if (number := whole_number(word))]
    done = 0

    def do(data: dict[str, Any]) -> None:
        if not hand.anywhere & flow.INSPECTOR:
            raise Refused(FORBIDDEN, "seat", _("催办由督查室进行。"))
        nonlocal done
        done = actions.chase_together(hand, chosen, data)

    def told() -> str:
        words = {"n": done, "passed": len(set(chosen)) - done}
        if words["passed"]:
            return (
                _("已催办 %(n)s 项，承办单位会收到站内消息；另有 %(passed)s 项已经报结或办结，没有催办。")
                % words
            )
        return _("已催办，承办单位会收到站内消息。")

    go = reverse("desks:promises") + (f"?view={view}" if view.isidentifier() else "")
    return paperwork.act(request, "chase", do, partial(_list, request, hand), told, go)


# -- one promise --------------------------------------------------------------------------------------------


@staff
@require_GET
def page(request: HttpRequest, commitment_id: int) -> HttpResponse:
    """One promise with its history and what this person may do."""
    return _show(request, _hand(request), commitment_id, Attempt())


def _show(request: HttpRequest, hand: Hand, commitment_id: int, attempt: Attempt) -> HttpResponse:
    found = queries.detail(hand, commitment_id)
    verbs = sorted(found["moves"], key=lambda verb: verb not in _FIRST)
    context = found | {
        "question": dossier.headings([found["commitment"].question_id]).get(found["commitment"].question_id),
        "forms": [_form(verb, found, attempt) for verb in verbs if verb != "cover_picture"],
        "may_cover": "cover_picture" in found["moves"],
        "failed": attempt.message if attempt.verb not in found["moves"] else "",
        "home": reverse("desks:promises"),
        "today": clock.today(),
    }
    return render(request, "desks/promises/promise.html", context, status=attempt.status)


def _form(verb: str, found: dict[str, Any], attempt: Attempt) -> Form:
    move = flow.MOVES[verb]
    make = _FIELDS.get(verb)
    return paperwork.form(
        verb, move.label, reverse("desks:promise-verb", args=[found["commitment"].id, verb]), attempt,
        make(found) if make else [], summary=move.summary, refused=found["moves"][verb] or "",
        open=verb in _FIRST[1:] and not found["moves"][verb],
    )  # fmt: skip


def _today(label: Any) -> Field:
    return Field("on", str(label), "date", value=clock.today().isoformat())


def _pictures(help_: Any = "") -> list[Field]:
    words = _("最多 %(most)s 张；照片里的拍摄地点等信息会自动去掉。") % {"most": MOST_PICTURES}
    return [
        Field("pictures", _("照片"), "file", value="image/jpeg,image/png,image/webp", help=f"{help_}{words}"),
        Field("caption", _("照片说明（每行一张）")),
    ]


def _choose(options: list[tuple[Any, Any]]) -> list[tuple[str, str]]:
    return [("", _("请选择")), *((str(value), str(label)) for value, label in options)]


_FIELDS: dict[str, Callable[[dict[str, Any]], list[Field]]] = {
    "progress": lambda found: [
        _today(_("日期")), Field("text", _("办到哪一步（公开）")),
        Field("handling", _("办理方式"), "select", _choose(Handling.choices), found["commitment"].handling),
        *_pictures(),
    ],
    "ask_extension": lambda _found: [
        Field("due", _("新的日期"), "date"),
        Field("reason_code", _("原因"), "select", _choose(ExtensionReason.choices)),
        Field("text", _("向公众说明（公开）")),
    ],
    "approve_extension": lambda _found: [Field("note", _("批语（内部，可不填）"), "text")],
    "refuse_extension": lambda _found: [Field("text", _("理由（公开）"), "text")],
    "report": lambda _found: [
        _today(_("办好的日期")), Field("text", _("办理结果（公开）")), *_pictures(),
        Field("evidence", _("证明材料（只给督查室看）"), "file", value=uploads.accepts("evidence")),
    ],
    "propose_end": lambda _found: [
        Field("reason_code", _("原因"), "select", _choose(EndReason.choices)),
        Field("text", _("向公众说明（签发后公开）")),
    ],
    "sign_end": lambda _found: [Field("note", _("批语（内部，可不填）"), "text")],
    "refuse_end": lambda _found: [Field("text", _("理由（内部）"), "text")],
    "verify": lambda _found: [_today(_("核查日期")), Field("note", _("核查情况（内部）"))],
    "rework": lambda _found: [Field("text", _("还差什么（公开）"))],
    "close": lambda _found: [Field("text", _("结果（公开，可不填）"), "text")],
    "site_check": lambda _found: [
        _today(_("日期")), Field("text", _("现场看到的情况")), *_pictures(),
        Field("public", _("向公众公开"), "check"),
    ],
    "chase": lambda found: [
        Field("template", _("催办内容"), "select", _choose(Template.choices), found["template"]),
        Field("note", _("补充说明（内部，可不填）"), "text"),
    ],
    "escalate": lambda found: [
        Field("level", _("提到"), "select", _choose(found["levels"])),
        Field("note", _("说明（内部，可不填）"), "text"),
    ],
    "reopen": lambda _found: [Field("text", _("原因（公开）"))],
}  # fmt: skip


@staff
@require_POST
def verb(request: HttpRequest, commitment_id: int, verb: str) -> HttpResponse:
    """Do something to a promise."""
    hand = _hand(request)

    def do(data: dict[str, Any]) -> None:
        actions.perform(hand, verb, commitment_id, data, _files(request))

    show = partial(_show, request, hand, commitment_id)
    told = flow.MOVES[verb].label if verb in flow.MOVES else ""
    go = reverse("desks:promise", args=[commitment_id])
    return paperwork.act(request, verb, do, show, _("%(what)s：已登记。") % {"what": told}, go)


def _files(request: HttpRequest) -> Files:
    """The pictures and the document of a form; one that is too large is refused by name."""
    receiving.received(request, "pictures")
    captions = request.POST.get("caption", "").replace("\r", "").split("\n")
    return Files(
        pictures=[file for file in request.FILES.getlist("pictures") if file],
        evidence=receiving.received(request, "evidence"),
        captions=[words.strip() for words in captions],
    )


# -- the month ----------------------------------------------------------------------------------------------


def _month(request: HttpRequest) -> monthly.Month:
    hand = _hand(request)
    if not hand.anywhere & (flow.INSPECTOR | flow.LEADERS):
        raise Refused(FORBIDDEN, "seat", _("月度情况由督查室和区领导查看。"))
    word = request.GET.get("month", "")
    found = monthly.month(word) if word else monthly.month_of(clock.today())
    if found is None:
        raise missing(_("没有这个月的情况，请写成 2026-11 这样的月份。"))
    return found


@staff
@require_GET
def month(request: HttpRequest) -> HttpResponse:
    """The mayor's one page of a month."""
    chosen = _month(request)
    context = {
        "report": monthly.report(chosen, listed=monthly.MOST_SHOWN),
        "month": chosen,
        "leftovers": wrapping.month(chosen.begins, chosen.ends, clock.today()),
        "voices": voice.said_between(chosen.begins, chosen.ends),
    }
    return render(request, "desks/promises/month.html", context)


@staff
@require_GET
def circular(request: HttpRequest, kind: str) -> HttpResponse:
    """The month's circular, drafted, as .docx to edit or as PDF."""
    chosen = _month(request)
    if kind not in {"docx", "pdf"}:
        raise missing(_("没有这种格式。"))
    content, content_type = monthly.circular(monthly.report(chosen), kind)
    return serving.made(content, f"promises-{chosen.word}.{kind}", content_type)


def home_link(request: HttpRequest) -> dict[str, Any] | None:
    """What the first page of the desks says about promises; ``None`` when they are nobody's business here."""
    hand = parties.hand_of(signed_in(request))
    if hand is None or not queries.views(hand):
        return None
    return {"count": queries.waiting_for(hand), "url": reverse("desks:promises")}
