"""Papers: the measures of GB/T 9704-2012, words that stay words, files that other programs open."""

from __future__ import annotations

import io
import itertools
import shutil
import subprocess
import zipfile
from datetime import date
from pathlib import Path

import docx
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.tools import strict
from townhall.documents import fonts, render, templates
from townhall.documents.papers import Paper, Table, day, number, paragraphs
from townhall.documents.sheets import workbook
from townhall.kernel.errors import Refused

MM = 72 / 25.4
BODY = "各单位要提前梳理本单位职责范围内的热点问题，做好答复准备。" * 30
FULL = Paper(
    title="关于举行第16期区长网上办公的通知", organ="澄湖区人民政府办公室文件", number=number("澄府办", 2026, 16),
    to="各镇人民政府、街道办事处", body=f"一、时间\n{BODY}\n（一）会场\n{BODY}", attachments=["方案", "分组名单"],
    signed="澄湖区人民政府办公室", on=day(date(2026, 11, 3)), notes="联系人：张岚", copies="区委办公室",
    printed_by="澄湖区人民政府办公室", printed_on="2026年11月3日", grade="加急", machine_number="16",
    send_to="各镇人民政府", approved_by="周敏", qr="https://example.gov/hours/2026-11/", qr_words="扫码提问",
    facts=[("时间", "2026年11月30日"), ("地点", "")], tables=[Table(["组", "单位"], [["教育组", "区教育局"]] * 60)],
)  # fmt: skip


def opened(layout: str, paper: Paper = FULL) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(render.laid_out(layout, paper.context())))


def words(reader: pypdf.PdfReader) -> str:
    return "".join(page.extract_text() for page in reader.pages).replace("\n", "")


def places(page: pypdf.PageObject) -> list[tuple[float, float, float, str]]:
    """Every piece of text with its left edge, its baseline and its size, from the top left in millimetres."""
    found: list[tuple[float, float, float, str]] = []
    height = float(page.mediabox.height)

    def visit(text: str, cm: list[float], tm: list[float], _font: object, size: float) -> None:
        if text.strip():
            x, y = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
            found.append((x / MM, (height - y) / MM, abs(size), text.strip()))

    page.extract_text(visitor_text=visit)
    return found


def test_dates_and_numbers_are_written_as_the_standard_says() -> None:
    assert day(date(2026, 1, 3)) == "2026年1月3日"
    assert number("澄府办", 2026, 3) == "澄府办〔2026〕3号"


def test_levels_are_known_by_their_numbering() -> None:
    found = paragraphs("一、时间\n（一）会场\n1.签到\n一、这是一句很长的话，说明了许多事情。\n\n正文")
    assert [one["level"] for one in found] == ["h1", "h2", "p", "p", "p"]


def test_a_page_has_22_lines_of_28_characters_in_the_type_area() -> None:
    reader = opened("notice", Paper(title="通知", body="一" * 28 * 60))
    page = reader.pages[1]
    assert (round(float(page.mediabox.width) / MM), round(float(page.mediabox.height) / MM)) == (210, 297)
    lines: dict[float, int] = {}
    for _x, y, _size, text in places(page):
        if "一" in text:
            lines[round(y, 1)] = lines.get(round(y, 1), 0) + text.count("一")
    assert len(lines) == 22
    assert set(lines.values()) == {28}
    ys = sorted(lines)
    assert 37 < ys[0] < 37 + 6, "the first line hangs at the top of the type area"
    assert ys[-1] < 297 - 35
    gaps = {round(b - a, 1) for a, b in itertools.pairwise(ys)}
    assert gaps <= {10.2, 10.3}, "225 mm in 22 lines"
    assert min(x for x, _y, _size, text in places(page) if "一" in text) == pytest.approx(28, abs=0.3)


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages() -> None:
    reader = opened("notice", Paper(title="通知", body="一" * 28 * 60))
    for place, page in enumerate(reader.pages, start=1):
        foot = [one for one in places(page) if one[1] > 297 - 34]
        assert "".join(text for _x, _y, _size, text in foot).replace(" ", "") == f"—{place}—"
        left = min(x for x, _y, _size, _text in foot)
        assert (left > 150) if place % 2 else (left < 45)


def test_the_head_is_where_the_standard_puts_it() -> None:
    page = opened("notice").pages[0]
    found = {text: (y, size) for _x, y, size, text in places(page)}
    organ = next(y for text, (y, _size) in found.items() if "澄湖区人民政府办公室文件".startswith(text[:3]))
    assert 37 + 35 < organ < 37 + 35 + 20, "the red head begins 35 mm below the top of the type area"
    assert any("一、时间" in text for text in found), "the first page shows body text"


@pytest.mark.parametrize("layout", render.LAYOUTS)
def test_every_layout_says_everything_it_was_given(layout: str) -> None:
    reader = opened(layout)
    found = words(reader)
    assert FULL.title[:8] in found
    assert "地点：" not in found, "what is empty does not appear"
    expected = {
        "notice": ["澄府办〔2026〕16号", "附件：", "抄送：区委办公室。", "2026年11月3日印发", "各镇人民政府"],
        "telegram": ["内部传真电报", "加急", "周敏", "发往", "机号", "批办"],
        "announcement": ["扫码提问", "2026年11月3日"],
    }.get(layout, [])
    for one in expected:
        assert one in found.replace(" ", ""), one
    if layout == "slip":
        assert round(float(reader.pages[0].mediabox.width) / MM) == 105
    if layout == "roster":
        assert round(float(reader.pages[0].mediabox.width) / MM) == 297


def test_a_row_of_a_table_is_not_cut_in_two_unless_it_is_long() -> None:
    def cut(units: str) -> bool:
        table = Table(["名称", "单位"], [[f"{place}组", f"首{units}尾"] for place in range(40)])
        pages = [page.extract_text() for page in opened("roster", Paper(title="安排", tables=[table])).pages]
        return any(page.count("首") != page.count("尾") for page in pages)

    assert not cut("区教育局、" * 14)
    assert cut("区教育局、" * 300), "what is longer than a page goes on on the next"


def test_the_fonts_in_the_pdf_are_the_free_ones_it_names() -> None:
    chosen = fonts.chosen()
    assert chosen is not None
    reader = opened("notice")
    named = str((reader.metadata or {}).get("/Keywords", ""))
    for family in chosen.names:
        assert family in named
    used = {
        str(font.get_object()["/BaseFont"]).partition("+")[2]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert used, "fonts are embedded"
    free = ("Noto", "Source", "Fandol", "LXGW", "Zhuque")
    assert all(one.startswith(free) for one in used), used


def test_without_a_chinese_font_the_remedy_is_said_and_docx_goes_on(
    monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    monkeypatch.setattr(fonts, "chosen", lambda: None)
    with pytest.raises(Refused) as refused:
        render.laid_out("notice", FULL.context())
    assert "apt-get install fonts-noto-cjk" in str(refused.value.message)
    assert render.docx("notice", FULL.context())[:2] == b"PK"


HOSTILE = (
    '#panic() #import "@x/y" *a* _b_ $x^2$ `c` <d> @e \\ // f /* g */ "h" #{1/0} ~ -- ... =i -j +k [l] \u202e'
)


@pytest.mark.parametrize("layout", render.LAYOUTS)
def test_words_are_never_markup(layout: str) -> None:
    paper = Paper(
        title=HOSTILE, body=f"{HOSTILE}\n= heading\n- item", organ=HOSTILE[:20], to=HOSTILE, signed=HOSTILE, on=HOSTILE,
        facts=[(HOSTILE, HOSTILE)], tables=[Table([HOSTILE, "b"], [[HOSTILE], ["1", "2", "3"]], widths=(1,))],
        qr=HOSTILE, qr_words=HOSTILE, attachments=[HOSTILE],
    )  # fmt: skip
    found = words(opened(layout, paper)).replace(" ", "")
    assert "#panic()" in found
    assert "$x^2$" in found
    assert "/*g*/" in found


@settings(max_examples=15)
@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_makes_a_paper(body: str, title: str) -> None:
    assert render.laid_out("notice", Paper(title=title, body=body, to=title).context())[:5] == b"%PDF-"


# -- what other programs make of it ------------------------------------------------------------------------


def made(name: str, paper: Paper = FULL) -> bytes:
    groups = [{"name": "教育组", "units": "区教育局"}]
    extra = {"topic": paper.title, "groups": groups} if name == "plan" else {}
    return render.docx(name, paper.context() | extra)


@pytest.mark.parametrize("paper", [FULL, Paper(title="通知")], ids=["full", "nearly empty"])
@pytest.mark.parametrize("name", templates.TEMPLATES)
def test_a_strict_reader_finds_nothing_to_repair(name: str, paper: Paper, db: None) -> None:
    assert strict.faults(made(name, paper)) == []


def broken(part: str, was: bytes, becomes: bytes | None) -> bytes:
    """A good paper with one thing wrong: a part changed, or left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made("notice"))) as good, zipfile.ZipFile(out, "w") as bad:
        for name in good.namelist():
            data = good.read(name)
            if name == part:
                assert was in data
                if becomes is None:
                    continue
                data = data.replace(was, becomes, 1)
            bad.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("part", "was", "becomes", "fault"),
    [
        ("word/styles.xml", b"", None, "absent"),
        ("word/document.xml", b"</w:sectPr></w:body>", b"</w:sectPr><w:p/></w:body>", "does not end with its section"),
        ("word/document.xml", b"<w:body>", b"<w:body><w:p><w:r><w:t>a</w:t><w:rPr/></w:r></w:p>", "rPr is not first"),
        ("word/document.xml", b"<w:body>", b"<w:body><w:tbl><w:tr><w:tc/></w:tr></w:tbl>", "end with a paragraph"),
        ("word/document.xml", b"<w:body>", b"<w:body><w:tbl><w:tr/></w:tbl>", "a row without a cell"),
        (
            "word/document.xml", b"<w:body>",
            b'<w:body><w:p><w:bookmarkStart w:id="7" w:name="a"/><w:bookmarkStart w:id="7" w:name="b"/></w:p>',
            "bookmarkStart 7 twice",
        ),
        ("word/document.xml", b"</w:body>", b"</w:bodi>", "word/document.xml"),
        ("[Content_Types].xml", b'Extension="rels"', b'Extension="slre"', "without a type"),
    ],
)  # fmt: skip
def test_the_strict_reader_sees_what_others_mend_silently(
    part: str, was: bytes, becomes: bytes | None, fault: str, db: None
) -> None:
    found = strict.faults(broken(part, was, becomes))
    assert any(fault in one for one in found), found


def structure(data: bytes) -> tuple[list[str], list[list[list[str]]], int]:
    """The words of a paper, its tables cell by cell, and how many pictures it has."""
    document = docx.Document(io.BytesIO(data))
    paragraphs_ = [one.text.strip() for one in document.paragraphs if one.text.strip()]
    tables = [[[cell.text.strip() for cell in row.cells] for row in table.rows] for table in document.tables]
    return paragraphs_, tables, len(document.inline_shapes)


@pytest.mark.long
def test_libreoffice_opens_what_was_made_and_loses_nothing(tmp_path: Path, db: None) -> None:
    """As PDF to read, and as .docx again: what a reader drops or mends on opening is missing or moved afterwards."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed: apt-get install libreoffice-writer-nogui")
    for name in templates.TEMPLATES:
        (tmp_path / f"{name}.docx").write_bytes(made(name))
    (tmp_path / "list.xlsx").write_bytes(
        workbook([[n, "区教育局", "=1+1"] for n in range(80)], ["编号", "单位", "备注"])
    )
    papers = sorted(map(str, tmp_path.glob("*.docx")))
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    for form, place, files in (
        ("pdf", tmp_path, [*papers, str(tmp_path / "list.xlsx")]),
        ("docx", tmp_path / "again", papers),
    ):
        command = [office, home, "--headless", "--convert-to", form, "--outdir", str(place), *files]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    for name in templates.TEMPLATES:
        reader = pypdf.PdfReader(tmp_path / f"{name}.pdf")
        assert 1 <= len(reader.pages) <= 12, name
        assert "{{" not in words(reader)
        assert "{%" not in words(reader)
        assert "网上办公" in words(reader).replace(" ", ""), name
        again = (tmp_path / "again" / f"{name}.docx").read_bytes()
        assert structure(again) == structure(made(name)), name
    sheet = words(pypdf.PdfReader(tmp_path / "list.pdf")).replace(" ", "")
    assert "=1+1" in sheet, "a formula is text"


# -- as it is seen -----------------------------------------------------------------------------------------

DOTS = 100  # to the inch
_PRINTED = 128  # darker than this is ink


def pictures(folder: Path, layout: str, paper: Paper) -> list[Path]:
    """The pages of a PDF as pictures, kept in the test's folder, drawn by another program than the one that set them."""
    drawer = shutil.which("pdftoppm")
    if drawer is None:
        pytest.skip("Poppler is not installed: apt-get install poppler-utils")
    source = folder / f"{layout}.pdf"
    source.write_bytes(render.laid_out(layout, paper.context()))
    subprocess.run([drawer, "-r", str(DOTS), "-gray", "-png", str(source), str(folder / layout)], check=True)
    return sorted(folder.glob(f"{layout}-*.png"))


def ink(picture: Image.Image) -> tuple[float, float, float, float]:
    """The box of everything printed: left, top, right, bottom, in millimetres."""
    box = picture.point(lambda shade: 255 if shade < _PRINTED else 0).getbbox()
    assert box is not None
    left, top, right, bottom = (edge * 25.4 / DOTS for edge in box)
    return left, top, right, bottom


def test_a_printed_page_keeps_the_standards_margins_and_lines(tmp_path: Path) -> None:
    """GB/T 9704-2012, 5.2: 37 mm above and 28 mm at the left of a type area of 156 by 225 mm, in 22 lines."""
    second = pictures(tmp_path, "notice", Paper(title="通知", body="国" * 28 * 60))[1]
    with Image.open(second) as page:
        assert [round(side * 25.4 / DOTS) for side in page.size] == [210, 297]
        body = page.convert("L").crop((0, 0, page.width, round((37 + 225) * DOTS / 25.4)))
        left, top, right, bottom = ink(body)
        assert left == pytest.approx(28, abs=1)
        assert right == pytest.approx(28 + 156, abs=1)
        assert 37 - 1 < top < 37 + 6
        assert 37 + 225 - 6 < bottom < 37 + 225 + 1
        rows = [body.crop((0, y, body.width, y + 1)).getextrema() for y in range(body.height)]
        printed = [darkest < _PRINTED for darkest, _lightest in rows]
        assert sum(here and not above for above, here in itertools.pairwise([False, *printed])) == 22


@pytest.mark.parametrize("layout", render.LAYOUTS)
def test_every_layout_prints_inside_its_page_with_its_fonts_embedded(layout: str, tmp_path: Path) -> None:
    for picture in pictures(tmp_path, layout, FULL):
        with Image.open(picture) as page:
            left, top, right, bottom = ink(page)
            width, height = (side * 25.4 / DOTS for side in page.size)
            assert left > 3 and top > 3 and right < width - 3 and bottom < height - 3, picture.name
    lister = shutil.which("pdffonts")
    assert lister is not None, "it comes with pdftoppm"
    said = subprocess.run(
        [lister, str(tmp_path / f"{layout}.pdf")], check=True, capture_output=True, text=True
    )
    _header, _line, *rows = said.stdout.splitlines()
    assert rows
    # from the right: object and generation, has a Unicode map, is a subset, is embedded
    assert all(row.split()[-5] == "yes" for row in rows), said.stdout
