"""Settings: nonsense is refused by name, with the remedy."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from townhall.config import databases, environment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ASK_LIMIT", "zero"),
        ("ASK_LIMIT", "0"),
        ("TRUSTED_NETWORKS", "here"),
        ("BASE_URL", "townhall.example"),
        ("SECRET_KEY", "short"),
        ("DATABASE_URL", "mysql://x"),
        ("CLOCK", "/nowhere/at/all"),
        ("CLOCK", "+soon"),
        ("CLOCK", "+"),
        ("CLOCK", "+999999999999999"),
        ("CLOCK", "-99999999999"),
        ("CLOCK", "+" + "9" * 400),
        ("CLOCK", __file__),
        ("CLOCK", "/"),
        ("BASE_URL", "http://here:soon"),
        ("BASE_URL", "http://:8000"),
        ("DATABASE_URL", "postgres://u:p@host:soon/name"),
        ("DATABASE_URL", "postgres://u:p@host/name?sslmode=maybe"),
        ("DATABASE_URL", "postgres://u:p@host/name?ssl=true"),
        ("DATABASE_URL", "postgres://u:p@one:5432,two:0/name"),
        ("DATABASE_DIRECT_URL", "sqlite:///x"),
        ("FANOUT_URLS", "http://one/publish|two"),
        ("WEBHOOKS", "https://here:99999/x"),
        ("MAIL_PORT", "65536"),
        ("MAIL_PORT", "0"),
        ("SECURITY_CONTACT", "security@wsbg.example.gov"),
        ("SECURITY_CONTACT", "https://"),
        ("DEBUG", "maybe"),
    ],
)
def test_nonsense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(environment.BadSetting, match=f"TOWNHALL_{name}="):
        environment.read({f"TOWNHALL_{name}": value})


def test_a_misspelt_setting_is_refused() -> None:
    with pytest.raises(environment.BadSetting, match="TOWNHALL_BASEURL"):
        environment.read({"TOWNHALL_BASEURL": "https://townhall.example"})


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    first = environment.key_from(tmp_path, "DATA_KEY", "")
    assert environment.key_from(tmp_path, "DATA_KEY", "") == first
    assert stat.S_IMODE((tmp_path / "DATA_KEY").stat().st_mode) == 0o600


def test_a_clock_without_an_offset_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("2026-11-30T19:00:00", encoding="ascii")
    with pytest.raises(environment.BadSetting, match="TOWNHALL_CLOCK="):
        environment.read({"TOWNHALL_CLOCK": str(file)})
    file.write_text("2026-11-30T19:00:00+08:00\n", encoding="ascii")
    assert environment.read({"TOWNHALL_CLOCK": str(file)})["CLOCK"] == str(file)


def test_commands_started_at_once_use_one_key(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def start(_number: int) -> str:
        together.wait()
        return environment.key_from(tmp_path, "DATA_KEY", "")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["DATA_KEY"]


def test_databases_are_described_as_written(tmp_path: Path) -> None:
    postgres = databases.describe("postgres://town:s%40y@db.example:5433/hall", tmp_path)
    assert (postgres["USER"], postgres["PASSWORD"], postgres["PORT"], postgres["NAME"]) == (
        "town",
        "s@y",
        "5433",
        "hall",
    )
    assert "sslmode" not in postgres["OPTIONS"]
    safe = databases.describe(
        "postgres://db.example/hall?sslmode=verify-full&sslrootcert=/etc/ca.pem", tmp_path
    )
    assert (safe["OPTIONS"]["sslmode"], safe["OPTIONS"]["sslrootcert"]) == ("verify-full", "/etc/ca.pem")
    assert databases.describe("sqlite:////var/lib/x.sqlite3", tmp_path)["NAME"] == "/var/lib/x.sqlite3"
    assert databases.describe("", tmp_path)["NAME"] == str(tmp_path / "townhall.sqlite3")


def test_of_several_machines_the_one_that_takes_writes_is_asked_for(tmp_path: Path) -> None:
    url = "postgres://town:pw@10.0.0.31:5432,[fd00::32]:5433/hall?sslmode=require"
    described = databases.describe(environment.read({"TOWNHALL_DATABASE_URL": url})["DATABASE_URL"], tmp_path)
    assert (described["HOST"], described["PORT"]) == ("10.0.0.31,fd00::32", "5432,5433")
    assert described["OPTIONS"]["target_session_attrs"] == "read-write"
    assert described["OPTIONS"]["sslmode"] == "require"
    assert described["OPTIONS"]["tcp_user_timeout"] > 0
    assert databases.describe("postgres://a,b/hall", tmp_path)["PORT"] == ""
    assert "target_session_attrs" not in databases.describe("postgres://one/hall", tmp_path)["OPTIONS"]
