"""Tables in and out."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.documents.sheets import harmless, read_rows, workbook
from townhall.kernel.errors import InvalidFields


def cells(data: bytes) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@given(st.text(max_size=80))
def test_no_cell_is_ever_a_formula(text: str) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook([[text]], [text]))).worksheets[0]
    for row in sheet.iter_rows():
        for cell in row:
            assert cell.data_type != "f"
            assert not str(cell.value or "").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_numbers_stay_numbers_and_texts_stay_texts() -> None:
    data = workbook([[3, 2.5, None, "13800000000", "=1"]], ["a", "b", "c", "d", "e"], title="名单[1]")
    assert cells(data) == [["a", "b", "c", "d", "e"], [3, 2.5, None, "13800000000", "'=1"]]
    assert harmless("普通") == "普通"


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "stored-under-its-digest"
    path.write_bytes(workbook([["13800000000", " 张三 "], ["", ""], [13900000000, "李四"]], ["号码", "姓名"]))
    assert read_rows(path) == [
        (1, ["号码", "姓名"]), (2, ["13800000000", "张三"]), (4, ["13900000000", "李四"]),
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_the_encodings_people_have(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x"
    path.write_bytes('号码,姓名\r\n13800000000,"张三，主任"\r\n,\r\n'.encode(encoding))
    assert read_rows(path) == [(1, ["号码", "姓名"]), (2, ["13800000000", "张三，主任"])]


def test_a_table_that_is_none_or_too_long_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"%PDF-1.7 %%EOF")
    with pytest.raises(InvalidFields):
        read_rows(path)
    path.write_bytes(b"1\n" * 11)
    assert len(read_rows(path, limit=11)) == 11
    with pytest.raises(InvalidFields) as invalid:
        read_rows(path, limit=10, field="list")
    assert "10" in str(invalid.value.errors["list"])


def test_a_table_whose_cell_never_ends_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b'"' + b"13800000000\n" * 20_000)
    before = csv.field_size_limit(10_000_000)  # one for the whole process: reading old questions raises it
    try:
        with pytest.raises(InvalidFields) as invalid:
            read_rows(path)
    finally:
        csv.field_size_limit(before)
    assert "引号" in str(invalid.value.errors["file"])
