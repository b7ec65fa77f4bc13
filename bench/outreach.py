"""A mass message to 10,000: queued in under 5 s, sent at the gateway's pace, with constant memory, nobody twice."""

import os
import resource
import tempfile
import time
from typing import Any

from bench.machine import keep, table, verdict

RECIPIENTS = 10_000
WRONG = 300
BATCH = 200
GATEWAY_SECONDS = 0.02  # what the gateway of this measurement takes for a call
MOST_QUEUE_SECONDS = 5.0
# Of the pace that the gateway alone would allow; the rest is two durable transactions a batch.
LEAST_PACE = 0.2
MOST_GROWTH_KB = 4 * 1024


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    from tests.outreach.gateway import LocalGateway

    gateway = LocalGateway(delay=GATEWAY_SECONDS)
    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as folder:
        os.environ |= {
            "TOWNHALL_DATA_DIR": folder,
            "TOWNHALL_SMS_SENDER": "http",
            "TOWNHALL_GATEWAY_URL": gateway.url,
            "TOWNHALL_GATEWAY_MOST": str(BATCH),
            "TOWNHALL_SMS_RATE": "1000000",
            "TOWNHALL_SMS_HOURS": "00:00-23:59:59",
            "DJANGO_SETTINGS_MODULE": "townhall.config.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        figures = _measure()
    gateway.close()
    figures["twice"] = sum(1 for count in gateway.numbers.values() if count > 1)
    figures["reached"] = len(gateway.numbers)
    return _report(figures)


def _measure() -> dict[str, Any]:
    from datetime import timedelta

    from townhall.hours import actions as hours
    from townhall.hours.seats import actor_for
    from townhall.kernel import clock
    from townhall.outreach import actions, sending, wording
    from townhall.people.models import Account
    from townhall.rehearsal import company

    cast = company.enter()
    hour = company.plan_hour(cast, "stage", "bench", clock.now() + timedelta(days=3), identity="open")
    account = Account.objects.get(username="coordinator")

    def actor() -> Any:
        hour.refresh_from_db()
        return actor_for(account, hour)

    hours.perform(actor(), "announce", {})
    good = [f"138{number:08d}" for number in range(RECIPIENTS)]
    wrong = [f"12{number:06d}" for number in range(WRONG)]
    content = ("手机号码\n" + "\n".join(good + wrong)).encode()
    row = actions.draft(actor(), {"provider": "http", "text": wording.USUAL_TEXT})
    started = time.perf_counter()
    found = actions.add_list(actor(), row.id, "名单.csv", content)
    queued = time.perf_counter() - started
    assert (found.accepted, found.wrong) == (RECIPIENTS, WRONG)
    row = actions.preview(actor(), row.id)
    actions.confirm(actor(), row.id, row.preview["digest"])
    sending.tick()
    before = _memory()
    started = time.perf_counter()
    batches = 1
    while sending.tick():
        batches += 1
    sent = time.perf_counter() - started
    row.refresh_from_db()
    assert row.state == "done", row.state
    return {
        "queue_seconds": queued,
        "send_seconds": sent,
        "batches": batches,
        "growth_kb": _memory() - before,
        "gateway_seconds": batches * GATEWAY_SECONDS,
    }


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _report(figures: dict[str, Any]) -> bool:
    pace = figures["gateway_seconds"] / figures["send_seconds"]
    checks = [
        ("10,000 queued", f"{figures['queue_seconds']:.2f} s", f"< {MOST_QUEUE_SECONDS:.0f} s",
         figures["queue_seconds"] < MOST_QUEUE_SECONDS),
        ("sent", f"{figures['send_seconds']:.2f} s, {RECIPIENTS / figures['send_seconds']:.0f} a second",
         f">= {LEAST_PACE:.0%} of the gateway's own pace ({pace:.0%})", pace >= LEAST_PACE),
        ("memory while sending", f"+{figures['growth_kb']} KB", f"<= {MOST_GROWTH_KB} KB",
         figures["growth_kb"] <= MOST_GROWTH_KB),
        ("twice", str(figures["twice"]), "0", figures["twice"] == 0),
        ("reached", str(figures["reached"]), str(RECIPIENTS), figures["reached"] == RECIPIENTS),
    ]  # fmt: skip
    rows = [["what", "measured", "target"]]
    rows += [[name, value, f"{target} {verdict(met=met)}"] for name, value, target, met in checks]
    print(table(rows))
    keep("outreach", figures)
    return all(met for *_words, met in checks)
