"""The page of the district's units: who keeps them, and what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.desks.conftest import browser_of
from tests.fixtures import PASSWORD
from townhall.people import actions as people
from townhall.people.models import Account, Unit

if TYPE_CHECKING:
    from django.test import Client

    from tests.fixtures import District

UNITS, ACCOUNTS = "/desk/office/units/", "/desk/administration/"
TABLE = "单位名称,类型,电话\n区水务局,委、办、局,64120013\n区水务局,镇,\n"


@pytest.fixture
def desk(district: District) -> Client:
    return browser_of(district.accounts["coordinator"])


@pytest.fixture
def system(district: District) -> Client:
    account = people.create_account("system", "系统甲", PASSWORD)
    people.give_office(account, "system")
    return browser_of(account)


def test_the_coordinator_and_the_system_administrator_keep_the_units_and_nobody_else(
    district: District, desk: Client, system: Client
) -> None:
    unit = Unit.objects.get(name="区教育局")
    for name in ("moderator", "mayor", "lead1", "clerk", "stranger"):
        other = browser_of(district.accounts[name])
        for path in (UNITS, f"{UNITS}{unit.id}/", f"{UNITS}import/"):
            assert other.get(path).status_code == 403, (name, path)
        for path in (
            f"{UNITS}enter",
            f"{UNITS}{unit.id}/change",
            f"{UNITS}{unit.id}/close",
            f"{UNITS}import/",
        ):
            assert other.post(path, {"name": "甲", "kind": "town"}).status_code == 403, (name, path)
    for keeper in (desk, system):
        assert "区教育局" in keeper.get(UNITS).content.decode()
        assert keeper.get(f"{UNITS}999999/").status_code == 404
    assert UNITS in desk.get("/desk/office/").content.decode()
    assert UNITS in system.get(ACCOUNTS).content.decode()


def test_a_unit_is_entered_renamed_and_closed_by_forms(desk: Client) -> None:
    entered = desk.post(f"{UNITS}enter", {"name": "区水务站", "kind": "office", "phone": "64120013"})
    assert entered.status_code == 302
    unit = Unit.objects.get(name="区水务站")
    data = {"name": "区水务局", "kind": "department", "parent": str(unit.parent_id), "phone": "64120013"}
    assert desk.post(f"{UNITS}{unit.id}/change", data).status_code == 302
    page = desk.get(UNITS).content.decode()
    assert "区水务局" in page and "原名 区水务站" in page
    assert desk.post(f"{UNITS}{unit.id}/close").status_code == 302
    assert "已停用" in desk.get(f"{UNITS}{unit.id}/").content.decode()
    assert desk.post(f"{UNITS}{unit.id}/reopen").status_code == 302
    unit.refresh_from_db()
    assert unit.closed_at is None


def test_what_was_typed_comes_back_with_the_error_at_its_field(desk: Client) -> None:
    typed = {"name": "区教育局", "name_en": "Second Bureau", "kind": "external", "phone": "64120013"}
    answer = desk.post(f"{UNITS}enter", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "已有单位“区教育局”" in page and "请选择牵头单位" in page
    assert 'value="Second Bureau"' in page and 'value="64120013"' in page
    assert '<option value="external" selected>' in page
    unit = Unit.objects.get(name="区教育局")
    answer = desk.post(
        f"{UNITS}{unit.id}/change", {"name": "很新的局", "kind": "department", "phone": "没有"}
    )
    assert answer.status_code == 422
    assert 'value="很新的局"' in answer.content.decode()


def test_a_unit_with_people_is_not_closed_and_the_page_says_whose(desk: Client, district: District) -> None:
    unit = Unit.objects.get(name="区教育局")
    people.describe_account(district.accounts["clerk"], {"unit": unit})
    answer = desk.post(f"{UNITS}{unit.id}/close")
    assert answer.status_code == 409
    assert district.accounts["clerk"].name in answer.content.decode()


def test_a_table_is_previewed_then_taken_in_and_what_was_wrong_comes_back(desk: Client) -> None:
    file = SimpleUploadedFile("单位.csv", b"\xef\xbb\xbf" + TABLE.encode())
    page = desk.post(f"{UNITS}import/", {"file": file, "then": "preview"}).content.decode()
    assert "什么也没有导入" in page and "区水务局,镇," in page and "与第 2 行重复" in page
    assert not Unit.objects.filter(name="区水务局").exists()
    page = desk.post(f"{UNITS}import/", {"rows": TABLE, "then": "keep"}).content.decode()
    assert "新增 1" in page
    assert "区水务局,委、办、局" not in page.partition("<textarea")[2], "only what is left to do"
    assert Unit.objects.get(name="区水务局").phone == "64120013"
    empty = desk.post(f"{UNITS}import/", {"rows": "", "then": "preview"})
    assert empty.status_code == 422
    broken = desk.post(f"{UNITS}import/", {"rows": "部门\n甲", "then": "preview"})
    assert broken.status_code == 422 and "部门\n甲" in broken.content.decode()


@pytest.mark.parametrize("count", [1, 30])
def test_the_tree_costs_the_same_for_one_unit_and_for_thirty(
    desk: Client, count: int, django_assert_num_queries: Any
) -> None:
    root = Unit.objects.get(kind="district")
    for number in range(count):
        unit = people.create_unit(f"第{number}局", "department", parent=root)
        people.create_account(f"z{number}", "某人", unit=unit)
    with django_assert_num_queries(7):
        page = desk.get(UNITS)
    assert sum(line.people for line in page.context["lines"]) >= count


def test_the_system_administrator_says_who_somebody_is(system: Client, district: District) -> None:
    unit = Unit.objects.get(name="区教育局")
    data = {
        "username": "li.na",
        "name": "李娜",
        "unit": str(unit.id),
        "position": "局长",
        "email": "li@example.gov.cn",
    }
    page = system.post(f"{ACCOUNTS}enter", data)
    account = Account.objects.get(username="li.na")
    assert account.unit == unit and account.check_password(page.context["handed"]["secret"])
    assert 'value="局长"' in system.get(f"{ACCOUNTS}{account.id}/").content.decode()
    wrong = system.post(
        f"{ACCOUNTS}{account.id}/describe", {"name": "李娜", "email": "不是邮箱", "position": "书记"}
    )
    assert wrong.status_code == 422
    assert "这不是电子邮箱地址" in wrong.content.decode() and 'value="书记"' in wrong.content.decode()
    assert (
        system.post(f"{ACCOUNTS}{account.id}/describe", {"name": "李娜", "position": "书记"}).status_code
        == 302
    )
    account.refresh_from_db()
    assert (account.position, account.unit, account.email) == ("书记", None, "")
    own = Account.objects.get(username="system")
    assert system.get(f"{ACCOUNTS}{own.id}/").status_code == 403
    for name in ("coordinator", "clerk"):
        other = browser_of(district.accounts[name])
        assert other.get(f"{ACCOUNTS}{account.id}/").status_code == 403
        assert other.post(f"{ACCOUNTS}{account.id}/describe", {"name": "乙"}).status_code == 403
        assert other.get(f"{ACCOUNTS}import/").status_code == 403


def test_staff_come_in_by_a_table_with_first_passwords_and_nobody_changes_themselves(system: Client) -> None:
    rows = "用户名\t姓名\t单位\t职务\nli.na\t李娜\t区教育局\t局长\nsystem\t系统乙\t\t\n"
    preview = system.post(f"{ACCOUNTS}import/", {"rows": rows, "then": "preview"}).context["report"]
    assert not preview.passwords and not Account.objects.filter(username="li.na").exists()
    page = system.post(f"{ACCOUNTS}import/", {"rows": rows, "then": "keep"})
    report = page.context["report"]
    assert [row.outcome for row in report.rows] == ["entered", "wrong"]
    account = Account.objects.get(username="li.na")
    assert account.check_password(report.passwords["li.na"])
    assert report.passwords["li.na"] in page.content.decode()
    assert account.unit and account.unit.name == "区教育局"
