"""Kinds of entries about what is done after the hour: wrapping up, calling back, looking again."""

from __future__ import annotations

from townhall.journal.kind import Kind

AFTER = (
    Kind(
        "leftover.limits_changed",
        ("usual", "kinds"),
        "The prescribed working days after an hour were changed; for each kind in their list (0: as usual).",
    ),
    Kind(
        "leftover.opened", ("unit", "days", "due"), "A question was open when its hour ended; its limit runs."
    ),
    Kind("leftover.settled", ("unit", "late", "due"), "A leftover has a result, in time or late."),
    Kind(
        "leftover.late",
        ("unit", "due", "accounts"),
        "A leftover's limit went by; those concerned are told, once.",
    ),
    Kind("leftover.extension_asked", ("reason", "until", "accounts"), "More time was asked for a leftover."),
    Kind(
        "leftover.extended",
        ("reason", "until", "accounts"),
        "A leader granted a leftover more time, in public.",
    ),
    Kind("leftover.extension_refused", ("reason", "until", "accounts"), "A leader did not grant more time."),
    Kind("leftover.chased", ("unit", "accounts"), "A person reminded the group of a leftover."),
    Kind(
        "authorisation.granted",
        ("account", "units"),
        "A person was authorised to sign leftovers of these units.",
    ),
    Kind("authorisation.ended", ("account",), "An authorisation to sign ended."),
    Kind("handover.compiled", ("number", "rows"), "The list for the inspector's office was compiled."),
    Kind("handover.handed", ("number", "rows", "accounts"), "The list was handed to the inspector's office."),
    Kind("handover.returned", ("number", "accounts"), "The inspector's office returned the list."),
    Kind("handover.signed", ("number", "rows", "accounts"), "The inspector's office signed for the list."),
    Kind("closing.composed", ("paper", "version"), "A closing paper was drafted from the record."),
    Kind("closing.saved", ("paper", "version"), "The words of a closing paper were changed."),
    Kind(
        "closing.submitted", ("paper", "version", "accounts"), "A closing paper was submitted to be signed."
    ),
    Kind("closing.returned", ("paper", "version", "accounts"), "A signer returned a closing paper."),
    Kind("closing.signed", ("paper", "version"), "A closing paper was signed and so published."),
    Kind(
        "closing.corrected", ("paper", "version", "into"), "A signed closing paper was corrected by another."
    ),
    Kind("closing.withheld", ("paper", "version", "code", "accounts"), "A signed closing paper was covered."),
    Kind(
        "closing.withhold_confirmed",
        ("paper", "version", "code"),
        "A second person confirmed that a closing paper is taken down.",
    ),
    Kind("closing.restored", ("paper", "version"), "A covered closing paper was shown again."),
    Kind(
        "voice.asked",
        ("purpose", "commitment"),
        "An asker was asked whether an answer or a kept promise helped.",
    ),
    Kind("voice.promise_rated", ("commitment", "level", "ask"), "An asker rated a closed promise."),
    Kind(
        "voice.not_done",
        ("commitment", "reason"),
        "An asker said that a promise was not kept; it is looked at again.",
    ),
    Kind(
        "voice.call_opened",
        ("question", "why", "commitment"),
        "Somebody was put on the list to be called back.",
    ),
    Kind("voice.call_made", ("question", "outcome", "state"), "A return call was made or given up."),
    Kind(
        "redress.filed",
        ("question", "past", "clarification", "comment", "paper", "commitment", "request", "due"),
        "Somebody named or harmed asked for a correction or removal.",
    ),
    Kind(
        "redress.taken_up",
        ("question", "past", "clarification", "comment", "paper"),
        "The coordinator's office began to examine a request.",
    ),
    Kind(
        "redress.referred",
        ("question", "past", "clarification", "comment", "paper", "accounts"),
        "The answering unit was asked to check a request.",
    ),
    Kind(
        "redress.closed",
        ("question", "past", "clarification", "comment", "paper", "outcome", "reason", "late"),
        "A request was decided.",
    ),
    Kind(
        "redress.withdrawn",
        ("question", "past", "clarification", "comment", "paper"),
        "Who asked took the request back; what was personal is deleted.",
    ),
    Kind(
        "redress.contact_seen",
        ("question", "past", "clarification", "comment", "paper"),
        "A person looked at who asked and how to reach them.",
    ),
    Kind("redress.data_erased", ("cases",), "Personal data of old requests were deleted in time."),
)
