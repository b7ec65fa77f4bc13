"""Connects the rooms where a lower one must ask an upper one: the only place that knows both."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Fills the slots that lower rooms declare."""

    name = "townhall.config"
    label = "config"

    def ready(self) -> None:
        """Connect once, when Django has loaded every room."""
        from townhall.commitments import actions as commitments
        from townhall.commitments import citizen_actions as asked_again
        from townhall.commitments import queries as promises
        from townhall.config import probes
        from townhall.countdown import actions as countdown
        from townhall.countdown import proofs
        from townhall.documents import uploads
        from townhall.hours import actions, calendar, flow, planning, published, seating
        from townhall.kernel import workdays
        from townhall.observers import actions as observers
        from townhall.outreach import codes, invitations
        from townhall.outreach import queries as outreach
        from townhall.people import identity
        from townhall.plans import queries as plans
        from townhall.questions import forgetting, promised, releasing
        from townhall.questions import published as questions
        from townhall.readiness import queries as dry_runs
        from townhall.readiness import slots as readiness
        from townhall.staffing import queries as staffing
        from townhall.venues import queries as venues
        from townhall.voice import links

        _fill(workdays.CURRENT, calendar.current)
        _fill(published.COUNTS, questions.counts)
        _fill(flow.ARCHIVE_GUARDS, questions.blocks_archiving)
        _fill(actions.ON_OPEN, releasing.release)
        _fill(planning.ON_ENTER, countdown.enter_steps)
        _fill(planning.ON_FORGET, forgetting.forget_hour)
        _fill(uploads.READERS, plans.reads_scan)
        _fill(uploads.READERS, promises.reads_proof)
        _fill(commitments.IS_PUBLIC, promised.is_public)
        _fill(links.REOPEN, asked_again.reopen_within)
        _fill(planning.ON_FORGET, observers.forget_hour)
        _fill(seating.KEEPERS, staffing.holds)
        _fill(seating.KEEPERS, venues.holds)
        _fill(identity.CODE_SENDER, codes.send_code)
        _fill(observers.TELL, invitations.send_invitation)
        _fill(observers.FORGET, invitations.forget)
        _fill(readiness.FIRST, probes.database)
        _fill(readiness.QUICK, probes.viewers)
        _fill(readiness.QUICK, probes.messages)
        for slow in (probes.headroom, probes.sign_on):
            _fill(readiness.SLOW, slow)
        _fill(proofs.FROM_ABOVE, ("dry_run", dry_runs.dry_run_at))
        _fill(proofs.FROM_ABOVE, ("sms_ready", outreach.ready_at))
        _fill(proofs.FROM_ABOVE, ("sms_sent", outreach.broadcast_sent_at))
        _connect_plans()
        _connect_after_the_hour()
        _connect_followers()
        _connect_record()


def _connect_record() -> None:
    """The record is as ready for an hour as everything else, and found again when a backup is restored."""
    from townhall.config import record_probes
    from townhall.readiness import slots as readiness

    _fill_backups()
    for check in (
        record_probes.key,
        record_probes.fresh,
        record_probes.witnessed,
        record_probes.stamped,
        record_probes.sampled,
    ):
        _fill(readiness.QUICK, check)
    _fill(readiness.SLOW, record_probes.whole)


def _fill_backups() -> None:
    """What must be found again when a backup is restored, and the keys it cannot do without."""
    from townhall.backups import facts, keys, logs
    from townhall.config import proven
    from townhall.record import copies

    _fill(keys.KEYS, ("record key", proven.record_key))
    _fill(keys.KEYS, ("sealing keys", proven.sealing_keys))
    for fact in proven.FACTS:
        _fill(facts.FACTS, fact)
    _fill(logs.LOGS, copies.LOG)


def _connect_plans() -> None:
    """A plan is agreed anew when its hour gets another time or topic, and goes with its hour."""
    from townhall.hours import planning
    from townhall.plans import actions as plans

    _fill(planning.ON_REWRITE, plans.follow)
    _fill(planning.ON_FORGET, plans.forget_hour)


def _connect_after_the_hour() -> None:
    """Leftovers begin when an hour ends; what they need of lower rooms, and whom they tell."""
    from townhall.hours import actions, flow, seating
    from townhall.keeping import casefile
    from townhall.outreach import askers
    from townhall.questions import guards
    from townhall.redress import queries as requests
    from townhall.voice import actions as voice
    from townhall.voice import queries as voices
    from townhall.wrapping import actions as wrapping_actions
    from townhall.wrapping import queries as wrapping

    _fill(actions.ON_WRAP, wrapping_actions.open_backlog)
    _fill(flow.ARCHIVE_GUARDS, wrapping.blocks_archiving)
    _fill(guards.AUTHORISATION, wrapping.authorisation_refusal)
    _fill(seating.KEEPERS, wrapping.holds)
    _fill(wrapping_actions.TELL, askers.tell)
    _fill(voice.TELL, askers.tell)
    for room in (wrapping, voices, requests):
        _fill(casefile.MORE, room.case_chapter)


def _connect_followers() -> None:
    """Who follows promises, units and subjects is told by the one sender, and forgotten in time."""
    from townhall.following import actions, erasing, slots, telling, writing
    from townhall.following.citizen_actions import CONFIRMATION
    from townhall.following.gathering import NEWS
    from townhall.keeping import actions as keeping
    from townhall.keeping import citizen_actions as owners
    from townhall.keeping import wishes
    from townhall.outreach import actions as outreach
    from townhall.outreach import askers, forgetting, letters, queueing
    from townhall.questions import contacts

    _fill(letters.WRITERS, (NEWS, writing.news))
    _fill(letters.WRITERS, (CONFIRMATION, writing.confirmation))
    _fill(slots.SEND, queueing.send)
    _fill(slots.FORGET, queueing.forget)
    _fill(slots.HUSH, queueing.hush)
    _fill(slots.TELL, askers.tell)
    _fill(contacts.MAIL, telling.mail_of)
    _fill(keeping.ERASERS, actions.erase_due)
    _fill(keeping.ERASERS, outreach.erase_due)
    for room in (forgetting, erasing):
        _fill(owners.OWN_DATA, room.own_data)
        _fill(wishes.OWN_ERASERS, room.erase_own)
    _fill(forgetting.HELD, erasing.held_boxes)


def _fill(slot: list[Any], filler: Any) -> None:
    if filler not in slot:
        slot.append(filler)
