"""One file per question (一问一档): everything about it, as a page and as a signed archive.

Rows are read field by field, so that what a room adds to its tables is in the file without a change here. Contact
data, receipts and whatever could find a citizen again are left out by name. What was handed in with a promise lies in
the archive as it was handed in; it is copied piece by piece, so the number and size of pictures cost no memory.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import zipfile
import zlib
from contextlib import suppress
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, Any

from django.template.loader import get_template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from townhall.commitments import parties
from townhall.commitments.models import Commitment
from townhall.documents import render, uploads
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
# Where the files that were handed in lie in the archive.
FOLDER = "files"
_PIECE = 64 * 1024


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
            kept = {} if upload is None else {
                "file": f"{FOLDER}/{upload.id}-{upload.name}", "sha256": upload.digest,
            }  # fmt: skip
            rows += [row(one, relation.field.name) | kept, *_hanging(one)]
    return rows


def attached(found: dict[str, Any]) -> dict[str, str]:
    """The files that were handed in, by their place in the archive: SHA-256, under which they lie on the disk."""
    rows = [one for chapter in found["chapters"] for one in chapter["rows"]]
    return {one["file"]: one["sha256"] for one in rows if "file" in one and "sha256" in one}


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


def packed(question: Question, by: str, out: IO[bytes]) -> str:
    """Write the file as an archive: JSON, a page, a PDF where there are fonts, what was handed in, a sealed manifest.

    A file that is no longer on the disk as it was handed in is left out, and the manifest says so (``missing``).

    :param out: where it is written; memory is needed for one piece of it at a time
    :returns: its name
    """
    with override("zh-hans"):  # a record of the office is Chinese, whatever language the desk speaks
        found = of(question)
        title = _("第%(issue)s期第%(n)s号卷宗") % {
            "issue": question.hour.issue_no or "",
            "n": question.number,
        }
        handed_in = attached(found)
        missing = sorted(place for place, digest in handed_in.items() if not uploads.is_intact(digest))
        found |= {"missing": missing} if missing else {}
        files = {
            "case.json": json.dumps(found, ensure_ascii=False, indent=1).encode(),
            "case.html": page(found, title).encode(),
        }
        with suppress(Refused):  # without fonts the page says the same
            files["case.pdf"] = render.laid_out("minutes", _paper(found, title).context())
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        for place in sorted(handed_in.keys() - set(missing)):
            sums[place] = _copy(archive, place, handed_in[place])
        manifest = json.dumps(
            {
                "title": title, "question": question.id, "made_by": by,
                "made_at": clock.local(clock.now()).isoformat(timespec="seconds"),
                "files": sums, "missing": missing,
            },
            ensure_ascii=False, indent=1,
        )  # fmt: skip
        archive.writestr("manifest.json", manifest)
        archive.writestr("manifest.hmac", keyed_hash(SEAL, manifest))
    return f"{title}.zip"


def _copy(archive: zipfile.ZipFile, place: str, digest: str) -> str:
    """Put a file from the disk into the archive; returns the SHA-256 of what went in."""
    # Pictures and papers are compressed already.
    info = zipfile.ZipInfo(place, clock.local(clock.now()).timetuple()[:6])
    with uploads.path_of(digest).open("rb") as source, archive.open(info, "w") as goal:
        return _pour(source, goal)


def _pour(source: IO[bytes], goal: IO[bytes] | None = None) -> str:
    """Read to the end, writing on what was read; returns its SHA-256."""
    summed = hashlib.sha256()
    while piece := source.read(_PIECE):
        summed.update(piece)
        if goal is not None:
            goal.write(piece)
    return summed.hexdigest()


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
        "files": _enclosed(found),
    }


def _enclosed(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What lies beside the page in the archive, once each: ``{file, name, sha256, picture, missing}``."""
    rows = {one["file"]: one for chapter in found["chapters"] for one in chapter["rows"] if "file" in one}
    return [
        {
            "file": place, "name": rows[place].get("caption") or rows[place].get("upload", place),
            "sha256": digest, "picture": bool(rows[place].get("picture")),
            "missing": place in found.get("missing", ()),
        }
        for place, digest in attached(found).items()
    ]  # fmt: skip


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


# An archive that unfolds to more is none of ours; it is read piece by piece, so this is about time, not memory.
MOST_BYTES = 8 * 1024**3
_MOST_OF_A_MANIFEST = 16 * 1024**2
# What reading a broken or foreign archive ends with; a way of packing or locking that is unknown is a RuntimeError.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, KeyError, TypeError, ValueError)


def verify(file: IO[bytes]) -> dict[str, Any]:
    """The manifest of a case file that this installation made and nobody has changed.

    :raises FileBroken: saying what is wrong
    """
    try:
        archive = zipfile.ZipFile(file)
    except _UNREADABLE as error:
        raise FileBroken(_("不是本系统导出的卷宗。")) from error
    with archive:
        if sum(one.file_size for one in archive.infolist()) > MOST_BYTES:
            raise FileBroken(_("文件太大，不是卷宗。"))
        told = _manifest(archive)
        sums: dict[str, str] = told["files"]
        names = [name for name in archive.namelist() if name not in {"manifest.json", "manifest.hmac"}]
        for name in sorted(sums.keys() | set(names)):
            # A name that is there twice would let another program unpack the other one.
            if names.count(name) != 1 or name not in sums or _sum(archive, name) != sums[name]:
                raise FileBroken(_("%(name)s 和清单不符，被改过、多出或缺失。") % {"name": name})
    return told


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    """What the manifest says, once its seal is found right.

    :raises FileBroken: when there is none, or none of ours
    """
    try:
        for name in ("manifest.json", "manifest.hmac"):
            if archive.getinfo(name).file_size > _MOST_OF_A_MANIFEST or archive.namelist().count(name) != 1:
                raise FileBroken(_("不是本系统导出的卷宗。"))
        manifest, seal = archive.read("manifest.json").decode(), archive.read("manifest.hmac").decode()
        told: dict[str, Any] = json.loads(manifest)
        told["files"].keys()
    except FileBroken:
        raise
    except (AttributeError, *_UNREADABLE) as error:
        raise FileBroken(_("不是本系统导出的卷宗。")) from error
    if not secrets.compare_digest(seal.encode(), keyed_hash(SEAL, manifest).encode()):
        raise FileBroken(_("清单的签章不符：不是这里导出的，或者清单被改过。"))
    return told


def _sum(archive: zipfile.ZipFile, name: str) -> str:
    """The SHA-256 of a file in the archive; empty when it cannot be read."""
    try:
        with archive.open(name) as source:
            return _pour(source)
    except _UNREADABLE:
        return ""
