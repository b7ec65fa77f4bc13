"""A plan ready to be drafted, and the people around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from townhall.people import actions as people
from townhall.plans import actions, queries

if TYPE_CHECKING:
    from tests.fixtures import District
    from townhall.hours.seats import Actor
    from townhall.people.models import Unit
    from townhall.plans.models import Plan

WORDS = {
    "time": "2026年11月30日（星期一）19:00—20:00",
    "place": "区政府会议中心201会议室",
    "topic": "就学与社区托育",
    "content": "答复市民关于入园入学、社区托育的提问。\n现场会商疑难问题。",
    "attendees": "区长、副区长，各业务小组主要负责人",
    "requirements": "18:30前到场签到。",
}


class Office:
    """The district with what a plan needs: more units, two leaders who approve, one of them without a seat."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.hour = district.hour
        root = district.units[0].parent
        for name in ("区民政局", "区卫健委", "团区委", "区妇联"):
            district.units.append(people.create_unit(name, "department", parent=root))
        district.accounts["secretary"] = people.create_account(
            "secretary", "周秘书长", None, position="秘书长"
        )

    @property
    def units(self) -> list[Unit]:
        return self.district.units

    def groups(self) -> list[dict[str, Any]]:
        """Four groups: the hour's three and a new one."""
        present = list(self.hour.groups.all())[:3]
        rows = [{"id": g.id, "name": g.name, "units": [self.units[n].id]} for n, g in enumerate(present)]
        fourth = self.hour.groups.filter(name="民生组").values_list("id", flat=True).first()
        return [*rows, {"id": fourth, "name": "民生组", "units": [self.units[4].id, self.units[5].id]}]

    def data(self, **changes: Any) -> dict[str, Any]:
        return WORDS | {"groups": self.groups()} | changes

    def actor(self, name: str) -> Actor:
        found = queries.actor_of(self.district.accounts[name], self.hour)
        assert found is not None, name
        return found

    @property
    def plan(self) -> Plan:
        found = queries.current(self.hour)
        assert found is not None
        return found

    def save(self, **changes: Any) -> Plan:
        return actions.save(self.actor("coordinator"), self.data(**changes))

    def choose(self, *names: str) -> Plan:
        data = {f"approver{n}": self.district.accounts[name].id for n, name in enumerate(names, start=1)}
        return actions.choose_approvers(self.actor("coordinator"), data)

    def to(self, state: str, *approvers: str) -> Plan:
        """Walk the plan to a state the way people do."""
        self.save()
        self.choose(*(approvers or ("secretary",)))
        if state == "draft":
            return self.plan
        actions.submit(self.actor("coordinator"))
        if state == "returned":
            actions.send_back(self.actor((approvers or ("secretary",))[0]), {"remark": "请补充会场安排。"})
        if state == "approved":
            for name in approvers or ("secretary",):
                actions.approve(self.actor(name), {})
        return self.plan


@pytest.fixture
def office(district: District) -> Office:
    return Office(district)
