"""What the clock does for notices: whoever has not signed in time is reminded once a day until they do."""

from __future__ import annotations

from django.db.models import F

from townhall.hours.choices import Stage
from townhall.hours.seats import system_actor
from townhall.kernel import clock
from townhall.preparation import actions
from townhall.preparation.choices import NoticeState, Way
from townhall.preparation.models import Approach, Notice, NoticeVersion, Receipt

# Nobody is rung out of bed by a machine: reminders go out in office hours.
FIRST_HOUR, LAST_HOUR = 8, 20
OVER = (Stage.ARCHIVED.value, Stage.CANCELLED.value, Stage.WRAPPING.value)


def chase_due() -> int:
    """Remind the units that are late with a signature and were not reminded today; returns how many."""
    now = clock.now()
    if not FIRST_HOUR <= clock.local(now).hour < LAST_HOUR:
        return 0
    today = Approach.objects.filter(way=Way.SYSTEM, day=clock.today())
    reachable = Receipt.objects.filter(
        signed_at=None, notice__state=NoticeState.SENT, version=F("notice__sent_version"),
        unit__accounts__is_active=True,
    )  # fmt: skip
    waiting = reachable.exclude(id__in=today.values("receipt_id")).values("notice_id")
    notices = Notice.objects.filter(id__in=waiting, hour__rehearsal=False).exclude(hour__stage__in=OVER)
    chased = 0
    for notice in notices.select_related("hour"):
        version = NoticeVersion.objects.filter(notice=notice, version=notice.sent_version or 0).first()
        if version is not None and version.due_at <= now:
            chased += len(actions.chase(system_actor(notice.hour), notice.id))
    return chased
