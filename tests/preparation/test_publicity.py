"""What is published at T-10, proposed at T-5, announced at T-7."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction

from tests.fixtures import START
from tests.preparation.conftest import BEFORE
from townhall.hours import planning
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.preparation import checklist, papers, publicity, published, queries

if TYPE_CHECKING:
    from tests.fixtures import District

WORDS = {
    "topic": "就学与社区托育", "introduction": "介绍。", "asking_closes_at": "2026-11-25T17:00",
    "leader_name-0": "mayor甲", "leader_office-0": "区长",
}  # fmt: skip


def ready(district: District, **more: Any) -> None:
    publicity.edit(district.actor("coordinator"), WORDS | more)


def test_one_act_makes_everything_public_at_once(district: District) -> None:
    ready(district)
    publicity.add_material(district.actor("coordinator"), {"title": "政策", "url": "https://example.gov.cn/"})
    assert queries.published_at(district.hour) is None
    with clock.steer(START - timedelta(days=10)):
        publicity.publish(district.actor("coordinator"))
        assert queries.published_at(district.hour) == clock.now()
    district.hour.refresh_from_db()
    assert district.hour.stage == "announced"
    assert [one.title for one in district.hour.materials.all()] == ["政策"]
    found = published.asking(district.hour.id)
    assert found.closes_at is not None
    assert clock.local(found.closes_at).date() == date(2026, 11, 25)


@pytest.mark.sqlite
def test_a_file_is_readable_from_the_announcement_on_and_not_before(district: District) -> None:
    coordinator = district.actor("coordinator")
    ready(district)
    written = io.BytesIO()
    docx.Document().save(written)
    file = SimpleUploadedFile("政策.docx", written.getvalue())
    made = publicity.add_material(coordinator, {"title": "政策"}, file)
    assert made.upload is not None and not made.upload.public
    with connection.cursor() as cursor:  # the machine dies in the middle of the announcement
        cursor.execute(
            "CREATE TEMP TRIGGER dies BEFORE UPDATE OF stage ON hours_officehour WHEN NEW.stage = 'announced' "
            "BEGIN SELECT RAISE(ABORT, 'dies'); END"
        )
        with pytest.raises(DatabaseError):
            publicity.publish(coordinator)
        cursor.execute("DROP TRIGGER dies")
    made.upload.refresh_from_db()
    assert not made.upload.public
    publicity.publish(coordinator)
    made.upload.refresh_from_db()
    assert made.upload.public


@pytest.mark.parametrize(
    ("blank", "name"),
    [({"topic": ""}, "本期主题"), ({"introduction": ""}, "内容介绍"), ({"asking_closes_at": ""}, "预提问截止时间"),
     ({"leader_name-0": "", "leader_office-0": ""}, "领导名单")],
)  # fmt: skip
def test_what_is_missing_is_named_and_nothing_is_public(
    district: District, blank: dict[str, str], name: str
) -> None:
    ready(district, **blank)
    with pytest.raises(Refused) as refused:
        publicity.publish(district.actor("coordinator"))
    assert refused.value.status == 409
    assert name in str(refused.value.message)
    district.hour.refresh_from_db()
    assert district.hour.stage == "planned"


def test_the_usual_closing_is_five_days_before_and_never_on_a_day_off(district: District) -> None:
    assert clock.local(checklist.usual_closing(district.hour)).date() == date(2026, 11, 25)
    district.hour.starts_at = START - timedelta(days=3)  # Friday the 27th: five days before is a Sunday
    assert clock.local(checklist.usual_closing(district.hour)).date() == date(2026, 11, 20)


def test_a_late_closing_is_pointed_out(district: District) -> None:
    ready(district, asking_closes_at="2026-11-28T17:00")
    assert any("3 天" in str(hint) for hint in checklist.hints(district.hour))
    ready(district)
    assert checklist.hints(district.hour) == []


def test_the_topic_stays_as_it_was_announced(district: District) -> None:
    ready(district)
    publicity.publish(district.actor("coordinator"))
    ready(district, topic="别的主题", introduction="补充介绍。")
    district.hour.refresh_from_db()
    assert (district.hour.topic, district.hour.introduction) == ("就学与社区托育", "补充介绍。")


def test_what_was_entered_with_the_hour_is_kept(district: District) -> None:
    leader = {"name": "mayor甲", "name_en": "Mayor", "office": "区长", "account": district.accounts["mayor"]}
    planning.introduce(district.hour, [leader], [{"title": "旧资料", "summary": "只有说明"}])
    ready(district)
    publicity.add_material(district.actor("coordinator"), {"title": "新资料", "url": "/archive/"})
    assert [one.title for one in district.hour.materials.all()] == ["旧资料", "新资料"]
    kept = district.hour.leaders.get()
    assert (kept.name_en, kept.account) == ("Mayor", district.accounts["mayor"])
    publicity.remove_material(district.actor("coordinator"), queries.materials(district.hour)[0].id)
    assert [one.title for one in district.hour.materials.all()] == ["新资料"]


def test_the_clock_proposes_closing_once_and_closes_nothing(district: District) -> None:
    ready(district)
    publicity.publish(district.actor("coordinator"))
    assert publicity.propose_closing() == 0
    with clock.steer(START - timedelta(days=5)):
        assert checklist.closing_is_due(district.hour) is False  # read before the hour was announced
        district.hour.refresh_from_db()
        assert checklist.closing_is_due(district.hour)
        assert publicity.propose_closing() == 1
        assert publicity.propose_closing() == 0
    entry = next(
        one for one in read.after(district.hour.id, 0, limit=100) if one.kind == "publicity.closing_proposed"
    )
    assert entry.facts["accounts"] == [district.accounts["coordinator"].id]
    district.hour.refresh_from_db()
    assert district.hour.stage == "announced"
    with clock.steer(START - timedelta(days=5)):  # put off, it is proposed again
        ready(district, asking_closes_at="2026-11-26T17:00")
    with clock.steer(START - timedelta(days=4)):
        assert publicity.propose_closing() == 1


def test_an_announcement_never_invites_what_is_closed(district: District) -> None:
    ready(district)
    district.hour.refresh_from_db()
    assert "即日起至2026年11月25日（星期三）17:00" in papers.announcement_text(district.hour)
    assert "区长mayor甲" in papers.announcement_text(district.hour)
    with clock.steer(START - timedelta(days=4)):
        assert "预提问" not in papers.announcement_text(district.hour)
    publicity.publish(district.actor("coordinator"))
    district.hour_does("close_asking")
    assert "预提问" not in papers.announcement_text(district.hour)


@pytest.mark.both_databases
def test_who_took_the_announcement_is_on_record(district: District) -> None:
    coordinator = district.actor("coordinator")
    taken = {"medium": "television", "outlet": "澄湖电视台", "taken_by": "孙宁", "at": "2026-11-15T18:30"}
    with pytest.raises(InvalidFields):
        publicity.release(coordinator, taken)
    publicity.save_announcement(coordinator, {"text": "公告正文", "issuer": "区政府办公室"})
    assert queries.press_released_at(district.hour) is None
    publicity.release(coordinator, taken)
    assert queries.press_released_at(district.hour) == BEFORE - timedelta(minutes=30)
    with pytest.raises(InvalidFields) as invalid:
        publicity.release(coordinator, taken | {"at": "2026-11-16T18:30", "medium": "x", "taken_by": ""})
    assert set(invalid.value.errors) == {"at", "medium", "taken_by"}
    for table in ("announcement", "handover"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE preparation_{table} SET at = NULL")


def test_dates_on_paper_have_no_leading_zeros(district: District) -> None:
    assert papers.when(START) == "2026年11月30日（星期一）19:00"
    assert papers.span(district.hour) == "2026年11月30日（星期一）19:00至20:00"
