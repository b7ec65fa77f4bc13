"""Taking in past questions: whatever encoding they come in, nothing by half, twice changes nothing."""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook

from tests.tools import messages
from townhall.config import import_history
from townhall.history import actions, columns, importing, reading
from townhall.history.models import Batch, PastHour, PastQuestion
from townhall.journal.models import Entry
from townhall.kernel import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

HEAD = ["编号", "期号", "问题", "答复", "提问时间", "答复时间", "答复单位"]
ROW = [
    "7",
    "第 3 期",
    "路灯坏了三天，什么时候修好？",
    "已于当晚修复。",
    "2009年5月29日",
    "2009-05-31 10:00",
    "区住建局",
]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.steer(datetime(2026, 11, 30, 11, tzinfo=UTC)):
        yield


def text(*rows: list[str], head: list[str] | None = None) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([head or HEAD, *rows])
    return out.getvalue()


def many(number: int) -> list[list[str]]:
    return [
        [str(n), "", f"第 {n} 条路的路灯坏了？", f"第 {n} 条路已修复。", "", "2015-01-31", ""]
        for n in range(number)
    ]


def put(folder: Path, content: str | bytes, name: str = "past.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def take(path: Path, **more: Any) -> tuple[importing.Report, Path]:
    plan = importing.plan(path, **more)
    importing.check(plan)
    back = path.with_name("back.csv")
    return importing.run(plan, back), back


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_any_usual_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    report, _back = take(put(tmp_path, text(ROW).encode(encoding)), source="区长信箱")
    assert (report.rows, report.imported, report.refused) == (1, 1, 0)
    past = PastQuestion.objects.get()
    assert (past.text, past.answer, past.unit) == (ROW[2], ROW[3], ROW[6])
    assert (past.asked_on, past.answered_on) == (date(2009, 5, 29), date(2009, 5, 31))
    assert (past.hour.source, past.hour.issue, past.hour.year) == ("区长信箱", "第 3 期", 2009)
    assert past.title == "路灯坏了三天，什么时候修好？"


def test_a_workbook_and_lines_of_json_give_the_same(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(HEAD)
    book.active.append([7, "第 3 期", ROW[2], ROW[3], datetime(2009, 5, 29), 39964, ROW[6]])  # noqa: DTZ001 - a cell has no zone
    book.save(tmp_path / "past.xlsx")
    take(tmp_path / "past.xlsx", source="信箱")
    again, _back = take(
        put(tmp_path, json.dumps(dict(zip(HEAD, ROW, strict=True))), "past.jsonl"), source="信箱"
    )
    assert (again.imported, again.known) == (0, 1)
    assert PastQuestion.objects.get().answered_on == date(2009, 5, 31)


def test_twice_changes_nothing_and_each_batch_has_one_entry(tmp_path: Path) -> None:
    path = put(tmp_path, text(*many(2100)))
    report, back = take(path)
    assert (report.imported, report.batches, back.exists()) == (2100, 3, False)
    entries = list(Entry.objects.filter(kind="history.imported").order_by("id"))
    assert [entry.facts["rows"] for entry in entries] == [1000, 1000, 100]
    assert [(entry.facts["first"], entry.facts["last"]) for entry in entries] == [
        (2, 1001),
        (1002, 2001),
        (2002, 2101),
    ]
    assert {entry.facts["file"] for entry in entries} == {reading.look_at(path).digest}
    again, _back = take(path)
    assert (again.imported, again.known, again.batches) == (0, 2100, 0)
    assert (PastQuestion.objects.count(), Batch.objects.count(), Entry.objects.count()) == (2100, 3, 3)


def test_a_run_that_was_broken_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    plan = importing.plan(put(tmp_path, text(*many(1500))))
    first = [one for one in plan.read() if not isinstance(one, tuple)][:1000]
    actions.take_in(plan.table, plan.source, first)
    report, _back = take(plan.table.path)
    assert (report.known, report.imported) == (1000, 500)


def test_what_is_refused_comes_back_with_its_reason(tmp_path: Path) -> None:
    good = [[*ROW[:2], f"{ROW[2]}{n}", *ROW[3:]] for n in range(8)]
    shifted, long, dated, empty, late = ([*ROW] for _n in range(5))
    shifted.append("多出一格")
    long[3] = "长" * 1_000_000
    dated[5] = "去年五月"
    empty[3] = " "
    late[5] = "2009-05-01"
    report, back = take(put(tmp_path, text(*good, shifted, long, dated, empty, late, good[0])))
    assert (report.imported, report.refused) == (8, 6)
    with back.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle))
    assert rows[0] == ["行号", "未导入的原因", *HEAD]
    assert [row[0] for row in rows[1:]] == ["10", "11", "12", "13", "14", "15"]
    for row, word in zip(rows[1:], ["错位", "1000000", "去年五月", "是空的", "早于", "第 2 行"], strict=True):
        assert word in row[1]


def test_a_torn_line_of_json_comes_back_and_later_fields_are_read(tmp_path: Path) -> None:
    first = {"text": "路灯坏了三天", "reply": "已修好", "replied_at": "2009-05-31"}
    later = {**first, "text": "路面不平", "unit": "区住建局"}
    lines = [json.dumps(first), '{"text": "断了', json.dumps(later), "[" * 100_000, json.dumps([1])]
    lines += [json.dumps({**first, "text": f"第{n}件"}) for n in range(3)]
    report, back = take(put(tmp_path, "\n".join(lines), "past.jsonl"))
    assert (report.rows, report.imported, report.refused) == (8, 5, 3)
    assert PastQuestion.objects.get(text="路面不平").unit == "区住建局"
    with back.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle))
    assert rows[0] == ["行号", "未导入的原因", "text", "reply", "replied_at", "unit"]
    assert [(row[0], "JSON" in row[1]) for row in rows[1:]] == [("2", True), ("4", True), ("5", True)]
    assert rows[1][2] == '{"text": "断了'


def test_the_same_file_under_another_name_is_known_again(tmp_path: Path, capsys: Any) -> None:
    take(put(tmp_path, text(*many(5)), "past.csv"))
    copy = put(tmp_path, text(*many(5)), "2009年来信.csv")
    again, _back = take(copy)
    assert (again.imported, again.known) == (0, 5)
    assert command(copy, source="区长信箱") == 2
    assert "来源是“past”" in capsys.readouterr().err
    assert (PastQuestion.objects.count(), PastHour.objects.count()) == (5, 1)


def test_columns_are_told_when_their_names_are_unknown(tmp_path: Path) -> None:
    path = put(tmp_path, text(["路灯坏了", "修好了", "2010.3.1"], head=["甲", "乙", "丙"]))
    with pytest.raises(columns.ColumnsError, match="甲、乙、丙"):
        importing.plan(path)
    take(path, told=["text=甲", "answer=乙", "answered_on=丙"])
    assert PastQuestion.objects.get().text == "路灯坏了"
    with pytest.raises(columns.ColumnsError, match="没有这一列"):
        importing.plan(path, told=["text=丁"])
    with pytest.raises(columns.ColumnsError, match="列="):
        importing.plan(path, told=["signer=甲"])


def command(path: Path, **more: Any) -> int:
    given = {"file": path, "source": "", "map": [], "preview": False, "rejects": None} | more
    return import_history.main(argparse.Namespace(**given))


BAD = {
    "empty.csv": (b"", "空文件"),
    "heading.csv": (text().encode(), "没有内容"),
    "scan.pdf": (b"%PDF-1.7 ...", "不是能导入的文件"),
    "past.doc": (text(ROW).encode(), ".csv"),
    "past.xlsx": (text(ROW).encode(), "扩展名"),
    "noise.csv": (bytes(range(128, 256)) * 40, "编码"),
    "torn.jsonl": (b'{"text"\n["a"]', "第 1 行不是 JSON"),
    "keys.jsonl": (json.dumps({f"k{n}": n for n in range(201)}).encode(), "太多"),
    "shifted.csv": (text(*[["多一格", *ROW]] * 5, ROW).encode(), "什么也没有导入"),
    "torn.csv.gz": (b"\x1f\x8b" + b"\x00" * 30, "损坏"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_whole_with_status_2(tmp_path: Path, capsys: Any, name: str) -> None:
    content, word = BAD[name]
    assert command(put(tmp_path, content, name)) == 2
    said = capsys.readouterr().err
    assert said.startswith("townhall: ")
    assert word in said
    assert not PastQuestion.objects.exists()
    assert not PastHour.objects.exists()
    assert not Entry.objects.exists()


def test_a_directory_and_a_place_that_cannot_be_written_are_refused(tmp_path: Path, capsys: Any) -> None:
    assert command(tmp_path) == 2
    assert "目录" in capsys.readouterr().err
    assert command(put(tmp_path, text(ROW)), rejects=tmp_path) == 2
    assert "--rejects" in capsys.readouterr().err
    assert not PastQuestion.objects.exists()


def test_a_preview_stores_nothing(tmp_path: Path, capsys: Any) -> None:
    assert command(put(tmp_path, text(ROW, [*ROW[:5], "昨天", ""])), preview=True) == 0
    said = capsys.readouterr().out
    assert "可以导入 1 行，不能导入 1 行" in said
    assert ROW[2] in said
    assert not PastQuestion.objects.exists()


@pytest.mark.long
def test_citizens_own_questions_and_replies_are_taken_in(message_files: Path, tmp_path: Path) -> None:
    replies = message_files / messages.REPLIES
    with gzip.open(replies) as stored:
        rows = sum(1 for _line in stored)
    report = importing.run(importing.plan(replies, source="领导留言板"), tmp_path / "back.csv")
    assert report.rows == rows == report.imported + report.refused
    assert report.refused <= 1  # one of the real ones cannot be taken in
    assert PastQuestion.objects.count() == report.imported
