"""How the hour is held, as its coordinator decides before it opens: its switches, its words, photographs, reviewers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.commitments import pictures
from townhall.documents import actions as documents
from townhall.documents.models import Upload
from townhall.hours import planning
from townhall.hours.choices import PUBLIC_STAGES, Identity, PublishAt
from townhall.hours.models import Group, Leader, OfficeHour, Seat
from townhall.kernel.errors import InvalidFields, missing
from townhall.preparation import flow, inputs
from townhall.preparation.actions import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.files.uploadedfile import UploadedFile

    from townhall.hours.seats import Actor

MOST_WORDS = 3000
_FILES = "/files/"


def _hour(actor: Actor, stages: frozenset[str]) -> OfficeHour:
    hour = OfficeHour.objects.get(id=actor.hour_id)
    refuse(flow.begin_refusal(actor, hour.stage, stages))
    return hour


def _keep(actor: Actor, hour: OfficeHour, wanted: dict[str, Any]) -> None:
    changed = {name: value for name, value in wanted.items() if value != getattr(hour, name)}
    if changed:
        planning.edit_words(hour, actor.account_id, **changed)


def switch(actor: Actor, data: Mapping[str, Any]) -> None:
    """Decide who may ask, when a question becomes public, and whether a reply may be private.

    Only before the hour opens: whoever asked was told what would happen to the question.

    :raises Refused: with the reason
    :raises InvalidFields: with the fields to mend
    """
    hour = _hour(actor, flow.BEFORE)
    fields = inputs.Fields(data)
    wanted = {
        "identity": fields.choice("identity", Identity.values),
        "publish_at": fields.choice("publish_at", PublishAt.values),
        "allow_private": fields.switch("allow_private"),
    }
    fields.done()
    _keep(actor, hour, wanted)


def speak(actor: Actor, data: Mapping[str, Any]) -> None:
    """Write the words with which the hour opens and those with which it closes, until it is archived.

    :raises Refused: with the reason
    :raises InvalidFields: with the fields to mend
    """
    hour = _hour(actor, flow.WRITING)
    fields = inputs.Fields(data)
    wanted = {}
    for name, most in (("opening_words", MOST_WORDS), ("closing_words", MOST_WORDS)):
        wanted[name] = fields.words(name, most, one_line=False)
        wanted[f"{name}_en"] = fields.words(f"{name}_en", 2 * most, one_line=False)
    fields.done()
    _keep(actor, hour, wanted)


def name_reviewer(actor: Actor, data: Mapping[str, Any]) -> None:
    """Name who reviews a group's answers for secrets (保密审查); nobody named, it is its head (组长).

    :raises Refused: with the reason
    :raises InvalidFields: when the person has no seat in the group
    """
    hour = _hour(actor, flow.WRITING)
    fields = inputs.Fields(data)
    group_id, username = fields.integer("group"), fields.words("username", 150)
    fields.done()
    group = Group.objects.filter(hour=hour, id=group_id or 0).first()
    if group is None:
        raise missing(_("本期没有这个小组。"))
    seat = None
    if username:
        seats = Seat.objects.filter(hour=hour, group=group, account__username=username)
        seat = seats.select_related("account").first()
        if seat is None:
            raise InvalidFields({"username": _("请从这个小组的人员中选择。")})
    planning.name_reviewer(group, seat.account if seat else None, actor=actor.account_id)


def show_photo(actor: Actor, data: Mapping[str, Any], file: UploadedFile[Any] | None) -> None:
    """Show a leader's photograph, drawn anew as every picture here; without a file the photograph goes.

    :raises Refused: with the reason
    :raises InvalidFields: when it is no picture that can be read
    """
    hour = _hour(actor, flow.BEFORE)
    fields = inputs.Fields(data)
    leader_id = fields.integer("leader")
    fields.done()
    leader = Leader.objects.filter(hour=hour, id=leader_id or 0).first()
    if leader is None:
        raise missing(_("领导名单已经改动，请刷新后再传照片。"))
    before = _photographs([leader])
    made = None
    if file is not None:
        made = documents.keep_upload(
            pictures.redrawn(file, "photo"), "photo", actor.account_id, field="photo", line=hour.id,
            public=hour.stage in PUBLIC_STAGES,
        )  # fmt: skip
    planning.show_photo(leader, f"{_FILES}{made.id}" if made else "", actor=actor.account_id)
    for upload in before:
        documents.discard_upload(upload, actor.account_id)


def _photographs(leaders: list[Leader]) -> list[Upload]:
    """The files that these leaders' photographs are; those that came with the demo are none."""
    ids = [one.photo.removeprefix(_FILES) for one in leaders if one.photo.startswith(_FILES)]
    return list(Upload.objects.filter(id__in=[int(one) for one in ids if one.isdigit()], purpose="photo"))


def publish_photographs(hour: OfficeHour, actor: Actor) -> None:
    """Let anybody have the leaders' photographs; called when the hour is published."""
    for upload in _photographs(list(hour.leaders.all())):
        if not upload.public:
            documents.publish_upload(upload, actor.account_id)
