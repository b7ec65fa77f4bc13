"""Files come in by what they are, not by what they are called, and leave as downloads only."""

from __future__ import annotations

import io
import resource
import stat
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from townhall.documents import actions, published, secrecy, uploads
from townhall.documents.choices import ENDINGS, PURPOSES, Format
from townhall.documents.models import Upload
from townhall.documents.sheets import workbook
from townhall.journal.models import Entry
from townhall.kernel.errors import InvalidFields, Refused
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people import actions as people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from townhall.people.models import Account

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 40 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40 + b"\xff\xd9"
WEBP = b"RIFF" + (44).to_bytes(4, "little") + b"WEBPVP8 " + b"\0" * 40


def word(*paragraphs: str) -> bytes:
    document = docx.Document()
    for text in paragraphs or ("内容",):
        document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("CT", "[Content_Types].xml"), data)
    return out.getvalue()


WORD = word()
SHEET = workbook([["1", "2"]], ["甲", "乙"])
GOOD = [
    ("a.pdf", PDF, Format.PDF), ("a.png", PNG, Format.PNG), ("a.JPG", JPEG, Format.JPEG), ("a.webp", WEBP, Format.WEBP),
    ("a.docx", WORD, Format.DOCX), ("a.xlsx", SHEET, Format.XLSX), ("a.txt", "说明".encode(), Format.TEXT),
    ("a.csv", "甲,乙\n1,2".encode("gb18030"), Format.CSV),
]  # fmt: skip


@pytest.fixture
def account(db: None) -> Account:
    return people.create_account("somebody", "某人", None)


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Uploads of a test lie in a folder of its own; the lock of the database stays where it is."""
    folder = uploads.folder
    (tmp_path / "uploads").mkdir(mode=0o700)
    uploads.folder = lambda: tmp_path / "uploads"  # type: ignore[assignment]
    yield
    uploads.folder = folder  # type: ignore[assignment]


def keep(account: Account, name: str, data: bytes, purpose: str = "attachment") -> Upload:
    return actions.keep_upload(SimpleUploadedFile(name, data), purpose, account.id)


def refused(account: Account, name: str, data: bytes, purpose: str = "attachment") -> str:
    with pytest.raises(InvalidFields) as invalid:
        keep(account, name, data, purpose)
    assert list(uploads.folder().glob("arriving-*")) == [], "nothing is left behind"
    return str(invalid.value.errors["file"])


@pytest.mark.parametrize(("name", "data", "kind"), GOOD, ids=[name for name, _data, _kind in GOOD])
def test_every_kind_is_known_by_its_content(account: Account, name: str, data: bytes, kind: str) -> None:
    upload = keep(account, name, data)
    path = uploads.path_of(upload.digest)
    assert (upload.format, upload.size, upload.name) == (kind, len(data), name)
    assert path.read_bytes() == data
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    entry = Entry.objects.get(kind="document.kept")
    assert entry.facts == {"purpose": "attachment", "format": kind, "size": len(data)}


DISGUISED = [
    ("program.pdf", b"MZ\x90\x00\x03" * 50),
    ("page.png", b"<html><script>alert(1)</script></html>"),
    ("word.pdf", WORD),
    ("cut.pdf", PDF[:-6]),
    ("cut.png", PNG[:30]),
    ("cut.webp", WEBP[:20]),
    ("a.docx", SHEET),
    ("plain.zip", packed(a=b"1")),
    ("macro.docx", packed(CT=b"wordprocessingml.document.main+xml macroEnabled", word__vbaProject=b"1")),
    ("odd.docx", packed(nothing=b"1")),
    ("broken.docx", WORD[:200]),
    ("binary.txt", b"\x00\x01\x02"),
    ("text.exe", b"hello"),
    ("noending", b"hello"),
]


@pytest.mark.parametrize(("name", "data"), DISGUISED, ids=[name for name, _data in DISGUISED])
def test_what_is_not_what_it_is_called_is_refused(account: Account, name: str, data: bytes) -> None:
    assert refused(account, name, data)
    assert not Upload.objects.exists()


def test_an_archive_that_would_burst_is_refused(account: Account) -> None:
    main = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    bomb = packed(CT=main, word__document=b"\0" * 210_000_000)
    assert len(bomb) < 1_000_000
    assert refused(account, "bomb.docx", bomb)


def flawed(data: bytes, *, flags: int = 0, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive whose entries, in its list and before each part, say something else than is true."""
    out = bytearray(data)
    for mark, where in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = out.find(mark)
        while at >= 0:
            if b"document.xml" in out[at : at + 80]:
                out[at + where] |= flags
                out[at + where + 2 : at + where + 4] = method.to_bytes(2, "little")
            at = out.find(mark, at + 4)
    return bytes(out)


@pytest.mark.parametrize(
    "data",
    [flawed(WORD, flags=1), flawed(WORD, method=99), flawed(WORD, method=zipfile.ZIP_LZMA)],
    ids=["encrypted", "packed in an unknown way", "not what it says"],
)
def test_an_office_file_that_cannot_be_looked_into_is_refused(account: Account, data: bytes) -> None:
    assert refused(account, "a.docx", data)
    assert not Upload.objects.exists()


def test_a_damaged_part_is_refused(account: Account) -> None:
    with zipfile.ZipFile(io.BytesIO(WORD)) as archive:
        at = archive.getinfo("word/document.xml").header_offset + 120
    assert refused(account, "a.docx", WORD[:at] + bytes(200) + WORD[at + 200 :])


def test_more_words_than_can_be_looked_at_are_refused(account: Account) -> None:
    main = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    assert refused(account, "a.docx", packed(**{"CT": main, "word__document.xml": b" " * 105_000_000}))


def test_looking_for_a_mark_builds_no_tree(tmp_path: Path) -> None:
    main = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    words = b"<d>" + b"<x/>" * 500_000 + "<p><t>机密★1年</t></p></d>".encode()
    path = tmp_path / "x"
    path.write_bytes(packed(**{"CT": main, "word__document.xml": words}))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert secrecy.mark_in_file(path, Format.DOCX) == "机密"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_a_purpose_takes_its_kinds_and_sizes_only(account: Account) -> None:
    assert "PDF" in refused(account, "a.docx", WORD, "scan")
    assert "5 MB" in refused(account, "a.png", PNG + b"\0" * (5 * 1024 * 1024), "photo")
    assert refused(account, "a.txt", b"")


class Endless:
    """A file that lies about its size and never ends."""

    name, size = "a.pdf", 10

    def __init__(self) -> None:
        self.given = 0

    def chunks(self) -> Iterator[bytes]:
        while True:
            self.given += 1
            yield PDF + b"x" * 1_000_000


def test_a_file_without_end_is_let_go_of(account: Account) -> None:
    endless = Endless()
    with pytest.raises(InvalidFields):
        actions.keep_upload(endless, "attachment", account.id)  # type: ignore[arg-type]
    assert endless.given < 25


def test_the_field_is_named(account: Account) -> None:
    for file in (None, SimpleUploadedFile("a.exe", b"x\0")):
        with pytest.raises(InvalidFields) as invalid:
            actions.keep_upload(file, "scan", account.id, field="proof")
        assert set(invalid.value.errors) == {"proof"}


MARKED = [
    ("关于某事的通知（机密）.docx", WORD), ("绝密.txt", b"a"), ("秘密文件.pdf", PDF),
    ("a.docx", word("机密★1年", "关于某事的通知")), ("a.docx", word("密级：秘密")), ("a.txt", "【绝密】\n正文".encode()),
    ("a.csv", "甲,秘密,乙\n1,2,3".encode()), ("a.xlsx", workbook([["机密"]], ["密级"])), ("a.txt", "  秘 密  \n正文".encode("gb18030")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data"), MARKED)
def test_what_carries_a_secrecy_mark_is_refused(account: Account, name: str, data: bytes) -> None:
    assert "涉密" in refused(account, name, data)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("商业秘密保护办法.docx", "本办法所称商业秘密，是指不为公众所知悉的信息。"),
        ("a.docx", "不得在网上处理国家秘密、机密事项。"),
    ],
)
def test_talking_about_secrets_is_no_mark(account: Account, name: str, text: str) -> None:
    assert keep(account, name, word(text))


def test_a_marked_header_is_found(account: Account) -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "机密★长期"
    out = io.BytesIO()
    document.save(out)
    assert refused(account, "a.docx", out.getvalue())


@pytest.mark.skipif(
    not secrecy.reads_pdf(), reason="poppler-utils is not installed: apt-get install poppler-utils"
)
def test_a_marked_pdf_is_found(account: Account) -> None:
    import typst

    from townhall.documents import fonts

    chosen = fonts.chosen()
    assert chosen is not None
    data = typst.compile(f'#set text(font: "{chosen.names[0]}")\n机密★1年\n\n正文'.encode())
    assert refused(account, "a.pdf", data)


@given(st.text(max_size=300))
def test_a_name_is_harmless_whatever_was_typed(name: str) -> None:
    found = uploads.safe_name(name)
    assert found
    assert "/" not in found
    assert "\\" not in found
    assert not found.startswith(".")
    assert len(found) <= uploads.LONGEST_NAME


@given(st.binary(max_size=400), st.sampled_from([ending for kinds in ENDINGS.values() for ending in kinds]))
def test_any_bytes_are_recognised_or_not_but_never_break(data: bytes, ending: str) -> None:
    from townhall.documents.recognising import recognise

    path = uploads.folder() / "any"
    path.write_bytes(data)
    assert recognise(path, f"a{ending}") in {None, *Format.values}


def test_equal_files_lie_on_the_disk_once_and_go_with_the_last(account: Account) -> None:
    one, other = keep(account, "a.pdf", PDF), keep(account, "b.pdf", PDF)
    path = uploads.path_of(one.digest)
    actions.discard_upload(one, account.id)
    assert path.exists()
    actions.discard_upload(other, account.id)
    assert not path.exists()


def test_only_the_public_ones_are_public_and_others_only_for_whom_a_room_says(account: Account) -> None:
    upload = keep(account, "a.pdf", PDF)
    other = people.create_account("other", "他人", None)
    assert published.upload(upload.id) is None
    assert uploads.for_staff(account, upload.id) == upload
    with pytest.raises(Refused):
        uploads.for_staff(other, upload.id)
    with unit_of_work():
        actions.publish_upload(upload, account.id)
    assert published.upload(upload.id) == upload
    assert uploads.for_staff(other, upload.id) == upload


def test_every_purpose_says_what_it_takes() -> None:
    for purpose in PURPOSES.values():
        assert uploads.accepts(purpose.code).startswith(".")
        assert purpose.most_bytes <= 20 * 1024 * 1024
