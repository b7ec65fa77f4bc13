"""What people do with notices: write, send, sign for, ask back, chase. Each change leaves one entry in the journal."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.utils.translation import gettext as _

from townhall.documents.models import Upload
from townhall.hours.models import OfficeHour
from townhall.hours.turns import take_turn
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import one_at_a_time, unit_of_work
from townhall.preparation import flow, inputs, parties
from townhall.preparation.choices import BY_HAND, NoticeState, SignedHow, Way
from townhall.preparation.models import (
    Approach,
    Attachment,
    BackQuestion,
    Notice,
    NoticeVersion,
    Receipt,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.seats import Actor
    from townhall.preparation.parties import UnitActor

MOST_QUESTION = 500
CHASE_EVERY = timedelta(days=1)


def refuse(found: Any) -> None:
    """Raise what the oracle said, if it said anything."""
    if found is not None:
        raise Refused(found.status, found.code, found.message)


def own_hour(actor: Actor) -> OfficeHour:
    """The actor's hour, locked for this unit of work."""
    take_turn(actor.hour_id)
    return OfficeHour.objects.get(id=actor.hour_id)


def write_notice(actor: Actor, data: Mapping[str, Any], notice_id: int | None = None) -> Notice:
    """Save the words of a notice as its next version; what was sent stays as it is.

    :param notice_id: an existing notice; ``None`` begins one
    :raises Refused: with the reason
    :raises InvalidFields: with the fields to mend
    """
    with unit_of_work():
        hour = own_hour(actor)
        notice = _notice(actor, notice_id) if notice_id is not None else Notice(hour=hour, version=0)
        if notice_id is None:
            refuse(flow.begin_refusal(actor, hour.stage))
        else:
            refuse(flow.seat_refusal(actor, "revise", notice))
        number, words = inputs.notice(data)
        if notice_id is not None:
            refuse(flow.state_refusal("revise", notice))
        if clock.now() < hour.starts_at <= words["due_at"]:
            raise InvalidFields({"due_at": _("签收须在网上办公开始之前截止，请核对年份和日期。")})
        if notice.sent_version is None:  # a number that went out stays
            notice.code, notice.serial = number["code"], number["serial"]
            notice.year = clock.today().year if notice.serial else None
            _number_is_free(notice)
        notice.version += 1
        notice.save()
        version = NoticeVersion.objects.create(
            notice=notice, version=notice.version, author_id=actor.id, at=clock.now(), **words
        )
        _attach(notice, version, inputs.Fields(data).integers("attachments"))
        record(
            hour.id, "notice.drafted", actor=actor.account_id, subject="notice", subject_id=notice.id,
            version=version.version,
        )  # fmt: skip
    return notice


def _attach(notice: Notice, version: NoticeVersion, wanted: list[int]) -> None:
    """Carry the chosen attachments of the earlier version over, and take in what was uploaded for this hour."""
    found = Upload.objects.filter(id__in=wanted, line=notice.hour_id, purpose="attachment").order_by("id")
    Attachment.objects.bulk_create(
        Attachment(version=version, upload=upload, order=place) for place, upload in enumerate(found)
    )


def _notice(actor: Actor, notice_id: int) -> Notice:
    found = Notice.objects.select_related("hour").filter(id=notice_id, hour_id=actor.hour_id).first()
    if found is None:
        raise missing(_("没有这份通知。"))
    return found


def _number_is_free(notice: Notice) -> None:
    if notice.serial is None:
        return
    same = Notice.objects.filter(code=notice.code, year=notice.year, serial=notice.serial)
    if same.exclude(id=notice.id).exists():
        raise InvalidFields({"serial": _("这个文号已经用过，请换一个，或留空自动编号。")})


def send(actor: Actor, notice_id: int, data: Mapping[str, Any]) -> Notice:
    """Number the newest version and give every unit it names its copy to sign for.

    :param data: ``accept_paper``: the sender knows which units only paper reaches
    :raises Refused: with the reason
    :raises InvalidFields: units that the system does not reach, by name, with the remedy; a date that has passed
    """
    with unit_of_work():
        hour = own_hour(actor)
        notice = _notice(actor, notice_id)
        refuse(flow.seat_refusal(actor, "send", notice))
        version = notice.versions.get(version=notice.version)
        _reachable(version, accept_paper=inputs.Fields(data).switch("accept_paper"))
        refuse(flow.state_refusal("send", notice))
        if version.due_at <= clock.now():
            raise InvalidFields({"due_at": _("签收截止时间已经过去，请先修改。")})
        _give_number(notice)
        now = clock.now()
        notice.state, notice.sent_version, notice.sent_at = NoticeState.SENT, version.version, now
        notice.sent_by_id = actor.id
        notice.save()
        Receipt.objects.bulk_create(
            Receipt(notice=notice, version=version.version, unit_id=unit, sent_at=now)
            for unit in version.unit_ids
        )
        record(
            hour.id, "notice.sent", actor=actor.account_id, subject="notice", subject_id=notice.id,
            version=version.version, units=version.unit_ids, accounts=parties.all_accounts(version.unit_ids),
            due=version.due_at.isoformat(),
        )  # fmt: skip
    return notice


def _reachable(version: NoticeVersion, *, accept_paper: bool) -> None:
    """Name every unit that will not see the notice by itself, with the remedy; the sender takes it on by a tick."""
    without, on_paper = parties.unreachable(version.unit_ids)
    if accept_paper or not (without or on_paper):
        return
    found = []
    if without:
        names = "、".join(unit.name for unit in without)
        words = _(
            "%(units)s没有任何联系方式。请系统管理员开设账号，或在“单位”页补登电话，或从主送单位中去掉。"
        )
        found.append(words % {"units": names})
    if on_paper:
        names = "、".join(unit.name for unit in on_paper)
        words = _("%(units)s没有可登录的账号，系统内收不到。")
        found.append(words % {"units": names})
    found.append(_("仍要印发，请确认改用传真或专人送达，并补录签收。"))
    raise InvalidFields({"accept_paper": " ".join(found)})


def _give_number(notice: Notice) -> None:
    if notice.serial is not None and notice.year is not None:
        return
    notice.year = clock.today().year
    one_at_a_time(f"notice.number.{notice.code}.{notice.year}")
    used = Notice.objects.filter(code=notice.code, year=notice.year)
    notice.serial = (used.aggregate(last=Max("serial"))["last"] or 0) + 1


def withdraw(actor: Actor, notice_id: int) -> Notice:
    """Withdraw a notice that went out; the units are told, what was signed stays on record."""
    with unit_of_work():
        hour = own_hour(actor)
        notice = _notice(actor, notice_id)
        refuse(flow.refusal(actor, "withdraw", notice))
        notice.state = NoticeState.WITHDRAWN
        notice.save(update_fields=["state"])
        units = list(
            notice.receipts.filter(version=notice.sent_version or 0)
            .order_by("unit_id")
            .values_list("unit_id", flat=True)
        )
        record(
            hour.id, "notice.withdrawn", actor=actor.account_id, subject="notice", subject_id=notice.id,
            units=units, accounts=parties.all_accounts(units),
        )  # fmt: skip
    return notice


def _receipt(actor: Actor | UnitActor, verb: str, receipt_id: int) -> Receipt:
    """A receipt this person may do something to; nobody else changes anything of its hour meanwhile.

    :raises Refused: 404 where it is somebody else's, 403 where the verb is
    """
    hour = Receipt.objects.filter(id=receipt_id).values_list("notice__hour_id", flat=True).first()
    if hour is None:
        raise missing(_("没有这份通知。"))
    take_turn(hour)
    found = Receipt.objects.select_related("notice__hour").get(id=receipt_id)
    refuse(flow.seat_refusal(actor, verb, found))
    return found


def mark_read(actor: UnitActor, receipt_id: int) -> Receipt:
    """Note that the unit has opened the notice; only the first time counts."""
    with unit_of_work():
        receipt = _receipt(actor, "read", receipt_id)
        if receipt.read_at is None and receipt.signed_at is None:
            receipt.read_at, receipt.read_by_id = clock.now(), actor.account_id
            receipt.save(update_fields=["read_at", "read_by"])
            _tell(receipt, "notice.read", actor.account_id, unit=receipt.unit_id)
    return receipt


def sign_for(actor: UnitActor, receipt_id: int) -> Receipt:
    """Sign for the notice (签收) in the person's own name, for their unit."""
    with unit_of_work():
        receipt = _receipt(actor, "sign_for", receipt_id)
        refuse(flow.state_refusal("sign_for", receipt))
        now = clock.now()
        receipt.signed_at, receipt.signed_name, receipt.signed_by_id = now, actor.name, actor.account_id
        receipt.signed_how = SignedHow.SYSTEM
        if receipt.read_at is None:
            receipt.read_at, receipt.read_by_id = now, actor.account_id
        receipt.save()
        _tell(receipt, "notice.signed", actor.account_id, unit=receipt.unit_id, how=SignedHow.SYSTEM.value)
    return receipt


def sign_on_paper(actor: Actor, receipt_id: int, data: Mapping[str, Any]) -> Receipt:
    """Enter that somebody signed on paper: who, and when."""
    with unit_of_work():
        receipt = _receipt(actor, "sign_on_paper", receipt_id)
        fields = inputs.Fields(data)
        name, at = fields.words("name", 40, required=True), fields.past("at")
        if at < receipt.sent_at - timedelta(minutes=1):
            fields.errors["at"] = _("早于印发时间，请核对。")
        fields.done()
        refuse(flow.state_refusal("sign_on_paper", receipt))
        receipt.signed_name, receipt.signed_at, receipt.signed_by_id = name, at, actor.id
        receipt.signed_how = SignedHow.PAPER
        receipt.save()
        _tell(receipt, "notice.signed", actor.account_id, unit=receipt.unit_id, how=SignedHow.PAPER.value)
    return receipt


def ask_back(actor: UnitActor, receipt_id: int, data: Mapping[str, Any]) -> BackQuestion:
    """Ask the coordinator about the notice."""
    with unit_of_work():
        receipt = _receipt(actor, "ask_back", receipt_id)
        fields = inputs.Fields(data)
        words = fields.words("text", MOST_QUESTION, required=True, one_line=False)
        fields.done()
        refuse(flow.state_refusal("ask_back", receipt))
        asked = BackQuestion.objects.create(
            receipt=receipt, text=words, asked_by_id=actor.account_id, asked_at=clock.now()
        )
        to = parties.coordinators(receipt.notice.hour_id)
        _tell(receipt, "notice.asked", actor.account_id, unit=receipt.unit_id, accounts=to)
    return asked


def answer_back(actor: Actor, question_id: int, data: Mapping[str, Any]) -> BackQuestion:
    """Answer a unit's question; an answer stays."""
    with unit_of_work():
        asked = BackQuestion.objects.filter(id=question_id).first()
        if asked is None:
            raise missing(_("没有这个询问。"))
        receipt = _receipt(actor, "answer_back", asked.receipt_id)
        asked.refresh_from_db()
        fields = inputs.Fields(data)
        words = fields.words("answer", MOST_QUESTION, required=True, one_line=False)
        fields.done()
        refuse(flow.state_refusal("answer_back", receipt))
        if asked.answered_at is not None:
            raise Refused(409, "answered", _("这个询问已经回复过了。"))
        asked.answer, asked.answered_by_id, asked.answered_at = words, actor.id, clock.now()
        asked.save()
        to = parties.all_accounts([receipt.unit_id])
        _tell(receipt, "notice.answered", actor.account_id, unit=receipt.unit_id, accounts=to)
    return asked


def approach(actor: Actor, receipt_id: int, data: Mapping[str, Any]) -> Approach:
    """Enter that somebody rang a unit, faxed the paper, or took it there: when, to whom, what was said."""
    with unit_of_work():
        receipt = _receipt(actor, "approach", receipt_id)
        fields = inputs.Fields(data)
        way = fields.choice("way", [one for one in Way.values if one in BY_HAND])
        whom, note = fields.words("whom", 80, required=True), fields.words("note", 300)
        at = fields.past("at")
        fields.done()
        refuse(flow.state_refusal("approach", receipt))
        made = Approach.objects.create(
            receipt=receipt, way=way, day=clock.local(at).date(), at=at, by_id=actor.id, whom=whom, note=note
        )
        _tell(receipt, "notice.approached", actor.account_id, unit=receipt.unit_id, way=way)
    return made


def _tell(receipt: Receipt, kind: str, actor: int | None, **facts: Any) -> None:
    record(receipt.notice.hour_id, kind, actor=actor, subject="notice", subject_id=receipt.notice_id, **facts)


def chase(actor: Actor, notice_id: int) -> list[int]:
    """Remind every unit that has not signed and that the system can reach, at most once a day.

    :returns: the units that were reminded
    """
    with unit_of_work():
        hour = own_hour(actor)
        notice = _notice(actor, notice_id)
        today = clock.today()
        waiting = list(
            notice.receipts.filter(version=notice.sent_version or 0, signed_at=None)
            .exclude(id__in=Approach.objects.filter(way=Way.SYSTEM, day=today).values("receipt_id"))
            .order_by("unit_id")
        )
        for receipt in waiting:
            refuse(flow.refusal(actor, "chase", receipt))
        accounts = parties.accounts_of([receipt.unit_id for receipt in waiting])
        reached = [receipt for receipt in waiting if accounts[receipt.unit_id]]
        if not reached:
            return []
        now = clock.now()
        Approach.objects.bulk_create(
            Approach(receipt=receipt, way=Way.SYSTEM, day=today, at=now) for receipt in reached
        )
        units = [receipt.unit_id for receipt in reached]
        record(
            hour.id, "notice.chased", actor=actor.account_id, subject="notice", subject_id=notice.id,
            units=units, accounts=[account for unit in units for account in accounts[unit]],
        )  # fmt: skip
    return units
