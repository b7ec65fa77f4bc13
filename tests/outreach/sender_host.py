"""A process that has the product loaded and forks senders to be killed; told what to do line by line.

Run as a program with its own data directory. Forking keeps two hundred kills affordable: each child is the sender
of the product, as `config.jobs.send` runs it, in a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
import threading


def prepare(count: int, gateway: str) -> None:
    from datetime import timedelta

    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.fixtures import make_district
    from townhall.kernel import clock
    from townhall.outreach import actions, wording

    soon = clock.now() + timedelta(days=2)
    district = make_district(starts_at=soon, date_reason="试验")
    district.to_stage("announced")
    actor = district.actor("coordinator")
    row = actions.draft(actor, {"provider": "http", "text": wording.USUAL_TEXT, "to_subscribers": ""})
    numbers = "\n".join(f"138{number:08d}" for number in range(count))
    actions.add_list(actor, row.id, "名单.csv", numbers.encode())
    row = actions.preview(actor, row.id)
    actions.confirm(actor, row.id, row.preview["digest"])


def subscribe(count: int) -> None:
    """So many people whose reminder is due: they have asked for it, and the hour is the day after tomorrow."""
    from datetime import timedelta

    from tests.outreach.conftest import subscriber
    from townhall.hours.models import OfficeHour
    from townhall.kernel import clock

    hour = OfficeHour.objects.get()
    long_ago = clock.now() - timedelta(days=30)
    for number in range(count):
        subscriber(hour, f"139{number:08d}", consented_at=long_ago)


def remind(stop: threading.Event) -> None:
    """The job that queues reminders, in small steps, beside the sender."""
    from townhall.outreach import reminding

    reminding.AT_ONCE = 7
    while not stop.wait(0.005):
        reminding.tick()


def fork_sender() -> int:
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child:
        return child
    from townhall.config import jobs

    jobs.TICK_SECONDS = 0.001
    stop = threading.Event()
    threading.Thread(target=remind, args=(stop,), daemon=True).start()
    jobs.send(stop)
    os._exit(0)


def counts() -> dict[str, object]:
    from django.db import connections

    from townhall.kernel.secrets import decrypt
    from townhall.outreach.models import Broadcast, Message

    rows = Message.objects.filter(channel="sms").values_list("state", "recipient_sealed")
    states: dict[str, int] = {}
    unknown = []
    for state, sealed in rows:
        states[state] = states.get(state, 0) + 1
        if state == "unknown":
            unknown.append(decrypt(sealed))
    found = {"states": states, "unknown": unknown, "broadcast": Broadcast.objects.get().state}
    connections.close_all()
    return found


def revive() -> None:
    """What a person does when the broadcast stopped because nobody answered."""
    from django.db import connections

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import actor_for
    from townhall.outreach import actions
    from townhall.outreach.models import Broadcast
    from townhall.people.models import Account

    row = Broadcast.objects.get()
    if row.state == "paused":
        actor = actor_for(Account.objects.get(username="coordinator"), OfficeHour.objects.get())
        assert actor is not None
        actions.resume(actor, row.id)
    connections.close_all()


def main() -> None:
    import django

    django.setup()
    from townhall.config import jobs
    from townhall.kernel import outbound
    from townhall.outreach import sending

    outbound._trusted()
    assert jobs.send and sending.tick  # loaded before the forks, so that children begin at once
    for line in sys.stdin:
        command, *arguments = line.split()
        answer: object = "ok"
        if command == "prepare":
            prepare(int(arguments[0]), arguments[1])
        elif command == "subscribe":
            subscribe(int(arguments[0]))
        elif command == "start":
            answer = fork_sender()
        elif command == "reap":
            answer = os.waitpid(int(arguments[0]), 0)[1]
        elif command == "revive":
            revive()
        else:
            answer = counts()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
