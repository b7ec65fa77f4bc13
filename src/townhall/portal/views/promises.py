"""Promises for everybody: the list with its filters, each with what became of it, its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from townhall.commitments import published as commitments
from townhall.documents import serving
from townhall.following import published as following
from townhall.hours import published as hours
from townhall.kernel.errors import Refused
from townhall.portal import cursors, pages
from townhall.portal.views.home import positive
from townhall.questions import promised

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PER_PAGE = 20
_LONGEST = 160  # a place is at most 40 characters, of up to four code points; a topic at most 120


def _chosen(request: HttpRequest) -> dict[str, str]:
    """What the list is narrowed to: known words only, anything else is as if it were not there."""
    found = {
        name: request.GET.get(name, "").replace("\x00", "").strip()
        for name in ("area", "subject", "topic", "state")
    }
    chosen = {name: value for name, value in found.items() if value and len(value) <= _LONGEST}
    if unit := positive(request.GET.get("unit")):
        chosen["unit"] = str(unit)
    if request.GET.get("late") == "1":
        chosen["late"] = "1"
    if chosen.get("state") not in commitments.SHOWN:
        chosen.pop("state", None)
    return chosen


def _narrower(chosen: dict[str, str]) -> dict[str, Any]:
    return {
        "unit_id": positive(chosen.get("unit")),
        "area": chosen.get("area", ""),
        "subject": chosen.get("subject", ""),
        "topic": chosen.get("topic", ""),
    }


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every promise of a public answer, the latest due first: words, unit, date, state."""
    chosen = _chosen(request)
    narrower = _narrower(chosen)
    late = True if "late" in chosen else None
    place = cursors.day_of(request)
    found, following = promised.promises(
        latest_first=True,
        before=promised.Place(*place) if place else None,
        limit=PER_PAGE,
        late=late,
        state=chosen.get("state"),
        **narrower,
    )
    basis = {name: value for name, value in chosen.items() if name not in {"late", "state"}}
    options = promised.filters()
    context = {
        "promises": found,
        "tally": _sentence(promised.tally(**narrower), basis, chosen),
        "filters": [
            {"name": name, "label": label, "options": options[key], "value": chosen.get(name, "")}
            for name, label, key in (
                ("unit", _("单位"), "units"), ("topic", _("该期主题"), "topics"), ("area", _("地点"), "areas"),
                ("subject", _("问题类别"), "subjects"), ("state", _("状态"), "states"),
            )
        ],
        "late": bool(late),
        "filtered": bool(chosen),
        "older": _address(chosen | {"before": f"{following.due}_{following.id}"}) if following else "",
    }  # fmt: skip
    return pages.respond(request, "promises", context)


def _sentence(counted: dict[str, int], basis: dict[str, str], chosen: dict[str, str]) -> list[dict[str, Any]]:
    """The public sentence: each number leads to its list."""
    parts: tuple[tuple[str, int, dict[str, str] | None], ...] = (
        (_("共作出"), counted["made"], {}), (_("正在办"), counted["owed"], None),
        (_("其中逾期"), counted["late"], {"late": "1"}),
        (_("已办结"), counted["closed"], {"state": "closed"}), (_("终止办理"), counted["ended"], {"state": "ended"}),
    )  # fmt: skip
    now = {name: value for name, value in chosen.items() if name in {"late", "state"}}
    return [
        {
            "words": words,
            "count": count,
            "url": None if more is None else _address(basis | more),
            "here": more == now,
        }
        for words, count, more in parts
    ]


def _address(query: dict[str, str]) -> str:
    return "/promises/" + (f"?{urlencode(query)}" if query else "")


@require_safe
def page(request: HttpRequest, commitment_id: int) -> HttpResponse:
    """One promise: the sentence in the answer, who owes it, until when, and everything that happened."""
    key = pages.key_of(request)
    found = promised.promise(commitment_id, key=key)
    hour = hours.get_hour(found["hour"], key) if found else None
    if found is None or hour is None:
        return pages.not_found(request, _("没有这项承诺，或者它没有公开。"))
    context = {**pages.hour_frame(hour, pages.language_of(request)), "p": found, "q": found["asked"]}
    if found["state"] in commitments.STANDING and not found["covered"] and not hour["rehearsal"]:
        context["follow"] = following.offer("promise", commitment_id)
    return pages.respond(request, "promise", context)


@require_safe
def picture(request: HttpRequest, commitment_id: int, proof_id: int) -> HttpResponse:
    """A picture of a promise that anybody may see; gone the moment it, or the question, is covered."""
    found = promised.promise(commitment_id, key=pages.key_of(request))
    upload = commitments.picture(commitment_id, proof_id) if found and not found["covered"] else None
    if upload is None:
        return pages.not_found(request)
    try:
        response = serving.kept(upload)
    except Refused:
        return pages.not_found(request)
    response.headers["Cache-Control"] = pages.FRESH
    return response  # type: ignore[return-value]
