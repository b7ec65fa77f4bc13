"""Each thing that can be wrong before the hour turns its own line, and nothing else, yellow or red."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading
import time
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures import START
from townhall.config import jobs, probes
from townhall.hours import planning
from townhall.hours.models import OfficeHour, Seat
from townhall.hours.seats import actor_for
from townhall.kernel import clock
from townhall.people.models import Account
from townhall.readiness import examine, machine, outside, staffed, storage
from townhall.readiness.choices import Area, Level
from townhall.readiness.lines import Line, Subject
from townhall.staffing import actions as staffing
from townhall.staffing import attendance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.fixtures import District


def found(
    check: Callable[[Subject], Iterable[Line]], subject: Subject | None = None
) -> list[tuple[str, str]]:
    return [(str(line.level.value), line.finding) for line in check(subject or Subject())]


def levels(check: Callable[[Subject], Iterable[Line]], subject: Subject | None = None) -> list[str]:
    return [level for level, _finding in found(check, subject)]


def bad(district: District) -> set[tuple[str, str]]:
    district.hour.refresh_from_db()
    return {one for one in found(staffed.seats, Subject(district.hour)) if one[0] != "ok"}


# -- who sits where -----------------------------------------------------------------------------------

USUAL = {
    ("warn", "没有指定当值签发人"),
    ("warn", "区府办没有 B 角"),
    *(("warn", f"{name}组除组长外只有 1 人") for name in ("教育", "住建", "交通")),
}


def test_a_small_districts_seats_are_yellow_not_red(district: District) -> None:
    assert bad(district) == USUAL


@pytest.mark.parametrize(
    ("drop", "line"),
    [
        ({"role": "moderator"}, ("fail", "没有人担任主持人")),
        ({"role": "coordinator"}, ("fail", "没有人担任区府办")),
        ({"role": "assistant"}, ("fail", "没有人担任区长联络员")),
        ({"role__in": ["mayor", "deputy"]}, ("fail", "没有人可以签发")),
        ({"role": "lead", "group__name": "教育组"}, ("fail", "教育组没有组长")),
        ({"group__name": "教育组"}, ("fail", "教育组没有人")),
    ],
)
def test_an_empty_seat_is_red(district: District, drop: dict[str, Any], line: tuple[str, str]) -> None:
    Seat.objects.filter(**drop).delete()
    assert line in bad(district)
    assert len([one for one in bad(district) if one[0] == "fail"]) == 1


def test_on_the_evening_who_has_not_arrived_is_yellow_then_red_with_what_to_do(district: District) -> None:
    district.to_stage("preparing")
    subject = Subject(district.hour)
    with clock.steer(START - timedelta(hours=3, seconds=1)):
        assert found(staffed.arrivals, subject) == []
    with clock.steer(START - timedelta(minutes=16)):
        ((level, words),) = found(staffed.arrivals, subject)
        assert (level, words.startswith("还没有签到：")) == ("warn", True)
    with clock.steer(START - timedelta(minutes=15)):
        lines = list(staffed.arrivals(subject))
        assert {line.level for line in lines} == {Level.FAIL}
        assert "督查室未到岗：inspector甲" in {line.finding for line in lines}
        assert all(line.remedy for line in lines)
        for account in Account.objects.filter(seats__hour=district.hour).distinct():
            actor = actor_for(account, district.hour)
            if actor is not None and attendance.loose_seats(district.hour, account.id):
                staffing.check_in_myself(actor, district.hour.id)
        assert found(staffed.arrivals, subject) == [("ok", "需要到岗的都已签到")]
        assert jobs.alarm_absent() == 0


def test_a_switched_off_account_is_red_and_holds_no_seat(district: District) -> None:
    Account.objects.filter(username="lead1").update(is_active=False)
    reds = {one for one in bad(district) if one[0] == "fail"}
    assert reds == {("fail", "教育组没有组长"), ("fail", "lead1甲的账号已停用")}


def test_two_members_a_stand_in_and_a_signer_on_duty_are_enough(district: District) -> None:
    for number, group in enumerate(district.groups, start=1):
        extra = Account.objects.create(username=f"extra{number}", name=f"补员{number}")
        planning.give_seat(district.hour, extra, "group", group=group)
    spare = Account.objects.create(username="spare", name="B 角")
    planning.give_seat(district.hour, spare, "coordinator", stands_in_for=district.accounts["coordinator"])
    OfficeHour.objects.filter(id=district.hour.id).update(signer_on_duty=district.accounts["mayor"])
    assert bad(district) == set()


def test_a_signer_on_duty_without_a_seat_is_red(district: District) -> None:
    OfficeHour.objects.filter(id=district.hour.id).update(signer_on_duty=district.accounts["clerk"])
    assert ("fail", "当值签发人没有岗位") in bad(district)


def test_whoever_never_signed_in_is_named(district: District) -> None:
    assert levels(staffed.people, Subject(district.hour)) == ["warn"]
    Account.objects.update(last_login=START)
    assert levels(staffed.people, Subject(district.hour)) == ["ok"]


def test_a_late_hour_and_a_provisional_one_are_said(district: District) -> None:
    assert levels(staffed.hour) == ["warn"], "none is planned"
    district.to_stage("announced")
    OfficeHour.objects.update(date_provisional=True, signing_held=True)
    district.hour.refresh_from_db()
    assert levels(staffed.hour, Subject(district.hour)) == ["ok", "warn", "warn", "fail"]


# -- the machine --------------------------------------------------------------------------------------


@pytest.fixture
def data_dir(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "is_real", lambda: True)


@pytest.mark.usefixtures("district", "real")
def test_a_backup_is_never_old_or_fresh(data_dir: Path) -> None:
    assert found(machine.backup) == [("fail", "从未备份")]
    mark = data_dir / machine.BACKUP_MARK
    for age, level in (
        (timedelta(hours=1), "ok"),
        (timedelta(hours=27), "warn"),
        (timedelta(days=8), "fail"),
    ):
        mark.write_text((clock.now() - age).isoformat())
        assert levels(machine.backup) == [level]
    mark.write_text("2026-11-30T19:00")
    assert machine.last_backup() == START
    mark.write_text("")
    os.utime(mark, (START.timestamp(), START.timestamp()))
    assert machine.last_backup() == START


@given(junk=st.binary(max_size=40))
def test_a_mark_with_anything_in_it_is_read_or_not_but_never_fails(
    junk: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from django.test import override_settings

    folder = tmp_path_factory.mktemp("data")
    (folder / machine.BACKUP_MARK).write_bytes(junk)
    with override_settings(DATA_DIR=folder):
        last = machine.last_backup()
    assert last is None or last.tzinfo is not None


@pytest.mark.usefixtures("district")
def test_marks_in_pdf_files_that_nobody_can_read_are_yellow(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert found(machine.uploads) == []
    monkeypatch.setenv("PATH", str(tmp_path))  # a machine without poppler-utils
    assert levels(machine.uploads) == ["warn"]


def test_a_key_others_may_read_is_red(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOWNHALL_SECRET_KEY", raising=False)
    monkeypatch.delenv("TOWNHALL_DATA_KEY", raising=False)
    for name in ("SECRET_KEY", "DATA_KEY"):
        (data_dir / name).write_text("k" * 40)
        (data_dir / name).chmod(0o600)
    assert levels(machine.keys) == ["ok", "ok"]
    (data_dir / "DATA_KEY").chmod(0o644)
    assert levels(machine.keys) == ["ok", "fail"]


@pytest.mark.usefixtures("district", "real")
def test_the_public_address_is_https_known_and_behind_a_believed_proxy(settings: Any) -> None:
    settings.BASE_URL, settings.ALLOWED_HOSTS = "http://gov.example", ["gov.example"]
    assert levels(machine.address) == ["fail"]
    settings.BASE_URL = "https://other.example"
    assert levels(machine.address) == ["ok", "fail", "warn"]


def test_the_hall_is_exempt_or_named(settings: Any) -> None:
    import ipaddress

    settings.TRUSTED_NETWORKS = []
    assert levels(machine.networks) == ["warn"]
    settings.TRUSTED_NETWORKS = [ipaddress.ip_network("10.1.0.0/16")]
    assert levels(machine.networks, Subject(asker="10.1.2.3")) == ["ok"]
    assert levels(machine.networks, Subject(asker="10.2.2.3")) == ["ok", "warn"]
    assert levels(machine.networks, Subject(asker="not an address")) == ["ok", "warn"]


# -- the database -------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_a_whole_database_is_green_and_a_gap_in_the_journal_is_red(district: District) -> None:
    assert levels(storage.whole) == ["ok"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_line SET last_seq = last_seq + 1 WHERE id = %s", [district.hour.id])
    assert levels(storage.whole) == ["fail"]


@pytest.mark.both_databases
def test_free_connections_are_counted_where_there_is_a_limit(district: District) -> None:
    assert len(levels(storage.connections)) == (1 if connection.vendor == "postgresql" else 0)


# -- outside ------------------------------------------------------------------------------------------


def test_no_https_needs_no_certificate_and_a_dead_address_is_yellow(settings: Any) -> None:
    settings.BASE_URL = "http://127.0.0.1:9"
    assert levels(outside.certificate) == ["ok"]
    settings.BASE_URL = "https://127.0.0.1:9"
    assert levels(outside.certificate) == ["warn"]


@pytest.mark.parametrize(("days", "level"), [(90, "ok"), (10, "warn"), (2, "fail")])
def test_a_certificate_is_looked_at_as_browsers_do(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, level: str
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
         "-days", str(days), "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                caller, _peer = listener.accept()
            except OSError:
                return
            with suppress(OSError), caller, secured.wrap_socket(caller, server_side=True) as talk:
                talk.recv(1)

    threading.Thread(target=serve, daemon=True).start()
    settings.BASE_URL = f"https://localhost:{listener.getsockname()[1]}"
    try:
        assert levels(outside.certificate) == ["fail"]  # nobody trusts whoever signs for themselves
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # now the machine does
        assert levels(outside.certificate) == [level]
    finally:
        listener.close()


@pytest.mark.django_db  # a database on another machine has a clock of its own
@pytest.mark.parametrize(
    ("seconds", "level"), [(0, "ok"), (-30, "warn"), (3600, "fail")], ids=["right", "behind", "an hour"]
)
def test_a_clock_that_is_off_is_told_by_the_public_address(settings: Any, seconds: int, level: str) -> None:
    with HTTPServer(("127.0.0.2", 0), dated(seconds)) as there:
        threading.Thread(target=there.serve_forever, daemon=True).start()
        # Not by the names that mean this machine itself, whose clock it would be.
        settings.BASE_URL = f"http://127.0.0.2:{there.server_port}"
        found = levels(outside.clock_offset)
        there.shutdown()
    assert found[-1] == level


def dated(seconds: int) -> type[BaseHTTPRequestHandler]:
    """Whoever answers with a date so many seconds away."""

    class Dated(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string((timestamp or time.time()) + seconds)

        def log_message(self, *_words: object) -> None:
            pass

    return Dated


@pytest.fixture
def answering(settings: Any) -> Iterator[tuple[str, int]]:
    """Something that answers every request with the same small page."""
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                caller, _peer = listener.accept()
            except OSError:
                return
            with caller:
                while got := caller.recv(65536):
                    caller.sendall(page * got.count(b"\r\n\r\n"))

    threading.Thread(target=serve, daemon=True).start()
    port = listener.getsockname()[1]
    settings.BASE_URL = f"http://127.0.0.1:{port}"
    yield "127.0.0.1", port
    listener.close()


def test_headroom_counts_pages_a_second(
    district: District, answering: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "MEASURE_SECONDS", 0.05)
    monkeypatch.setattr(probes, "ENOUGH_PER_SECOND", 0)
    assert probes.measure(*answering, "/") > 0
    assert found(probes.headroom) == [("warn", "还没有公开的页面可以测量")]
    district.to_stage("announced")
    assert levels(probes.headroom) == ["ok"]
    assert levels(probes.headroom, Subject(serving=("127.0.0.1", 9))) == ["warn"]


def test_headroom_is_not_guessed_from_afar(settings: Any) -> None:
    settings.BASE_URL = "https://gov.example"
    assert found(probes.headroom) == [("warn", "没有测量")]


# -- together -----------------------------------------------------------------------------------------


def test_without_a_database_nothing_else_is_looked_at(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes.health, "why_not_ready", lambda: "database: OperationalError")
    lines = examine.examine(Subject(district.hour), thorough=True)
    assert [(line.level, line.area) for line in lines] == [(Level.FAIL, Area.DATABASE)]
    assert not examine.is_ready(lines)


def test_every_line_that_is_not_green_has_a_remedy(district: District) -> None:
    Seat.objects.all().delete()
    lines = examine.examine(Subject(district.hour), thorough=True)
    assert [line for line in lines if line.level != Level.OK and not line.remedy] == []
    assert [line for line in lines if line.level == Level.OK and line.remedy] == []
