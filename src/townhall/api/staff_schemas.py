"""What staff's programs get: the public members and what only a seat may see. Never a receipt, never a contact."""

# ruff: noqa: D101 - names and members tell; a description stands where it helps

from __future__ import annotations

from typing import Any

from pydantic import Field

from townhall.api.schemas import Answer, Counts, Day, Hour, Moment, Next, Question
from townhall.questions.choices import Channel, Outcome


class Unit(Answer):
    id: int
    name: str


class Group(Answer):
    """A business group; ``lead`` and ``assisting`` are such ids, ``unit`` is one of its units."""

    id: int
    name: str
    units: list[Unit]
    members: list[str] = Field(description="usernames")


class DeclineCode(Answer):
    code: str
    label: str
    text: str
    needs_handover: bool = Field(description="demands handed_to and handed_at")
    needs_confirmation: bool = Field(description="a second person looks before the text reaches the asker")


class StaffHour(Hour):
    """An hour as those who hold a seat in it see it."""

    groups: list[Group]
    decline_codes: list[DeclineCode]
    roles: list[str] = Field(description="the caller's seats in this hour")
    group_ids: list[int] = Field(description="the caller's groups")
    can: dict[str, str | None] = Field(
        description="verbs of the caller's seats: null when possible, else why not"
    )


class Seated(Answer):
    slug: str
    title: str
    stage: str
    starts_at: Moment
    ends_at: Moment
    rehearsal: bool
    roles: list[str]


class Me(Answer):
    """Whose token it is, and where this person holds a seat."""

    username: str
    name: str
    may_sign: bool
    hours: list[Seated]


class DraftCommitment(Answer):
    text: str
    unit: int
    due: Day
    workdays: int | None = Field(None, description="counted again from the signature")
    handling: str | None = None
    assisting: list[int] = []


class DraftFinding(Answer):
    """A remark of the answer check, with its place in the text where it has one."""

    code: str
    level: str
    message: str


class Draft(Answer):
    version: int
    text: str
    outcome: Outcome
    author: str = Field(description="username; the author is never the signer")
    amended_by: str | None
    commitments: list[DraftCommitment]
    progress: str = Field("", description="after a joint consultation: what has been done")
    measures: str = Field("", description="after a joint consultation: what will be done")
    findings: list[DraftFinding] = Field(
        description="places are counted in text, progress and measures together"
    )
    signed: bool
    correction: bool
    sent_back_note: str
    reviewed_by: str | None = Field(description="username of the signer who read it before the hour")


class Contribution(Answer):
    group: int
    group_name: str
    text: str
    author: str
    at: Moment | None


class Person(Answer):
    username: str
    name: str


class StaffDeclined(Answer):
    code: str
    label: str
    text: str
    handed_to: str
    handed_at: Moment | None
    waits_for_confirmation: bool


class StaffQuestion(Question):
    """A question as staff see it: unmasked."""

    channel: Channel
    lead: int | None = Field(description="group id")
    assisting: list[int] = Field(description="group ids")
    draft: Draft | None
    contributions: list[Contribution]
    holder: Person | None = Field(description="who has it open just now")
    merged_into: int | None  # type: ignore[assignment] # staff get the id, the public id and number
    declined: StaffDeclined | None
    followers: int
    waiting_since: Moment
    returns: int
    designated: bool
    answer_due: Day | None = Field(description="until when the prepared answer is wanted")
    urgent: bool
    taken: bool
    about_official: bool
    original_title: str
    original_text: str
    public: bool


class StaffQuestions(Answer):
    items: list[StaffQuestion]
    next: Next


class Dossier(StaffQuestion):
    """The same with everything that gathered around it."""

    can: dict[str, str | None] = Field(
        description="verbs of the caller's seats: null when possible, else why not"
    )
    versions: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    returned: list[dict[str, Any]]
    convenings: list[dict[str, Any]]
    coverings: list[dict[str, Any]]


class Picked(Answer):
    question: StaffQuestion | None


class Held(Answer):
    """Whether the caller has the question open; a lock lives 30 seconds."""

    id: int
    held: bool


class Contact(Answer):
    mobile: str | None
    verified: bool
    reply_by: str


class WaitingComment(Answer):
    id: int
    question: int
    number: int
    display_name: str
    text: str
    state: str
    at: Moment


class WaitingComments(Answer):
    items: list[WaitingComment]
    next: Next


class Overview(Answer):
    """Where questions wait, for how long, and who sits where."""

    counts: Counts
    steps: dict[str, dict[str, int]]
    loads: dict[str, dict[str, int]] = Field(description="by group id")
    urgent: int
    people: dict[str, list[str]]
    alarms: dict[str, list[dict[str, Any]]]


class Line(Answer):
    id: int
    number: int
    title: str
    status: str
    unit: str
    taken: bool
    read: bool = Field(description="the caller has read it as it is")


class Lines(Answer):
    items: list[Line]
    next: Next


class Ticket(Answer):
    ticket: str
    expires_at: Moment
    stream_url: str
