"""What may be sent. These classes only document: the rooms check, so that every face refuses in the same words.

Members that are not listed are ignored.
"""

# ruff: noqa: D101 - names and members tell; a description stands where it helps

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from townhall.api.schemas import Day, Moment
from townhall.commitments.choices import Handling
from townhall.hours.choices import ChangeReason
from townhall.questions.choices import (
    ON_BEHALF_CHANNELS,
    DissatisfactionReason,
    Kind,
    Outcome,
    ReturnReason,
    Subject,
    Verdict,
    WithholdCode,
)


class Ask(BaseModel):
    """A question. Personal data found in it come back as notices, never as a refusal."""

    display_name: str = Field(min_length=1, max_length=30)
    text: str = Field(min_length=1, max_length=3000)
    title: str = Field("", max_length=80, description="else the first sentence")
    kind: Kind | None = None
    subject: Subject | None = None
    area: str = Field("", max_length=40)
    follows: int | None = Field(None, description="the question this one follows up")
    reply_privately: bool = Field(False, description="where the hour allows it")
    verification: str = Field(
        "", description="where the hour demands it: the token of /verifications/confirm"
    )
    lang: str = Field("zh", description="the language it is written in")
    idempotency_key: str = Field(
        "", max_length=100, description="the same key and body give the same question"
    )
    altcha: str = Field(
        "", description="only after a 429 with code effort: the solution of its altcha, base64"
    )
    wait_ticket: str = Field("", description="or its wait_ticket, once wait_seconds are over")


class AskOnBehalf(Ask):
    """What somebody asks in the hall, at the counter, by telephone or on paper."""

    channel: Literal[tuple(sorted(ON_BEHALF_CHANNELS))]  # type: ignore[valid-type] # the room's list
    mobile: str = Field("", description="sealed at once; for the answer by SMS")
    reply_by: str = Field("", max_length=12)


class Mobile(BaseModel):
    mobile: str = Field(description="eleven digits")


class MobileAndCode(Mobile):
    code: str = Field(description="six digits")


class Nothing(BaseModel):
    """Nothing needs to be sent."""


class Words(BaseModel):
    text: str = Field(min_length=1)


class OptionalWords(BaseModel):
    text: str = ""


class Rating(BaseModel):
    level: int = Field(ge=1, le=5, description="5 very satisfied ... 1 very dissatisfied")
    reason: DissatisfactionReason | None = None


class Support(BaseModel):
    """同问: I ask this too."""

    verification: str = Field("", description="where the hour demands it")
    browser: str = Field("", max_length=100, description="elsewhere: a key that the reader's device keeps")


class Remark(BaseModel):
    display_name: str = Field(min_length=1, max_length=30)
    text: str = Field(min_length=1, max_length=1000)
    verification: str = ""


class Clarify(BaseModel):
    """What is said, what is true, the source, its date."""

    rumour: str = Field(min_length=1, max_length=2000)
    fact: str = Field(min_length=1, max_length=4000)
    source: str = Field(min_length=1, max_length=300)
    dated: Day
    unit: int | None = None
    corrects: int | None = Field(
        None, description="the id of the signed clarification that this one puts right"
    )


class CoverFields(BaseModel):
    code: WithholdCode | None = Field(None, description="why; for withhold")


# -- what the hour's verbs take ------------------------------------------------------------------------------


class Reason(BaseModel):
    reason_code: ChangeReason


class EarlyReason(BaseModel):
    reason_code: ChangeReason | None = Field(None, description="when it ends early")


class Extension(Reason):
    minutes: int = Field(ge=1, le=180)


class Postponement(Reason):
    starts_at: Moment


class PersonNamed(BaseModel):
    username: str


HOUR_VERBS: dict[str, type[BaseModel]] = {
    "announce": Nothing, "close_asking": Nothing, "open_live": Nothing, "pause": Reason, "resume": Nothing,
    "hold_signing": Reason, "release_signing": Nothing, "extend": Extension, "postpone": Postponement,
    "wrap": EarlyReason, "archive": Nothing, "cancel": Reason, "change_signer": PersonNamed,
    "stand_in": PersonNamed,
}  # fmt: skip


# -- what the question's verbs take --------------------------------------------------------------------------


class Noted(BaseModel):
    note: str = Field("", description="internal everywhere")


class DeclineFields(Noted):
    code: str = Field(description="one of the hour's decline_codes")
    fill: dict[str, str] = Field({}, description="missing, link, date, body, ref, phone, days, town")
    handed_to: str = Field("", max_length=120)
    handed_at: Moment | None = None
    threat: bool = Field(
        False, description="with abusive: keep words and connection sealed for the coordinator, for 180 days"
    )


class EditFields(Noted):
    title: str | None = Field(None, max_length=80)
    text: str | None = Field(None, max_length=6000)
    kind: Kind | None = None
    subject: Subject | None = None
    area: str | None = Field(None, max_length=40)


class PartFields(BaseModel):
    title: str = Field("", max_length=80)
    text: str = Field(min_length=1, max_length=6000)


class SplitFields(BaseModel):
    parts: list[PartFields] = Field(min_length=2, max_length=10)


class MergeFields(BaseModel):
    into: int = Field(description="a question's id; its surviving root is taken")


class AssignFields(Noted):
    lead: int = Field(description="group id")
    unit: int | None = Field(None, description="of the lead group; it answers (default: its first)")
    assisting: list[int] = Field([], description="group ids")
    due: Day | None = Field(None, description="until when the prepared answer is wanted")


class ReturnFields(Noted):
    reason_code: ReturnReason | None = None
    proposed_unit: int | None = None


class CommitmentFields(BaseModel):
    text: str = Field(min_length=1, max_length=1000, description="the answer's own words")
    unit: int | None = Field(None, description="leads; default: the answering unit")
    due: Day | None = Field(None, description="a date; or give `workdays`")
    workdays: int | None = Field(
        None,
        ge=1,
        le=250,
        description="so many working days of the district's calendar, counted from the signature",
    )
    handling: Handling | None = None
    assisting: list[int] = Field([], max_length=12, description="units that help")


class DraftFields(BaseModel):
    text: str = Field(min_length=1, max_length=10000)
    outcome: Outcome
    commitments: list[CommitmentFields] = Field([], description="at least one with `promised`")
    base_version: int | None = Field(None, description="checked only when sent")
    verdict: Verdict | None = Field(None, description="on a suggestion")
    verdict_reason: str = ""
    progress: str = ""
    measures: str = ""


class SubmitFields(BaseModel):
    override_reason: str = Field("", description="lifts what the answer check holds")


class ChangeFields(SubmitFields):
    version: int
    text: str = Field(min_length=1, max_length=10000)


class SignFields(SubmitFields):
    version: int


class ReviewFields(BaseModel):
    version: int


class CorrectFields(Noted):
    text: str = Field(min_length=1, max_length=10000)
    commitments: list[CommitmentFields] = []
    progress: str | None = Field(None, description="without it, what was signed stands")
    measures: str | None = Field(None, description="without it, what was signed stands")


class EnterPaperFields(SignFields):
    signer: str = Field(max_length=40, description="username of who signed on paper")
    signed_at: Moment = Field(description="the time on the paper")


class ConfirmPaperFields(BaseModel):
    version: int


class WithholdFields(Noted):
    code: WithholdCode | None = None


class UrgentFields(Noted):
    handed_to: str = Field("", max_length=120)


class ConveneFields(BaseModel):
    units: list[int] = Field([], description="default: the units of the groups that work on it")


class ConvenedFields(BaseModel):
    result: str = Field(min_length=1)
    present: str = Field(min_length=1)


class FlagFields(BaseModel):
    about_official: bool = False
    unit: int | None = Field(None, description="the unit complained about")


QUESTION_VERBS: dict[str, type[BaseModel]] = {
    "accept": Nothing, "decline": DeclineFields, "confirm_decline": Nothing, "reopen": Noted, "uphold": Noted,
    "edit": EditFields, "split": SplitFields, "merge": MergeFields, "assign": AssignFields,
    "return": ReturnFields, "designate": AssignFields, "contribute": Words, "draft": DraftFields,
    "submit": SubmitFields, "send_back": Noted, "change": ChangeFields, "review": ReviewFields, "sign": SignFields,
    "enter_paper": EnterPaperFields, "confirm_paper": ConfirmPaperFields,
    "correct": CorrectFields, "withhold": WithholdFields, "confirm_withhold": Nothing, "restore": Noted,
    "urgent": UrgentFields, "release": Noted, "convene": ConveneFields, "close_convening": ConvenedFields,
    "take": Nothing, "flag": FlagFields, "note": Words,
}  # fmt: skip

DOCUMENTED: dict[str, type[BaseModel]] = {}


def takes(*models: type[BaseModel], required: bool = True) -> dict[str, Any]:
    """The requestBody of an operation, for ninja's ``openapi_extra``; any one of the models may be sent."""
    unique = list(dict.fromkeys(models))
    DOCUMENTED.update({model.__name__: model for model in unique})
    refs = [{"$ref": f"#/components/schemas/{model.__name__}"} for model in unique]
    schema = refs[0] if len(refs) == 1 else {"anyOf": refs}
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}
