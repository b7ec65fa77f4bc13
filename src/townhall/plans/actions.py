"""What people do to a plan: each change is one action and leaves one entry in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from townhall.documents.actions import forget_line, keep_upload
from townhall.hours import planning
from townhall.hours.models import OfficeHour
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.kernel.unit_of_work import unit_of_work
from townhall.plans import flow, inputs, papers
from townhall.plans.changes import changed, is_substantive
from townhall.plans.choices import FIELDS, State, Verdict
from townhall.plans.models import Approver, Decision, Plan, PlanVersion
from townhall.plans.usage import groups_in_use

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.files.uploadedfile import UploadedFile

    from townhall.hours.seats import Actor
    from townhall.kernel.flow import Refusal


def _raise(found: Refusal | None) -> None:
    if found is not None:
        raise Refused(found.status, found.code, found.message)


def _locked(actor: Actor) -> Plan:
    """The plan of the actor's hour, begun if need be, for this unit of work alone."""
    hour = OfficeHour.objects.select_for_update().get(id=actor.hour_id)
    plan, _created = Plan.objects.get_or_create(hour=hour)
    plan = Plan.objects.prefetch_related(
        "versions", "decisions", Prefetch("approvers", Approver.objects.select_related("account"))
    ).get(id=plan.id)
    plan.hour = hour
    return plan


def _tell(actor: Actor, plan: Plan, kind: str, *, public: bool = False, **facts: Any) -> None:
    record(
        plan.hour_id, kind, actor=actor.account_id, subject="plan", subject_id=plan.id, public=public, **facts
    )


def save(actor: Actor, data: Mapping[str, Any]) -> Plan:
    """Save the six fields and the groups as a new version; what did not change makes none.

    After approval a substantive change sends the plan back to be approved again; another one holds at once.

    :raises Refused: 403 and 409 with the reason
    :raises InvalidFields: naming each field and the remedy
    """
    _raise(flow.seat_refusal(actor, "save"))
    with unit_of_work():
        plan = _locked(actor)
        _raise(flow.state_refusal(actor, "save", plan))
        _not_overtaken(plan, data)
        typed = inputs.draft(data)
        before = flow.newest(plan)
        fields = changed(before, typed.words, typed.groups)
        if not fields:
            return plan
        if "groups" in fields:
            _questions_keep_their_groups(plan, typed.groups)
        plan.version += 1
        PlanVersion.objects.create(
            plan=plan, number=plan.version, groups=typed.groups, made_by_id=actor.id, made_at=clock.now(),
            **typed.words,
        )  # fmt: skip
        again = plan.state == State.APPROVED and is_substantive(fields)
        if again:
            plan.state = State.DRAFT
        elif plan.state == State.APPROVED:
            plan.approved_version = plan.version
        plan.save()
        _tell(
            actor, plan, "plan.saved", public=plan.state == State.APPROVED, version=plan.version,
            fields=".".join(fields)[:64], again=again,
        )  # fmt: skip
    return plan


def follow(hour: OfficeHour, by: int, what: str) -> None:
    """The hour itself has another time or topic: a plan that was agreed or is being agreed is agreed anew.

    In the unit of work that changed the hour. A draft is left to whoever is writing it; its page says what differs.

    :param by: the account of whoever changed the hour
    :param what: ``time`` or ``topic``; the other field stays as somebody wrote it
    """
    plan = Plan.objects.select_for_update().filter(hour=hour).prefetch_related("versions").first()
    version = flow.newest(plan) if plan else None
    if plan is None or version is None or plan.state not in {State.SUBMITTED, State.APPROVED}:
        return
    words = {name: getattr(version, name) for name in FIELDS}
    if what == "time" and not papers.names_time(hour, version.time):
        words["time"] = papers.time_words(hour)
    elif what == "topic" and hour.topic not in version.topic:
        words["topic"] = hour.topic[: FIELDS["topic"].longest]
    else:
        return
    plan.version += 1
    PlanVersion.objects.create(
        plan=plan, number=plan.version, groups=version.groups, made_by_id=by, made_at=clock.now(), **words
    )
    plan.state = State.DRAFT
    plan.save()
    record(
        plan.hour_id, "plan.saved", actor=by, subject="plan", subject_id=plan.id, version=plan.version,
        fields=what, again=True,
    )  # fmt: skip


def _not_overtaken(plan: Plan, data: Mapping[str, Any]) -> None:
    """Two coordinators at once: whoever saves second sees it instead of overwriting."""
    seen = str(data.get("version", "")).strip()
    if seen and seen != str(plan.version):
        raise Refused(409, "overtaken", _("方案刚刚被他人修改过。请复制您写的内容，刷新后再改。"))


def _questions_keep_their_groups(plan: Plan, groups: list[dict[str, Any]]) -> None:
    """Say at once what the approval would be refused for."""
    present = {group.id: group for group in plan.hour.groups.prefetch_related("places")}
    wanted = {group["id"]: group for group in groups}
    by_name = {group["name"]: group for group in groups}
    for group_id in groups_in_use(present):
        group = present[group_id]
        one = wanted.get(group_id) or by_name.get(group.name)
        units = {place.unit_id for place in group.places.all()}
        if one is None or one["name"] != group.name or units - set(one["units"]):
            words = _("“%(group)s”已有提问在办理，不能改名、撤销或减少单位。") % {"group": group.name}
            raise InvalidFields({"groups": words})


def choose_approvers(actor: Actor, data: Mapping[str, Any]) -> Plan:
    """Settle who approves, one to three in order.

    :raises InvalidFields: naming the field
    """
    _raise(flow.seat_refusal(actor, "choose"))
    with unit_of_work():
        plan = _locked(actor)
        _raise(flow.state_refusal(actor, "choose", plan))
        chosen = inputs.approvers(data)
        plan.approvers.all().delete()
        Approver.objects.bulk_create(
            Approver(plan=plan, account=account, order=order) for order, account in enumerate(chosen, start=1)
        )
        _tell(actor, plan, "plan.approvers_chosen", accounts=[account.id for account in chosen])
    return plan


def submit(actor: Actor) -> Plan:
    """Hand the newest version to the first approver."""
    _raise(flow.seat_refusal(actor, "submit"))
    with unit_of_work():
        plan = _locked(actor)
        _raise(flow.state_refusal(actor, "submit", plan))
        plan.state, plan.round = State.SUBMITTED, plan.round + 1
        plan.save()
        first = flow.next_approver(plan)
        assert first is not None  # noqa: S101 - the guard has looked
        _tell(
            actor, plan, "plan.submitted", version=plan.version, round=plan.round, accounts=[first.account_id]
        )
    return plan


def recall(actor: Actor) -> Plan:
    """Take it back before it is approved."""
    _raise(flow.seat_refusal(actor, "recall"))
    with unit_of_work():
        plan = _locked(actor)
        _raise(flow.state_refusal(actor, "recall", plan))
        plan.state = State.DRAFT
        plan.save()
        _tell(actor, plan, "plan.recalled", version=plan.version)
    return plan


def approve(actor: Actor, data: Mapping[str, Any]) -> Plan:
    """Agree; with the last approver the plan holds and its groups become the hour's.

    :raises Refused: 403, 409 with the reason; 409 ``overtaken`` when the version is not the one that was read
    """
    _raise(flow.seat_refusal(actor, "approve"))
    with unit_of_work():
        plan = _locked(actor)
        _raise(flow.state_refusal(actor, "approve", plan))
        _not_overtaken(plan, data)
        place = flow.next_approver(plan)
        assert place is not None  # noqa: S101 - the guard has looked
        _pass(actor, plan, place, remark=inputs.remark(data, required=False))
    return plan


def approve_on_paper(
    actor: Actor,
    data: Mapping[str, Any],
    scan: UploadedFile[Any] | None,
    *,
    too_large: InvalidFields | None = None,
) -> Plan:
    """Enter that the approver whose turn it is agreed on paper: the leader, the paper's date, the scan.

    :param too_large: what the scan's arrival already raised
    :raises InvalidFields: naming each field
    """
    _raise(flow.seat_refusal(actor, "approve_on_paper"))
    leader, on = inputs.paper(data)
    if too_large is not None:
        raise too_large
    with unit_of_work():  # nothing is kept of what is refused
        _raise(flow.state_refusal(actor, "approve_on_paper", _locked(actor)))
    kept = keep_upload(scan, "scan", actor.account_id, field="scan", line=actor.hour_id)
    with unit_of_work():
        plan = _locked(actor)
        _raise(flow.state_refusal(actor, "approve_on_paper", plan))
        place = flow.next_approver(plan)
        assert place is not None  # noqa: S101 - a submitted plan waits for somebody
        _pass(
            actor, plan, place, remark=inputs.remark(data, required=False), paper_leader=leader,
            paper_date=on, paper_scan=kept, entered_by_id=actor.id,
        )  # fmt: skip
    return plan


def _pass(actor: Actor, plan: Plan, place: Approver, **said: Any) -> None:
    """One approver agreed: on to the next, or the plan holds."""
    paper = "paper_scan" in said
    Decision.objects.create(
        plan=plan, round=plan.round, order=place.order, version=plan.version, approver=place.account,
        verdict=Verdict.APPROVED, at=clock.now(), **said,
    )  # fmt: skip
    later = [one for one in plan.approvers.all() if one.order > place.order]
    if later:
        _tell(
            actor, plan, "plan.passed", version=plan.version, order=place.order, paper=paper,
            accounts=[later[0].account_id],
        )  # fmt: skip
        return
    version = flow.newest(plan)
    assert version is not None  # noqa: S101 - what is submitted has a version
    wanted = [
        planning.WantedGroup(group["name"], tuple(group["units"]), group["id"]) for group in version.groups
    ]
    present = plan.hour.groups.values_list("id", flat=True)
    planning.arrange_groups(
        plan.hour, wanted, fixed=frozenset(groups_in_use(present)), actor=actor.account_id
    )
    plan.state, plan.approved_version, plan.approved_at = State.APPROVED, plan.version, clock.now()
    plan.save()
    _tell(actor, plan, "plan.approved", public=True, version=plan.version, paper=paper)


def send_back(actor: Actor, data: Mapping[str, Any]) -> Plan:
    """Return the plan with remarks.

    :raises InvalidFields: without remarks
    """
    _raise(flow.seat_refusal(actor, "return"))
    with unit_of_work():
        plan = _locked(actor)
        _raise(flow.state_refusal(actor, "return", plan))
        _not_overtaken(plan, data)
        words = inputs.remark(data, required=True)
        place = flow.next_approver(plan)
        assert place is not None  # noqa: S101 - the guard has looked
        Decision.objects.create(
            plan=plan, round=plan.round, order=place.order, version=plan.version, approver=place.account,
            verdict=Verdict.RETURNED, remark=words, at=clock.now(),
        )  # fmt: skip
        plan.state = State.RETURNED
        plan.save()
        _tell(actor, plan, "plan.returned", version=plan.version, order=place.order)
    return plan


def forget_hour(hour: OfficeHour) -> None:
    """A rehearsal is thrown away: its plan first, which holds scans; called inside that unit of work."""
    Plan.objects.filter(hour=hour).delete()
    forget_line(hour.id)
