"""What is done with promises: made with a signature, worked on, reported, verified, chased, ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.commitments import clocks, flow, inputs, making, moving, parties, pictures, rules
from townhall.commitments.choices import MOST_PICTURES, STANDING
from townhall.commitments.models import Commitment, Number, Proof
from townhall.commitments.moving import Told
from townhall.documents import actions as documents
from townhall.hours.choices import Role
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, FORBIDDEN, InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from django.core.files.uploadedfile import UploadedFile

    from townhall.commitments.models import Step
    from townhall.commitments.parties import Hand
    from townhall.documents.models import Upload
    from townhall.hours.seats import Actor
    from townhall.kernel.flow import Refusal

# The question's room says whether a question is public, so that readers are told; `config` fills the slot.
IS_PUBLIC: list[Callable[[int], bool]] = []
# Whose act may carry pictures, and which needs some proof.
WITH_PICTURES = frozenset({"progress", "report", "site_check", "close"})
NEEDS_PROOF = frozenset({"report"})

make = making.make
Signature = making.Signature


@dataclass(slots=True)
class Files:
    """What was handed in with an act.

    :param pictures: shown to everybody where the act is public, drawn anew
    :param evidence: one file for the inspector
    :param captions: what the pictures show, in their order
    """

    pictures: Sequence[UploadedFile[Any]] = ()
    evidence: UploadedFile[Any] | None = None
    captions: Sequence[str] = ()


@dataclass(slots=True)
class _Kept:
    """Uploads kept before the unit of work: thrown away when the act is refused after all."""

    pictures: list[Upload] = field(default_factory=list)
    evidence: Upload | None = None

    def all(self) -> list[Upload]:
        return [*self.pictures, *([self.evidence] if self.evidence else [])]


def perform(
    hand: Hand, verb: str, commitment_id: int, data: Mapping[str, Any], files: Files | None = None
) -> Commitment:
    """Do ``verb`` to a promise.

    Checked in this order: the verb and the promise (404), whose it is (403), the fields (422), the state (409).

    :raises Refused: with the reason
    :raises InvalidFields: naming the field and the remedy
    """
    if verb not in flow.MOVES or verb == "dispute":
        raise missing(_("没有这项操作。"))
    one = found(commitment_id)
    _raise(flow.seat_refusal(hand, verb, one))
    files = files or Files()
    cleaned = _cleaned(verb, one, data, files)
    _raise(flow.state_refusal(hand, verb, one))
    kept = _keep(verb, one, hand, files)
    try:
        with unit_of_work():
            locked = found(commitment_id, lock=True)
            _raise(flow.refusal(hand, verb, locked))
            told = moving.HANDLERS[verb](hand, locked, cleaned)
            locked.state = flow.MOVES[verb].target or locked.state
            locked.save()
            if told.step is not None:
                _attach(told.step, kept, files.captions)
            _record(hand, locked, told)
    except BaseException:
        for upload in kept.all():
            documents.discard_upload(upload, hand.account_id)
        raise
    return locked


def found(commitment_id: int, *, lock: bool = False) -> Commitment:
    """A promise with its units and requests.

    :raises Refused: 404
    """
    rows = Commitment.objects.select_related("unit").prefetch_related("requests")
    if lock:
        rows = rows.select_for_update(of=("self",))
    one = rows.filter(id=commitment_id).first()
    if one is None:
        raise missing(_("没有这项承诺。"))
    return one


def _raise(refused: Refusal | None) -> None:
    if refused is not None:
        raise Refused(refused.status, refused.code, refused.message)


def _cleaned(verb: str, one: Commitment, data: Mapping[str, Any], files: Files) -> dict[str, Any]:
    errors: inputs.Errors = {}
    cleaned = inputs.CLEAN[verb](one, data, errors)
    if len(files.pictures) > MOST_PICTURES:
        errors["pictures"] = _("一次最多上传 %(most)s 张照片。") % {"most": MOST_PICTURES}
    if verb in NEEDS_PROOF and not files.pictures and files.evidence is None:
        errors["pictures"] = _("报结须附照片或证明材料。")
    if errors:
        raise InvalidFields(errors)
    return cleaned


def _keep(verb: str, one: Commitment, hand: Hand, files: Files) -> _Kept:
    """Look at every file before any is kept: nothing stays of an act that fails."""
    if verb not in WITH_PICTURES:
        return _Kept()
    drawn = [pictures.redrawn(file, "pictures") for file in files.pictures]
    kept = _Kept()
    try:
        for file in drawn:
            kept.pictures.append(
                documents.keep_upload(file, "photo", hand.account_id, field="pictures", line=one.hour_id)
            )
        if files.evidence is not None:
            kept.evidence = documents.keep_upload(
                files.evidence, "evidence", hand.account_id, field="evidence", line=one.hour_id
            )
    except InvalidFields:
        for upload in kept.all():
            documents.discard_upload(upload, hand.account_id)
        raise
    return kept


def _attach(step: Step, kept: _Kept, captions: Sequence[str]) -> None:
    for place, upload in enumerate(kept.pictures):
        words = inputs.words(
            {"caption": captions[place] if place < len(captions) else ""}, "caption", 240, {}
        )
        Proof.objects.create(step=step, upload=upload, picture=True, caption=words[: inputs.LONGEST_CAPTION])
    if kept.evidence is not None:
        Proof.objects.create(step=step, upload=kept.evidence)


def _record(hand: Hand, one: Commitment, told: Told) -> None:
    shown = told.public and all(is_public(one.question_id) for is_public in IS_PUBLIC)
    record(
        one.hour_id, told.kind, actor=hand.account_id, subject="commitment", subject_id=one.id, public=shown,
        question=one.question_id, **({"step": told.step.id} if told.step else {}), **told.facts,
    )  # fmt: skip


def chase_together(hand: Hand, commitment_ids: Iterable[int], data: Mapping[str, Any]) -> int:
    """Chase several promises in one step; those that need no chasing any more are passed over.

    :returns: how many were chased
    :raises InvalidFields: when none was chosen, or no template
    :raises Refused: 409 when all were passed over
    """
    wanted = list(dict.fromkeys(commitment_ids))
    if not wanted:
        raise InvalidFields({"chosen": _("请先勾选要催办的承诺。")})
    done = 0
    for number in wanted:
        try:
            perform(hand, "chase", number, data)
        except Refused:
            continue
        done += 1
    if not done:
        raise Refused(CONFLICT, "nothing_chased", _("勾选的承诺都已经报结或办结，没有催办。"))
    return done


def settle_prescribed() -> int:
    """Work out prescribed limits that had to wait for a year's calendar; returns how many are known now."""
    settled = 0
    for one in Commitment.objects.filter(prescribed=None, state__in=STANDING):
        limit = clocks.prescribed_for(one.handling, clock.local(one.made_at).date())
        if limit is not None:
            with unit_of_work():
                Commitment.objects.filter(id=one.id).update(prescribed=limit)
            settled += 1
    return settled


def dispute(commitment_id: int, reason: str) -> Commitment:
    """The asker says that it is not done: the inspector looks again. See :mod:`citizen_actions`.

    To be called inside the citizen's unit of work.
    """
    one = found(commitment_id, lock=True)
    _raise(flow.refusal(parties.AN_ASKER, "dispute", one))
    told = moving.dispute(one, reason)
    one.state = flow.MOVES["dispute"].target or one.state
    one.save()
    _record(parties.AN_ASKER, one, told)
    return one


def set_rules(actor: Actor, data: Mapping[str, Any]) -> None:
    """Change the district's numbers: the schedule holds from now on, a prescribed limit for promises made from now on.

    :param data: numbers by the names of :data:`rules.RULES`; what is left out stays
    :raises Refused: 403 for anybody but the coordinator's office
    :raises InvalidFields: naming each number to mend
    """
    if Role.COORDINATOR not in actor.roles:
        raise Refused(FORBIDDEN, "seat", _("承诺事项的期限和催办安排由区府办设定。"))
    errors: inputs.Errors = {}
    wanted = rules.clean(data, errors)
    if errors:
        raise InvalidFields(errors)
    with unit_of_work():
        before = rules.numbers()
        for name, value in wanted.items():
            if value != before[name]:
                Number.objects.update_or_create(name=name, defaults={"value": value})
                record(
                    DISTRICT_LINE, "commitment.rule_changed", actor=actor.account_id, rule=name, value=value
                )
