"""Notices, minutes and announcements as papers: .docx the office can edit, PDF to print or fax, plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from townhall.documents import render
from townhall.documents.papers import Paper, day
from townhall.hours.choices import Stage
from townhall.kernel import clock
from townhall.people.models import Unit
from townhall.preparation import checklist
from townhall.preparation.choices import ANNOUNCEMENT_TITLE, Grade, Layout, Wanted
from townhall.preparation.queries import number_of, units_named

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from townhall.hours.models import OfficeHour
    from townhall.preparation.models import Announcement, Meeting, Minutes, Notice, NoticeVersion

# Papers are in Chinese whatever language the desk speaks.
_GRADES = {Grade.TOP: "特提", Grade.HIGH: "特急", Grade.RAISED: "加急", Grade.PLAIN: "平急"}
_WANTED = {Wanted.HEAD: "单位负责人", Wanted.DIRECTOR: "办公室主任"}
_WEEKDAYS = "一二三四五六日"
MOST_NAMED = 30


@dataclass(frozen=True, slots=True)
class Made:
    """A finished paper, to be handed over."""

    content: bytes
    content_type: str
    name: str


def when(moment: datetime) -> str:
    """A moment as a paper says it: 2026年11月30日（星期一）19:00."""
    local = clock.local(moment)
    return f"{day(local)}（星期{_WEEKDAYS[local.weekday()]}）{local:%H:%M}"


def span(hour: OfficeHour) -> str:
    """From when to when an hour lasts."""
    return f"{when(hour.starts_at)}至{clock.local(hour.ends_at):%H:%M}"


def issue(hour: OfficeHour) -> str:
    """第 N 期, as papers write it; a rehearsal has no number."""
    return f"第{hour.issue_no}期" if hour.issue_no else "（预演）"


def _made(kind: str, template: str, paper: Paper, name: str) -> Made:
    """The paper in one of its forms.

    :param kind: ``docx`` or ``pdf``
    :raises KeyError: for another one
    """
    makers = {"docx": (render.docx, render.DOCX_TYPE), "pdf": (render.pdf, render.PDF_TYPE)}
    make, content_type = makers[kind]
    return Made(make(template, paper.context()), content_type, f"{name}.{kind}")


def addressed(units: Iterable[Unit]) -> str:
    """主送机关: every unit by its name, in the order of the list."""
    return "，".join(unit.name for unit in units)


def notice_paper(notice: Notice, version: NoticeVersion) -> Paper:
    """A notice as its version says; before it is sent it has no date and perhaps no number."""
    units = units_named(version.unit_ids)
    sent = clock.local(notice.sent_at) if notice.sent_at and notice.sent_version == version.version else None
    to = addressed(units)
    contact = (("联系人", version.contact_name), ("联系电话", version.contact_phone))
    notes = "；".join(f"{label}：{words}" for label, words in contact if words)
    body = f"{version.text}\n请于{when(version.due_at)}前签收。"
    return Paper(
        title=version.title, organ=version.issuer, number=number_of(notice), to=to, body=body,
        attachments=[one.upload.name.rpartition(".")[0] for one in version.attachments.all()],
        signed=version.issuer, on=day(sent) if sent else "", notes=notes,
        grade=str(_GRADES.get(Grade(version.grade), "")), approved_by=version.approver,
        send_to=to if len(units) <= MOST_NAMED else f"{units[0].name}等{len(units)}个单位",
        copies=version.copies.rstrip("。"), machine_number=version.machine_number,
        printed_by=version.issuer, printed_on=day(sent) if sent else "",
    )  # fmt: skip


def notice_file(notice: Notice, version: NoticeVersion, kind: str) -> Made:
    """A notice to download or print; with a grade the ordinary layout names it above the text."""
    paper = notice_paper(notice, version)
    if version.layout == Layout.DOCUMENT and paper.grade:
        paper.facts = [("紧急程度", paper.grade)]
    template = "telegram" if version.layout == Layout.TELEGRAM else "notice"
    return _made(kind, template, paper, f"notice-{notice.hour.slug}-{notice.id}-v{version.version}")


def minutes_file(meeting: Meeting, minutes: Minutes, kind: str) -> Made:
    """The minutes with time, place and who was there."""
    hour = meeting.hour
    came = [one for one in meeting.invitations.select_related("unit") if one.came]
    present = "；".join(f"{one.unit.name}{f'（{one.came_name}）' if one.came_name else ''}" for one in came)
    paper = Paper(
        title=f"{issue(hour)}区长网上办公预备会纪要",
        facts=[("时间", when(meeting.starts_at)), ("地点", meeting.place), ("出席单位", present)],
        body=minutes.text, on=day(clock.local(minutes.at)),
    )  # fmt: skip
    return _made(kind, "minutes", paper, f"minutes-{hour.slug}-v{minutes.version}")


def invitation_text(meeting: Meeting, wanted: str) -> str:
    """The invitation in words, for a notice or a telephone call."""
    return (
        f"定于{when(meeting.starts_at)}在{meeting.place}召开{issue(meeting.hour)}区长网上办公预备会，"
        f"请{_WANTED[Wanted(wanted)]}参加。"
    )


def hour_address(hour: OfficeHour) -> str:
    """Where the public finds the hour."""
    return f"{settings.BASE_URL}/hours/{hour.slug}/"


def announcement_text(hour: OfficeHour) -> str:
    """The words to start the announcement with, from what is known of the hour.

    Pre-questions that are closed, or that will be by the time the newspaper appears, are not invited.
    """
    leaders = "、".join(f"{one.office}{one.name}" for one in hour.leaders.all())
    points = [("主题", hour.topic), ("参加领导", leaders), ("参与方式", _how(hour).rstrip("。"))]
    told = [f"{label}：{words}。" for label, words in points if words]
    return "\n".join([
        f"定于{span(hour)}举行{issue(hour)}区长网上办公，现将有关事项公告如下：",
        *(f"{number}、{words}" for number, words in zip("一二三", told, strict=False)),
        "特此公告。",
    ])  # fmt: skip


def _how(hour: OfficeHour) -> str:
    # The address itself stands below, beside the code: a long one within the lines tears them apart.
    words = "市民可扫描文末的二维码，或登录文末的网址，在网上办公期间提问、浏览答复、发表评论。"
    closing = checklist.closes_at(hour)
    open_still = (
        hour.stage in {Stage.PLANNED, Stage.ANNOUNCED} and closing is not None and closing > clock.now()
    )
    return f"{words}即日起至{when(closing)}，可在网上预提问。" if open_still and closing else words


def announcement_paper(announcement: Announcement) -> Paper:
    """《关于举行网上办公的公告》 with the code that leads to the hour's page."""
    return Paper(
        title=ANNOUNCEMENT_TITLE, body=announcement.text, signed=announcement.issuer,
        on=day(clock.local(announcement.at)), qr=hour_address(announcement.hour), qr_words="扫码参与网上办公",
    )  # fmt: skip


def announcement_file(announcement: Announcement, kind: str) -> Made:
    """The announcement for newspaper and television: ``docx``, ``pdf`` or plain ``txt``."""
    name = f"announcement-{announcement.hour.slug}-v{announcement.version}"
    if kind == "txt":
        return Made(plain(announcement).encode(), "text/plain; charset=utf-8", f"{name}.txt")
    return _made(kind, "announcement", announcement_paper(announcement), name)


def plain(announcement: Announcement) -> str:
    """The announcement as text that any newsroom can paste."""
    paper = announcement_paper(announcement)
    lines = [paper.title, "", paper.body, "", paper.signed, paper.on, "", f"网址：{paper.qr}"]
    return "\r\n".join(line for text in lines for line in text.split("\n")) + "\r\n"


def defaults(hour: OfficeHour) -> dict[str, Any]:
    """A notice's words to start with: the matter, who is asked, where to ring."""
    root = Unit.objects.filter(kind=Unit.Kind.DISTRICT).order_by("id").first()
    name = root.name if root else ""
    issuer = f"{name}{'' if name.endswith('政府') else '人民政府'}办公室" if name else ""
    text = (
        f"定于{span(hour)}举行{issue(hour)}区长网上办公{f'，主题为“{hour.topic}”' if hour.topic else ''}。"
        "现将有关事项通知如下：\n一、请各单位指定一名联络员，做好答复准备。\n"
        "二、请按时参加预备会，按分工完成会前任务。\n三、网上办公期间请主要负责人到岗，按业务小组答复市民提问。"
    )
    return {"title": f"关于举办{issue(hour)}区长网上办公的通知", "issuer": issuer, "text": text}
