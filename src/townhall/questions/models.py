"""The question, its drafts, and what gathers around it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from townhall.hours.models import Group, OfficeHour
from townhall.kernel.text import CODE_POINTS
from townhall.people.models import Contact, Unit
from townhall.questions import choices


class Question(models.Model):
    """One question, from asked to its end. The asker's contact is elsewhere (:class:`Asker`)."""

    hour = models.ForeignKey(OfficeHour, models.PROTECT, related_name="questions")
    number = models.PositiveIntegerField()
    window = models.CharField(max_length=4, choices=choices.Window)
    channel = models.CharField(max_length=8, choices=choices.Channel, default=choices.Channel.WEB)
    lang = models.CharField(max_length=8, default="zh")
    display_name = models.CharField(max_length=30 * CODE_POINTS)
    kind = models.CharField(max_length=12, choices=choices.Kind, blank=True)
    subject = models.CharField(max_length=16, choices=choices.Subject, blank=True)
    area = models.CharField(max_length=40 * CODE_POINTS, blank=True)
    title = models.CharField(max_length=80 * CODE_POINTS)
    text = models.TextField()
    original_title = models.CharField(max_length=80 * CODE_POINTS, blank=True)
    original_text = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=choices.Status, default=choices.Status.RECEIVED)
    outcome = models.CharField(max_length=10, choices=choices.Outcome, null=True)
    withheld = models.CharField(max_length=10, choices=choices.Withheld, null=True)
    urgent = models.BooleanField(default=False)
    about_official = models.BooleanField(default=False)
    accused_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    reply_privately = models.BooleanField(default=False)
    follows = models.ForeignKey("self", models.PROTECT, null=True, related_name="follow_ups")
    part_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    lead = models.ForeignKey(Group, models.PROTECT, null=True, related_name="led")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="answering")
    assisting = models.ManyToManyField(Group, related_name="assisted")
    designated = models.BooleanField(default=False)
    returns = models.PositiveSmallIntegerField(default=0)
    draft_version = models.PositiveIntegerField(null=True)
    published_version = models.PositiveIntegerField(null=True)
    taken = models.BooleanField(default=False)
    supports = models.PositiveIntegerField(default=0)
    comments = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    assigned_at = models.DateTimeField(null=True)
    answer_due = models.DateField(null=True, help_text="until when the prepared answer (预答稿) is wanted")
    submitted_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hour", "number"], name="questions_number_once"),
            models.CheckConstraint(
                condition=Q(status__in=choices.Status.values), name="questions_known_status"
            ),
            models.CheckConstraint(
                condition=Q(status="published", outcome__isnull=False, published_version__isnull=False)
                | (~Q(status="published") & Q(outcome__isnull=True)),
                name="questions_published_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
                name="questions_merged_has_target",
            ),
        ]
        indexes = [
            models.Index(fields=["hour", "status", "number"], name="questions_board"),
            models.Index(fields=["hour", "status", "outcome"], name="questions_counted"),
            models.Index(fields=["hour", "lead", "status"], name="questions_lead"),
            models.Index(fields=["hour", "-published_at"], name="questions_published"),
            models.Index(fields=["-published_at", "-id"], name="questions_newest"),
            models.Index(fields=["unit", "-published_at"], name="questions_of_unit"),
            models.Index(fields=["subject", "-published_at"], name="questions_about"),
            models.Index(fields=["area"], name="questions_area"),
        ]

    def __str__(self) -> str:
        return f"{self.hour_id}/{self.number}"


class Asker(models.Model):
    """Who asked, apart from the question: the sealed contact, the hashed receipt, the replayed form's key."""

    question = models.OneToOneField(Question, models.CASCADE, related_name="asker")
    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="askers")
    receipt_nonce = models.CharField(max_length=32)
    receipt_digest = models.CharField(max_length=64, unique=True)
    idempotency_digest = models.CharField(max_length=64, null=True)
    body_digest = models.CharField(max_length=64, blank=True)
    reply_by = models.CharField(max_length=12 * CODE_POINTS, blank=True)
    typed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    connection_sealed = models.TextField(
        blank=True, help_text="from where it was asked online; emptied after some days"
    )
    erasure_asked_at = models.DateTimeField(
        null=True, help_text="since when its owner wants the contact deleted: nothing is sent from then on"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "idempotency_digest"], name="questions_replayed_form_once"
            )
        ]


def in_full(*parts: str) -> str:
    """The parts of an answer that have words, as one text; a blank line stands between them."""
    return "\n\n".join(part for part in parts if part)


class Version(models.Model):
    """One draft version of an answer. A signed one never changes."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    drafted_text = models.TextField(
        blank=True, help_text="the drafter's words, kept when a signer changes them"
    )
    outcome = models.CharField(max_length=10, choices=choices.Outcome)
    commitments = models.JSONField(default=list)
    verdict = models.CharField(max_length=8, choices=choices.Verdict, blank=True)
    verdict_reason = models.TextField(blank=True)
    progress = models.TextField(blank=True)
    measures = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="drafted")
    amended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    correction = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    findings = models.JSONField(default=list)
    override_reason = models.TextField(blank=True)
    sign_override_reason = models.TextField(blank=True)
    secrecy_reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    drafted_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    sent_back_at = models.DateTimeField(null=True)
    sent_back_note = models.TextField(blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+",
        help_text="a signer has read it before the hour and would sign it; a new version starts without",
    )  # fmt: skip
    reviewed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="signed")
    signed_as = models.CharField(max_length=10, choices=choices.SignedAs, blank=True)
    signed_at = models.DateTimeField(null=True)
    paper_signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+",
        help_text="whose signature stands on the paper; the signer proper once it is confirmed",
    )  # fmt: skip
    paper_signed_at = models.DateTimeField(
        null=True, help_text="the time on the paper, never that of publication"
    )
    paper_entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    paper_entered_at = models.DateTimeField(null=True)
    paper_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    @property
    def whole(self) -> str:
        """All that the answer says: its words, and after a joint consultation its two parts."""
        return in_full(self.text, self.progress, self.measures)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="questions_version_once"),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("author")),
                name="questions_author_is_not_signer",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True, signed_at__isnull=True)
                | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="questions_signed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True, reviewed_at__isnull=True)
                | (Q(reviewed_by__isnull=False, reviewed_at__isnull=False) & ~Q(reviewed_by=F("author"))),
                name="questions_author_is_not_reviewer",
            ),
            models.CheckConstraint(
                condition=Q(paper_signer__isnull=True)
                | (
                    ~Q(paper_signer=F("author"))
                    & Q(paper_signed_at__isnull=False, paper_entered_by__isnull=False)
                ),
                name="questions_author_is_not_paper_signer",
            ),
            models.CheckConstraint(
                condition=Q(paper_confirmed_by__isnull=True)
                | (~Q(paper_confirmed_by=F("paper_entered_by")) & ~Q(paper_confirmed_by=F("author"))),
                name="questions_paper_second_person",
            ),
        ]


class Signature(models.Model):
    """What a signer put their name to: the exact bytes, and from which sign-in; written once, with the act.

    A signature on paper has its row too, made when a second person confirms what was entered of it: whoever asks who
    signed an answer, when and how asks here.
    """

    version = models.OneToOneField(Version, models.CASCADE, related_name="signature")
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    content = models.TextField(
        help_text="canonical JSON (RFC 8785) of what was on the signer's screen or sheet"
    )
    via = models.CharField(max_length=8, help_text="browser, paper, or a program's token on demo data")
    device = models.ForeignKey("signon.Device", models.PROTECT, null=True, related_name="+")
    means = models.CharField(max_length=8, blank=True, help_text="what was shown beside the password")
    proved_at = models.DateTimeField(null=True)
    at = models.DateTimeField(help_text="the moment of publication, also for one on paper")
    on_paper_at = models.DateTimeField(null=True, help_text="the time on the paper")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    via="paper", on_paper_at__isnull=False, entered_by__isnull=False, entered_at__isnull=False,
                    confirmed_by__isnull=False, device__isnull=True,
                )
                & ~Q(confirmed_by=F("entered_by"))
                | ~Q(via="paper")
                & Q(
                    on_paper_at__isnull=True, entered_by__isnull=True, entered_at__isnull=True,
                    confirmed_by__isnull=True,
                ),
                name="questions_signature_on_paper_whole",
            )
        ]  # fmt: skip


class Decline(models.Model):
    """A refusal with its published reason; a question may meet several in its life, the newest counts."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="declines")
    code = models.CharField(max_length=20)
    fill = models.JSONField(default=dict)
    handed_to = models.CharField(max_length=120 * CODE_POINTS, blank=True)
    handed_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    needs_confirmation = models.BooleanField(default=False)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("by")),
                name="questions_decline_second_person",
            )
        ]


class Appeal(models.Model):
    """The one second look an asker may ask for."""

    question = models.OneToOneField(Question, models.CASCADE, related_name="appeal")
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    upheld = models.BooleanField(null=True)
    note = models.TextField(blank=True)


class Withholding(models.Model):
    """One covering of a text, by one person at once, confirmed by a second."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="withholdings")
    code = models.CharField(max_length=16, choices=choices.WithholdCode)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    restored_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    restored_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("by")),
                name="questions_withhold_second_person",
            )
        ]


class UrgentHandover(models.Model):
    """An emergency handed over: who was called, when."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="handovers")
    handed_to = models.CharField(max_length=120 * CODE_POINTS)
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]


class Return(models.Model):
    """A group's objection to a dispatch (退单)."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="returned")
    group = models.ForeignKey(Group, models.PROTECT, related_name="+")
    reason_code = models.CharField(max_length=12, choices=choices.ReturnReason)
    proposed_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]


class Contribution(models.Model):
    """What an assisting group adds to the lead's draft."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="contributions")
    group = models.ForeignKey(Group, models.PROTECT, related_name="+")
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class Convening(models.Model):
    """Units called together on the spot (现场会商)."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="convenings")
    units = models.ManyToManyField(Unit, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    result = models.TextField(blank=True)
    present = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]


class Note(models.Model):
    """An internal remark: of a person, or with a move."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="notes")
    verb = models.CharField(max_length=20, blank=True)
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class Hold(models.Model):
    """Who has a question open just now. Weather: not journalled, forgotten after 30 seconds."""

    question = models.OneToOneField(Question, models.CASCADE, related_name="hold")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()


class ReadMark(models.Model):
    """A signer has read this question in its present form. Weather."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="read_marks")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["question", "account"], name="questions_read_once")]


class Support(models.Model):
    """同问: one person asks this too, once."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="supporters")
    supporter_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question", "supporter_digest"], name="questions_support_once_a_person"
            )
        ]


class Comment(models.Model):
    """A reader's remark under a public question, shown after screening.

    :ivar removed_code: why one that was shown was taken down again
    """

    class State(models.TextChoices):
        RECEIVED = "received"
        SHOWN = "shown"
        DECLINED = "declined"
        REMOVED = "removed"

    question = models.ForeignKey(Question, models.CASCADE, related_name="remarks")
    display_name = models.CharField(max_length=30 * CODE_POINTS)
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    removed_code = models.CharField(max_length=16, choices=choices.WithholdCode, blank=True)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["question", "state"], name="questions_comments")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="removed", removed_by__isnull=False, removed_at__isnull=False)
                & ~Q(removed_code="")
                | ~Q(state="removed") & Q(removed_code="", removed_by__isnull=True, removed_at__isnull=True),
                name="questions_comment_removed_by_somebody",
            )
        ]


class Ban(models.Model):
    """Somebody may not ask or comment online until a day; found by the keyed hash of the mobile."""

    mobile_index = models.CharField(max_length=64, db_index=True)
    reason = models.CharField(max_length=8, choices=choices.BanReason)
    note = models.CharField(max_length=300 * CODE_POINTS)
    question = models.ForeignKey(Question, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="questions_ban_ends"),
            models.CheckConstraint(condition=~Q(note=""), name="questions_ban_has_a_ground"),
        ]


class KeptThreat(models.Model):
    """A threat as it was made and from where, sealed for those who must follow it up, until a day."""

    question = models.OneToOneField(Question, models.CASCADE, related_name="kept_threat")
    sealed = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(until__gt=F("at")), name="questions_threat_ends")]


class Rating(models.Model):
    """The asker's word on the answer; one per receipt, the last one counts."""

    asker = models.OneToOneField(Asker, models.CASCADE, related_name="rating")
    level = models.PositiveSmallIntegerField(choices=choices.Satisfaction)
    reason = models.CharField(max_length=12, choices=choices.DissatisfactionReason, blank=True)
    at = models.DateTimeField()


class Clarification(models.Model):
    """A rumour answered: what is said, what is true, the source, the date (澄清回应).

    :ivar corrects: the signed one that this one puts right; that one stays, and says by which it was corrected
    :ivar withheld: why its words are covered; final once ``confirmed_by``, a second person, has agreed
    """

    hour = models.ForeignKey(OfficeHour, models.PROTECT, related_name="clarifications")
    rumour = models.TextField()
    fact = models.TextField()
    source = models.CharField(max_length=300 * CODE_POINTS)
    dated = models.DateField()
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    signed_as = models.CharField(max_length=10, choices=choices.SignedAs, blank=True)
    signed_at = models.DateTimeField(null=True)
    corrects = models.ForeignKey("self", models.RESTRICT, null=True, related_name="corrections")
    withheld = models.CharField(max_length=16, choices=choices.WithholdCode, blank=True)
    withheld_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    withheld_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("author")),
                name="questions_clarification_author_is_not_signer",
            ),
            models.UniqueConstraint(
                fields=["corrects"],
                condition=Q(signed_at__isnull=False),
                name="questions_clarification_corrected_once",
            ),
            models.CheckConstraint(
                condition=Q(withheld="", withheld_by__isnull=True, withheld_at__isnull=True)
                | ~Q(withheld="")
                & Q(withheld_by__isnull=False, withheld_at__isnull=False, signed_at__isnull=False),
                name="questions_clarification_withheld_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | ~Q(withheld="") & Q(confirmed_at__isnull=False) & ~Q(confirmed_by=F("withheld_by")),
                name="questions_clarification_withheld_second_person",
            ),
        ]
