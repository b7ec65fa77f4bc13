"""Write the Word templates that are shipped, as `python -m tools.make_document_templates`.

The results are committed: an office gets real .docx files to edit, and no test depends on this program. Fonts are named
as offices in China have them (仿宋, 黑体, 楷体, 宋体); none is embedded or shipped.
"""

from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

DATA = Path(__file__).resolve().parent.parent / "src" / "townhall" / "documents" / "data"
PITCH = Pt(28.95)
RED = RGBColor(0xD8, 0, 0)
BODY, HEADING, KAI, SONG = "仿宋", "黑体", "楷体", "宋体"


def new() -> Document:
    """An empty A4 page in the measures of GB/T 9704-2012: 22 lines of 28 characters."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    grid = OxmlElement("w:docGrid")
    for name, value in (("type", "lines"), ("linePitch", "579")):
        grid.set(qn(f"w:{name}"), value)
    for old in section._sectPr.findall(qn("w:docGrid")):  # noqa: SLF001 - python-docx has no word for it
        section._sectPr.remove(old)  # noqa: SLF001
    section._sectPr.append(grid)  # noqa: SLF001
    style = document.styles["Normal"]
    style.font.size = Pt(16)
    style.font.name = "Times New Roman"
    style.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
    tight = OxmlElement("w:spacing")  # a fifth of a point closer, so that 28 characters fill a line of 156 mm
    tight.set(qn("w:val"), "-4")
    style.element.rPr.find(qn("w:sz")).addprevious(tight)
    form = style.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, PITCH
    document.settings.odd_and_even_pages_header_footer = True
    page_number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    page_number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)
    document.core_properties.author = "Townhall"
    document.core_properties.comments = ""
    return document


def page_number(paragraph: Paragraph, side: Any) -> None:
    """— 1 —, one character from the edge."""
    paragraph.alignment = side
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(16)
    for words in ("— ", None, " —"):
        run = paragraph.add_run(words or "")
        font(run, SONG, 14)
        if words is None:
            for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
                element = OxmlElement("w:fldChar" if kind else "w:instrText")
                if kind:
                    element.set(qn("w:fldCharType"), kind)
                else:
                    element.text = text
                run._r.append(element)  # noqa: SLF001


def font(run: Any, family: str, size: float, *, bold: bool = False, color: RGBColor | None = None) -> None:
    """Set one run."""
    run.font.size = Pt(size)
    run.font.bold = bold
    run.font.name = "Times New Roman"
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), family)  # noqa: SLF001
    if color is not None:
        run.font.color.rgb = color


def line(  # noqa: PLR0913 - a paragraph has that many sides, all by name
    document: Any, words: str, *, family: str = BODY, size: float = 16, bold: bool = False, side: Any = None,
    indent: bool = False, color: RGBColor | None = None, exact: bool = True,
) -> Paragraph:  # fmt: skip
    """One paragraph."""
    paragraph: Paragraph = document.add_paragraph()
    if side is not None:
        paragraph.alignment = side
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(32)
    if not exact:
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    font(paragraph.add_run(words), family, size, bold=bold, color=color)
    return paragraph


CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


def rule(paragraph: Paragraph, color: str, eighths: int) -> None:
    """A line below a paragraph, in eighths of a point."""
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", str(eighths)), ("space", "6"), ("color", color)):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
    place = next((one for one in properties if one.tag in {qn("w:spacing"), qn("w:ind"), qn("w:jc")}), None)
    properties.append(borders) if place is None else place.addprevious(borders)


def red_head(document: Document) -> None:
    """发文机关标志, 发文字号, red line; all absent without an office."""
    line(document, "{%p if organ %}")
    line(document, "{{ organ }}", family=SONG, size=34, bold=True, side=CENTRE, color=RED, exact=False)
    line(document, "")
    rule(line(document, "{{ number }}", side=CENTRE), "D80000", 12)
    line(document, "")
    line(document, "{%p endif %}")


def title(document: Document) -> None:
    """The title in 2号."""
    line(document, "{{ title }}", family=SONG, size=22, bold=True, side=CENTRE, exact=False)
    line(document, "")


def text(document: Document) -> None:
    """主送机关, facts, the body with its levels, tables."""
    line(document, "{%p if to %}")
    line(document, "{{ to }}：")
    line(document, "{%p endif %}")
    facts(document)
    line(document, "{%p for one in paragraphs %}")
    for level, family in (("h1", HEADING), ("h2", KAI)):
        line(document, f"{{%p if one.level == '{level}' %}}")
        line(document, "{{ one.text }}", family=family, indent=True)
        line(document, "{%p endif %}")
    line(document, "{%p if one.level == 'p' %}")
    line(document, "{{ one.text }}", indent=True)
    line(document, "{%p endif %}")
    line(document, "{%p endfor %}")
    tables(document)


def facts(document: Document) -> None:
    """Lines of label and words."""
    line(document, "{%p for one in facts %}")
    line(document, "{%p if one.words %}")
    paragraph = line(document, "{{ one.label }}：", family=HEADING, indent=True)
    font(paragraph.add_run("{{ one.words }}"), BODY, 16)
    line(document, "{%p endif %}")
    line(document, "{%p endfor %}")


def tables(document: Document) -> None:
    """Any number of tables with any number of columns."""
    line(document, "{%p for table in tables %}")
    line(document, "{{ table.title }}", family=HEADING, side=CENTRE)
    grid = document.add_table(rows=4, cols=3, style="Table Grid")
    loops = (
        ("{%tc for words in table.headers %}", "{{ words }}", "{%tc endfor %}", HEADING),
        ("{%tr for row in table.rows %}", "", "", BODY),
        ("{%tc for words in row %}", "{{ words }}", "{%tc endfor %}", BODY),
        ("{%tr endfor %}", "", "", BODY),
    )
    for row, (*cells, family) in zip(grid.rows, loops, strict=True):
        for cell, words in zip(row.cells, cells, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
            font(paragraph.add_run(words), family, 14)
    line(document, "")
    line(document, "{%p endfor %}")


def closing(document: Document) -> None:
    """附件, 落款, date, 附注."""
    line(document, "{%p for words in attachments %}")
    line(document, "附件{{ loop.index }}：{{ words }}", indent=True)
    line(document, "{%p endfor %}")
    line(document, "{%p if signed or on %}")
    line(document, "")
    for words in ("{{ signed }}", "{{ on }}"):
        line(document, words, side=RIGHT).paragraph_format.right_indent = Pt(64)
    line(document, "{%p endif %}")
    line(document, "{%p if notes %}")
    line(document, "（{{ notes }}）", indent=True)
    line(document, "{%p endif %}")


def imprint(document: Document) -> None:
    """版记."""
    line(document, "{%p if copies %}")
    line(document, "")
    rule(line(document, "抄送：{{ copies }}。", size=14), "000000", 8)
    line(document, "{%p endif %}")
    line(document, "{%p if printed_by %}")
    rule(line(document, "{{ printed_by }}　　{{ printed_on }}印发", size=14), "000000", 8)
    line(document, "{%p endif %}")


def notice() -> Document:
    """通知（公文）."""
    document = new()
    red_head(document)
    title(document)
    text(document)
    closing(document)
    imprint(document)
    return document


def telegram() -> Document:
    """通知（明电）."""
    document = new()
    line(document, "内部传真电报", family=SONG, size=40, bold=True, side=CENTRE, color=RED, exact=False)
    for left, right in ((("发往", "send_to"), None), (("签批", "approved_by"), ("等级", "grade")),
                        (("编号", "number"), ("机号", "machine_number"))):  # fmt: skip
        paragraph = line(document, "")
        for place, pair in enumerate((left, right)):
            if pair is not None:
                font(paragraph.add_run(("　　" if place else "") + pair[0] + "　"), HEADING, 16, color=RED)
                font(paragraph.add_run(f"{{{{ {pair[1]} }}}}"), BODY, 16)
    line(document, "批办", family=HEADING, color=RED)  # for the receiver's pen
    rule(line(document, ""), "D80000", 12)
    line(document, "")
    title(document)
    text(document)
    closing(document)
    imprint(document)
    return document


def announcement() -> Document:
    """公告."""
    document = new()
    title(document)
    text(document)
    closing(document)
    line(document, "{%p if qr %}")
    line(document, "")
    line(document, "{{ qr_picture }}", side=CENTRE, exact=False)
    line(document, "{{ qr_words }}", size=14, side=CENTRE)
    line(document, "{{ qr }}", size=11, side=CENTRE)
    line(document, "{%p endif %}")
    return document


def plan() -> Document:
    """方案: the six fields by name, so that an office can move them; then the groups."""
    document = new()
    title(document)
    for label, name in (("时间", "time"), ("地点", "place"), ("主题", "topic"), ("内容", "content"),
                        ("出席对象", "attendees"), ("有关要求", "requirements")):  # fmt: skip
        paragraph = line(document, f"{label}：", family=HEADING, indent=True)
        font(paragraph.add_run(f"{{{{ {name} }}}}"), BODY, 16)
    line(document, "{%p if groups %}")
    line(document, "业务小组：", family=HEADING, indent=True)
    line(document, "{%p for group in groups %}")
    line(document, "{{ loop.index }}. {{ group.name }}：{{ group.units }}", indent=True)
    line(document, "{%p endfor %}")
    line(document, "{%p endif %}")
    closing(document)
    return document


def minutes() -> Document:
    """会议纪要."""
    document = new()
    red_head(document)
    title(document)
    text(document)
    closing(document)
    imprint(document)
    return document


def table_paper() -> Document:
    """汇总、安排表: title, facts, tables."""
    document = new()
    title(document)
    text(document)
    closing(document)
    return document


def roster() -> Document:
    """工作人员安排表: turned."""
    document = table_paper()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(297), Mm(210)
    return document


MAKERS = {
    "notice": notice,
    "telegram": telegram,
    "announcement": announcement,
    "plan": plan,
    "minutes": minutes,
    "digest": table_paper,
    "roster": roster,
}


def main() -> None:
    """Write them all."""
    for name, make in MAKERS.items():
        make().save(str(DATA / f"{name}.docx"))
        print(DATA / f"{name}.docx")


if __name__ == "__main__":
    main()
