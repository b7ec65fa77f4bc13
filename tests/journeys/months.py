"""A district on a steered clock, its people, and how they fill in the forms of the months before an hour."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.journeys.evening import Evening
from tests.journeys.people import LAPTOP, PHONE, SECONDS, Person

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator

    from tests.tools.server import Installation

# A steered clock is for demo and test data only, which no page and no command of an office would say.
DEMO = 'from townhall.people import actions as people\npeople.mark_installation("demo")'
# An empty district: units, who works there, who holds an office. No hour, no topic, nothing planned.
UNITS = """单位名称,类型,上级单位,电话
区教育局,"委、办、局",静川区人民政府,64120011
区住建局,"委、办、局",静川区人民政府,
区交通局,"委、办、局",静川区人民政府,
区卫健委,"委、办、局",静川区人民政府,
区政府办公室,办公室,静川区人民政府,
静川区人民政府,区,,64120000
"""
_OFFICE = (
    ("moderator1", "沈一帆"), ("moderator2", "顾晓棠"), ("technician", "戴维舟"), ("technician2", "陆一帆"),
    ("assistant", "王琳"), ("logistics", "纪安宁"), ("editor", "唐知遥"), ("clerk", "何小满"),
)  # fmt: skip
STAFF = "\n".join(
    [
        "用户名,姓名,单位,职务",
        "coordinator,张岚,区政府办公室,区府办主任",
        "mayor,陈立,静川区人民政府,区长",
        *(f"{username},{name},区政府办公室,干部" for username, name in _OFFICE),
        *(
            row
            for number, name in enumerate(("区教育局", "区住建局", "区交通局", "区卫健委"), 1)
            for row in (
                f"unit{number},{name[1:3]}联络员,{name},办公室主任",
                f"lead{number},{name[1:3]}局长,{name},局长",
            )
        ),
    ]
)
SLUG = "2026-03"
PREPARE = f"/desk/prepare/{SLUG}/"
DEPARTMENTS = ("区教育局", "区住建局", "区交通局", "区卫健委")


def passwords_in(printed: str) -> dict[str, str]:
    """First passwords by username, as the command for a table of staff prints them."""
    return dict(
        line.split(",", 1) for line in printed.splitlines() if re.fullmatch(r"[\w.]+,[\w-]{16}", line)
    )


def enter_district(place: Installation, staff: str = STAFF, **offices: str) -> dict[str, str]:
    """Units, staff and offices of an installation by the commands; everybody's first password.

    :param offices: who holds which office, besides the coordinator and the mayor
    """
    place.command("manage", "shell", "--no-imports", "-c", DEMO)
    for name, table in (("units", UNITS), ("staff", staff)):
        file = place.data_dir / f"{name}.csv"
        file.write_bytes(table.encode("gb18030"))  # as an office's spreadsheet writes it
        printed = place.command(name, str(file))
    for username, office in ({"coordinator": "coordinator", "mayor": "mayor"} | offices).items():
        place.command("account", username, "--office", office)
    return passwords_in(printed)


class Months:
    """The district, its clock, and people who come and go."""

    def __init__(
        self, place: Installation, clock: Path, open_context: Callable[..., BrowserContext],
        passwords: dict[str, str],
    ) -> None:  # fmt: skip
        self.place, self.clock, self.passwords = place, clock, passwords
        self.evening = Evening(place, SLUG, {}, {})
        self._open_context = open_context
        self._people: dict[str, Person] = {}

    def at(self, moment: str) -> None:
        """It is now this time in the district."""
        self.clock.write_text(f"{moment}:00+08:00", encoding="ascii")

    def person(self, username: str, path: str = "/desk/?all=1", **options: Any) -> Person:
        """Somebody at their own browser, signed in, on a page."""
        if username not in self._people:
            self._people[username] = Person(self._open_context(**(LAPTOP | options)), self.evening)
            self._people[username].context.set_default_timeout(30 * SECONDS)
            self._people[username].context.set_default_navigation_timeout(30 * SECONDS)
            self._people[username].sign_in(username, path, self.passwords[username])
        else:
            self._people[username].go(path)
        return self._people[username]

    def citizen(self) -> Person:
        """Somebody with a telephone of their own."""
        citizen = Person(self._open_context(**PHONE), self.evening)
        self._people[f"citizen{len(self._people)}"] = citizen
        return citizen

    def complaints(self) -> list[str]:
        """What anybody's pages complained of."""
        return [one for person in self._people.values() for one in person.complaints]


def form(person: Person, action: str, within: str = "main") -> Locator:
    """The form that leads to an address ending so, with what is folded around it open."""
    address = f'[action*="{action}"]' if action else ":not([action])"
    found = person.page.locator(f"{within} form{address}").first
    found.evaluate(
        "f => { for (let d = f.closest('details'); d; d = d.parentElement.closest('details')) d.open = true }"
    )
    return found


def fill_in(found: Locator, name: str, value: Any) -> None:
    """One field of a form, whatever kind it is of."""
    field = found.locator(f'[name="{name}"]')
    kind = field.first.evaluate("e => e.tagName + e.type")
    if kind.startswith("SELECT"):
        field.first.select_option(**(value if isinstance(value, dict) else {"value": value}))
    elif "file" in kind:
        name, content = value
        field.first.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
    elif value == "on":
        field.first.check()
    elif "checkbox" in kind or "radio" in kind:
        for one in value:
            found.locator("label", has_text=one).locator("input").check()
    else:
        field.first.fill(value)


def send(person: Person, action: str, /, button: str = "", within: str = "main", **fields: Any) -> None:
    """Fill a form in and send it off; the page that answers must not ask for anything to be mended."""
    found = form(person, action, within)
    for name, value in fields.items():
        fill_in(found, name, value)
    click = found.locator("button", has_text=button).last if button else found.locator("button").last
    with person.page.expect_navigation():
        click.click()
    mend = [
        text
        for text in person.page.locator("main .error:visible, main .alert:visible").all_inner_texts()
        if text
    ]
    assert not mend, f"{action}: {mend}"


def state(months: Months, title: str) -> str:
    """How a step stands on the one page."""
    person = months.person("coordinator", PREPARE)
    step = person.page.locator("li.cd-step", has=person.page.locator(".cd-title", has_text=title))
    return step.locator(".cd-now").inner_text().split(" ", 1)[-1].strip()
