"""The hour itself: its date, every seat with somebody in it, people who have signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from townhall.hours.choices import GROUP_ROLES, SIGNER_ROLES, Role, Stage
from townhall.hours.models import Seat
from townhall.kernel import clock
from townhall.readiness.choices import Area
from townhall.readiness.lines import Line, Subject, fail, ok, warn
from townhall.signon import places, queries
from townhall.staffing import attendance, flow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from townhall.hours.models import Group, OfficeHour

# Besides its lead a group has somebody to write and somebody to look things up.
LEAST_MEMBERS = 2
_ARRIVING = frozenset({Stage.ANNOUNCED.value, Stage.PREPARING.value})
_NEED_STAND_INS = (Role.MODERATOR, Role.COORDINATOR)


def hour(subject: Subject) -> Iterator[Line]:
    """Which hour, when, and whether its date may still move."""
    found = subject.hour
    if found is None:
        yield warn(Area.HOUR, _("没有安排网上办公"), _("请先安排一期。"))
        return
    when = f"{clock.local(found.starts_at):%Y-%m-%d %H:%M}"
    facts = {"slug": found.slug, "when": when, "stage": Stage(found.stage).label}
    yield ok(Area.HOUR, _("%(slug)s，%(when)s，%(stage)s") % facts)
    if found.date_provisional:
        yield warn(Area.HOUR, _("日期是暂定的：当年的节假日安排还没有公布"), _("公布并录入后请核对日期。"))
    if found.signing_held:
        yield warn(Area.HOUR, _("签发已经暂停"), _("开始前请由区府办恢复签发。"))
    if found.stage == Stage.ANNOUNCED and found.starts_at <= clock.now():
        yield fail(Area.HOUR, _("开始时间已到，预提问还没有截止"), _("请截止预提问，再开始。"))


def seats(subject: Subject) -> Iterator[Line]:
    """Every seat has somebody whose account is switched on, and nobody both writes and signs."""
    if subject.hour is None:
        return
    rows = list(Seat.objects.filter(hour=subject.hour).select_related("account", "group"))
    awake = [seat for seat in rows if seat.active and seat.account.is_active]
    lines = [
        *_missing(awake), *_signing(subject.hour, awake), *_groups(subject.hour, awake), *_both(awake),
        *_switched_off(rows), *_stand_ins(rows),
    ]  # fmt: skip
    yield from lines
    if awake and not any(line.level == "fail" for line in lines):
        people = len({seat.account_id for seat in awake})
        yield ok(Area.SEATS, _("%(seats)s 个岗位，%(people)s 人") % {"seats": len(awake), "people": people})


def _missing(awake: list[Seat]) -> Iterator[Line]:
    held = {seat.role for seat in awake}
    for role in attendance.INDISPENSABLE:
        if role not in held:
            yield fail(Area.SEATS, _("没有人担任%(role)s") % {"role": role.label}, _("请安排这个岗位。"))


def _signing(hour: OfficeHour, awake: list[Seat]) -> Iterator[Line]:
    signers = {seat.account_id for seat in awake if seat.role in SIGNER_ROLES}
    if not signers:
        yield fail(Area.SEATS, _("没有人可以签发"), _("请安排区长或副区长的岗位。"))
    elif hour.signer_on_duty_id is not None and hour.signer_on_duty_id not in signers:
        yield fail(Area.SEATS, _("当值签发人没有岗位"), _("请更换当值签发人，或给其安排岗位。"))
    elif hour.signer_on_duty_id is None and len(signers) > 1:
        yield warn(Area.SEATS, _("没有指定当值签发人"), _("请在区府办工作台上用“更换签发人”指定。"))


def _groups(hour: OfficeHour, awake: list[Seat]) -> Iterator[Line]:
    found = list(hour.groups.all())
    if not found:
        yield fail(Area.SEATS, _("没有业务小组"), _("请先建立业务小组。"))
    for group in found:
        yield from _group(group, [seat for seat in awake if seat.group_id == group.id])


def _group(group: Group, members: list[Seat]) -> Iterator[Line]:
    name = {"group": group.name}
    if not members:
        yield fail(Area.SEATS, _("%(group)s没有人") % name, _("请安排组长和至少两名组员。"))
    elif not any(seat.role == Role.LEAD for seat in members):
        yield fail(Area.SEATS, _("%(group)s没有组长") % name, _("请安排组长；呈签要由组长作保密审查。"))
    else:
        others = len({seat.account_id for seat in members if seat.role != Role.LEAD})
        if others < LEAST_MEMBERS:
            finding = _("%(group)s除组长外只有 %(count)s 人") % {**name, "count": others}
            yield warn(Area.SEATS, finding, _("请安排至少两名组员。"))


def _both(awake: list[Seat]) -> Iterator[Line]:
    signers = {seat.account_id for seat in awake if seat.role in SIGNER_ROLES}
    both = {seat.account for seat in awake if seat.role in GROUP_ROLES and seat.account_id in signers}
    for account in sorted(both, key=lambda one: one.id):
        finding = _("%(name)s既拟稿又签发") % {"name": account.name}
        yield fail(Area.SEATS, finding, _("请分开这两个岗位。"))


def _switched_off(rows: list[Seat]) -> Iterator[Line]:
    off = {seat.account for seat in rows if not seat.account.is_active}
    for account in sorted(off, key=lambda one: one.id):
        yield fail(Area.SEATS, _("%(name)s的账号已停用") % {"name": account.name}, _("请启用账号，或换人。"))


def _stand_ins(rows: list[Seat]) -> Iterator[Line]:
    """Somebody can take over: a stand-in, or a second person in the same seat."""
    for role in _NEED_STAND_INS:
        people = {seat.account_id for seat in rows if seat.role == role and seat.account.is_active}
        if len(people) == 1:
            yield warn(Area.SEATS, _("%(role)s没有 B 角") % {"role": role.label}, _("请安排一名 B 角。"))


def arrivals(subject: Subject) -> Iterator[Line]:
    """On the evening, who has not checked in: watched once check-in is open, red once it is an alarm."""
    hour = subject.hour
    if hour is None or hour.stage not in _ARRIVING or clock.now() < hour.starts_at - flow.CHECK_IN_OPENS:
        return
    absent = attendance.missing(hour)
    if not absent:
        yield ok(Area.ARRIVALS, _("需要到岗的都已签到"))
    elif attendance.alarmed(hour):
        yield from (fail(Area.ARRIVALS, attendance.finding(one), one["remedy"]) for one in absent)
    else:
        names = _("、").join(one["name"] for one in absent)
        remedy = _("开始前 %(n)s 分钟还没有签到就报警。") % {"n": attendance.ALARM_MINUTES[0]}
        yield warn(Area.ARRIVALS, _("还没有签到：%(names)s") % {"names": names}, remedy)


def people(subject: Subject) -> Iterator[Line]:
    """Everybody has signed in at least once: a forgotten password is found the day before."""
    if subject.hour is None:
        return
    rows = Seat.objects.filter(hour=subject.hour, active=True, account__is_active=True)
    accounts = {seat.account_id: seat.account for seat in rows.select_related("account")}
    never = [account.name for _id, account in sorted(accounts.items()) if account.last_login is None]
    if never:
        finding = _("%(count)s 人从未登录：%(names)s") % {"count": len(never), "names": "、".join(never[:12])}
        yield warn(Area.PEOPLE, finding, _("请他们现在登录一次。"))
    elif accounts:
        yield ok(Area.PEOPLE, _("%(count)s 人都登录过") % {"count": len(accounts)})


def fallbacks(subject: Subject) -> Iterator[Line]:
    """Where desks open in named networks only: one registered phone for each seat, for when the network fails."""
    if subject.hour is None or not places.are_limited():
        return
    if bare := queries.seats_without_fallback(subject.hour):
        finding = _("没有登记后备手机：%(roles)s") % {"roles": "、".join(bare)}
        yield warn(Area.PEOPLE, finding, _("请每个岗位至少一人在办公网络内用手机登记（账号与登录）。"))
    else:
        yield ok(Area.PEOPLE, _("每个岗位都有登记的后备手机"))


QUICK = (hour, seats, arrivals, people, fallbacks)
