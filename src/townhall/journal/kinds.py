"""Every kind of entry and the facts it may carry: the list from which the manual's page is made."""

from __future__ import annotations

from townhall.journal.kind import Kind
from townhall.journal.kinds_after import AFTER
from townhall.journal.kinds_of_people import PEOPLE

_ALL = (
    *PEOPLE,
    # -- the office hour
    Kind("hour.created", ("issue",), "An office hour was entered."),
    Kind("hour.edited", ("fields",), "Words, leaders or material of the hour were changed."),
    # -- the calendar and the series of dates
    Kind("calendar.entered", ("year", "revision", "days"), "A year's holiday schedule was entered."),
    Kind("calendar.withdrawn", ("year", "revision"), "A holiday schedule entered in error was taken back."),
    Kind("hour.date_settled", ("on", "accounts"), "The hour's date is no longer provisional."),
    Kind("hour.date_unsettled", ("on", "accounts"), "The hour's date is provisional again."),
    Kind("hour.date_moved", ("was", "on", "accounts"), "The rule now gives another date; its owners decide."),
    Kind("hour.rescheduled", ("was", "starts_at"), "A planned hour was moved before it was announced."),
    Kind("series.date_settled", ("year", "month", "on", "accounts"), "A proposed date is settled."),
    Kind(
        "series.date_unsettled", ("year", "month", "on", "accounts"), "A proposed date is provisional again."
    ),
    Kind("series.date_moved", ("year", "month", "was", "on", "accounts"), "A proposed date moved."),
    Kind("series.rule_changed", (), "The rule that proposes dates was changed."),
    Kind("series.confirmed", ("year", "month", "hour"), "A proposed date was confirmed; the hour stands."),
    Kind(
        "series.moved",
        ("year", "month", "was", "on", "hour"),
        "A date of the series was moved, with a reason.",
    ),
    Kind(
        "series.kept", ("year", "month", "on", "hour"), "An hour keeps its day though the rule gives another."
    ),
    Kind("series.cancelled", ("year", "month", "hour"), "A date of the series was cancelled, with a reason."),
    Kind("series.revived", ("year", "month"), "A cancelled date is proposed again."),
    # -- the topic pool
    Kind("pool.changed", ("year", "units_open", "public_open", "identity"), "Who may propose was changed."),
    Kind("topic.proposed", ("origin", "unit"), "A topic was proposed or suggested."),
    Kind("topic.edited", ("fields",), "A topic's words were changed."),
    Kind("topic.accepted", (), "A topic was taken into the pool."),
    Kind("topic.declined", ("code",), "A topic was not taken, with a reason."),
    Kind("topic.retired", (), "A topic was taken out of the pool."),
    Kind("topic.restored", (), "A topic was put back into the pool."),
    Kind("topic.chosen", ("topic", "supports", "questions"), "A topic was chosen for the hour."),
    Kind("topic.released", ("topic",), "Another topic was chosen in its place."),
    Kind("poll.made", ("options",), "A poll on topics was prepared."),
    Kind("poll.opened", (), "A poll on topics was opened."),
    Kind("poll.closed", ("votes",), "A poll on topics was closed; its result is public."),
    Kind("hour.announced", (), "The hour was announced; pre-questions are open."),
    Kind("hour.asking_closed", (), "Pre-questions were closed."),
    Kind("hour.opened", (), "The hour went live."),
    Kind("hour.paused", ("reason",), "Asking was paused."),
    Kind("hour.resumed", (), "Asking was resumed."),
    Kind("hour.signing_held", ("reason",), "Signing was put on hold."),
    Kind("hour.signing_released", (), "Signing goes on."),
    Kind("hour.extended", ("minutes", "reason"), "The hour was extended."),
    Kind("hour.postponed", ("starts_at", "reason"), "The hour was moved to another time."),
    Kind("hour.wrapped", ("reason",), "The hour ended; leftovers go on."),
    Kind("hour.archived", (), "The hour was archived; its seats ended."),
    Kind("hour.cancelled", ("reason",), "The hour was cancelled."),
    Kind("hour.signer_changed", ("account",), "Another signer is on duty."),
    Kind("hour.seated", ("account", "role"), "A person was given a seat."),
    Kind("hour.unseated", ("account", "role"), "A person's seat ended."),
    Kind("hour.stood_in", ("account", "role"), "A stand-in took over a seat."),
    Kind("hour.alarm_raised", ("vital", "accounts"), "A number stayed red; people are told."),
    Kind("hour.alarm_cleared", ("vital", "accounts"), "It has not been red for a minute; they are told."),
    # -- questions
    Kind(
        "question.asked",
        ("first", "last", "digest", "window", "ids", "kinds", "subjects"),
        "A batch of questions was stored: numbers, digest, ids, and for each the place of its kind and subject "
        "in their lists (0: not said).",
    ),
    Kind("question.accepted", ("part_of",), "A question was accepted, or split off another (`part_of`)."),
    Kind("question.released", (), "A pre-question became public when the hour opened."),
    Kind("question.declined", ("code", "confirm"), "A question was declined with a coded reason."),
    Kind("question.decline_confirmed", ("code",), "The second person agreed to a refusal."),
    Kind("question.reopened", ("appeal",), "A declined or merged question was taken up again."),
    Kind("question.upheld", (), "A refusal was upheld after an appeal."),
    Kind(
        "question.edited",
        ("fields", "filed_kind", "filed_subject"),
        "A moderator corrected title, text or filing; the original is kept.",
    ),
    Kind("question.split", ("parts",), "One question became several."),
    Kind("question.merged", ("into",), "A question was merged into another."),
    Kind(
        "question.assigned",
        ("lead", "unit", "assisting", "again", "due"),
        "A question was sent to its groups, a pre-question with a due date for its prepared answer.",
    ),
    Kind(
        "question.returned",
        ("reason", "group"),
        "A question went back to be assigned anew: its group returned it, or it was taken from it.",
    ),
    Kind("question.designated", ("lead", "unit", "assisting"), "The lead was designated, binding."),
    Kind("question.contributed", ("group",), "An assisting group gave its part."),
    Kind("question.drafted", ("version", "outcome"), "A draft was saved."),
    Kind("question.submitted", ("version", "overridden"), "A draft was submitted for signature."),
    Kind("question.sent_back", ("version",), "The signer sent a draft back."),
    Kind(
        "question.changed",
        ("version", "account"),
        "The signer changed a draft's words; the drafter is told.",
    ),
    Kind("question.reviewed", ("version",), "A signer read a prepared answer and agreed, without signing."),
    Kind(
        "question.signed",
        ("version", "office", "outcome", "overridden", "verdict", "device", "means", "on_paper", "signer"),
        "An answer was signed and so published; if it had been signed on paper, when, and by whom.",
    ),
    Kind(
        "question.paper_entered",
        ("version", "signer"),
        "A signature on paper was typed in; a second person compares.",
    ),
    Kind(
        "person.banned",
        ("reason", "days"),
        "An asker was kept from asking and commenting online for a while.",
    ),
    Kind("person.unbanned", (), "That was ended before its time."),
    Kind("question.corrected", ("version",), "A correction was drafted."),
    Kind("question.withheld", ("code",), "The text was covered at once."),
    Kind("question.withhold_confirmed", ("code",), "A second person confirmed the lawful removal."),
    Kind("question.restored", (), "A covered text was shown again."),
    Kind("question.urgent", (), "An emergency was handed over."),
    Kind("question.urgent_released", (), "An urgent question went back to the ordinary way."),
    Kind("question.convened", ("units",), "Units were called together on the spot."),
    Kind("question.convening_closed", (), "The result of a joint consultation was recorded."),
    Kind("question.taken", (), "The mayor asked for this question to be answered first."),
    Kind(
        "question.flagged",
        ("about_official", "accounts"),
        "A question was marked as being about an official; these inspectors were told.",
    ),
    Kind("question.noted", (), "A member of staff left an internal note."),
    Kind("question.withdrawn", (), "The asker withdrew the question."),
    Kind("question.appealed", (), "The asker asked for a second look."),
    Kind("question.supplemented", (), "The asker added what was missing."),
    Kind("question.rated", ("level",), "The asker said whether the answer helped."),
    # -- around questions
    Kind("comment.made", (), "A comment was handed in; it waits for screening."),
    Kind("comment.accepted", ("question",), "A comment was shown."),
    Kind("comment.declined", ("question",), "A comment was not shown."),
    Kind("comment.removed", ("question", "code"), "A comment that had been shown was taken down."),
    Kind("clarification.drafted", (), "A clarification of a rumour was drafted."),
    Kind("clarification.signed", ("corrects",), "A clarification was signed and so published."),
    Kind(
        "clarification.corrected", ("into",), "A clarification was corrected by another one, signed just now."
    ),
    Kind("clarification.withheld", ("code",), "A clarification's words were covered at once."),
    Kind(
        "clarification.withhold_confirmed",
        ("code",),
        "A second person confirmed the lawful removal of a clarification.",
    ),
    Kind("clarification.restored", (), "A covered clarification is shown again."),
    # -- promises
    Kind(
        "commitment.made",
        ("question", "version", "unit", "due", "accounts"),
        "A promise was made with a signed answer.",
    ),
    Kind("commitment.replaced", ("question", "step", "version"), "A promise was replaced by a correction."),
    Kind("commitment.amended", ("question", "step", "accounts"), "A correction changed helpers or handling."),
    Kind("commitment.progressed", ("question", "step", "unit", "first"), "A unit said how far a promise is."),
    Kind(
        "commitment.extension_asked",
        ("question", "step", "reason", "was", "due", "accounts"),
        "A unit asked for a later day before the day had come.",
    ),
    Kind(
        "commitment.extended",
        ("question", "step", "reason", "was", "due", "accounts"),
        "A leader approved a later day.",
    ),
    Kind(
        "commitment.extension_refused",
        ("question", "step", "accounts"),
        "A leader did not approve a later day.",
    ),
    Kind(
        "commitment.reported",
        ("question", "step", "unit", "late", "accounts"),
        "A unit reported a promise as done.",
    ),
    Kind("commitment.verified", ("question", "step", "accounts"), "The inspector found a promise done."),
    Kind("commitment.reworked", ("question", "step", "accounts"), "A promise was returned for rework."),
    Kind("commitment.month_ready", ("accounts",), "The page of a month (YYYYMM) was announced to the mayor."),
    Kind("commitment.closed", ("question", "step", "late", "accounts"), "A promise was closed in public."),
    Kind(
        "commitment.ending_proposed",
        ("question", "step", "reason", "accounts"),
        "It was proposed to end a promise that cannot be fulfilled.",
    ),
    Kind(
        "commitment.ended",
        ("question", "step", "reason", "accounts"),
        "The mayor ended a promise without fulfilment.",
    ),
    Kind("commitment.ending_refused", ("question", "step", "accounts"), "The mayor did not end a promise."),
    Kind(
        "commitment.rule_changed",
        ("rule", "value"),
        "A number of the schedule of chases, or a prescribed limit, changed.",
    ),
    Kind("commitment.checked", ("question", "step"), "The inspector looked at the place."),
    Kind(
        "commitment.chased",
        ("question", "step", "template", "late", "due", "accounts"),
        "The units of a promise were chased.",
    ),
    Kind(
        "commitment.late",
        ("question", "due"),
        "A day of a promise, promised or prescribed, went by and it is not reported done; once for each day.",
    ),
    Kind(
        "commitment.escalated",
        ("question", "step", "level", "due", "accounts"),
        "A late promise was taken to a higher level.",
    ),
    Kind(
        "commitment.reopened",
        ("question", "step", "accounts"),
        "A closed promise was opened again by the inspector.",
    ),
    Kind(
        "commitment.disputed",
        ("question", "step", "reason", "accounts"),
        "The asker said that a closed promise is not done; the inspector looks again.",
    ),
    Kind("commitment.picture_covered", ("question", "picture"), "A picture of a promise is no longer shown."),
    # -- documents
    Kind("document.kept", ("purpose", "format", "size"), "A file was handed in and kept."),
    Kind("document.published", ("shown",), "A file was made public, or no longer is."),
    Kind("document.discarded", (), "A file was thrown away."),
    Kind("template.adopted", ("template",), "The office's own document template was taken into use."),
    Kind("template.retired", ("template",), "The shipped template was taken into use again."),
    # -- the plan of an hour
    Kind(
        "plan.saved",
        ("version", "fields", "again"),
        "A version of the plan was saved; `again`: it needs approval again.",
    ),
    Kind("plan.approvers_chosen", ("accounts",), "Who approves the plan was settled, in order."),
    Kind("plan.submitted", ("version", "round", "accounts"), "The plan was submitted for approval."),
    Kind("plan.recalled", ("version",), "The plan was taken back before it was approved."),
    Kind(
        "plan.passed", ("version", "order", "paper", "accounts"), "An approver agreed; the next one follows."
    ),
    Kind("plan.returned", ("version", "order"), "An approver returned the plan with remarks."),
    Kind("plan.approved", ("version", "paper"), "The last approver agreed: the plan holds."),
    # -- outreach
    Kind("broadcast.drafted", ("provider",), "A mass message was drafted or its text changed."),
    Kind(
        "broadcast.listed",
        ("accepted", "wrong", "duplicates"),
        "A list of recipients was read; wrong rows came back.",
    ),
    Kind("broadcast.previewed", ("recipients", "segments", "cost"), "A dry run was made (cost in fen)."),
    Kind("broadcast.confirmed", ("recipients",), "A person confirmed the dry run; sending may begin."),
    Kind("broadcast.started", (), "Sending began."),
    Kind("broadcast.batch", ("size", "accepted", "failed", "unknown"), "A provider answered for one batch."),
    Kind("broadcast.paused", ("why",), "Sending was paused."),
    Kind("broadcast.resumed", (), "Sending goes on."),
    Kind("broadcast.handed_over", ("size",), "The list was handed over to another office."),
    Kind("broadcast.sent_elsewhere", ("count",), "A person noted that the other office has sent the list."),
    Kind("broadcast.results_read", ("delivered", "failed", "strangers"), "Results came back as a file."),
    Kind(
        "broadcast.receipts_checked",
        ("settled", "answered", "silent"),
        "A person had the provider asked for receipts; `silent`: it could not be reached or did not answer.",
    ),
    Kind(
        "broadcast.unknown_again",
        ("count", "anyway"),
        "A person sent again what the provider never got; `anyway`: all that nobody knows about, with a reason.",
    ),
    Kind("broadcast.finished", ("accepted", "delivered", "failed", "unknown"), "Nothing waits to be sent."),
    Kind("broadcast.cancelled", ("dropped",), "A mass message was cancelled."),
    Kind(
        "subscription.asked", ("channel",), "Somebody asked to be reminded; a mail address is not proven yet."
    ),
    Kind("subscription.made", ("channel",), "Somebody agreed to be reminded of an hour."),
    Kind(
        "subscription.reminded",
        ("count",),
        "Subscribers were sent their one reminder outside a mass message.",
    ),
    Kind("subscription.stopped", ("channel", "dropped"), "Somebody stopped the reminders with one tap."),
    # -- following (an entry names a follow, never an address)
    Kind(
        "follow.asked",
        ("channel", "about"),
        "Somebody asked to follow a promise, unit or subject; a mail address is not proven yet.",
    ),
    Kind("follow.made", ("channel", "about"), "Somebody agreed to be told of a promise, unit or subject."),
    Kind("follow.stopped", ("channel", "about"), "Somebody stopped with one tap; the address was deleted."),
    Kind(
        "follow.kept",
        ("follows",),
        "Follows were stopped whose addresses a legal hold keeps until it is lifted; nothing is sent to them.",
    ),
    Kind(
        "follow.data_erased",
        ("follows",),
        "Addresses of follows that were over, that nobody confirmed, or that a hold had kept were deleted.",
    ),
    Kind(
        "outreach.data_erased",
        ("messages", "reminders", "lists"),
        "Numbers and addresses of old messages, reminders and lists were deleted in time.",
    ),
    Kind("filing.changed", ("provider", "purpose", "approved"), "What is filed with a provider was entered."),
    # -- preparation
    Kind("notice.drafted", ("version",), "The words of a notice to units were saved."),
    Kind(
        "notice.sent",
        ("version", "units", "accounts", "due"),
        "A notice went out to these units; these accounts may sign for it.",
    ),
    Kind("notice.withdrawn", ("units", "accounts"), "A notice that had gone out was withdrawn."),
    Kind("notice.read", ("unit",), "A unit opened a notice for the first time."),
    Kind("notice.signed", ("unit", "how"), "A unit signed for a notice."),
    Kind("notice.asked", ("unit", "accounts"), "A unit asked back about a notice."),
    Kind("notice.answered", ("unit", "accounts"), "A unit's question about a notice was answered."),
    Kind("notice.chased", ("units", "accounts"), "The system reminded units that have not signed."),
    Kind("notice.approached", ("unit", "way"), "A person rang a unit, or sent it the paper."),
    Kind("meeting.arranged", ("units",), "Time, place, agenda and units of the prep meeting were set."),
    Kind(
        "meeting.invited",
        ("units", "accounts", "starts_at"),
        "Units were invited to the prep meeting, or told of its new time or place.",
    ),
    Kind("meeting.replied", ("unit", "reply"), "A unit replied to the invitation."),
    Kind("meeting.cancelled", ("units", "accounts"), "The prep meeting was cancelled."),
    Kind("meeting.held", ("came", "invited"), "The prep meeting was held; who came was recorded."),
    Kind("meeting.minuted", ("version",), "The minutes of the prep meeting were saved."),
    Kind("task.given", ("unit", "accounts", "due"), "A unit was given a task before the hour."),
    Kind("task.done", ("unit", "accounts"), "A unit reported a task as done."),
    Kind("task.remarked", ("unit", "accounts"), "A unit said how far a task is."),
    Kind("task.reopened", ("unit", "accounts", "due"), "A task that was reported done was opened again."),
    Kind("task.dropped", ("unit", "accounts"), "A task is no longer needed."),
    Kind("publicity.edited", ("fields",), "What is published at the announcement was changed."),
    Kind(
        "publicity.closing_proposed",
        ("accounts",),
        "The time to close pre-questions has come; the coordinator is told.",
    ),
    Kind("announcement.drafted", ("version",), "The announcement for newspaper and television was saved."),
    Kind("announcement.released", ("version", "medium"), "Somebody took the announcement for a medium."),
    # -- countdown
    Kind("countdown.started", (), "An hour entered before the countdown existed was given its steps."),
    Kind(
        "countdown.done",
        ("step", "proof"),
        "A step was done: ticked by hand, or by the event that proves it.",
    ),
    Kind(
        "countdown.reopened",
        ("step", "proof"),
        "A step is to be done again: unticked, or its event fell away.",
    ),
    Kind("countdown.skipped", ("step",), "A step was left out of this hour, with a reason."),
    Kind("countdown.taken_up", ("step",), "A step left out was taken up again."),
    Kind("countdown.moved", ("step", "due", "account"), "A step's day moved; its owners (account) are told."),
    Kind(
        "countdown.due",
        ("step", "due", "account"),
        "A step is due today; its owners are told in the morning.",
    ),
    Kind(
        "countdown.at_risk", ("step", "due", "account"), "A step may become late; its owners are told, once."
    ),
    Kind("countdown.late", ("step", "due", "account"), "A step is late; its owners are told, once."),
    Kind("countdown.template_changed", ("step", "field"), "The template of steps was changed."),
    Kind("countdown.feed_made", (), "A person made a calendar address; an older one ended."),
    Kind("countdown.feed_ended", (), "A person ended their calendar address."),
    # -- observers (an entry names an application, never a person)
    Kind("observer.call_opened", ("quota", "closes_at"), "Applications of observers were opened."),
    Kind("observer.call_skipped", (), "It was decided not to invite observers this time."),
    Kind("observer.applied", (), "Somebody applied as an observer."),
    Kind("observer.call_closed", ("entries", "digest"), "Applications closed; the list of hashes is frozen."),
    Kind("observer.drawn", ("entries", "seed"), "The lot was drawn; everything to run it again is public."),
    Kind("observer.invitations_sent", ("confirm_by",), "Those in the first places were invited."),
    Kind("observer.invited", ("rank",), "An observer was invited."),
    Kind("observer.confirmed", (), "An observer confirmed."),
    Kind("observer.declined", (), "An observer cannot come."),
    Kind("observer.lapsed", (), "An invitation was not answered in time."),
    Kind("observer.withdrawn", (), "An application was withdrawn and its personal data deleted."),
    Kind("observer.attended", ("attendance",), "An observer came, or did not."),
    Kind("observer.contact_seen", ("reason",), "A person looked at an observer's name and mobile."),
    Kind("observer.sheet_printed", ("people",), "The attendance sheet with names was opened for printing."),
    Kind("observer.told", ("template",), "A message to an observer was queued."),
    Kind("observer.talk_written", (), "The minutes of the talk with observers were saved."),
    Kind("observer.point_noted", (), "A point of the talk was written down."),
    Kind("observer.point_registered", ("question",), "A point of the talk became a question."),
    Kind("observer.minutes_approved", (), "The minutes of the talk were made public."),
    Kind("observer.data_erased", ("people",), "Personal data of an hour's observers were deleted in time."),
    # -- staffing
    Kind("staffing.template_changed", ("count",), "The template of posts was replaced."),
    Kind("staffing.laid_out", ("count",), "The posts of an hour were laid out from the template."),
    Kind("staffing.post_changed", ("verb",), "A post was added, edited or removed."),
    Kind("staffing.assigned", ("account", "stands_in_for", "assignment"), "A person was put on a post."),
    Kind("staffing.removed", ("account",), "A person was taken off a post."),
    Kind("staffing.placed", ("row", "number"), "A person was given another place in the hall."),
    Kind("staffing.arranged", ("count",), "People without a place were given one."),
    Kind("staffing.checked_in", ("account",), "A person arrived at a post; the actor says who ticked it."),
    Kind("staffing.checked_out", ("account",), "An arrival ticked by mistake was taken back."),
    Kind(
        "staffing.unmanned",
        ("minutes", "posts", "seats", "accounts"),
        "So near the start required posts, and so many seats without a post, had nobody checked in.",
    ),
    Kind("staffing.item_changed", ("verb",), "The list of what the hall needs was changed."),
    # -- venues
    Kind(
        "venue.changed", ("verb",), "A venue was entered, edited, taken over from the last hour or removed."
    ),
    Kind("venue.clerk_given", ("account",), "A person takes in questions at a venue."),
    Kind("venue.clerk_removed", ("account",), "A person no longer takes in questions at a venue."),
    Kind("venue.checked_in", (), "A venue reported that its people are there."),
    Kind(
        "venue.state",
        ("state", "note", "accounts"),
        "A venue's state changed; trouble is told to coordinators.",
    ),
    Kind(
        "venue.registered",
        ("question", "identity_seen"),
        "A question was taken in at a venue or for somebody.",
    ),
    # -- history
    Kind(
        "history.imported",
        ("file", "first", "last", "rows", "digest"),
        "Rows of a file of past questions were taken in; `file` and `digest` are SHA-256 of the file and of the rows.",
    ),
    Kind("history.withheld", ("code",), "An imported question was covered at once."),
    Kind(
        "history.withhold_confirmed",
        ("code",),
        "A second person confirmed the lawful removal of an imported question.",
    ),
    Kind("history.restored", (), "An imported question is shown again."),
    # -- keeping
    Kind("retention.changed", ("months",), "After how many months contact data are deleted was changed."),
    Kind("hold.placed", ("reason",), "Contact data of a question are held back from deletion."),
    Kind("hold.lifted", (), "A hold was lifted; contact data go in time again."),
    Kind(
        "contacts.erased",
        ("months", "questions", "contacts", "held", "digest"),
        "Contact data of an hour were deleted in time: of how many questions, how many for good, how many held; "
        "`digest` is SHA-256 over the questions' ids.",
    ),
    Kind("case.exported", ("digest",), "A question's case file was taken out; `digest` is SHA-256 of it."),
    # -- record
    Kind("record.key_change_proposed", ("what", "fingerprint"), "A change of the keys was proposed."),
    Kind("record.key_change_confirmed", ("what", "fingerprint"), "Another administrator confirmed that."),
    Kind("record.key_change_withdrawn", ("what", "fingerprint"), "It was called off."),
    Kind("record.key_made", ("fingerprint",), "A key that signs the public record was taken into use."),
    Kind("record.key_retired", ("fingerprint",), "A key signs the public record no longer."),
    Kind(
        "record.recovered",
        ("first", "last"),
        "Leaves that a restored database lost came back from the files.",
    ),
    # -- insight
    Kind(
        "synonyms.changed", ("groups", "words"), "The list of words that mean the same in searches was saved."
    ),
    *AFTER,
    # -- readiness
    Kind(
        "readiness.dry_run",
        ("red", "yellow"),
        "Everything was looked over before the hour, and the result kept.",
    ),
    Kind("readiness.practice_started", ("citizens",), "A rehearsal of the hour was opened for its people."),
    Kind("readiness.practice_ended", ("asked", "answered"), "The rehearsal was deleted whole."),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
