"""The office's templates at the desk, and public files at the portal."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.desks.conftest import browser_of
from townhall.documents import actions, templates
from townhall.documents.choices import MOST_BYTES
from townhall.documents.models import OwnTemplate, Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures import District

PAGE = "/desk/office/documents/"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 40 + b"IEND\xaeB`\x82"


def word(text: str) -> SimpleUploadedFile:
    document = docx.Document()
    document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return SimpleUploadedFile("模板.docx", out.getvalue())


def test_a_coordinator_takes_a_template_away_and_hands_in_another(district: District) -> None:
    desk = browser_of(district.accounts["coordinator"])
    page = desk.get(PAGE).content.decode()
    assert "groups[].units" in page
    assert "Noto" in page
    for name in templates.TEMPLATES:
        assert desk.get(f"{PAGE}{name}.docx").content == templates.shipped(name)
        assert desk.get(f"{PAGE}{name}/preview.docx").content[:2] == b"PK"
    assert desk.post(f"{PAGE}notice/adopt", {"file": word("{{ title }}")}).status_code == 302
    assert "正在使用本单位的模板" in desk.get(PAGE).content.decode()
    assert desk.get(f"{PAGE}notice.docx").content != templates.shipped("notice")
    assert desk.get(f"{PAGE}notice.docx?which=shipped").content == templates.shipped("notice")
    assert desk.post(f"{PAGE}notice/retire").status_code == 302
    assert "正在使用本单位的模板" not in desk.get(PAGE).content.decode()


def test_a_hostile_template_is_refused_at_its_field(district: District) -> None:
    desk = browser_of(district.accounts["coordinator"])
    answer = desk.post(f"{PAGE}notice/adopt", {"file": word("{{ title.__class__ }}")})
    assert answer.status_code == 422
    assert "title.__class__" in answer.content.decode()
    assert desk.post(f"{PAGE}notice/adopt").status_code == 422
    assert not OwnTemplate.objects.exists()


def test_a_file_too_large_is_let_go_of_and_named_at_its_field(district: District) -> None:
    desk = browser_of(district.accounts["coordinator"])
    large = SimpleUploadedFile("模板.docx", b"PK\x03\x04" + b"\0" * (MOST_BYTES + 1))
    answer = desk.post(f"{PAGE}notice/adopt", {"file": large})
    assert answer.status_code == 422
    assert "最大 20 MB" in answer.content.decode()


def test_others_read_the_page_and_change_nothing(district: District) -> None:
    desk = browser_of(district.accounts["member1"])
    assert "上传本单位的模板" not in desk.get(PAGE).content.decode()
    assert desk.post(f"{PAGE}notice/adopt", {"file": word("{{ title }}")}).status_code == 403
    assert desk.post(f"{PAGE}notice/retire").status_code == 403
    assert desk.post(f"{PAGE}nothing/adopt").status_code == 404
    assert desk.get(f"{PAGE}nothing.docx").status_code == 404
    assert browser_of().get(PAGE).status_code == 302


def test_the_page_asks_the_same_however_many_templates_there_were(
    district: District, django_assert_num_queries: Callable[..., object]
) -> None:
    coordinator = district.accounts["coordinator"]
    desk = browser_of(coordinator)
    actions.adopt_template(coordinator, "notice", word("{{ title }}"))
    desk.get(PAGE)
    with django_assert_num_queries(5):
        desk.get(PAGE)
    for name in ("notice", "plan", "minutes"):
        for _round in range(2):
            actions.adopt_template(coordinator, name, word("{{ title }}"))
    with django_assert_num_queries(5):
        desk.get(PAGE)


@pytest.mark.parametrize("public", [True, False])
def test_only_a_public_file_is_given_to_anybody(district: District, public: bool) -> None:
    file = SimpleUploadedFile("照片 1.png", PNG)
    upload = actions.keep_upload(file, "photo", district.accounts["editor"].id, public=public)
    answer = browser_of().get(f"/files/{upload.id}")
    assert answer.status_code == (200 if public else 404)
    if public:
        assert answer.headers["Cache-Control"] == "no-cache", "what is taken back is gone at once"
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert upload.digest not in str(answer.headers)
        assert b"".join(answer.streaming_content) == PNG  # type: ignore[attr-defined]
    assert browser_of().get("/files/999999").status_code == 404


def test_a_file_that_left_the_disk_is_not_found(district: District) -> None:
    from townhall.documents import uploads

    upload = actions.keep_upload(SimpleUploadedFile("a.png", PNG + b"1"), "photo", None, public=True)
    uploads.path_of(upload.digest).unlink()
    assert browser_of().get(f"/files/{upload.id}").status_code == 404
    assert Upload.objects.filter(id=upload.id).exists()
