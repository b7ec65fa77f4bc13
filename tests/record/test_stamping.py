"""Stamps of another clock: asked for, verified, published; and what an authority can do wrong."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.test import Client

from townhall.config import environment, record_probes
from townhall.kernel import clock
from townhall.readiness.lines import Subject
from townhall.record import published, stamping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fixtures import District
    from townhall.record.actions import Keeper

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


class TimeStampAuthority:
    """OpenSSL's authority (Debian's ``openssl``) behind a port, with a certificate of its own root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root.pem"
        self.instead: bytes | None = None
        self.asked = 0
        self._make_certificates()
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                authority.asked += 1
                reply = authority.instead if authority.instead is not None else authority.reply(query)
                self.send_response(200)
                self.send_header("Content-Type", stamping.REPLY)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_words: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/tsa"

    def reply(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        self._openssl("ts", "-reply", "-config", "tsa.conf", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    def verify(self, data: bytes, token: bytes) -> bool:
        """Whether OpenSSL, knowing nothing of us, takes the stamp for one of these bytes."""
        (self.folder / "data").write_bytes(data)
        (self.folder / "token").write_bytes(token)
        command = ["openssl", "ts", "-verify", "-data", "data", "-in", "token", "-CAfile", "root.pem"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, check=False)
        return done.returncode == 0

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, check=True)

    def _make_certificates(self) -> None:
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
        own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])

        def certificate(name: x509.Name, of: Any, *more: tuple[x509.ExtensionType, bool]) -> x509.Certificate:
            builder = (
                x509.CertificateBuilder().subject_name(name).issuer_name(root_name).public_key(of.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=30))
            )  # fmt: skip
            for extension, critical in more:
                builder = builder.add_extension(extension, critical)
            return builder.sign(root_key, hashes.SHA256())

        root = certificate(root_name, root_key, (x509.BasicConstraints(ca=True, path_length=None), True))
        own = certificate(own_name, key, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True))
        pem = serialization.Encoding.PEM
        self.root.write_bytes(root.public_bytes(pem))
        (self.folder / "own.pem").write_bytes(own.public_bytes(pem))
        (self.folder / "own.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        (self.folder / "serial").write_text("01\n")
        (self.folder / "tsa.conf").write_text(
            "[tsa]\ndefault_tsa = own\n[own]\nserial = serial\nsigner_cert = own.pem\nsigner_key = own.key\n"
            "signer_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256\n"
        )


@contextmanager
def an_authority(folder: Path) -> Iterator[TimeStampAuthority]:
    folder.mkdir()
    running = TimeStampAuthority(folder)
    yield running
    running.close()


@pytest.fixture
def authority(tmp_path: Path, settings: Any) -> Iterator[TimeStampAuthority]:
    with an_authority(tmp_path / "authority") as running:
        settings.RECORD_STAMPS = [(running.url, running.root)]
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        yield running


def asked(authority: TimeStampAuthority) -> bool:
    return stamping.stamp(stamping.Authority(authority.url, stamping.roots(authority.root)))


def reader() -> Client:
    return Client(headers={"host": "127.0.0.1:8000"})


def doctor() -> list[tuple[str, str]]:
    return [(line.level, line.finding) for line in record_probes.stamped(Subject())]


def test_a_checkpoint_is_stamped_and_anybody_can_verify_the_stamp(
    authority: TimeStampAuthority, live: District, keeper: Keeper
) -> None:
    assert doctor() == []
    live.walk("published")
    keeper.turn()
    assert asked(authority)
    kept = published.stamps()
    assert kept is not None
    public = reader()
    page = public.get("/record/").content.decode()
    assert f"/record/stamps/{kept['size']}.tsr" in page
    checkpoint, token = public.get("/record/stamps/").content.decode().split()
    data, stamp = public.get(checkpoint), public.get(token)
    assert data.content == published.checkpoint()
    assert stamp["Content-Type"] == stamping.REPLY
    assert authority.verify(data.content, stamp.content)
    assert not authority.verify(data.content.replace(b"\n", b"\r\n", 1), stamp.content)
    assert [level for level, _finding in doctor()] == ["ok"]


def test_a_stamp_is_asked_for_once_an_hour_and_only_when_the_record_has_grown(
    authority: TimeStampAuthority, live: District, keeper: Keeper
) -> None:
    live.walk("published")
    keeper.turn()
    assert asked(authority)
    with clock.steer(clock.now() + timedelta(hours=2)):
        assert not asked(authority), "nothing new"
    live.walk("published")
    keeper.turn()
    assert not asked(authority), "the last one is not an hour old"
    with clock.steer(clock.now() + timedelta(hours=1)):
        assert asked(authority)
    assert authority.asked == 2
    assert len(stamping.sizes()) == 2


def test_a_stamp_of_something_else_or_of_somebody_else_is_not_taken(
    authority: TimeStampAuthority, live: District, keeper: Keeper, tmp_path: Path
) -> None:
    live.walk("published")
    keeper.turn()
    assert asked(authority)
    of_yesterday = published.stamp(stamping.sizes()[0], token=True)
    with an_authority(tmp_path / "other") as other, clock.steer(clock.now() + timedelta(hours=2)):
        live.walk("published")
        keeper.turn()
        stranger = stamping.Authority(other.url, stamping.roots(authority.root))
        with pytest.raises(stamping.NotStamped):
            stamping.stamp(stranger)
        for nonsense in (of_yesterday, b"", b"\x30\x03\x02\x01\x00", b"<html>502</html>"):
            authority.instead = nonsense
            with pytest.raises(stamping.NotStamped):
                asked(authority)
        assert [level for level, _finding in doctor()] == ["warn"]
        assert len(stamping.sizes()) == 1
        authority.instead = None
        assert asked(authority)
        assert [level for level, _finding in doctor()] == ["ok"]


def test_an_authority_that_is_gone_holds_up_nothing(
    authority: TimeStampAuthority, live: District, keeper: Keeper
) -> None:
    authority.close()
    live.walk("published")
    keeper.turn()
    with pytest.raises(stamping.NotStamped):
        asked(authority)
    assert published.checkpoint()
    assert published.stamps() is None
    assert doctor()[0][0] == "warn"
    assert reader().get("/record/stamps/").status_code == 404
    assert "/record/stamps/" not in reader().get("/record/").content.decode()


@pytest.mark.parametrize("text", ["https://tsa.example", "https://tsa.example=/nowhere.pem", "ftp://x=y"])
def test_a_setting_that_cannot_work_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(environment.BadSetting, match="RECORD_STAMPS"):
        environment.read({"TOWNHALL_RECORD_STAMPS": text})
