"""What answers look like. The rooms make them; these classes tell the reader of the OpenAPI what to expect.

Answers may carry more than is written here: further members are added freely, none is taken away.
"""

# ruff: noqa: D101 - names and members tell; a description stands where it helps

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from townhall.commitments.choices import Kept
from townhall.commitments.published import State as CommitmentState
from townhall.hours.choices import Identity, PublishAt, Stage
from townhall.questions.choices import Kind, Outcome, SignedAs, Status, Window, Withheld, WithholdCode

Moment = Annotated[str, Field(description="RFC 3339 with offset", json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Next = Annotated[str | None, Field(description="the cursor for ?after=; null at the end")]


class Answer(BaseModel):
    """The base of every answer's description."""

    model_config = ConfigDict(use_enum_values=True)


class FieldError(Answer):
    field: str
    message: str = Field(description="what to write instead, in the reader's language")


class Finding(Answer):
    """One remark of the answer check."""

    code: str
    level: Literal["held", "advice"]
    message: str


class Problem(Answer):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="a stable word for programs")
    errors: list[FieldError] = Field([], description="with 422: each field to mend")
    findings: list[Finding] = Field([], description="with 409 for a held text: what the answer check held")


class Leader(Answer):
    name: str
    office: str
    remit: str
    photo: str
    on_duty: bool = Field(description="the signer on duty")


class Material(Answer):
    title: str
    url: str
    summary: str


class HourNotice(Answer):
    """A public line about the hour: paused and why, extended, another signer on duty."""

    verb: str
    reason_code: str
    reason: str
    minutes: int | None
    starts_at: Moment | None
    person: str
    at: Moment


class Counts(Answer):
    """``asked`` is always the sum of the others."""

    asked: int
    answered: int
    promised: int
    merged: int
    declined: int
    withdrawn: int
    pending: int


class Hour(Answer):
    """An office hour as anybody may see it."""

    slug: str
    issue_no: int | None
    title: str
    topic: str
    introduction: str
    stage: Stage
    starts_at: Moment
    ends_at: Moment
    date_provisional: bool
    asking: Literal["pre", "live", "paused", "closed"]
    signing_held: bool
    identity: Identity
    publish_at: PublishAt
    allow_private: bool
    leaders: list[Leader]
    materials: list[Material]
    notices: list[HourNotice]
    counts: Counts
    page_url: str
    stream_url: str


class Hours(Answer):
    items: list[Hour]
    next: Next


class Commitment(Answer):
    """A promise: the answer's own words, who owes them, until when."""

    id: int
    question: int
    text: str
    unit: str
    unit_id: int
    assisting: list[str] = Field(description="units that help")
    handling: str | None
    due: Day = Field(description="the day that holds now, after approved extensions")
    first_due: Day = Field(description="the day promised first")
    prescribed: Day | None = Field(
        description="the prescribed limit, a second clock; null while the calendar is open"
    )
    extensions: int
    state: CommitmentState
    late: bool = Field(description="still owed past its day; what was reported done in time is not late")
    kept: Kept | None = Field(description="of a closed one: how it stands to its day")
    url: str


class ListedCommitment(Commitment):
    number: int
    hour: str
    title: str


class Commitments(Answer):
    items: list[ListedCommitment]
    next: Next


class Signed(Answer):
    """A signed answer; ``text`` is empty while it is covered."""

    text: str
    unit: str
    units: list[str]
    signed_by: str
    signed_as: SignedAs
    signed_at: Moment
    signed_on_paper: Moment | None = Field(
        None, description="when it was signed on paper; signed_at is its entry"
    )
    version: int
    amended: bool = Field(description="the signer changed words of the draft")
    progress: str = Field("", description="after a joint consultation: what has been done")
    measures: str = Field("", description="after a joint consultation: what will be done")
    replaces: list[dict[str, Any]] = Field(description="earlier signed versions, oldest first")


class Reference(Answer):
    id: int
    number: int


class Question(Answer):
    """A question as anybody may see it; title, text, answer and promises are empty while it is covered."""

    id: int
    number: int
    hour: str
    display_name: str
    kind: Kind | None
    title: str
    text: str
    asked_at: Moment
    window: Window
    status: Status
    status_text: str
    outcome: Outcome | None
    withheld: Withheld | None
    private: bool = Field(description="answered privately; counted and shown as a stub")
    answer: Signed | None
    commitments: list[Commitment]
    supports: int
    comments: int
    merged_into: Reference | None
    follows: Reference | None
    url: str


class Questions(Answer):
    items: list[Question]
    next: Next


class Comment(Answer):
    id: int
    question: int
    display_name: str
    text: str
    at: Moment


class Comments(Answer):
    items: list[Comment]
    next: Next


class Clarification(Answer):
    """A rumour answered: what is said, what is true, the source, its date; no words while they are covered."""

    id: int
    rumour: str
    fact: str
    source: str
    dated: Day
    unit: str
    signed_by: str
    signed_as: str
    signed_at: Moment | None
    withheld: Withheld | None
    withhold_code: WithholdCode | None
    withheld_at: Moment | None
    corrects: int | None
    corrected_by: int | None
    corrected_at: Moment | None


class Clarifications(Answer):
    items: list[Clarification]
    next: Next


class PersonalData(Answer):
    """Personal data found in what was typed: a notice, never a refusal."""

    field: str
    kind: str
    message: str


class Asked(Answer):
    id: int
    number: int
    receipt: str = Field(
        description="twelve digits, the asker's secret; shown this once", pattern="^[0-9]{12}$"
    )
    status: Status
    track_url: str
    notices: list[PersonalData]


class CodeSent(Answer):
    expires_at: Moment


class Verified(Answer):
    token: str = Field(description="send it as `verification`")
    expires_at: Moment


class Step(Answer):
    at: Moment
    status: Status
    status_text: str


class Declined(Answer):
    code: str
    text: str
    remedy: str


class MergedInto(Reference):
    status: Status
    public: bool


class Part(Answer):
    """One question as its asker may see it, private replies included."""

    id: int
    number: int
    title: str
    text: str
    status: Status
    status_text: str
    outcome: Outcome | None
    withheld: Withheld | None
    answer: Signed | None
    declined: Declined | None
    merged_into: MergedInto | None
    commitments: list[Commitment]


class Tracked(Part):
    """What a receipt opens."""

    hour: str
    history: list[Step]
    parts: list[Part] = Field(description="further questions made from this one; the receipt opens them all")
    can: dict[str, str | None] = Field(description="what the asker may do: null when possible, else why not")


class Supports(Answer):
    supports: int


class CommentReceived(Answer):
    id: int
    state: Literal["received"]


class Speed(Answer):
    median: float | None
    p90: float | None


class SatisfactionCount(Answer):
    level: int
    label: str
    count: int


class CommitmentCounts(Answer):
    made: int
    open: int = Field(description="standing, not yet settled")
    late: int = Field(description="of the open ones: past the last agreed day")
    kept: int
    kept_late: int
    extended: int = Field(description="of those made: extended at least once")
    ended: int = Field(description="lawfully ended without fulfilment")


class Measured(Speed):
    cases: int


class DeclineCount(Answer):
    code: str
    label: str
    count: int


class Share(Answer):
    cases: int
    share: float | None = Field(description="null under five cases")


class StatisticsRow(Answer):
    """One kind, subject, unit, hour or year; ``key`` is empty for what was not said."""

    key: str
    label: str
    counts: Counts
    minutes_to_answer: Measured
    minutes_to_act: Measured
    minutes: dict[str, Measured] = Field(description="by station, as for all together")
    satisfaction: Share
    promise_satisfaction: Share
    commitments: CommitmentCounts
    declined: list[DeclineCount]


class Statistics(Answer):
    """What an hour, or all of them, came to."""

    hour: str | None
    hours: int
    counts: Counts
    minutes_to_answer: Speed
    minutes: dict[str, Measured] = Field(
        description="by station: `screen`, `assign`, `submit`, `sign`, the whole way `answer`, first `act` on a promise"
    )
    satisfaction: list[SatisfactionCount] = Field(description="empty under five cases")
    rated: int
    satisfied: float | None = Field(
        description="share of the at least fairly satisfied; null under five cases"
    )
    promise_satisfaction: Share = Field(description="with promises that were closed, as their askers say")
    commitments: CommitmentCounts
    declined: list[DeclineCount] = Field(description="the public moderation ledger: counted, never shown")
    withheld: int
    ledger: dict[str, Any] = Field(
        description="what was not shown and what became of objections, counted by code"
    )
    by_kind: list[StatisticsRow]
    by_subject: list[StatisticsRow]
    by_unit: list[StatisticsRow]
    by_hour: list[StatisticsRow] = Field(description="`key` is the hour's slug; the newest first")
    by_year: list[StatisticsRow] = Field(description="by the calendar year in which the hours were held")
