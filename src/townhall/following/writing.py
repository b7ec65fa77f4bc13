"""The words of messages, written when they leave from what is public then; nothing left to say, no message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.commitments.choices import SHOWN
from townhall.commitments.models import Step
from townhall.following import links, things
from townhall.following.choices import MOST_LINES, Kind, What
from townhall.following.models import ALIVE, Follow, Note
from townhall.live import steps, wording
from townhall.outreach.letters import Written
from townhall.questions import promised
from townhall.questions import published as questions

if TYPE_CHECKING:
    from collections.abc import Mapping

# For SMS: Chinese whatever the reader's language, and no word of a citizen's or a unit's in it.
_SMS_HEADINGS = {
    "progress": "有新的办理进展", "approve_extension": "批准延期", "report": "已报结，等待核查", "verify": "核查通过",
    "rework": "退回重办", "close": "已办结", "sign_end": "由区长签发终止办理", "site_check": "有现场核查记录",
    "reopen": "重新办理", "replaced": "答复已更正",
}  # fmt: skip
_SMS_WHAT = {What.ANSWER.value: "有新答复", What.PROMISE.value: "有新承诺"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is told, as it may be read now."""

    note: Note
    heading: str
    text: str
    page: str
    sms: str


def news(channel: str, parameters: Mapping[str, Any]) -> Written | None:
    """The message of these notes; ``None`` when none of them may be told any more."""
    rows = Note.objects.filter(
        id__in=parameters["notes"], follow__erased_at=None, follow__stopped_at=None
    ).select_related("follow")
    lines = [line for note in rows.order_by("follow_id", "id") if (line := _line(note)) is not None]
    if not lines:
        return None
    return _short(lines) if channel == "sms" else _long(lines)


def _line(note: Note) -> Line | None:
    if note.what == What.STEP:
        return _step(note)
    return _answer(note) if note.what == What.ANSWER else _promise(note)


def _step(note: Note) -> Line | None:
    commitment = Step.objects.filter(id=note.thing).values_list("commitment_id", flat=True).first()
    found = promised.promise(commitment) if commitment else None
    told = [step for step in found["timeline"] if step["id"] == note.thing] if found else []
    if found is None or found["covered"] or not told:
        return None
    (step,) = told
    head = " ".join(part for part in (wording.day(step["on"]), step["heading"], step["who"]) if part)
    sms = _SMS_HEADINGS.get(step["verb"], "有新的办理进展")
    return Line(note, head, steps.told(step), f"/promises/{commitment}/", sms)


def _answer(note: Note) -> Line | None:
    found = questions.of_ids([note.thing])
    answer = found[0]["answer"] if found else None
    if not answer:
        return None
    head = _("更正了答复") if note.version > 1 else _("新答复")
    text = f"{found[0]['title']}\n{wording.signer(answer)}"
    return Line(note, head, text, f"/questions/{note.thing}/", _SMS_WHAT[note.what])


def _promise(note: Note) -> Line | None:
    found = promised.promise(note.thing)
    if found is None or found["covered"] or found["state"] not in SHOWN:
        return None
    day = _("%(unit)s，%(day)s前") % {"unit": found["unit"], "day": wording.day(found["due"])}
    return Line(
        note, _("新承诺"), f"{found['text']}\n{day}", f"/promises/{note.thing}/", _SMS_WHAT[note.what]
    )


def _named(follow: Follow) -> str:
    return things.name_of(follow.kind, follow.target) or str(Kind(follow.kind).label)


def _stop(follows: list[Follow]) -> str:
    """What one tap of a mail program ends: this follow, or everything when the message is about several."""
    return links.stop_link(follows[0], links.STOP if len(follows) == 1 else links.ALL)


def _long(lines: list[Line]) -> Written:
    follows = list({line.note.follow_id: line.note.follow for line in lines}.values())
    parts: list[str] = []
    for follow in follows:
        own = [line for line in lines if line.note.follow_id == follow.id]
        parts.append(f"【{_named(follow)}】")
        parts += [
            "\n".join(part for part in (one.heading, one.text, _url(one)) if part) for one in own[:MOST_LINES]
        ]
        if len(own) > MOST_LINES:
            page = things.find(follow.kind, follow.target)
            more = {"n": len(own) - MOST_LINES, "link": settings.BASE_URL + (page.page if page else "/")}
            parts.append(_("还有 %(n)s 条，见 %(link)s") % more)
        if follow.ended_at is not None:
            parts.append(
                _("这项承诺有了结果，订阅到此结束，您的邮箱到期自动删除；在那以前如果重新办理，会再告诉您。")
            )
    parts.append("-- ")
    for follow in follows:
        stop = {"name": _named(follow), "link": links.stop_link(follow)}
        parts.append(_("退订“%(name)s”：%(link)s") % stop)
    if len(follows) > 1:
        parts.append(_("全部退订：%(link)s") % {"link": links.stop_link(follows[0], links.ALL)})
    if len(lines) == 1:
        subject = f"{lines[0].heading} · {_named(follows[0])}"
    else:
        subject = _("您订阅的消息（%(n)s 条）") % {"n": len(lines)}
    return Written(" ".join(subject.split()), "\n\n".join(parts), _stop(follows))


def _url(line: Line) -> str:
    return f"{settings.BASE_URL}{line.page}"


def _short(lines: list[Line]) -> Written:
    follows = list({line.note.follow_id: line.note.follow for line in lines}.values())
    stop = _stop(follows)
    about = _spoken(follows[0]) if len(follows) == 1 else f"{_spoken(follows[0])}等 {len(follows)} 项"
    what = lines[0].sms if len(lines) == 1 else f"有 {len(lines)} 条新消息"
    # Several things have no page in common but the one that lists what this number follows.
    url = _url(lines[-1]) if len({line.page for line in lines}) == 1 else stop
    return Written("", "", stop, {"about": about, "what": what, "url": url, "stop": stop})


def _spoken(follow: Follow) -> str:
    """What is followed, for an SMS: a promise by the number of its question."""
    if follow.kind == Kind.PROMISE:
        found = promised.promise(int(follow.target))
        return f"第 {found['number']} 号提问的承诺" if found else "承诺"
    return things.name_of(follow.kind, follow.target)


def confirmation(_channel: str, parameters: Mapping[str, Any]) -> Written | None:
    """The mail that asks whether the address is its owner's; whoever follows already is told so."""
    follow = Follow.objects.filter(ALIVE, id=parameters["follow"]).first()
    found = things.find(follow.kind, follow.target) if follow else None
    if follow is None or found is None:
        return None
    if follow.agreed_at is not None:
        words = _(
            "有人（可能是您）请求用这个邮箱订阅“%(name)s”。您已经订阅了，不用再做什么。\n退订：%(link)s"
        )
        link = links.stop_link(follow)
        return Written(_("您已经订阅"), words % {"name": found.name, "link": link}, link)
    words = _(
        "有人（可能是您）请求用这个邮箱订阅“%(name)s”的消息。同意请在 48 小时内打开：%(link)s\n"
        "不是您，请不用理会：没有确认，我们不会再发，邮箱到时删除。"
    )
    return Written(
        _("请确认订阅"),
        words % {"name": found.name, "link": links.confirm_link(follow)},
        links.stop_link(follow),
    )
