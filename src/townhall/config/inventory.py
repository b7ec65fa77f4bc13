"""Where personal data are: every field of every table that holds some, or that could and does not.

A field of free text, JSON or a file stands in one of the two lists below, and a check of the house fails for a new
one that stands in neither. Fields with a list of values, numbers, times and references are left out: a reference to a
member of staff says who did what in office, which is part of the record; references to a citizen's sealed box
(`people.Contact`) are named with the row that they belong to.
"""

from __future__ import annotations

from typing import NamedTuple

from django.apps import apps
from django.db import models

CITIZEN, STAFF, ANYBODY = "citizen", "staff", "whoever is named"
SEALED, HASHED, MASKED, PLAIN = "sealed", "keyed hash", "masked when shown", "as written"

_RECORD = "as long as the record"
_CONTACT = (
    "deleted months after the hour and its promises are closed (`/desk/archives/`), or when its owner says so"
)
_SIGN_ON = "opens for 15 minutes, deleted with the next clean-up"
_MESSAGES = "deleted when contact data of that age are"
_NAMED = "as long as the account"


class Held(NamedTuple):
    """Personal data in one table.

    :param table: ``room.Model``
    :param fields: its fields, parted by blanks
    :param whose: whose data: a citizen's, a member of staff's, or those of anybody a text names
    :param how: how they are kept from strangers' eyes in the database and on pages
    :param seen: who gets to see them
    :param until: how long they are kept
    """

    table: str
    fields: str
    whose: str
    how: str
    seen: str
    until: str


PERSONAL: tuple[Held, ...] = (
    Held("people.Contact", "mobile_sealed", CITIZEN, SEALED, "masked; whole by a journalled look", _CONTACT),
    # Where an identity provider gave no mobile, the hash is of its own name for the person.
    Held("people.Contact", "mobile_index", CITIZEN, HASHED, "nobody", _CONTACT),
    Held("people.SignOn", "form_sealed journey_sealed", CITIZEN, SEALED, "who typed it", _SIGN_ON),
    Held("people.SignOn", "browser_index state_index", CITIZEN, HASHED, "nobody", _SIGN_ON),
    Held("people.Verification", "mobile_sealed", CITIZEN, SEALED, "nobody", "one day"),
    Held("people.Verification", "mobile_index code_digest", CITIZEN, HASHED, "nobody", "one day"),
    Held(
        "people.Account",
        "username name name_en position email",
        STAFF,
        PLAIN,
        "staff; the name of who signs: anybody",
        _NAMED,
    ),
    Held("people.Account", "password", STAFF, "salted hash", "nobody", _NAMED),
    Held("people.ApiToken", "digest", STAFF, HASHED, "nobody", _NAMED),
    Held("documents.Upload", "name", ANYBODY, PLAIN, "staff", _RECORD),
    Held(
        "hours.Leader", "name name_en office office_en remit remit_en photo", STAFF, PLAIN, "anybody", _RECORD
    ),
    Held("hours.HourNotice", "person", STAFF, PLAIN, "staff of the hour", _RECORD),
    Held("commitments.Commitment", "text", ANYBODY, MASKED, "anybody", _RECORD),
    Held("commitments.Request", "words decision", ANYBODY, PLAIN, "unit, inspector, leaders", _RECORD),
    Held("commitments.Step", "text note", ANYBODY, MASKED, "text: anybody; note: staff", _RECORD),
    Held("commitments.Proof", "caption", ANYBODY, MASKED, "anybody", _RECORD),
    Held(
        "questions.Question",
        "display_name title text original_title original_text",
        CITIZEN,
        MASKED,
        "anybody from acceptance; before that and the original: staff of the hour",
        _RECORD,
    ),
    Held(
        "questions.Asker", "receipt_digest idempotency_digest body_digest", CITIZEN, HASHED, "nobody", _RECORD
    ),
    Held("questions.Asker", "receipt_nonce", CITIZEN, "useless without the key", "nobody", _RECORD),
    Held("questions.Asker", "reply_by", CITIZEN, PLAIN, "staff of the hour", _CONTACT),
    Held(
        "questions.Version",
        "text drafted_text commitments verdict_reason progress measures",
        ANYBODY,
        MASKED,
        "anybody once signed",
        _RECORD,
    ),
    Held(
        "questions.Version",
        "note findings override_reason sign_override_reason sent_back_note",
        ANYBODY,
        PLAIN,
        "staff of the hour",
        _RECORD,
    ),
    Held("questions.Decline", "fill handed_to note", ANYBODY, PLAIN, "the asker; note: staff", _RECORD),
    Held("questions.Appeal", "text note", CITIZEN, PLAIN, "staff of the hour", _RECORD),
    Held("questions.Withholding", "note", ANYBODY, PLAIN, "staff of the hour", _RECORD),
    Held("questions.UrgentHandover", "handed_to note", ANYBODY, PLAIN, "staff of the hour", _RECORD),
    Held("questions.Contribution", "text", ANYBODY, PLAIN, "staff of the hour", _RECORD),
    Held("questions.Convening", "result present", STAFF, PLAIN, "staff of the hour", _RECORD),
    Held("questions.Note", "text", ANYBODY, PLAIN, "staff of the hour", _RECORD),
    Held("questions.Support", "supporter_digest", CITIZEN, HASHED, "nobody", _RECORD),
    Held("questions.Comment", "display_name text", CITIZEN, MASKED, "anybody after screening", _RECORD),
    Held("questions.Signature", "content means via", STAFF, PLAIN, "who may see the case file", _RECORD),
    Held("signon.CodeGenerator", "secret_sealed", STAFF, SEALED, "nobody", _NAMED),
    Held("signon.Passkey", "credential_id data browser system", STAFF, PLAIN, "its owner", _NAMED),
    Held("signon.Device", "browser system", STAFF, PLAIN, "its owner", _NAMED),
    Held("signon.SignIn", "session_key browser system", STAFF, PLAIN, "its owner", _NAMED),
    Held("signon.Device", "digest", STAFF, HASHED, "nobody", _NAMED),
    Held("signon.BindingCode", "digest", STAFF, HASHED, "nobody", _NAMED),
    Held("signon.RecoveryCode", "digest", STAFF, HASHED, "nobody", _NAMED),
    Held("signon.OwnPassword", "hashed", STAFF, "salted hash", "nobody", _NAMED),
    Held("questions.Ban", "mobile_index", CITIZEN, HASHED, "nobody", "a year after its end"),
    Held("questions.Ban", "note", CITIZEN, PLAIN, "the coordinator", "a year after its end"),
    Held(
        "questions.Asker",
        "connection_sealed",
        CITIZEN,
        SEALED,
        "nobody; its owner in the own data",
        "14 days, or when its owner says so",
    ),
    Held(
        "questions.KeptThreat",
        "sealed",
        CITIZEN,
        SEALED,
        "the coordinator, by a journalled look with a reason",
        "180 days, longer only on legal hold",
    ),
    Held("questions.Clarification", "rumour fact source", ANYBODY, PLAIN, "anybody", _RECORD),
    Held("history.PastQuestion", "display_name title text answer", CITIZEN, MASKED, "anybody", _RECORD),
    Held("keeping.LegalHold", "note lift_note", ANYBODY, PLAIN, "the coordinator's office", _RECORD),
    Held(
        "topics.Topic", "title title_en reason decline_note", CITIZEN, PLAIN, "anybody once accepted", _RECORD
    ),
    Held("topics.Topic", "suggester_digest", CITIZEN, HASHED, "nobody", _RECORD),
    Held("topics.Support", "supporter_digest", CITIZEN, HASHED, "nobody", _RECORD),
    Held("topics.Vote", "voter_digest", CITIZEN, HASHED, "nobody", _RECORD),
    Held("plans.PlanVersion", "attendees", STAFF, PLAIN, "staff", _RECORD),
    Held("plans.Decision", "remark paper_leader", STAFF, PLAIN, "staff", _RECORD),
    Held(
        "preparation.NoticeVersion",
        "approver contact_name contact_phone",
        STAFF,
        PLAIN,
        "units concerned",
        _RECORD,
    ),
    Held("preparation.Receipt", "signed_name", STAFF, PLAIN, "staff", _RECORD),
    Held("preparation.Approach", "whom note", STAFF, PLAIN, "the coordinator's office", _RECORD),
    Held("preparation.Invitation", "reply_name reply_note came_name", STAFF, PLAIN, "staff", _RECORD),
    Held("preparation.Minutes", "text", STAFF, PLAIN, "units concerned", _RECORD),
    Held("preparation.Handover", "taken_by note", ANYBODY, PLAIN, "the coordinator's office", _RECORD),
    Held("venues.Venue", "contact_name contact_phone link_phone", STAFF, PLAIN, "staff of the hour", _RECORD),
    Held(
        "observers.Application",
        "name_sealed words_sealed mobile_sealed salt_sealed",
        CITIZEN,
        SEALED,
        "masked; whole to the coordinator by a journalled look",
        "30 days after archiving (`OBSERVER_DAYS`), or when withdrawn",
    ),
    Held(
        "observers.Application",
        "entry mobile_index form_digest receipt_digest",
        CITIZEN,
        HASHED,
        "nobody",
        "with the rest of the application; the entry as long as the list",
    ),
    Held(
        "observers.Application",
        "receipt_nonce consents",
        CITIZEN,
        PLAIN,
        "nobody; consents: the coordinator",
        "with the rest of the application",
    ),
    Held("observers.Call", "listed", CITIZEN, "salted hash", "anybody", "as long as the list"),
    Held("observers.Talk", "minutes public_minutes", ANYBODY, MASKED, "public_minutes: anybody", _RECORD),
    Held("observers.Point", "text", ANYBODY, PLAIN, "staff of the hour", _RECORD),
    Held("wrapping.Extension", "note", ANYBODY, PLAIN, "staff", _RECORD),
    Held("wrapping.Handover", "note", ANYBODY, PLAIN, "staff", _RECORD),
    Held(
        "wrapping.Paper",
        "text entries note reason",
        ANYBODY,
        MASKED,
        "text, reason: anybody once signed",
        _RECORD,
    ),
    Held("voice.Attempt", "note", CITIZEN, PLAIN, "who rings back", _RECORD),
    Held(
        "redress.Case",
        "words_sealed name_sealed contact_sealed",
        CITIZEN,
        SEALED,
        "words: who decides; name and contact by a journalled look",
        "deleted after the case is closed",
    ),
    Held("redress.Case", "receipt_digest form_digest", CITIZEN, HASHED, "nobody", _RECORD),
    Held("redress.Case", "receipt_nonce reply", CITIZEN, PLAIN, "reply: whoever filed it", _RECORD),
    Held("countdown.Feed", "sealed", STAFF, SEALED, "its owner", _NAMED),
    Held("countdown.Feed", "digest", STAFF, HASHED, "nobody", _NAMED),
    Held("outreach.RecipientList", "wrong_sealed", CITIZEN, SEALED, "who loaded the list", _MESSAGES),
    Held("outreach.Message", "recipient_sealed parameters_sealed", CITIZEN, SEALED, "masked", _MESSAGES),
    Held("outreach.Message", "recipient_index", CITIZEN, HASHED, "nobody", _MESSAGES),
    Held("outreach.Subscription", "address_sealed stop_sealed", CITIZEN, SEALED, "nobody", _MESSAGES),
    Held("outreach.Subscription", "address_index stop_index", CITIZEN, HASHED, "nobody", _MESSAGES),
    Held(
        "following.Follow",
        "address_sealed",
        CITIZEN,
        SEALED,
        "nobody",
        "when stopped (on legal hold when that is lifted); 48 hours when not confirmed",
    ),
    Held(
        "following.Follow",
        "address_index target nonce",
        CITIZEN,
        HASHED,
        "nobody",
        "when stopped (on legal hold when that is lifted); 48 hours when not confirmed",
    ),
    Held(
        "insight.Document",
        "words",
        ANYBODY,
        MASKED,
        "found by the search as far as shown",
        "as long as the text is shown",
    ),
    Held("record.Opening", "words", ANYBODY, MASKED, "anybody", "until the text is removed"),
)

# Looked at, and found to hold code words, office texts, digests of files or counts, but nobody's data.
IMPERSONAL: dict[str, str] = {
    "journal.Entry": "kind subject facts",
    "people.SignOn": "provider",
    "people.Unit": "name name_en phone",
    "people.FormerName": "name name_en",
    "documents.Upload": "digest purpose",
    "documents.OwnTemplate": "name",
    "hours.OfficeHour": "slug title title_en topic topic_en introduction introduction_en opening_words "
    "opening_words_en closing_words closing_words_en date_reason secret",
    "hours.Material": "title title_en url summary",
    "hours.Group": "name name_en",
    "hours.HourNotice": "verb",
    "hours.HolidaySchedule": "source",
    "hours.HolidayDay": "name",
    "hours.SeriesRule": "months pick",
    "hours.DateDecision": "verb reason",
    "hours.Proposal": "reason",
    "commitments.Number": "name",
    "commitments.Commitment": "subject area ended_as",
    "commitments.Request": "reason_code decided_as",
    "commitments.Step": "verb code",
    "questions.Question": "lang area",
    "questions.Decline": "code",
    "questions.Note": "verb",
    "history.Batch": "file_digest file_name source digest",
    "history.PastHour": "source issue",
    "history.PastQuestion": "number area unit digest",
    "keeping.Certificate": "digest",
    "topics.Topic": "keywords",
    "topics.Choice": "evidence reason",
    "plans.PlanVersion": "time place topic content requirements groups",
    "preparation.Notice": "code",
    "preparation.NoticeVersion": "title text issuer unit_ids machine_number copies",
    "preparation.BackQuestion": "text answer",
    "preparation.Meeting": "place agenda",
    "preparation.Task": "text",
    "preparation.TaskStep": "verb note",
    "preparation.Background": "title title_en summary url",
    "preparation.Announcement": "text issuer",
    "preparation.Handover": "outlet",
    "staffing.TemplatePost": "name name_en",
    "staffing.Post": "name name_en",
    "staffing.Item": "name",
    "venues.Venue": "name name_en address address_en meeting_number link_address",
    "observers.Call": "place conditions source commitment secret_sealed list_digest secret value seed",
    "wrapping.Limit": "kind",
    "wrapping.Extension": "reason",
    "wrapping.Authorisation": "granted_as",
    "wrapping.Paper": "signed_as",
    "countdown.TemplateStep": "code title title_en proof blocked_by",
    "countdown.Step": "code title title_en proof blocked_by told",
    "countdown.StepNote": "text",
    "readiness.DryRun": "lines",
    "outreach.Broadcast": "text preview last_error",
    "outreach.BroadcastNote": "verb text",
    "outreach.RecipientList": "name",
    "outreach.Batch": "provider error",
    "outreach.Message": "template idempotency_key provider provider_id error receipt_code",
    "outreach.Subscription": "lang",
    "outreach.Filing": "text code",
    "following.Follow": "channel lang",
    "insight.Document": "unit area",
    "insight.Synonyms": "words",
    "insight.HourTally": "data brief unit_briefs",
    "insight.PastTally": "hours data",
    "record.Leaf": "kind subject data",
    "record.Sealed": "root",
    "record.Key": "vkey",
    "record.KeyChange": "fingerprint",
}

_FREE = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.BinaryField,
    models.FileField,
    models.GenericIPAddressField,
)


def open_fields() -> set[str]:
    """Every field of the product's own tables that could hold anything: ``room.Model.field``."""
    return {
        f"{model._meta.label}.{field.name}"  # noqa: SLF001 - Django's documented way to a model's fields
        for model in apps.get_models()
        if model.__module__.startswith("townhall.")
        for field in model._meta.local_fields  # noqa: SLF001 - the same
        if isinstance(field, _FREE) and not field.choices
    }


def personal_fields() -> list[str]:
    """The fields that hold personal data: ``room.Model.field``, as often as they are listed."""
    return [f"{held.table}.{name}" for held in PERSONAL for name in held.fields.split()]


def impersonal_fields() -> list[str]:
    """The fields that were looked at and hold none."""
    return [f"{table}.{name}" for table, names in IMPERSONAL.items() for name in names.split()]
