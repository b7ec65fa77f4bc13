"""Taking in past questions, a thousand rows at a time; covering one that may not be shown."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.history import flow
from townhall.history.models import Batch, PastHour, PastQuestion
from townhall.history.rows import RowError
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import one_at_a_time, unit_of_work
from townhall.questions.choices import WithholdCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from townhall.history.reading import Table
    from townhall.history.rows import Past
    from townhall.hours.seats import Actor

# One entry of the journal and one commit for so many: a commit costs as much as fifty rows.
BATCH_ROWS = 1000
_KINDS = {
    "withhold": "history.withheld",
    "confirm_withhold": "history.withhold_confirmed",
    "restore": "history.restored",
}


def take_in(
    table: Table, source: str, found: Sequence[Past]
) -> tuple[Batch | None, int, list[tuple[int, RowError]]]:
    """Take in rows of one file that are not here yet, all or none of them.

    :param found: at most :data:`BATCH_ROWS`, in the order of the file
    :returns: the batch (``None`` when nothing was new), how many were here before, and rows that repeat another
        row of the same file
    """
    with unit_of_work():
        one_at_a_time("history.import")
        new, known, repeated = _sifted(table, found)
        if not new:
            return None, known, repeated
        hours = _hours(source, new)
        batch = Batch.objects.create(
            file_digest=table.digest, file_name=table.path.name[:255], source=source, first_row=new[0].row,
            last_row=new[-1].row, rows=len(new), imported_at=clock.now(),
            digest=hashlib.sha256("".join(one.digest for one in new).encode()).hexdigest(),
        )  # fmt: skip
        PastQuestion.objects.bulk_create(_row(one, batch, hours[one.year, one.issue]) for one in new)
        record(
            DISTRICT_LINE, "history.imported", subject="batch", subject_id=batch.id, public=True,
            file=batch.file_digest, first=batch.first_row, last=batch.last_row, rows=batch.rows,
            digest=batch.digest,
        )  # fmt: skip
    return batch, known, repeated


def _sifted(table: Table, found: Sequence[Past]) -> tuple[list[Past], int, list[tuple[int, RowError]]]:
    """What is new, how much was here before, and what repeats another row of this file."""
    here = {
        digest: (file, row)
        for digest, file, row in PastQuestion.objects.filter(
            digest__in=[one.digest for one in found]
        ).values_list("digest", "batch__file_digest", "row")
    }
    new: dict[str, Past] = {}
    known, repeated = 0, []
    for one in found:
        file, row = here.get(one.digest, ("", 0))
        if file and (file != table.digest or row == one.row):
            known += 1
        elif file or one.digest in new:
            first = row or new[one.digest].row
            repeated.append((one.row, RowError(_("和第 %(n)s 行完全相同。") % {"n": first})))
        else:
            new[one.digest] = one
    return list(new.values()), known, repeated


def _hours(source: str, found: Sequence[Past]) -> dict[tuple[int, str], PastHour]:
    wanted = {(one.year, one.issue) for one in found}
    years = {year for year, _issue in wanted}
    here = {(one.year, one.issue): one for one in PastHour.objects.filter(source=source, year__in=years)}
    for year, issue in sorted(wanted - here.keys()):
        here[year, issue] = PastHour.objects.create(source=source, year=year, issue=issue)
    return here


def _row(one: Past, batch: Batch, hour: PastHour) -> PastQuestion:
    return PastQuestion(
        batch=batch, hour=hour, row=one.row, number=one.number, display_name=one.display_name,
        subject=one.subject, area=one.area, unit=one.unit, title=one.title, text=one.text, answer=one.answer,
        outcome=one.outcome, asked_on=one.asked_on, answered_on=one.answered_on, digest=one.digest,
    )  # fmt: skip


def perform(actor: Actor, verb: str, past_id: int, data: Mapping[str, Any]) -> PastQuestion:
    """Cover a past question, confirm that as a second person, or show it again.

    :param data: ``code`` of the list of reasons, for ``withhold``
    :raises Refused: 403 without the office, 404, 409 when it stands so already
    :raises InvalidFields: without a reason
    """
    if verb not in flow.MOVES:
        raise missing(_("没有这项操作。"))
    if refused := flow.office_refusal(actor):
        raise Refused(refused.status, refused.code, refused.message)
    code = str(data.get("code") or "") if verb == "withhold" else ""
    if verb == "withhold" and code not in WithholdCode.values:
        raise InvalidFields({"code": _("请选择原因。")})
    with unit_of_work():
        past = PastQuestion.objects.select_for_update().filter(id=past_id).first()
        if past is None:
            raise missing(_("没有这条往期问答。"))
        if refused := flow.refusal(actor, verb, past):
            raise Refused(refused.status, refused.code, refused.message)
        if verb == "confirm_withhold":
            past.confirmed_by_id, past.confirmed_at = actor.id, clock.now()
        else:
            past.withheld = code
            past.withheld_by_id, past.withheld_at = (actor.id, clock.now()) if code else (None, None)
            past.confirmed_by = past.confirmed_at = None
        past.save(update_fields=[
            "withheld", "withheld_by", "withheld_at", "confirmed_by", "confirmed_at",
        ])  # fmt: skip
        facts = {"code": past.withheld} if past.withheld else {}
        record(
            DISTRICT_LINE, _KINDS[verb], actor=actor.account_id, subject="past", subject_id=past.id, public=True,
            **facts,
        )  # fmt: skip
    return past
