"""The years before the demo district had this system: three earlier hours to import, and words for searching."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from django.conf import settings

from townhall.history import importing
from townhall.hours.seats import staff_actor
from townhall.insight import actions as insight
from townhall.people.models import Office

SOURCE = "澄湖区网上办公实录（2018—2019）"
SYNONYMS = ("划片 对口入学 学区划分", "公交 公交车 巴士", "托班 托育 幼托", "加装电梯 加梯")


def bring() -> None:
    """Import the earlier hours, set the synonyms, and index everything, as the office and its server would."""
    with resources.as_file(resources.files("townhall.rehearsal") / "data" / "past.csv") as path:
        importing.run(importing.plan(path, source=SOURCE), Path(settings.DATA_DIR) / "past.rejects.csv")
    office = Office.objects.filter(role=Office.Role.COORDINATOR).select_related("account").first()
    actor = staff_actor(office.account) if office else None
    if actor is not None:
        insight.set_synonyms(actor, SYNONYMS)
    keeper = insight.Keeper()
    while keeper.turn():
        pass
