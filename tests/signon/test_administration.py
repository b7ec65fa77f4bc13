"""Three administrators, three persons: one enters accounts, one gives rights, one reads what both did."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.fixtures import PASSWORD, District
from tests.signon.conftest import STEP, Person
from townhall.config import commands
from townhall.hours.seats import staff_actor
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import Refused
from townhall.people import actions as people
from townhall.people.models import Account, Office
from townhall.signon.administration import POWERS, refusal

THREE = ("system", "security", "audit")
LIST, JOURNAL = "/desk/administration/", "/desk/administration/journal/"


@pytest.fixture
def administrators(live: District) -> dict[str, Person]:
    """One for each of the three offices, signed in on a demo (where a password is enough)."""
    found = {}
    for office in THREE:
        people.give_office(people.create_account(office, f"{office}甲", PASSWORD), office)
        found[office] = Person(office)
        found[office].signs_in()
    return found


def does(person: Person, verb: str, other: Account, **data: str) -> Any:
    return person.browser.post(f"{LIST}{other.id}/{verb}", data)


@pytest.mark.parametrize("office", [*THREE, "coordinator", "clerk"])
def test_each_power_is_one_offices(administrators: dict[str, Person], live: District, office: str) -> None:
    account = Account.objects.get(username=office)
    other = live.accounts["editor"]
    allowed = {verb for verb in POWERS if refusal(account, verb, other) is None}
    assert allowed == {verb for verb, power in POWERS.items() if power.office == office}


@pytest.mark.parametrize("first", THREE)
@pytest.mark.parametrize("second", THREE)
def test_nobody_holds_two_of_the_three(live: District, first: str, second: str) -> None:
    account = live.accounts["stranger"]
    people.give_office(account, first)
    if first == second:
        people.give_office(account, second)
        return
    with pytest.raises(Refused) as refused:
        people.give_office(account, second)
    assert refused.value.status == 409
    with pytest.raises(IntegrityError), transaction.atomic():
        Office.objects.create(account=account, role=second)


def test_administrators_have_no_part_in_hours(administrators: dict[str, Person], live: District) -> None:
    for office in THREE:
        actor = staff_actor(Account.objects.get(username=office))
        assert actor is not None and actor.roles == frozenset()
    live.hour_does("wrap", reason_code="other")
    live.hour_does("archive")
    assert administrators["audit"].browser.get("/desk/hours/2026-11/").status_code == 404


@pytest.mark.parametrize(
    ("office", "path", "status"),
    [
        ("system", LIST, 200), ("security", LIST, 200), ("audit", LIST, 403),
        ("system", JOURNAL, 403), ("security", JOURNAL, 403), ("audit", JOURNAL, 200),
    ],
)  # fmt: skip
def test_each_reads_their_own_page(
    administrators: dict[str, Person], office: str, path: str, status: int
) -> None:
    assert administrators[office].browser.get(path).status_code == status


def test_the_system_administrator_enters_and_closes_accounts(
    administrators: dict[str, Person], live: District
) -> None:
    system = administrators["system"]
    page = system.browser.post(f"{LIST}enter", {"username": "new.one", "name": "新来的"})
    password = page.context["handed"]["secret"]
    assert password in page.content.decode()
    newcomer = Person("new.one")
    assert newcomer.signs_in(password).status_code == 302
    account = Account.objects.get(username="new.one")
    assert does(system, "close", account).status_code == 302
    assert newcomer.browser.get("/desk/account/").status_code == 302
    assert Person("new.one").signs_in(password).status_code == 422
    does(system, "reopen", account)
    assert Person("new.one").signs_in(password).status_code == 302
    assert does(system, "give_office", account, role="mayor").status_code == 403


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"username": "", "name": "甲"}, "用户名用字母"), ({"username": "有空 格", "name": "甲"}, "用户名用字母"),
        ({"username": "x" * 41, "name": "甲"}, "用户名用字母"), ({"username": "CLERK", "name": "甲"}, "已有这个用户名"),
        ({"username": "fine", "name": ""}, "请填写姓名"),
    ],
)  # fmt: skip
def test_an_account_that_will_not_do_is_refused_and_kept_on_the_page(
    administrators: dict[str, Person], typed: dict[str, str], words: str
) -> None:
    answer = administrators["system"].browser.post(f"{LIST}enter", typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert f'value="{typed["name"]}"' in page


def test_the_security_administrator_gives_rights_but_enters_nobody(
    administrators: dict[str, Person], live: District
) -> None:
    security, other = administrators["security"], live.accounts["stranger"]
    assert security.browser.post(f"{LIST}enter", {"username": "x", "name": "甲"}).status_code == 403
    assert does(security, "give_office", other, role="inspector").status_code == 302
    assert Office.objects.filter(account=other, role="inspector").exists()
    assert does(security, "take_office", other, role="inspector").status_code == 302
    assert not Office.objects.filter(account=other).exists()
    assert does(security, "give_office", other, role="nonsense").status_code == 422
    by = Account.objects.get(username="security").id
    assert Entry.objects.filter(kind="account.changed", actor=by).count() == 2


def test_nobody_gives_themselves_anything(administrators: dict[str, Person]) -> None:
    own = Account.objects.get(username="security")
    answer = does(administrators["security"], "give_office", own, role="mayor")
    assert answer.status_code == 403
    assert "另一位管理员" in answer.content.decode()


def test_a_reset_by_the_security_administrator_hands_over_a_binding_code(
    administrators: dict[str, Person], live: District
) -> None:
    clerk = Person("clerk")
    clerk.signs_in()
    clerk.binds()
    page = does(administrators["security"], "reset_factors", live.accounts["clerk"])
    code = page.context["handed"]["secret"]
    assert clerk.binds().status_code == 422
    assert clerk.binds(binding=code).status_code == 200


def test_all_sign_ins_of_a_person_end_at_once(administrators: dict[str, Person], live: District) -> None:
    clerk = Person("clerk")
    clerk.signs_in()
    token = people.issue_token(live.accounts["clerk"])
    does(administrators["security"], "stop_sign_ins", live.accounts["clerk"])
    assert people.account_of_token(token) is None
    assert clerk.browser.get("/desk/account/").headers["Location"].startswith("/desk/sign-in/")


def test_on_real_data_administrators_show_a_second_factor_too(
    administrators: dict[str, Person], live: District
) -> None:
    from townhall.signon.models import OwnPassword

    for account in Account.objects.all():
        OwnPassword.objects.create(account=account, hashed=account.password, at=clock.now())
    people.mark_installation("real")
    for office in THREE:
        person = Person(office)
        person.signs_in()
        assert person.browser.get(LIST).headers["Location"].startswith(STEP), office


@pytest.mark.parametrize("count", [1, 30])
def test_lists_cost_the_same_for_one_and_for_thirty(
    administrators: dict[str, Person], count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        people.give_office(people.create_account(f"zz{number:02}", "某人"), "inspector")
    with django_assert_num_queries(7):
        page = administrators["security"].browser.get(LIST, {"words": "zz"})
    assert len(page.context["rows"]) == count
    with django_assert_num_queries(6):
        administrators["audit"].browser.get(JOURNAL)


def test_the_journal_is_read_by_kind_and_person_page_by_page(
    administrators: dict[str, Person], live: District
) -> None:
    audit = administrators["audit"]
    page = audit.browser.get(JOURNAL, {"kind": "signon."})
    kinds = {row["entry"].kind for row in page.context["rows"]}
    assert kinds == {"signon.began"}
    rows = audit.browser.get(JOURNAL, {"actor": "coordinator"}).context["rows"]
    assert {row["actor"] for row in rows} == {"coordinator"}
    assert audit.browser.get(JOURNAL, {"actor": "nobody"}).context["rows"] == []
    newest = audit.browser.get(JOURNAL).context["rows"][0]["entry"].id
    older = audit.browser.get(JOURNAL, {"before": newest}).context["rows"]
    assert older[0]["entry"].id < newest


def test_the_first_administrators_come_from_the_command(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    commands.main(["account", "safe", "--name", "安全员", "--office", "security"])
    password = capsys.readouterr().out.split()[-1]
    assert Person("safe").signs_in(password).status_code == 302
    with pytest.raises(SystemExit, match="兼任"):
        commands.main(["account", "safe", "--office", "audit"])
    commands.main(["account", "safe", "--office", "inspector"])
    assert "inspector, security" in capsys.readouterr().out
