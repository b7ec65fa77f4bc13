"""Signed on paper on a bad night, entered afterwards: one named person types it in, a second compares and publishes.

The log tells the truth about both moments. The answer is published when the second person confirms, at that time and no
other; beside it stands when the paper says it was signed. Who signed is the person on the paper, under the same rules
as on the screen: with a seat that signs, never the author.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours.choices import SIGNER_ROLES, Role
from townhall.hours.seats import actor_for
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, Refused
from townhall.questions import answering, signatures
from townhall.questions.guards import GUARDS
from townhall.questions.moving import Told

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.seats import Actor
    from townhall.people.models import Account
    from townhall.questions.models import Question

# What holds for a signature on the screen holds for one on paper.
_SIGNING_SEATS = SIGNER_ROLES | {Role.AUTHORISED.value}
_SIGNERS_GUARDS = ("has_something_to_sign", "is_authorised", "author_is_not_signer")


def _signing(signer: Account, question: Question) -> Actor:
    """Who signed on paper, as an actor.

    :raises Refused: 409 when this person could not have signed on the screen either
    """
    actor = actor_for(signer, question.hour)
    if actor is None or not actor.holds(_SIGNING_SEATS):  # the seat ended between entry and confirmation
        raise Refused(CONFLICT, "signer", _("纸上的签发人现在没有签发的岗位，请核对。"))
    for name in _SIGNERS_GUARDS:
        if message := GUARDS[name](actor, question):
            raise Refused(CONFLICT, name, message)
    return actor


def _enter(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    """Type in who signed what and when; nothing is published by that. Entered again, the later entry counts."""
    version = answering.demand_current(question, cleaned["version"])
    _signing(cleaned["signer"], question)
    findings = answering.check(question, version.whole, version.commitments)
    overridden = answering.hold_back(findings, cleaned["override_reason"])
    version.findings = findings
    version.sign_override_reason = cleaned["override_reason"] if overridden else ""
    version.paper_signer_id = cleaned["signer"].id
    version.paper_signed_at = cleaned["signed_at"]
    version.paper_entered_by_id = actor.id
    version.paper_entered_at = clock.now()
    version.save()
    return Told(
        "question.paper_entered", {"version": version.number, "signer": cleaned["signer"].id}, public=False
    )


def _confirm(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    """Publish what was entered, as signed on paper; the moment of publication is now."""
    version = answering.demand_current(question, cleaned["version"])
    if version.paper_signer is None or version.paper_signed_at is None:
        raise Refused(CONFLICT, "paper_waits", GUARDS["paper_waits"](actor, question))
    signer = _signing(version.paper_signer, question)
    version.paper_confirmed_by_id = actor.id
    on_paper = clock.local(version.paper_signed_at).isoformat(timespec="minutes")
    told = answering.publish(question, version, signer, {"on_paper": on_paper, "signer": signer.id})
    signatures.keep_paper(signer, question, version)
    return told


HANDLERS: dict[str, Callable[[Actor, Question, dict[str, Any]], Told]] = {
    "enter_paper": _enter, "confirm_paper": _confirm,
}  # fmt: skip
