"""The topic pool: gathered, screened, put to the vote; and the page on which an hour gets its topic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from townhall.desks import paperwork
from townhall.desks.access import Place, place_in, staff
from townhall.desks.calendar import office_actor
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.hours.choices import Identity
from townhall.kernel.errors import FORBIDDEN, Refused, missing
from townhall.kernel.flow import Refusal
from townhall.people import directory
from townhall.topics import actions, flow, queries
from townhall.topics.choices import PUBLIC_STATES, DeclineReason, Origin, PollState, State

if TYPE_CHECKING:
    from townhall.desks.paperwork import Form
    from townhall.hours.seats import Actor
    from townhall.topics.models import Poll, Pool, Topic

TOLD = {
    "accept": gettext_lazy("已收入主题库。"),
    "decline": gettext_lazy("未采纳，原因已告诉提出的单位。"),
    "edit": gettext_lazy("已修改。"),
    "retire": gettext_lazy("已停用。"),
    "restore": gettext_lazy("已恢复为备选。"),
}


def _visitor(request: HttpRequest) -> Actor:
    """Somebody who keeps the pool or proposes for a unit.

    :raises Refused: 403 for anybody else
    """
    actor = office_actor(request)
    if actor.unit_id is None and not actor.holds(flow.KEEPERS):
        raise Refused(FORBIDDEN, "unit", _("主题由各单位提出、区府办管理。您的账号没有所属单位。"))
    return actor


def _number(text: str, most: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most else None


def _year(request: HttpRequest) -> int:
    return _number(request.GET.get("year", ""), 4) or queries.usual_year()


@staff
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """A year's pool; a form sent here proposes a topic."""
    actor = _visitor(request)
    year = _year(request)
    if request.method == "POST":
        own = actor.holds(flow.KEEPERS)
        told = _("主题已收入主题库。") if own else _("主题已提出，区府办审核后入库。")
        return paperwork.act(
            request, "propose", lambda data: actions.propose(actor, year, data),
            lambda attempt: _show(request, actor, year, attempt), told, _back(year),
        )  # fmt: skip
    return _show(request, actor, year, Attempt())


def _back(year: int) -> str:
    return f"{reverse('desks:topics')}?year={year}"


def _show(request: HttpRequest, actor: Actor, year: int, attempt: Attempt) -> HttpResponse:
    keeper = actor.holds(flow.KEEPERS)
    pool = queries.pool(year)
    everything = queries.topics(actor, year)
    state = request.GET.get("state", "")
    state = state if state in State.values else ""
    counts = {value: sum(one.state == value for one in everything) for value in State.values}
    units = directory.units() if keeper else []
    context = {
        "year": year,
        "years": queries.years(),
        "pool": pool,
        "keeper": keeper,
        "state": state,
        "states": [(value, label, counts[value]) for value, label in State.choices if counts[value]],
        "total": len(everything),
        "rows": [
            {"topic": one, "forms": _forms(actor, one, attempt, year)}
            for one in everything
            if not state or one.state == state
        ],
        "propose": _propose_form(actor, pool, attempt, year, units),
        "pool_form": _pool_form(pool, attempt, year) if keeper else None,
        "polls": [_poll(actor, poll) for poll in queries.polls(actor, year)] if pool else [],
        "poll_form": _poll_form(everything, attempt, year) if keeper and pool else None,
    }
    return render(request, "desks/topics/topics.html", context, status=attempt.status)


def _fields(topic: Topic | None = None) -> list[Field]:
    return [
        Field("title", _("主题"), "text", value=topic.title if topic else "", required=True),
        Field("reason", _("理由"), "area", value=topic.reason if topic else "", required=True),
        Field(
            "keywords", _("关键词（查找相关提问用，用空格分开）"), "text", value=topic.keywords if topic else "",
            help=_("不填则从主题里取。"),
        ),
        Field("title_en", _("英文名称（可不填）"), "text", value=topic.title_en if topic else ""),
    ]  # fmt: skip


def _propose_form(
    actor: Actor, pool: Pool | None, attempt: Attempt, year: int, units: list[tuple[int, str]]
) -> Form:
    refused = actions.propose_refusal(actor, pool)
    if refused is None and pool is None:
        refused = Refusal(FORBIDDEN, "closed", _("请先开放这一年的征集。"))
    origins = [("", _("请选择")), *((str(code), str(label)) for code, label in Origin.choices)]
    fields = _fields()
    fields.insert(1, Field("origin", _("来源"), "select", origins, required=True))
    if units:
        fields.insert(
            2,
            Field(
                "unit", _("提出单位"), "select", [("", _("区府办")), *((str(n), name) for n, name in units)]
            ),
        )
    return paperwork.form(
        "propose", _("提出主题"), _back(year), attempt, fields, refused=refused.message if refused else ""
    )


def _pool_form(pool: Pool | None, attempt: Attempt, year: int) -> Form:
    fields = [
        Field("units_open", _("各单位可以提出主题"), "check", value=pool.units_open if pool else True),
        Field("public_open", _("市民可以提建议、点同问、投票"), "check", value=pool.public_open if pool else False),
        Field(
            "identity", _("市民怎样参加"), "select", [(str(one), str(label)) for one, label in Identity.choices],
            pool.identity if pool else Identity.OPEN,
        ),
    ]  # fmt: skip
    label = _("征集设置") if pool else _("开放这一年的征集")
    return paperwork.form("pool", label, reverse("desks:topics-pool", args=[year]), attempt, fields)


def _forms(actor: Actor, topic: Topic, attempt: Attempt, year: int) -> list[Form]:
    return [
        paperwork.form(
            f"{verb}-{topic.id}", flow.MOVES[verb].label,
            f"{reverse('desks:topics-move', args=[topic.id, verb])}?year={year}", attempt,
            _move_fields(verb, topic), refused=refused or "",
        )
        for verb, refused in queries.moves(actor, topic).items()
    ]  # fmt: skip


def _move_fields(verb: str, topic: Topic) -> list[Field]:
    if verb == "edit":
        return _fields(topic)
    if verb == "decline":
        codes = [("", _("请选择")), *((str(code), str(label)) for code, label in DeclineReason.choices)]
        return [
            Field("code", _("原因"), "select", codes, required=True),
            Field("note", _("说明（提出的单位可见）"), "text"),
        ]
    return []


def _poll(actor: Actor, poll: Poll) -> dict[str, Any]:
    options = list(poll.options.all())
    verb = {PollState.DRAFT: "open", PollState.OPEN: "close"}.get(PollState(poll.state))
    labels = {"open": _("开始投票"), "close": _("结束投票并公布结果")}
    form = None
    if verb and actor.holds(flow.KEEPERS):
        action = reverse("desks:topics-poll-move", args=[poll.id, verb])
        form = paperwork.form(f"{verb}-poll-{poll.id}", labels[verb], action, Attempt())
    return {
        "poll": poll,
        "total": sum(one.votes for one in options),
        "options": sorted(options, key=lambda one: (-one.votes, one.id)),
        "form": form,
    }


def _poll_form(topics: list[Topic], attempt: Attempt, year: int) -> Form:
    options = [(str(one.id), one.title) for one in topics if one.state in PUBLIC_STATES]
    fields = [Field("topics", _("请选 2 到 6 个主题"), "checks", options, required=True)]
    refused = "" if len(options) > 1 else _("主题库里至少要有两个主题。")
    action = reverse("desks:topics-poll", args=[year])
    return paperwork.form("poll", _("准备公众投票"), action, attempt, fields, refused=refused)


@staff
@require_POST
def set_pool(request: HttpRequest, year: int) -> HttpResponse:
    """Open or close a year's gathering."""
    actor = _visitor(request)
    return paperwork.act(
        request, "pool", lambda data: actions.set_pool(actor, year, data),
        lambda attempt: _show(request, actor, year, attempt), _("征集设置已保存。"), _back(year),
    )  # fmt: skip


@staff
@require_POST
def move(request: HttpRequest, topic_id: int, verb: str) -> HttpResponse:
    """Take a topic in, decline, change, retire or restore it."""
    actor = _visitor(request)
    if verb not in TOLD:
        raise missing(_("没有这项操作。"))
    year = _year(request)
    return paperwork.act(
        request, f"{verb}-{topic_id}", lambda data: actions.perform(actor, verb, topic_id, data),
        lambda attempt: _show(request, actor, year, attempt), TOLD[verb], f"{_back(year)}#t-{topic_id}",
    )  # fmt: skip


@staff
@require_POST
def make_poll(request: HttpRequest, year: int) -> HttpResponse:
    """Prepare a poll over a shortlist."""
    actor = _visitor(request)
    return paperwork.act(
        request, "poll", lambda data: actions.make_poll(actor, year, data.get("topics", [])),
        lambda attempt: _show(request, actor, year, attempt), _("投票已准备好，检查后开始。"), _back(year),
    )  # fmt: skip


@staff
@require_POST
def move_poll(request: HttpRequest, poll_id: int, verb: str) -> HttpResponse:
    """Open or close a poll."""
    actor = _visitor(request)
    poll = actions.move_poll(actor, verb, poll_id)
    return paperwork.act(
        request, "", lambda data: None, lambda attempt: _show(request, actor, poll.pool.year, attempt),
        _("投票已开始。") if verb == "open" else _("投票已结束，结果已公布。"), f"{_back(poll.pool.year)}#polls",
    )  # fmt: skip


# -- for an hour ----------------------------------------------------------------------------------------


def _chooser(request: HttpRequest, slug: str) -> Place:
    place = place_in(request, slug)
    if found := flow.seat_refusal(place.actor):
        raise Refused(found.status, found.code, found.message)
    return place


@staff
@require_GET
def choose_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The topics an hour may take; ``?topic=`` shows the evidence for one."""
    return _show_choice(request, _chooser(request, slug), Attempt())


def _show_choice(request: HttpRequest, place: Place, attempt: Attempt) -> HttpResponse:
    topic_id = _number(str(request.GET.get("topic", "")), 18)
    found = queries.evidence_of(place.actor, topic_id) if topic_id else None
    form = None
    if found:
        refused = flow.hour_refusal(place.hour) or flow.state_refusal("choose", found[0])
        action = f"{reverse('desks:choose-topic-do', args=[place.hour.slug])}?topic={found[0].id}"
        form = paperwork.form(
            "choose", _("选定为本期主题"), action, attempt, [Field("reason", _("说明（可不填）"), "text")],
            refused=refused.message if refused else "",
        )  # fmt: skip
    context = {
        "hour": place.hour,
        "choice": queries.choice_for(place.hour),
        "candidates": queries.candidates(place.actor),
        "topic": found[0] if found else None,
        "evidence": found[1] if found else None,
        "form": form,
    }
    return render(request, "desks/topics/choose.html", context, status=attempt.status)


@staff
@require_POST
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose the topic whose evidence is shown."""
    place = _chooser(request, slug)
    topic_id = _number(str(request.GET.get("topic", "")), 18)
    if topic_id is None:
        raise missing(_("没有这个主题。"))
    return paperwork.act(
        request, "choose", lambda data: actions.choose(place.actor, topic_id, data),
        lambda attempt: _show_choice(request, place, attempt), _("本期主题已选定。"),
        reverse("desks:choose-topic", args=[slug]),
    )  # fmt: skip
