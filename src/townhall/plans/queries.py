"""What staff may see of plans, and what other rooms ask: is it approved, which units attend."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour
from townhall.hours.published import worded
from townhall.hours.seats import Actor, actor_for
from townhall.kernel.errors import missing
from townhall.people.models import Account, Office, Unit
from townhall.plans import flow
from townhall.plans.choices import APPROVER, State
from townhall.plans.models import Decision, Plan, PlanVersion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from townhall.documents.models import Upload


def current(hour: OfficeHour) -> Plan | None:
    """The hour's plan with its versions, approvers and decisions, or ``None`` when nobody has begun."""
    return (
        Plan.objects.select_related("hour")
        .prefetch_related("versions__made_by", "approvers__account", "decisions__approver",
                          "decisions__entered_by", "decisions__paper_scan")
        .filter(hour=hour)
        .first()
    )  # fmt: skip


def approved_at(hour: OfficeHour) -> datetime | None:
    """When the plan was approved; ``None`` while it is not, also while a change waits for approval again."""
    return Plan.objects.filter(hour=hour, state=State.APPROVED).values_list("approved_at", flat=True).first()


def submitted(hour: OfficeHour) -> bool:
    """Whether the plan is with its approvers, or was approved."""
    return Plan.objects.filter(hour=hour, state__in=[State.SUBMITTED, State.APPROVED]).exists()


def units_of(hour: OfficeHour) -> list[Unit]:
    """The units that attend: of the approved version, else of the newest; in the plan's order."""
    plan = Plan.objects.filter(hour=hour).first()
    if plan is None:
        return []
    number = plan.approved_version or plan.version
    groups = PlanVersion.objects.filter(plan=plan, number=number).values_list("groups", flat=True).first()
    ids = [unit for group in groups or [] for unit in group["units"]]
    found = Unit.objects.in_bulk(ids)
    return [found[one] for one in dict.fromkeys(ids) if one in found]


def begun(hour: OfficeHour) -> Plan:
    """A plan that nobody has saved yet, for the page and its moves; not stored."""
    return Plan(hour=hour)


def group_rows(hour: OfficeHour, version: PlanVersion | None) -> list[dict[str, Any]]:
    """The groups as the form shows them: name, units' names in one text, and the hour's group they are.

    Before the first version: the groups that the hour has already, if any.
    """
    present = {group.name: group.id for group in hour.groups.all()}
    if version is None:
        groups = hour.groups.prefetch_related("places")
        found: list[dict[str, Any]] = [
            {"id": one.id, "name": one.name, "units": [place.unit_id for place in one.places.all()]}
            for one in groups
        ]
    else:
        found = [dict(group) for group in version.groups]
    names = dict(Unit.objects.values_list("id", "name"))
    return [
        {
            "id": group["id"] or present.get(group["name"]) or "",
            "name": group["name"],
            "units": "、".join(names[unit] for unit in group["units"] if unit in names),
        }
        for group in found
    ]


def history(plan: Plan) -> list[Decision]:
    """Everything that was decided, newest first."""
    return sorted(plan.decisions.all(), key=lambda one: -one.id) if plan.pk else []


def group_names(groups: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Groups as pages and papers show them: name, and units joined by 、."""
    names = Unit.objects.in_bulk({unit for group in groups for unit in group["units"]})
    return [
        (group["name"], "、".join(worded(names[unit], "name") for unit in group["units"] if unit in names))
        for group in groups
    ]


def actor_of(account: Account, hour: OfficeHour) -> Actor | None:
    """Who somebody is to the hour's plan: with their seats, and as an approver, who needs none."""
    approves = Plan.objects.filter(hour=hour, approvers__account=account).exists()
    seated = actor_for(account, hour)
    if not approves or not account.is_active:
        return seated
    if seated is None:
        return Actor(
            account.id,
            account.username,
            account.name,
            hour.id,
            frozenset({APPROVER}),
            unit_id=account.unit_id,
        )
    return replace(seated, roles=seated.roles | {APPROVER})


def may_see(actor: Actor) -> bool:
    """The plan is for the coordinator, those who lead and those who approve."""
    return actor.holds(frozenset({APPROVER, Role.COORDINATOR.value, Role.MAYOR.value, Role.DEPUTY.value}))


def get(actor: Actor, hour: OfficeHour) -> Plan | None:
    """The plan, for somebody who may see it.

    :raises Refused: 404 for everybody else
    """
    if not may_see(actor):
        raise missing(_("没有这一期网上办公，或您在本期没有岗位。"))
    return current(hour)


def moves(actor: Actor, plan: Plan) -> dict[str, Any]:
    """The verbs of this person's seats, each with why not or ``None``."""
    found: dict[str, Any] = {}
    for verb in flow.MOVES:
        if flow.seat_refusal(actor, verb) is None:
            why = flow.state_refusal(actor, verb, plan)
            found[verb] = why.message if why else None
    return found


def waiting_for(account: Account) -> list[Plan]:
    """The plans on which this person is to decide now, the most urgent hour first."""
    rows = (
        Plan.objects.select_related("hour")
        .prefetch_related("versions", "approvers__account", "decisions")
        .filter(state=State.SUBMITTED, approvers__account=account, hour__stage__in=flow.BEFORE)
        .order_by("hour__starts_at")
    )
    found = []
    for plan in rows:
        turn = flow.next_approver(plan)
        if turn is not None and turn.account_id == account.id:
            found.append(plan)
    return found


def decided_by(account: Account, limit: int = 12) -> list[dict[str, Any]]:
    """What this person decided earlier, newest first; two years of hours."""
    rows = Decision.objects.select_related("plan__hour").filter(approver=account).order_by("-id")[:limit]
    return [{"hour": row.plan.hour, "decision": row} for row in rows]


def approver_choices() -> list[tuple[int, str]]:
    """The accounts that can be chosen to approve: everybody who can sign in, leaders first."""
    leading = {Office.Role.MAYOR.value: 0, Office.Role.DEPUTY.value: 1, Office.Role.COORDINATOR.value: 2}
    offices: dict[int, int] = {}
    for account_id, role in Office.objects.values_list("account_id", "role"):
        offices[account_id] = min(offices.get(account_id, 9), leading.get(role, 9))
    accounts = Account.objects.filter(is_active=True).select_related("unit")
    rows = sorted(accounts, key=lambda one: (offices.get(one.id, 9), one.username))
    return [
        (one.id, f"{one.name}{'，' + one.position if one.position else ''}（{one.username}）") for one in rows
    ]


def reads_scan(account: Account, upload: Upload) -> bool:
    """Whether this upload is the scan of a decision on a plan that this person may see."""
    row = Decision.objects.select_related("plan__hour").filter(paper_scan=upload).first()
    if row is None:
        return False
    actor = actor_of(account, row.plan.hour)
    return actor is not None and may_see(actor)
