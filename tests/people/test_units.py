"""The district's tree: what may stand where, what a change leaves behind, and whole tables of units and staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from townhall.config import commands
from townhall.journal.models import Entry
from townhall.kernel.errors import InvalidFields, Refused
from townhall.people import actions, directory, taking_in
from townhall.people.models import Account, Office, Unit
from townhall.plans import inputs as plan_inputs
from townhall.signon.administration import sealed_password

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db

HEAD = ["单位名称", "英文名称", "类型", "上级单位", "牵头单位", "电话"]
ROWS = [
    ["市供水公司", "City Water", "区外或垂直管理单位", "", "区教育局", "12345"],
    ["区教育局", "Education Bureau", "委、办、局", "静川区", "", "021-64120011 转 8"],
    ["莘桥镇", "", "镇", "", "", ""],
    ["静川区", "Jingchuan", "区", "", "", ""],
]


def enter(name: str, kind: str = "department", **data: str) -> Unit:
    return actions.enter_unit({"name": name, "kind": kind, **data})


@pytest.fixture
def root(db: None) -> Unit:
    return enter("静川区", "district")


def table(*rows: list[str], head: list[str] = HEAD) -> list[tuple[int, list[str]]]:
    return list(enumerate([head, *rows], 1))


def wrong(data: dict[str, str], unit: Unit | None = None) -> dict[str, Any]:
    with pytest.raises(InvalidFields) as refused:
        actions.change_unit(unit, data) if unit else actions.enter_unit(data)
    return refused.value.errors


def test_what_is_entered_without_a_place_belongs_to_the_district(root: Unit) -> None:
    assert enter("区教育局").parent == root
    assert Entry.objects.get(kind="unit.entered", subject_id=root.id).facts == {"what": "district"}


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"name": "", "kind": "town"}, "name", "请填写单位名称"),
        ({"name": "12", "kind": "town"}, "name", "不能只是数字"),
        ({"name": "区教育局", "kind": "town"}, "name", "已有单位“区教育局”"),
        ({"name": "甲" * 81, "kind": "town"}, "name", "最多 80"),
        ({"name": "区住建局", "kind": "none"}, "kind", "请选择单位类型"),
        ({"name": "另一区", "kind": "district"}, "kind", "区只有一个"),
        ({"name": "区住建局", "kind": "department", "parent": "没有局"}, "parent", "没有叫“没有局”"),
        ({"name": "区住建局", "kind": "department", "parent": "市供水公司"}, "parent", "在区外"),
        ({"name": "区住建局", "kind": "department", "leading_unit": "区教育局"}, "leading_unit", "请留空"),
        ({"name": "市电力公司", "kind": "external"}, "leading_unit", "请选择牵头单位"),
        (
            {"name": "市电力公司", "kind": "external", "leading_unit": "市供水公司"},
            "leading_unit",
            "不能牵头",
        ),
        ({"name": "区住建局", "kind": "department", "phone": "张三的手机"}, "phone", "电话写数字"),
    ],
)
def test_each_refusal_names_the_field_and_the_remedy(
    root: Unit, data: dict[str, str], field: str, words: str
) -> None:
    lead = enter("区教育局")
    enter("市供水公司", "external", leading_unit=str(lead.id))
    before = Unit.objects.count()
    errors = wrong(data)
    assert set(errors) == {field}
    assert words in str(errors[field])
    assert Unit.objects.count() == before


def test_no_unit_stands_above_itself(root: Unit) -> None:
    office = enter("区政府办", "office")
    below = enter("区信访办", "office", parent=str(office.id))
    for parent in (office, below):
        errors = wrong({"name": "区政府办", "kind": "office", "parent": str(parent.id)}, office)
        assert "不能做它的上级单位" in str(errors["parent"])
    office.refresh_from_db()
    assert office.parent == root


def test_a_renamed_unit_is_found_by_the_name_it_had(root: Unit) -> None:
    unit = enter("区房管局", name_en="Housing")
    data = {"name": "区住建局", "name_en": "Housing and Construction", "kind": "department"}
    assert actions.change_unit(unit, data) is True
    assert [(one.name, one.name_en) for one in unit.former_names.all()] == [("区房管局", "Housing")]
    assert Entry.objects.get(kind="unit.changed").facts == {"fields": "name+name_en"}
    assert actions.change_unit(unit, data) is False
    assert plan_inputs._keyed("区房管局、区住建局") == ([unit.id], "")
    report = taking_in.take_in_units(table(["区房管局", "", "", "", "", "64120012"]), keep=True)
    unit.refresh_from_db()
    assert (report.rows[0].outcome, unit.name, unit.phone) == ("changed", "区住建局", "64120012")


def test_a_unit_is_closed_once_nothing_hangs_on_it_and_is_chosen_no_more(root: Unit) -> None:
    lead = enter("区教育局")
    below = enter("区招生办", "office", parent=str(lead.id))
    outside = enter("市考试院", "external", leading_unit=str(lead.id))
    account = actions.create_account("li", "李娜", unit=lead)
    for unit, words in ((root, "区本身"), (lead, "它下面还有“区招生办”")):
        with pytest.raises(Refused) as refused:
            actions.close_unit(unit)
        assert words in str(refused.value.message)
    actions.close_unit(below)
    with pytest.raises(Refused) as refused:
        actions.close_unit(lead)
    assert "它还牵头“市考试院”" in str(refused.value.message)
    actions.close_unit(outside)
    with pytest.raises(Refused) as refused:
        actions.close_unit(lead)
    assert "李娜" in str(refused.value.message)
    actions.set_active(account, active=False)
    actions.close_unit(lead)
    assert directory.units() == []
    assert len(directory.units(closed=True)) == 3
    assert plan_inputs._keyed("区教育局") == ([], "区教育局")
    assert "已停用" in str(wrong({"name": "区教育局", "kind": "department"})["name"])
    with pytest.raises(Refused) as refused:
        actions.reopen_unit(outside)
    assert "“区教育局”已停用" in str(refused.value.message)
    actions.reopen_unit(lead)
    actions.reopen_unit(outside)
    kinds = list(Entry.objects.filter(subject_id=outside.id, subject="unit").order_by("id"))
    assert [one.kind for one in kinds] == ["unit.entered", "unit.closed", "unit.reopened"]


def test_a_table_is_taken_in_whatever_the_order_of_its_rows_and_twice_changes_nothing(db: None) -> None:
    preview = taking_in.take_in_units(table(*ROWS), keep=False)
    assert [row.outcome for row in preview.rows] == ["entered"] * 4, "the district stands last in the file"
    assert not Unit.objects.exists()
    assert not Entry.objects.exists()
    taking_in.take_in_units(table(*ROWS), keep=True)
    water = Unit.objects.get(name="市供水公司")
    assert water.leading_unit and (water.leading_unit.name, water.phone) == ("区教育局", "12345")
    written = Entry.objects.count()
    again = taking_in.take_in_units(table(*ROWS), keep=True)
    assert [row.outcome for row in again.rows] == ["same"] * 4
    assert Entry.objects.count() == written


def test_wrong_rows_come_back_with_reasons_and_the_others_are_taken_in(root: Unit) -> None:
    rows = [["区教育局", "", "局子", "", "", ""], ["莘桥镇", "", "镇", "", "", ""], ["莘桥镇", "", "街道", "", "", ""],
            ["区水务站", "", "办公室", "没有局", "", ""]]  # fmt: skip
    report = taking_in.take_in_units(table(*rows), keep=True)
    assert [row.outcome for row in report.rows] == ["wrong", "entered", "wrong", "wrong"]
    assert "类型：请选择单位类型" in report.rows[0].why
    assert "第 3 行" in report.rows[2].why
    assert "没有叫“没有局”的单位" in report.rows[3].why
    assert set(Unit.objects.values_list("name", flat=True)) == {"静川区", "莘桥镇"}


def test_a_table_without_its_key_column_is_refused_with_the_headings(db: None) -> None:
    with pytest.raises(InvalidFields, match="rows") as refused:
        taking_in.take_in_units(table(["甲"], head=["部门"]), keep=True)
    assert "单位名称" in str(refused.value.errors["rows"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_commands_take_units_and_staff_from_files_of_any_encoding(
    db: None, tmp_path: Path, encoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    units, staff = tmp_path / "units.csv", tmp_path / "staff.csv"
    units.write_text("\n".join(",".join(row) for row in [HEAD, *ROWS]), encoding=encoding)
    staff.write_text(
        "用户名,姓名,单位,职务,电子邮箱\nli.na,李娜,区教育局,局长,li.na@example.gov.cn\nbad,,没有局,,不是邮箱\n",
        encoding=encoding,
    )
    commands.main(["units", str(units), "--preview"])
    assert not Unit.objects.exists()
    commands.main(["units", str(units)])
    assert Unit.objects.count() == 4
    capsys.readouterr()
    commands.main(["staff", str(staff)])
    printed = capsys.readouterr().out
    account = Account.objects.get()
    assert account.unit and (account.unit.name, account.position, account.email) == (
        "区教育局", "局长", "li.na@example.gov.cn",
    )  # fmt: skip
    password = next(line for line in printed.splitlines() if line.startswith("li.na,")).partition(",")[2]
    assert account.check_password(password)
    rejects = (tmp_path / "staff.csv.rejects.csv").read_text("utf-8-sig").splitlines()
    assert rejects[0].endswith(",原因")
    assert "姓名：" in rejects[1] and "单位：" in rejects[1] and "电子邮箱地址：" in rejects[1]
    commands.main(["staff", str(staff)])
    again = capsys.readouterr().out
    assert "不变 1" in again and "li.na," not in again
    account.refresh_from_db()
    assert account.check_password(password)


def test_the_account_command_says_whose_somebody_is_and_changes_it(
    root: Unit, capsys: pytest.CaptureFixture[str]
) -> None:
    enter("区教育局")
    commands.main(["account", "li", "--name", "李娜", "--unit", "区教育局", "--position", "主任"])
    commands.main(
        ["account", "li", "--position", "局长", "--email", "li@example.gov.cn", "--office", "inspector"]
    )
    account = Account.objects.get(username="li")
    assert account.unit and account.unit.name == "区教育局"
    assert (account.name, account.position, account.email) == ("李娜", "局长", "li@example.gov.cn")
    assert Office.objects.filter(account=account, role="inspector").exists()
    with pytest.raises(SystemExit, match="没有叫"):
        commands.main(["account", "wang", "--name", "王", "--unit", "没有局"])
    assert not Account.objects.filter(username="wang").exists()


def test_a_first_password_from_a_table_is_stretched_in_full_once_it_was_used(
    root: Unit, settings: SettingsWrapper
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    staff = table(["li.na", "李娜"], head=["用户名", "姓名"])
    report = taking_in.take_in_staff(staff, keep=True, most=10, passwords=sealed_password)
    account = Account.objects.get(username="li.na")
    before = int(account.password.split("$")[1])
    assert account.check_password(report.passwords["li.na"])
    account.refresh_from_db()
    assert int(account.password.split("$")[1]) > 100 * before
