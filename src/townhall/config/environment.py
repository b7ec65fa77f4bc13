"""Every setting an operator may give, in one table; nonsense is refused by name at start."""

from __future__ import annotations

import ipaddress
import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from townhall.kernel import clock

PREFIX = "TOWNHALL_"


class BadSetting(ValueError):  # noqa: N818 - reads as the sentence it prints
    """A setting that makes no sense; its text names the variable and the remedy."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One ``TOWNHALL_*`` variable.

    :param name: without the prefix
    :param default: as it would be written
    :param kind: what a person may write
    :param parse: text to value; raises ``ValueError`` with the remedy
    :param help: one line for the manual
    """

    name: str
    default: str
    kind: str
    parse: Callable[[str], Any]
    help: str


def _path(text: str) -> Path:
    return Path(text).expanduser().resolve()


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _networks(text: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(word, strict=False) for word in _words(text)]
    except ValueError as error:
        message = f"{error}; write networks such as 10.0.0.0/8, separated by commas"
        raise ValueError(message) from error


def _url(text: str) -> str:
    parsed = urlparse(text)
    if parsed.scheme not in {"http", "https"} or not parsed.hostname or not _has_port(text):
        message = "write it as https://host or http://host:8000"
        raise ValueError(message)
    return text.rstrip("/")


def _has_port(text: str) -> bool:
    """Whether an address names no port, or one that there can be."""
    try:
        return urlparse(text).port != 0
    except ValueError:
        return False


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= HIGHEST_PORT:
        message = f"write a port, 1 to {HIGHEST_PORT}"
        raise ValueError(message)
    return int(text)


# So many characters carry at least 128 bits however they were made.
LEAST_KEY = 32
HIGHEST_PORT = 65535
# A clock that is further off (a century, in seconds) is a typing mistake, and the last years do not convert.
MOST_SHIFT = 100 * 366 * 24 * 3600


def _key(text: str) -> str:
    if text and len(text) < LEAST_KEY:
        message = f"at least {LEAST_KEY} characters, or leave it out to have one made"
        raise ValueError(message)
    return text


def _database(text: str) -> str:
    if text and (urlparse(text).scheme not in {"sqlite", "postgres", "postgresql"} or not _has_port(text)):
        message = "write it as sqlite:///path or postgres://user:password@host/name"
        raise ValueError(message)
    return text


def _recipients(text: str) -> list[str]:
    if wrong := [word for word in _words(text) if not word.startswith("age1")]:
        message = f"{wrong[0]!r} is no age public key (age1...); `townhall backup --new-key FILE` makes one"
        raise ValueError(message)
    return _words(text)


def _clock(text: str) -> str:
    if not text:
        return text
    try:
        if text[0] in "+-":
            known = text[1:].replace(".", "", 1).isdigit() and abs(float(text)) <= MOST_SHIFT
        else:
            known = bool(clock.read_file(Path(text)))
    except (OSError, ValueError):
        known = False
    if not known:
        message = "write +SECONDS or the name of a file that holds a time such as 2026-11-30T19:00:00+08:00"
        raise ValueError(message)
    return text


def _calendar(text: str) -> str:
    from townhall.kernel import workdays

    workdays.base(text)
    return text


def _switch(text: str) -> bool:
    if text.lower() in {"1", "yes", "on", "true"}:
        return True
    if text.lower() in {"", "0", "no", "off", "false"}:
        return False
    message = "write yes or no"
    raise ValueError(message)


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError("write one of: " + ", ".join(words))
        return text

    return parse


def _secure_urls(text: str) -> list[str]:
    for word in _words(text):
        parsed = urlparse(word)
        if (
            not parsed.hostname
            or not _has_port(word)
            or (parsed.scheme != "https" and parsed.hostname not in {"127.0.0.1", "localhost"})
        ):
            message = "write addresses as https://host/path, separated by commas"
            raise ValueError(message)
    return _words(text)


def _pairs(text: str) -> dict[str, str]:
    pairs = [word.partition("=") for word in _words(text)]
    if any(not name or not equals for name, equals, _value in pairs):
        message = "write name=value pairs, separated by commas"
        raise ValueError(message)
    return {name.strip(): value.strip() for name, _equals, value in pairs}


def _hours(text: str) -> tuple[time, time]:
    first, _dash, last = text.partition("-")
    try:
        start, end = time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
    except ValueError as error:
        message = "write it as 08:00-21:00"
        raise ValueError(message) from error
    if start >= end:
        message = "the first time comes before the second"
        raise ValueError(message)
    return start, end


def _contact(text: str) -> str:
    parsed = urlparse(text)
    if text and not (
        (parsed.scheme == "https" and parsed.hostname) or (parsed.scheme == "mailto" and "@" in parsed.path)
    ):
        message = "write it as mailto:security@wsbg.example.gov or https://host/page"
        raise ValueError(message)
    return text


def _sign_on(text: str) -> list[dict[str, Any]]:
    from townhall.people.providers import described

    return described.read(_path(text)) if text else []


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        message = "write a whole number above 0"
        raise ValueError(message)
    return int(text)


def _witnesses(text: str) -> list[tuple[str, str]]:
    from townhall.record import notes

    found = []
    for word in text.split():
        address, equals, vkey = word.partition("=")
        if not equals:
            message = "write each as https://host/prefix=NAME+ID+KEY"
            raise ValueError(message)
        notes.verifier(vkey)
        found.append((_url(address), vkey))
    return found


def _stamps(text: str) -> list[tuple[str, Path]]:
    if not text:
        return []
    from cryptography.x509 import load_pem_x509_certificates

    address, equals, name = text.partition("=")
    path = _path(name)
    if not equals or not path.is_file() or not load_pem_x509_certificates(path.read_bytes()):
        message = "write it as https://authority/address=FILE, with its root certificates in the PEM file"
        raise ValueError(message)
    return [(_url(address), path)]


SETTINGS: tuple[Setting, ...] = (
    Setting("DATA_DIR", "data", "folder", _path, "Where everything that must survive lives."),
    Setting(
        "DATABASE_URL", "", "URL", _database, "sqlite:///PATH or postgres://...; default: SQLite in DATA_DIR."
    ),
    Setting("SECRET_KEY", "", "text", _key, "Signs sessions and cookies; made in DATA_DIR when missing."),
    Setting(
        "DATA_KEY",
        "",
        "text",
        _key,
        "Seals contact data and derives receipts; made in DATA_DIR when missing.",
    ),
    Setting(
        "BACKUP_TO",
        "",
        "folder",
        lambda text: _path(text) if text else None,
        "A second place for backups, on another disk or machine; none: nothing is backed up.",
    ),
    Setting(
        "BACKUP_RECIPIENTS",
        "",
        "age1...",
        _recipients,
        "Public keys that backups are encrypted for (age); default: a key that follows from DATA_KEY.",
    ),
    Setting(
        "BACKUP_IDENTITY",
        "",
        "file",
        lambda text: _path(text) if text else None,
        "File with their private half, where backups are proven or restored; need not be on the server.",
    ),
    Setting("BACKUP_DAYS", "14", "days", _whole, "Older backups are deleted; the newest proven one stays."),
    Setting(
        "ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", "names", _words, "Host names this server answers to."
    ),
    Setting(
        "BASE_URL", "http://127.0.0.1:8000", "URL", _url, "The address citizens use, for links and codes."
    ),
    Setting("TRUSTED_PROXIES", "", "networks", _networks, "Only from these is X-Forwarded-For believed."),
    Setting(
        "TRUSTED_NETWORKS", "", "networks", _networks, "Exempt from limits per address (venues, rehearsals)."
    ),
    Setting(
        "STAFF_PROOF",
        "real",
        "real, always",
        _one_of("real", "always"),
        "Where staff who sign, moderate or administer must show a second factor: on real data, or on a demo too.",
    ),
    Setting(
        "PASSWORD_POLICY",
        "nist",
        "nist, dengbao",
        _one_of("nist", "dengbao"),
        "Staff passwords: long and lasting (NIST SP 800-63B), or also mixed and changed every 90 days (等保).",
    ),
    Setting(
        "STAFF_NETWORKS",
        "",
        "networks",
        _networks,
        "Where staff pages open, beside devices registered there beforehand; none: everywhere.",
    ),
    Setting("EMBED_ORIGINS", "", "origins", _words, "Portals that may show /embed/ in a frame."),
    Setting("CLOCK", "", "file or +SECONDS", _clock, "Steers all time; only with demo or test data."),
    Setting(
        "SMS_SENDER",
        "console",
        "console, aliyun, tencent, http",
        _one_of("console", "aliyun", "tencent", "http"),
        "How SMS leave: console (and the demo's page), a cloud's API, or a gateway over HTTP.",
    ),
    Setting("SMS_RATE", "100", "number", _whole, "Numbers a second that a mass message takes at most."),
    Setting("SMS_HOURS", "08:00-21:00", "times", _hours, "Mass messages leave only then."),
    Setting("SMS_PRICE", "5", "number", _whole, "What one part of an SMS costs, in fen, for the dry run."),
    Setting(
        "SMS_TIMEOUT", "10", "seconds", _whole, "How long a gateway may take; after it the fate is unknown."
    ),
    Setting("ALIYUN_KEY_ID", "", "text", str, "AccessKey id for Aliyun SMS."),
    Setting("ALIYUN_KEY_SECRET", "", "text", str, "AccessKey secret for Aliyun SMS."),
    Setting("ALIYUN_URL", "https://dysmsapi.aliyuncs.com", "URL", _url, "Endpoint of Aliyun SMS."),
    Setting("TENCENT_KEY_ID", "", "text", str, "SecretId for Tencent Cloud SMS."),
    Setting("TENCENT_KEY_SECRET", "", "text", str, "SecretKey for Tencent Cloud SMS."),
    Setting("TENCENT_APP_ID", "", "text", str, "SmsSdkAppId of Tencent Cloud SMS."),
    Setting("TENCENT_URL", "https://sms.tencentcloudapi.com", "URL", _url, "Endpoint of Tencent Cloud SMS."),
    Setting("GATEWAY_URL", "", "URL", lambda text: _url(text) if text else "", "An HTTP gateway for SMS."),
    Setting("GATEWAY_TOKEN", "", "text", str, "Sent to the gateway as a bearer token."),
    Setting("GATEWAY_MOST", "100", "number", _whole, "Numbers the gateway takes in one call."),
    Setting(
        "GATEWAY_FIELDS",
        "numbers=numbers,text=text,id=id",
        "pairs",
        _pairs,
        "What the gateway calls numbers (joined by commas), text, id, and fixed fields of its own.",
    ),
    Setting(
        "GATEWAY_ANSWER",
        "field=code,good=0,id=id",
        "pairs",
        _pairs,
        "Where the gateway's JSON says that it took the batch, and under which id (dots lead inside).",
    ),
    Setting(
        "GATEWAY_RECEIPTS",
        "",
        "URL",
        lambda text: _url(text) if text else "",
        "Where the gateway answers GET ?id= with receipts as JSON.",
    ),
    Setting(
        "SIGN_ON_FILE",
        "",
        "file",
        _sign_on,
        "TOML file that describes identity providers citizens may sign on with; none: codes by SMS only.",
    ),
    Setting(
        "SIGN_ON_SECRETS",
        "",
        "pairs",
        _pairs,
        "Our secret at each of them, by its name in the file; secrets stand nowhere else.",
    ),
    Setting("MAIL_HOST", "", "name", str, "SMTP server for mail to staff and subscribers; none: no mail."),
    Setting("MAIL_PORT", "465", "number", _port, "Its port."),
    Setting(
        "MAIL_SECURITY",
        "ssl",
        "ssl, starttls, none",
        _one_of("ssl", "starttls", "none"),
        "How it is spoken to.",
    ),
    Setting("MAIL_USER", "", "text", str, "User name at the SMTP server."),
    Setting("MAIL_PASSWORD", "", "text", str, "Its password."),
    Setting("MAIL_FROM", "", "address", str, "Sender of all mail."),
    Setting("WECOM_ROBOTS", "", "URLs", _secure_urls, "WeCom group robots that hear what staff are told."),
    Setting("DINGTALK_ROBOTS", "", "URLs", _secure_urls, "DingTalk group robots that hear the same."),
    Setting("DINGTALK_SECRET", "", "text", str, "Secret with which the DingTalk robots' calls are signed."),
    Setting("WEBHOOKS", "", "URLs", _secure_urls, "Addresses that get every staff message as signed JSON."),
    Setting(
        "PUBLIC_WEBHOOKS",
        "",
        "URLs",
        _secure_urls,
        "Addresses that hear of every public change (kind and ids) as signed JSON.",
    ),
    Setting("WEBHOOK_SECRET", "", "text", _key, "Signs webhooks (HMAC-SHA256)."),
    Setting(
        "SECURITY_CONTACT",
        "",
        "mailto: or https:",
        _contact,
        "Where weaknesses are reported, told in /.well-known/security.txt (RFC 9116); none: no such file.",
    ),
    Setting(
        "ASK_LIMIT", "60", "number", _whole, "Questions a minute from one address, two thirds of it at once."
    ),
    Setting(
        "ASK_EFFORT",
        "pressure",
        "pressure, off",
        _one_of("pressure", "off"),
        "When the intake is nearly full, askers without a verified mobile solve a puzzle or wait 15 seconds.",
    ),
    Setting(
        "CALENDAR",
        "cn",
        "cn, weekdays or holidays:XX",
        _calendar,
        "Working days: China's, Monday to Friday, or another country's by its code; years entered come on top.",
    ),
    Setting(
        "OBSERVER_DAYS", "30", "days", _whole, "Observers' personal data are deleted so long after archiving."
    ),
    Setting(
        "REDRESS_DAYS",
        "10",
        "days",
        _whole,
        "Working days in which a request to correct or remove is answered.",
    ),
    Setting(
        "SITE_NAME", "网上办公", "text", str, "Whose portal this is: at the head of every page, in titles."
    ),
    Setting(
        "SITE_NAME_EN", "Online office hour", "text", str, "The same on English pages; empty: `SITE_NAME`."
    ),
    Setting(
        "SITE_ID_CODE",
        "",
        "text",
        str,
        "The site's code (网站标识码), for meta tags and foot.",
    ),
    Setting("SITE_DOMAIN", "", "name", str, "The portal's domain in meta tags; default: that of BASE_URL."),
    Setting(
        "ORGANISER",
        "",
        "text",
        str,
        "Who runs the site (主办单位), for the foot and as the data's publisher.",
    ),
    Setting("CONTENT_SOURCE", "", "text", str, "The source named in meta tags; default: the answering unit."),
    Setting("ICP_NUMBER", "", "text", str, "ICP filing number, shown in the foot."),
    Setting("POLICE_NUMBER", "", "text", str, "Public security filing number (公安备案), shown in the foot."),
    Setting("DATA_LICENCE", "CC BY 4.0", "text", str, "The licence of open data, by its short name."),
    Setting(
        "DATA_LICENCE_URL",
        "https://creativecommons.org/licenses/by/4.0/",
        "URL",
        _url,
        "Where it can be read.",
    ),
    Setting(
        "RECORD_KEY",
        "",
        "text",
        str,
        "The key that signs the public record, instead of a file: `townhall record-key` prints what goes here.",
    ),
    Setting(
        "RECORD_KEY_FILE",
        "",
        "file",
        lambda text: _path(text) if text else None,
        "Where that key is kept; default: record.key in DATA_DIR. It belongs into no backup.",
    ),
    Setting(
        "RECORD_DIR",
        "",
        "folder",
        lambda text: _path(text) if text else None,
        "Where the public record's tiles stand, for a web server to read; default: record in DATA_DIR, private.",
    ),
    Setting(
        "SNAPSHOT_DIR",
        "",
        "folder",
        lambda text: _path(text) if text else None,
        "The hours' pages as files, for a web server to read when we are down; default: snapshot in DATA_DIR.",
    ),
    Setting(
        "RECORD_WITNESSES",
        "",
        "URL=VKEY pairs",
        _witnesses,
        "Who else signs that the public record only grows, separated by blanks.",
    ),
    Setting(
        "RECORD_STAMPS",
        "",
        "URL=FILE",
        _stamps,
        "The RFC 3161 authority whose clock stamps the record, once an hour at most, and a PEM file of its roots.",
    ),
    Setting("DEBUG", "no", "yes/no", _switch, "Django's debug pages; never on a public server."),
)


def read(environ: dict[str, str] | None = None) -> dict[str, Any]:
    """Parse the environment into values by name.

    :raises BadSetting: naming the variable and what to write instead
    """
    environ = dict(os.environ) if environ is None else environ
    known = {PREFIX + setting.name for setting in SETTINGS}
    known |= {PREFIX + "TEST_DATA", PREFIX + "TEST_DATABASE"}
    if unknown := sorted(name for name in environ if name.startswith(PREFIX) and name not in known):
        message = f"{unknown[0]} is no setting of Townhall; docs/reference/settings.md lists them"
        raise BadSetting(message)
    values = {}
    for setting in SETTINGS:
        text = environ.get(PREFIX + setting.name, "") or setting.default
        try:
            values[setting.name] = setting.parse(text)
        except ValueError as error:
            message = f"{PREFIX}{setting.name}={text!r}: {error}"
            raise BadSetting(message) from error
    return values


def sign_on(values: dict[str, Any]) -> list[Any]:
    """The identity providers of the file, each with its secret.

    :raises BadSetting: for a secret of nobody
    """
    from townhall.people.providers import described

    try:
        return list(described.with_secrets(values["SIGN_ON_FILE"], values["SIGN_ON_SECRETS"]))
    except ValueError as error:
        raise BadSetting(str(error)) from error


def key_from(folder: Path, name: str, given: str) -> str:
    """The key as given, or as kept in ``folder``, or a new one written there readable by its owner only."""
    if given:
        return given
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, made = tempfile.mkstemp(dir=folder, prefix=f".{name}-")  # for its owner only
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # two commands started at once: both use the first one's key
            os.link(made, path)
        Path(made).unlink()
    return path.read_text(encoding="ascii").strip()
