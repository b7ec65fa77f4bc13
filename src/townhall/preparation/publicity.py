"""What is published at T-10 and given to newspaper and television at T-7: the actions on both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.documents import actions as documents
from townhall.documents.models import Upload
from townhall.hours import actions as hour_actions
from townhall.hours import flow as hour_flow
from townhall.hours import planning
from townhall.hours.choices import PUBLIC_STAGES, SIGNER_ROLES, Stage
from townhall.hours.models import OfficeHour, Seat
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import unit_of_work
from townhall.preparation import arranging, checklist, flow, inputs, parties
from townhall.preparation.actions import own_hour, refuse
from townhall.preparation.choices import Medium
from townhall.preparation.models import Announcement, Background, Handover, Publicity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.core.files.uploadedfile import UploadedFile

    from townhall.hours.seats import Actor

MOST_LEADERS = 8
MOST_INTRODUCTION = 3000
MOST_MATERIALS = 30
_KEPT_OF_LEADERS = ("name_en", "office_en", "remit_en", "photo")


def _hour(actor: Actor) -> OfficeHour:
    """The actor's hour, where the coordinator may still change what is published."""
    hour = OfficeHour.objects.get(id=actor.hour_id)
    refuse(flow.begin_refusal(actor, hour.stage, flow.BEFORE))
    return hour


def edit(actor: Actor, data: Mapping[str, Any]) -> None:
    """Save topic, introduction, leaders and the time at which pre-questions close.

    Before the announcement nobody but staff sees any of it; afterwards the topic stays as it was announced.

    :raises Refused: with the reason
    :raises InvalidFields: with the fields to mend
    """
    hour = _hour(actor)
    fields = inputs.Fields(data)
    words = {
        "introduction": fields.words("introduction", MOST_INTRODUCTION, one_line=False),
        "introduction_en": fields.words("introduction_en", 2 * MOST_INTRODUCTION, one_line=False),
    }
    if hour.stage == Stage.PLANNED:
        words |= {"topic": fields.words("topic", 60), "topic_en": fields.words("topic_en", 120)}
    closes_at = _closing(fields, hour)
    leaders = _leaders(fields, hour)
    fields.done()
    changed = {name: value for name, value in words.items() if value != getattr(hour, name)}
    if changed:
        planning.edit_words(hour, actor.account_id, **changed)
    _keep_closing(actor, hour, closes_at)
    _adopt(hour)
    _show(hour, leaders)


def _closing(fields: inputs.Fields, hour: OfficeHour) -> Any:
    """When pre-questions close; once they have been closed the time stays as it was."""
    before = Publicity.objects.filter(hour=hour).values_list("asking_closes_at", flat=True).first()
    if hour.stage == Stage.PREPARING:
        return before
    found = fields.moment("asking_closes_at", required=False)
    if found is None or found == before:
        return found
    if found <= clock.now():
        fields.errors["asking_closes_at"] = _("这个时间已经过去，请填写将来的时间。")
    elif found >= hour.starts_at:
        fields.errors["asking_closes_at"] = _("预提问须在网上办公开始之前截止。")
    return found


def _keep_closing(actor: Actor, hour: OfficeHour, closes_at: Any) -> None:
    with unit_of_work():
        row, created = Publicity.objects.get_or_create(hour=hour)
        if not created and row.asking_closes_at == closes_at:
            return
        row.asking_closes_at, row.closing_proposed_at = closes_at, None
        row.save()
        record(
            hour.id, "publicity.edited", actor=actor.account_id, subject="hour", subject_id=hour.id,
            public=hour.stage in PUBLIC_STAGES, fields="asking_closes_at",
        )  # fmt: skip


def _leaders(fields: inputs.Fields, hour: OfficeHour) -> list[dict[str, Any]]:
    """The leaders as typed, each known again by name: English, photo and account stay with them."""
    before = {leader.name: leader for leader in hour.leaders.all()}
    seats = Seat.objects.filter(hour=hour, role__in=SIGNER_ROLES).select_related("account")
    accounts = {seat.account.name: seat.account for seat in seats}
    found = []
    for place in range(MOST_LEADERS):
        name = fields.words(f"leader_name-{place}", 40)
        office = fields.words(f"leader_office-{place}", 60, required=bool(name))
        remit = fields.words(f"leader_remit-{place}", 200)
        if not name:
            if office or remit:
                fields.errors[f"leader_name-{place}"] = _("请填写姓名，或清空这一行。")
            continue
        known = before.get(name)
        kept = {one: getattr(known, one) for one in _KEPT_OF_LEADERS} if known else {}
        account = accounts.get(name) or (known.account if known else None)
        found.append({"name": name, "office": office, "remit": remit, "account": account, **kept})
    return found


def _adopt(hour: OfficeHour) -> None:
    """Take material that was entered with the hour itself into the list that is edited here."""
    if Background.objects.filter(hour=hour).exists():
        return
    found = list(hour.materials.all())
    if found:
        with unit_of_work():
            Background.objects.bulk_create(
                Background(
                    hour=hour, title=one.title, title_en=one.title_en, url=one.url, summary=one.summary[:300]
                )
                for one in found
            )
            record(
                hour.id, "publicity.edited", subject="hour", subject_id=hour.id, fields="materials.adopted"
            )


def _show(hour: OfficeHour, leaders: Sequence[Mapping[str, Any]] | None = None) -> None:
    """Make the hour's own lists of leaders and material say what is kept here."""
    if leaders is None:
        names = ("account", "name", "office", "remit", *_KEPT_OF_LEADERS)
        leaders = [{name: getattr(one, name) for name in names} for one in hour.leaders.all()]
    planning.introduce(hour, leaders, [_material(one) for one in Background.objects.filter(hour=hour)])


def _material(one: Background) -> dict[str, Any]:
    url = f"/files/{one.upload_id}" if one.upload_id else one.url
    return {"title": one.title, "title_en": one.title_en, "url": url, "summary": one.summary}


def add_material(actor: Actor, data: Mapping[str, Any], file: UploadedFile[Any] | None = None) -> Background:
    """Add a file or a link to the background material; public as soon as the hour is.

    :raises Refused: with the reason
    :raises InvalidFields: with the fields to mend; a file is refused for its type, its size, its mark
    """
    hour = _hour(actor)
    fields = inputs.Fields(data)
    title, title_en = fields.words("title", 60, required=True), fields.words("title_en", 120)
    summary, url = fields.words("summary", 300), fields.link("url")
    if bool(url) == (file is not None) and "url" not in fields.errors:
        fields.errors["file"] = _("请上传一个文件，或填写一个网址，二者选一。")
    fields.done()
    _adopt(hour)
    if Background.objects.filter(hour=hour).count() >= MOST_MATERIALS:
        raise Refused(
            CONFLICT, "many", _("背景资料最多 %(most)s 件，请先去掉一些。") % {"most": MOST_MATERIALS}
        )
    upload = None
    if file is not None:
        public = hour.stage in PUBLIC_STAGES
        upload = documents.keep_upload(file, "material", actor.account_id, line=hour.id, public=public)
    with unit_of_work():
        made = Background.objects.create(
            hour=hour, title=title, title_en=title_en, summary=summary, url=url, upload=upload
        )
        record(
            hour.id, "publicity.edited", actor=actor.account_id, subject="hour", subject_id=hour.id,
            fields="materials.added",
        )  # fmt: skip
    _show(hour)
    return made


def remove_material(actor: Actor, material_id: int) -> None:
    """Take a piece of background material from the page; a file is no longer public, and thrown away."""
    hour = _hour(actor)
    found = Background.objects.filter(hour=hour, id=material_id).select_related("upload").first()
    if found is None:
        raise missing(_("没有这份资料。"))
    upload = found.upload
    with unit_of_work():
        found.delete()
        record(
            hour.id, "publicity.edited", actor=actor.account_id, subject="hour", subject_id=hour.id,
            fields="materials.removed",
        )  # fmt: skip
    _show(hour)
    if upload is not None:
        documents.discard_upload(upload, actor.account_id)


def publish(actor: Actor) -> OfficeHour:
    """Publish topic, introduction, material and leaders and open pre-questions, in one act (T-10).

    What is shown is laid out first, while nobody outside sees the hour; the announcement is the one switch, and
    its files are opened with it.

    :raises Refused: by name of what is missing
    """
    hour = OfficeHour.objects.get(id=actor.hour_id)
    refuse(hour_flow.refusal(actor, "announce", hour))
    lacking = [one.label for one in checklist.items(hour) if one.required and not one.done]
    if lacking:
        words = _("还不能发布，缺：%(items)s。") % {"items": "、".join(str(one) for one in lacking)}
        raise Refused(CONFLICT, "missing", words)
    _adopt(hour)
    _show(hour)
    with unit_of_work():
        for upload in Upload.objects.filter(id__in=Background.objects.filter(hour=hour).values("upload")):
            if not upload.public:
                documents.publish_upload(upload, actor.account_id)
        arranging.publish_photographs(hour, actor)
        return hour_actions.act(actor, "announce", {})


def save_announcement(actor: Actor, data: Mapping[str, Any]) -> Announcement:
    """Save the announcement's words as its next version; its title is fixed."""
    with unit_of_work():
        hour = own_hour(actor)
        refuse(flow.begin_refusal(actor, hour.stage, flow.BEFORE))
        fields = inputs.Fields(data)
        words = fields.words("text", 4000, required=True, one_line=False)
        issuer = fields.words("issuer", 80, required=True)
        fields.done()
        last = Announcement.objects.filter(hour=hour).order_by("-version").first()
        made = Announcement.objects.create(
            hour=hour, version=last.version + 1 if last else 1, text=words, issuer=issuer,
            author_id=actor.id, at=clock.now(),
        )  # fmt: skip
        record(
            hour.id, "announcement.drafted", actor=actor.account_id, subject="announcement", subject_id=made.id,
            version=made.version,
        )  # fmt: skip
    return made


def release(actor: Actor, data: Mapping[str, Any]) -> Handover:
    """Enter who took the newest announcement for which medium, and when."""
    with unit_of_work():
        hour = own_hour(actor)
        refuse(flow.begin_refusal(actor, hour.stage, flow.BEFORE))
        fields = inputs.Fields(data)
        medium = fields.choice("medium", Medium.values)
        outlet, taken_by = (
            fields.words("outlet", 80, required=True),
            fields.words("taken_by", 60, required=True),
        )
        at, note = fields.past("at"), fields.words("note", 300)
        fields.done()
        newest = Announcement.objects.filter(hour=hour).order_by("-version").first()
        if newest is None:
            raise InvalidFields({"medium": _("请先保存公告文本，再登记交付。")})
        made = Handover.objects.create(
            announcement=newest,
            medium=medium,
            outlet=outlet,
            taken_by=taken_by,
            at=at,
            note=note,
            by_id=actor.id,
        )
        record(
            hour.id, "announcement.released", actor=actor.account_id, subject="announcement",
            subject_id=newest.id, version=newest.version, medium=medium,
        )  # fmt: skip
    return made


def propose_closing() -> int:
    """Tell the coordinators of every hour whose time to close pre-questions has come, once; returns how many.

    People decide: the clock only proposes.
    """
    now = clock.now()
    due = Publicity.objects.filter(
        asking_closes_at__lte=now, closing_proposed_at=None, hour__stage=Stage.ANNOUNCED
    )
    proposed = 0
    for row_id in list(due.values_list("id", flat=True)):
        with unit_of_work():
            row = due.select_for_update().filter(id=row_id).first()
            if row is None:
                continue
            row.closing_proposed_at = now
            row.save(update_fields=["closing_proposed_at"])
            record(
                row.hour_id, "publicity.closing_proposed", subject="hour", subject_id=row.hour_id,
                accounts=parties.coordinators(row.hour_id),
            )  # fmt: skip
            proposed += 1
    return proposed
