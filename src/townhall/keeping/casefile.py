"""One file per question (一问一档): everything about it, as a page and as a signed archive.

Rows are read field by field, so that what a room adds to its tables is in the file without a change here. Contact
data, receipts and whatever could find a citizen again are left out by name.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import zipfile
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.template.loader import get_template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from townhall.commitments import parties
from townhall.commitments.models import Commitment
from townhall.documents import render
from townhall.documents.papers import Paper, Table
from townhall.journal import read
from townhall.keeping.labels import word
from townhall.kernel import clock
from townhall.kernel.errors import Refused
from townhall.kernel.secrets import keyed_hash
from townhall.people.models import Account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import Model

    from townhall.questions.models import Question

# What may never leave with a file, whoever takes it.
SECRET = frozenset({
    "contact", "receipt_nonce", "receipt_digest", "idempotency_digest", "body_digest", "reply_by", "supporter_digest",
    "form_digest", "connection_sealed", "sealed", "words_sealed", "name_sealed", "contact_sealed",
})  # fmt: skip
CHAPTERS = (
    ("asker", gettext_lazy("登记")),
    ("versions", gettext_lazy("答复的各版")),
    ("declines", gettext_lazy("不予受理")),
    ("appeal", gettext_lazy("复核")),
    ("withholdings", gettext_lazy("屏蔽和撤下")),
    ("handovers", gettext_lazy("紧急转办")),
    ("returned", gettext_lazy("退单")),
    ("contributions", gettext_lazy("协办意见")),
    ("convenings", gettext_lazy("现场会商")),
    ("notes", gettext_lazy("内部备注")),
    ("remarks", gettext_lazy("评论")),
    ("holds", gettext_lazy("暂停到期删除")),
    ("merged", gettext_lazy("合并进来的提问")),
    ("parts", gettext_lazy("拆分出来的提问")),
)
# What a row hangs on: the file is about nothing else.
_ABOVE = frozenset({"question", "asker"})
# Filled by `config` with what upper rooms know of a question: (title, rows made by :func:`row`).
MORE: list[Callable[[Question], tuple[str, list[dict[str, Any]]]]] = []
SEAL = "case-file"


def of(question: Question) -> dict[str, Any]:
    """Everything about a question: ``{question, chapters: [{title, rows}], journal}``, plain values only."""
    chapters: list[dict[str, Any]] = []
    for name, title in CHAPTERS:
        if rows := [row(one) for one in _related(question, name)]:
            chapters.append({"title": str(title), "rows": rows})
    rating = getattr(getattr(question, "asker", None), "rating", None)
    if rating is not None:
        chapters.append({"title": str(_("满意度评价")), "rows": [row(rating)]})
    if promises := [
        step for one in Commitment.objects.filter(question_id=question.id) for step in _promise(one)
    ]:
        chapters.append({"title": str(_("承诺事项")), "rows": promises})
    for more in MORE:
        heading, rows = more(question)
        if rows:
            chapters.append({"title": heading, "rows": rows})
    return {"question": row(question), "chapters": chapters, "journal": _journal(question)}


def _related(question: Question, name: str) -> Iterable[Model]:
    found = getattr(question, name, None)
    if found is None:
        return []
    return found.all() if hasattr(found, "all") else [found]


def _promise(promise: Commitment) -> list[dict[str, Any]]:
    """A promise and whatever hangs on it, in its order; pictures and evidence follow the step they belong to."""
    helping = "、".join(unit.name for unit in parties.assisting(promise))
    return [row(promise) | ({"assisting": helping} if helping else {}), *_hanging(promise)]


def _hanging(above: Model) -> list[dict[str, Any]]:
    """The rows that belong to this one, each followed by those that belong to it."""
    rows: list[dict[str, Any]] = []
    for relation in above._meta.related_objects:  # noqa: SLF001 - the one list of what hangs on it
        if relation.many_to_many or relation.related_model is type(above):
            continue  # the one that took its place has lines of its own
        related = relation.related_model._base_manager.filter(**{relation.field.name: above})  # noqa: SLF001
        for one in related.order_by("pk"):
            upload = getattr(one, "upload", None)
            kept = {"sha256": upload.digest} if upload is not None else {}
            rows += [row(one, relation.field.name) | kept, *_hanging(one)]
    return rows


def row(one: Model, *left_out: str) -> dict[str, Any]:
    """A row's fields as plain values, without what is empty or secret.

    :param left_out: fields that say nothing here, as the row it hangs on
    """
    found = {}
    for field in one._meta.concrete_fields:  # noqa: SLF001 - the one list of a row's fields
        if field.name in SECRET or field.name in _ABOVE or field.name in left_out:
            continue
        value = getattr(one, field.name)
        if field.name == "commitment_id" and not value:
            continue  # upper rooms write 0 where no promise is meant
        if field.choices and value not in (None, ""):
            value = str(dict(field.flatchoices).get(value, value))
        if (plain := _plain(value)) not in (None, "", [], {}):
            found[field.name] = plain
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.local(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return str(getattr(value, "name", value))


def _journal(question: Question) -> list[dict[str, Any]]:
    entries = read.about("question", question.id)
    actors = {one.actor for one in entries if one.actor}
    names = dict(Account.objects.filter(id__in=actors).values_list("id", "name"))
    return [
        {"line": one.line, "seq": one.seq, "at": _plain(one.at), "kind": one.kind,
         "actor": names.get(one.actor or 0, ""), "facts": one.facts}
        for one in entries
    ]  # fmt: skip


# -- as an archive ------------------------------------------------------------------------------------------


def packed(question: Question, by: str) -> tuple[str, bytes]:
    """The file as an archive: JSON, a page, a PDF where there are fonts, and a manifest with its seal.

    :returns: its name, its bytes
    """
    with override("zh-hans"):  # a record of the office is Chinese, whatever language the desk speaks
        found = of(question)
        title = _("第%(issue)s期第%(n)s号卷宗") % {
            "issue": question.hour.issue_no or "",
            "n": question.number,
        }
        files = {
            "case.json": json.dumps(found, ensure_ascii=False, indent=1).encode(),
            "case.html": page(found, title).encode(),
        }
        with suppress(Refused):  # without fonts the page says the same
            files["case.pdf"] = render.laid_out("minutes", _paper(found, title).context())
    manifest = json.dumps(
        {
            "title": title, "question": question.id, "made_at": clock.local(clock.now()).isoformat(timespec="seconds"),
            "made_by": by, "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        },
        ensure_ascii=False, indent=1,
    )  # fmt: skip
    files |= {"manifest.json": manifest.encode(), "manifest.hmac": keyed_hash(SEAL, manifest).encode()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return f"{title}.zip", out.getvalue()


def page(found: dict[str, Any], title: str) -> str:
    """The file as one page that needs nothing else."""
    return get_template("keeping/case.html").render({"case": labelled(found), "title": title})


def labelled(found: dict[str, Any]) -> dict[str, Any]:
    """The same with its fields called as people call them, in lines of label and words."""
    return {
        "question": _lines(found["question"]),
        "chapters": [
            {"title": one["title"], "rows": [_lines(row) for row in one["rows"]]} for one in found["chapters"]
        ],
        "journal": found["journal"],
    }


def _lines(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (word(name), _said(value))
        for name, value in row.items()
        if name not in {"id", "hour"} and value is not False
    ]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _paper(found: dict[str, Any], title: str) -> Paper:
    said = labelled(found)
    tables = [
        Table(headers=[_("项目"), _("内容")], rows=[line for row in one["rows"] for line in row], title=one["title"],
              widths=(1, 4))
        for one in said["chapters"]
    ]  # fmt: skip
    tables.append(
        Table(headers=[_("时间"), _("事项"), _("经办人")],
              rows=[(one["at"], one["kind"], one["actor"]) for one in said["journal"]], title=_("办理过程"))
    )  # fmt: skip
    return Paper(title=title, facts=said["question"], tables=tables)


class FileBroken(ValueError):  # noqa: N818 - reads as the sentence it prints
    """A case file that is not as it was made; its text says where."""


MOST_BYTES = 50 * 1024 * 1024


def verify(data: bytes) -> dict[str, Any]:
    """The manifest of a case file that this installation made and nobody has changed.

    :raises FileBroken: saying what is wrong
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > MOST_BYTES:
                raise FileBroken(_("文件太大，不是卷宗。"))
            files = {name: archive.read(name) for name in archive.namelist()}
        manifest = files.pop("manifest.json")
        seal = files.pop("manifest.hmac").decode()
        told: dict[str, Any] = json.loads(manifest)
        sums: dict[str, str] = told["files"]
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        if isinstance(error, FileBroken):
            raise
        raise FileBroken(_("不是本系统导出的卷宗。")) from error
    if not secrets.compare_digest(seal, keyed_hash(SEAL, manifest.decode("utf-8", "replace"))):
        raise FileBroken(_("清单的签章不符：不是这里导出的，或者清单被改过。"))
    for name in sorted(sums.keys() | files.keys()):
        if name not in files or name not in sums or hashlib.sha256(files[name]).hexdigest() != sums[name]:
            raise FileBroken(_("%(name)s 和清单不符，被改过、多出或缺失。") % {"name": name})
    return told
