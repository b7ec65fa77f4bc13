"""What anybody may see of a plan: the approved version's public fields and groups, nothing of its making."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F

from townhall.plans.choices import FIELDS
from townhall.plans.models import Plan, PlanVersion
from townhall.plans.queries import group_names

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour


def is_public(hour_id: int) -> bool:
    """Whether this hour has a plan that holds."""
    return Plan.objects.filter(hour_id=hour_id, approved_version__isnull=False).exists()


def for_hour(hour: OfficeHour) -> dict[str, Any] | None:
    """The plan that holds, as the public page shows it; ``None`` before the first approval.

    While a change waits for approval the approved version goes on to be shown.

    :param hour: one the public may see (``hours.published.find``)
    """
    version = (
        PlanVersion.objects.select_related("plan")
        .filter(plan__hour=hour, number=F("plan__approved_version"))
        .first()
    )
    if version is None:
        return None
    fields = [
        {"name": one.name, "label": str(one.label), "text": getattr(version, one.name)}
        for one in FIELDS.values()
        if one.public
    ]
    groups = [{"name": name, "units": units} for name, units in group_names(version.groups)]
    return {"fields": fields, "groups": groups, "approved_at": version.plan.approved_at}
