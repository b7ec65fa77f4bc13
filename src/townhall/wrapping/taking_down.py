"""Covering a signed closing paper: by one person at once, taken down by a second; with it the versions before it.

The flow is that of a clarification: the same seats, the same two steps. An earlier version says mostly the same, so
what covers one covers those that it replaced; a later version, signed without the passage, is read as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.commitments import parties
from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour
from townhall.hours.turns import take_turn
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import unit_of_work
from townhall.questions import clarification_flow
from townhall.questions.choices import WithholdCode
from townhall.wrapping import flow
from townhall.wrapping.backlog import seated
from townhall.wrapping.choices import PaperState
from townhall.wrapping.models import Paper, PaperWithholding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.seats import Actor

KINDS = {
    "withhold": "closing.withheld",
    "confirm_withhold": "closing.withhold_confirmed",
    "restore": "closing.restored",
}


def cover(actor: Actor, verb: str, paper_id: int, data: Mapping[str, Any]) -> Paper:
    """Cover a signed paper (``withhold``), confirm that as a second person, or show it again (``restore``).

    :param data: ``code`` of the list of reasons, for ``withhold``
    :raises Refused: 404, 403 or 409 with the reason
    :raises InvalidFields: without a reason
    """
    if verb not in KINDS:
        raise missing(_("没有这项操作。"))
    with unit_of_work():
        take_turn(actor.hour_id)
        hour = OfficeHour.objects.get(id=actor.hour_id)
        paper = Paper.objects.filter(hour=hour, id=paper_id).select_related("withholding").first()
        if paper is None:
            raise missing(_("没有这份材料。"))
        paper.hour = hour
        if refused := clarification_flow.seat_refusal(actor, verb, hour.stage):
            raise Refused(refused.status, refused.code, refused.message)
        code = data.get("code") if verb == "withhold" else ""
        if verb == "withhold" and code not in list(WithholdCode.values):  # what was sent may not be hashable
            raise InvalidFields({"code": _("请选择原因。")})
        if found := flow.cover_refusal(actor, verb, paper):
            raise Refused(found.status, found.code, found.message)
        _cover(actor, verb, paper, str(code))
        # Shown again is only the one version: each of the others may have been covered for itself.
        for one in _earlier(paper) if verb != "restore" else []:
            if flow.cover_refusal(actor, verb, one) is None:
                _cover(actor, verb, one, str(code))
    return Paper.objects.select_related("withholding", "hour").get(id=paper.id)


def _earlier(paper: Paper) -> list[Paper]:
    rows = Paper.objects.filter(
        hour=paper.hour_id, kind=paper.kind, number__lt=paper.number, state=PaperState.SIGNED
    )
    found = list(rows.select_related("withholding").order_by("-number"))
    for one in found:
        one.hour = paper.hour
    return found


def _cover(actor: Actor, verb: str, paper: Paper, code: str) -> None:
    if verb == "withhold":
        PaperWithholding.objects.create(
            paper=paper, code=code, withheld_by_id=actor.id, withheld_at=clock.now()
        )
    elif verb == "confirm_withhold":
        paper.withholding.confirmed_by_id, paper.withholding.confirmed_at = actor.id, clock.now()
        paper.withholding.save()
    else:
        paper.withholding.delete()
    facts: dict[str, Any] = {"code": code or paper.withheld} if verb != "restore" else {}
    if verb == "withhold":
        seconds = seated(paper.hour_id, Role.COORDINATOR, Role.MAYOR, Role.DEPUTY) or parties.holders(
            Role.COORDINATOR, paper.hour_id
        )
        facts["accounts"] = [one for one in seconds if one != actor.account_id]
    record(
        paper.hour_id, KINDS[verb], actor=actor.account_id, subject="closing", subject_id=paper.id,
        paper=paper.kind, version=paper.number, **facts,
    )  # fmt: skip
