"""The pre-questions' digest: read, take away as a file, and send in bulk to groups and units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from townhall.desks.access import Place, place_in, staff
from townhall.hours.choices import Stage
from townhall.kernel import clock
from townhall.kernel.errors import INVALID, InvalidFields, missing
from townhall.kernel.text import whole_number
from townhall.questions import digest as digests
from townhall.questions import digest_papers, dispatching, flow, queries

if TYPE_CHECKING:
    from django.http import QueryDict

    from townhall.questions.digest import Digest, Row, Tally

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAKERS = {"docx": (digest_papers.docx, DOCX), "xlsx": (digest_papers.xlsx, XLSX)}
_SENT_BY = flow.MOVES["assign"].roles


@staff
@require_GET
def digest(request: HttpRequest, slug: str) -> HttpResponse:
    """The digest of the hour's pre-questions; ``?unit=`` narrows to what one unit answers."""
    return _show(request, place_in(request, slug), request.GET)


@staff
@require_GET
def paper(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """The digest as a file, whole or a unit's."""
    place = place_in(request, slug)
    unit = _unit(place, request.GET.get("unit", ""))
    make, mime = _MAKERS[kind]
    name = f"{_('预提问汇总')}-{slug}{'-' + unit[1] if unit else ''}.{kind}"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)}
    return HttpResponse(make(place.actor, unit), content_type=mime, headers=headers)


@staff
@require_POST
def send(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the ticked questions to one group and unit with one due date; what stayed is named with its reason."""
    place = place_in(request, slug)
    typed = request.POST
    lead, _colon, unit = typed.get("to", "").partition(":")
    numbers = {row.id: row.number for row in digests.digest(place.actor).rows}
    ticked = dict.fromkeys(whole_number(one) for one in typed.getlist("questions"))
    chosen = [(one, numbers[one]) for one in ticked if one is not None and one in numbers]
    data = {"lead": lead, "unit": unit, "due": typed.get("due", ""), "note": typed.get("note", "")}
    try:
        report = dispatching.dispatch(place.actor, chosen, data)
    except InvalidFields as invalid:
        errors = {
            ("to" if name in {"lead", "unit"} else name): words for name, words in invalid.errors.items()
        }
        return _show(request, place, typed, errors=errors, status=INVALID)
    if report.sent:
        count = len(report.sent)
        messages.success(
            request, ngettext("已分发 %(n)s 个提问。", "已分发 %(n)s 个提问。", count) % {"n": count}
        )
    if not report.stayed:
        return redirect(reverse("desks:digest", args=[slug]))
    return _show(request, place, typed, stayed=report.stayed)


def _unit(place: Place, text: str) -> tuple[int, str] | None:
    """The unit whose part is wanted; ``None`` for the whole.

    :raises Refused: 404 for a unit that is not this person's to read, or of no group of the hour
    """
    if not text:
        return None
    known = {str(unit_id): (unit_id, name) for unit_id, name in digests.units_of(place.actor)}
    if text not in known:
        raise missing(_("本期的小组里没有这个单位。"))
    return known[text]


def _show(
    request: HttpRequest, place: Place, typed: QueryDict, *, errors: dict[str, Any] | None = None,
    stayed: Any = (), status: int = 200,
) -> HttpResponse:  # fmt: skip
    unit = _unit(place, request.GET.get("unit", ""))
    found = digests.digest(place.actor, unit_id=unit[0] if unit else None)
    ticked = set(typed.getlist("questions"))
    stuck = {str(one.id) for one in stayed}
    context = {
        "hour": place.hour,
        "stage": Stage(place.hour.stage).label,
        "actor": place.actor,
        "digest": found,
        "rows": [
            (row, _is_ticked(row, ticked, stuck), row.status in flow.MOVES["assign"].sources)
            for row in found.rows
        ],
        "counts": _counts(found, whole=unit is None),
        "unit": unit,
        "units": digests.units_of(place.actor),
        "progress": _progress(found.rows),
        "may_send": place.actor.holds(_SENT_BY),
        "targets": _targets(place),
        "typed": typed,
        "errors": errors or {},
        "stayed": stayed,
        "earliest": clock.today(),
        "latest": clock.local(place.hour.starts_at).date(),
    }
    return render(request, "desks/digest/digest.html", context, status=status)


def _counts(found: Digest, *, whole: bool) -> list[tuple[str, list[Tally]]]:
    lists = [
        (_("按问题类别"), found.by_subject),
        (_("按答复单位"), found.by_unit if whole else []),
        (_("按类型"), found.by_kind),
    ]
    return [(title, tallies) for title, tallies in lists if tallies]


def _targets(place: Place) -> list[tuple[str, list[tuple[str, str]]]]:
    """Whom questions can be sent to: each group with its units, as ``group:unit``."""
    return [
        (group["name"], [(f"{group['id']}:{unit['id']}", unit["name"]) for unit in group["units"]])
        for group in queries.groups(place.hour)
    ]


def _is_ticked(row: Row, ticked: set[str], stuck: set[str]) -> bool:
    """What was typed comes back; after a report, only what did not go is still ticked."""
    return str(row.id) in (stuck or ticked)


def _progress(rows: list[Row]) -> dict[str, int]:
    return {
        "waiting": sum(row.unit_id is None for row in rows),
        "prepared": sum(row.prepared for row in rows),
        "reviewed": sum(row.reviewed for row in rows),
        "late": sum(row.late for row in rows),
    }
