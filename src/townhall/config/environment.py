"""Every setting an operator may give, in one table; nonsense is refused by name at start."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from townhall.config import parsing

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


SETTINGS: tuple[Setting, ...] = (
    Setting("DATA_DIR", "data", "folder", parsing.path, "Where everything that must survive lives."),
    Setting(
        "DATABASE_URL",
        "",
        "URL",
        parsing.database_url,
        "sqlite:///PATH or postgres://...; default: SQLite in DATA_DIR. Several machines: host1,host2, the one that "
        "takes writes is found.",
    ),
    Setting(
        "DATABASE_DIRECT_URL",
        "",
        "URL",
        parsing.direct_url,
        "The same PostgreSQL past a pooler such as PgBouncer, for what belongs to one connection (LISTEN, leases).",
    ),
    Setting(
        "DATABASE_READ_URL",
        "",
        "URL",
        parsing.direct_url,
        "A standby that archive and statistics read, some seconds behind: the same machines, the one that is a standby "
        "is found. None: they read where everything is written.",
    ),
    Setting(
        "SECRET_KEY", "", "text", parsing.key, "Signs sessions and cookies; made in DATA_DIR when missing."
    ),
    Setting(
        "DATA_KEY",
        "",
        "text",
        parsing.key,
        "Seals contact data and derives receipts; made in DATA_DIR when missing.",
    ),
    Setting(
        "BACKUP_TO",
        "",
        "folder",
        lambda text: parsing.path(text) if text else None,
        "A second place for backups, on another disk or machine; none: nothing is backed up.",
    ),
    Setting(
        "BACKUP_RECIPIENTS",
        "",
        "age1...",
        parsing.recipients,
        "Public keys that backups are encrypted for (age); default: a key that follows from DATA_KEY.",
    ),
    Setting(
        "BACKUP_IDENTITY",
        "",
        "file",
        lambda text: parsing.path(text) if text else None,
        "File with their private half, where backups are proven or restored; need not be on the server.",
    ),
    Setting(
        "BACKUP_DAYS", "14", "days", parsing.whole, "Older backups are deleted; the newest proven one stays."
    ),
    Setting(
        "ALLOWED_HOSTS",
        "localhost,127.0.0.1,[::1]",
        "names",
        parsing.words,
        "Host names this server answers to.",
    ),
    Setting(
        "BASE_URL",
        "http://127.0.0.1:8000",
        "URL",
        parsing.url,
        "The address citizens use, for links and codes.",
    ),
    Setting(
        "TRUSTED_PROXIES", "", "networks", parsing.networks, "Only from these is X-Forwarded-For believed."
    ),
    Setting(
        "TRUSTED_NETWORKS",
        "",
        "networks",
        parsing.networks,
        "Exempt from limits per address (venues, rehearsals).",
    ),
    Setting(
        "STAFF_PROOF",
        "real",
        "real, always",
        parsing.one_of("real", "always"),
        "Where staff who sign, moderate or administer must show a second factor: on real data, or on a demo too.",
    ),
    Setting(
        "PASSWORD_POLICY",
        "nist",
        "nist, dengbao",
        parsing.one_of("nist", "dengbao"),
        "Staff passwords: long and lasting (NIST SP 800-63B), or also mixed and changed every 90 days (等保).",
    ),
    Setting(
        "PASSWORD_WORDS",
        "",
        "words",
        parsing.words,
        "The district's own words (its name in pinyin, streets, projects), which do not count in staff passwords.",
    ),
    Setting(
        "BREACHED_PASSWORDS",
        "",
        "file",
        parsing.kept_file,
        "Stolen passwords that staff may not choose: the sorted SHA-1 list that haveibeenpwned.com gives out.",
    ),
    Setting(
        "STAFF_NETWORKS",
        "",
        "networks",
        parsing.networks,
        "Where staff pages open, beside devices registered there beforehand; none: everywhere.",
    ),
    Setting(
        "METRICS_NETWORKS",
        "",
        "networks",
        parsing.networks,
        "Who may read /metrics, beside the machine itself and holders of a token; none: nobody else.",
    ),
    Setting(
        "LOG_FORMAT",
        "text",
        "text, json",
        parsing.one_of("text", "json"),
        "How a line of the log is written: for people, or as one JSON object.",
    ),
    Setting(
        "TRACES_URL",
        "",
        "URL",
        lambda text: parsing.url(text) if text else "",
        "Where traces go (OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces); none: none are made.",
    ),
    Setting(
        "VIEWERS",
        "10000",
        "number",
        parsing.whole,
        "How many are to watch at once: with the limit of open files it decides how many processes serve.",
    ),
    Setting(
        "LIVE_POLL_SECONDS",
        "1",
        "seconds",
        parsing.whole,
        "A server is woken by what is committed; so often it also looks by itself, in case it was not.",
    ),
    Setting("EMBED_ORIGINS", "", "origins", parsing.words, "Portals that may show /embed/ in a frame."),
    Setting(
        "CLOCK", "", "file or +SECONDS", parsing.clock_source, "Steers all time; only with demo or test data."
    ),
    Setting(
        "SMS_SENDER",
        "console",
        "console, aliyun, tencent, http",
        parsing.one_of("console", "aliyun", "tencent", "http"),
        "How SMS leave: console (and the demo's page), a cloud's API, or a gateway over HTTP.",
    ),
    Setting(
        "SMS_RATE", "100", "number", parsing.whole, "Numbers a second that a mass message takes at most."
    ),
    Setting("SMS_HOURS", "08:00-21:00", "times", parsing.hours, "Mass messages leave only then."),
    Setting(
        "SMS_PRICE", "5", "number", parsing.whole, "What one part of an SMS costs, in fen, for the dry run."
    ),
    Setting(
        "SMS_TIMEOUT",
        "10",
        "seconds",
        parsing.whole,
        "How long a gateway may take; after it the fate is unknown.",
    ),
    Setting("ALIYUN_KEY_ID", "", "text", str, "AccessKey id for Aliyun SMS."),
    Setting("ALIYUN_KEY_SECRET", "", "text", str, "AccessKey secret for Aliyun SMS."),
    Setting("ALIYUN_URL", "https://dysmsapi.aliyuncs.com", "URL", parsing.url, "Endpoint of Aliyun SMS."),
    Setting("TENCENT_KEY_ID", "", "text", str, "SecretId for Tencent Cloud SMS."),
    Setting("TENCENT_KEY_SECRET", "", "text", str, "SecretKey for Tencent Cloud SMS."),
    Setting("TENCENT_APP_ID", "", "text", str, "SmsSdkAppId of Tencent Cloud SMS."),
    Setting(
        "TENCENT_URL", "https://sms.tencentcloudapi.com", "URL", parsing.url, "Endpoint of Tencent Cloud SMS."
    ),
    Setting(
        "GATEWAY_URL", "", "URL", lambda text: parsing.url(text) if text else "", "An HTTP gateway for SMS."
    ),
    Setting("GATEWAY_TOKEN", "", "text", str, "Sent to the gateway as a bearer token."),
    Setting("GATEWAY_MOST", "100", "number", parsing.whole, "Numbers the gateway takes in one call."),
    Setting(
        "GATEWAY_FIELDS",
        "numbers=numbers,text=text,id=id",
        "pairs",
        parsing.pairs,
        "What the gateway calls numbers (joined by commas), text, id, and fixed fields of its own.",
    ),
    Setting(
        "GATEWAY_ANSWER",
        "field=code,good=0,id=id",
        "pairs",
        parsing.pairs,
        "Where the gateway's JSON says that it took the batch, and under which id (dots lead inside).",
    ),
    Setting(
        "GATEWAY_RECEIPTS",
        "",
        "URL",
        lambda text: parsing.url(text) if text else "",
        "Where the gateway answers GET ?id= with receipts as JSON.",
    ),
    Setting(
        "SIGN_ON_FILE",
        "",
        "file",
        parsing.sign_on_file,
        "TOML file that describes identity providers citizens may sign on with; none: codes by SMS only.",
    ),
    Setting(
        "SIGN_ON_SECRETS",
        "",
        "pairs",
        parsing.pairs,
        "Our secret at each of them, by its name in the file; secrets stand nowhere else.",
    ),
    Setting("MAIL_HOST", "", "name", str, "SMTP server for mail to staff and subscribers; none: no mail."),
    Setting("MAIL_PORT", "465", "number", parsing.port, "Its port."),
    Setting(
        "MAIL_SECURITY",
        "ssl",
        "ssl, starttls, none",
        parsing.one_of("ssl", "starttls", "none"),
        "How it is spoken to.",
    ),
    Setting("MAIL_USER", "", "text", str, "User name at the SMTP server."),
    Setting("MAIL_PASSWORD", "", "text", str, "Its password."),
    Setting("MAIL_FROM", "", "address", str, "Sender of all mail."),
    Setting(
        "WECOM_ROBOTS", "", "URLs", parsing.secure_urls, "WeCom group robots that hear what staff are told."
    ),
    Setting("DINGTALK_ROBOTS", "", "URLs", parsing.secure_urls, "DingTalk group robots that hear the same."),
    Setting("DINGTALK_SECRET", "", "text", str, "Secret with which the DingTalk robots' calls are signed."),
    Setting(
        "WEBHOOKS", "", "URLs", parsing.secure_urls, "Addresses that get every staff message as signed JSON."
    ),
    Setting(
        "PUBLIC_WEBHOOKS",
        "",
        "URLs",
        parsing.secure_urls,
        "Addresses that hear of every public change (kind and ids) as signed JSON.",
    ),
    Setting("WEBHOOK_SECRET", "", "text", parsing.key, "Signs webhooks (HMAC-SHA256)."),
    Setting(
        "SECURITY_CONTACT",
        "",
        "mailto: or https:",
        parsing.contact,
        "Where weaknesses are reported, told in /.well-known/security.txt (RFC 9116); none: no such file.",
    ),
    Setting(
        "ASK_LIMIT",
        "60",
        "number",
        parsing.whole,
        "Questions a minute from one address, two thirds of it at once.",
    ),
    Setting(
        "ASK_EFFORT",
        "pressure",
        "pressure, off",
        parsing.one_of("pressure", "off"),
        "When the intake is nearly full, askers without a verified mobile solve a puzzle or wait 15 seconds.",
    ),
    Setting(
        "CALENDAR",
        "cn",
        "cn, weekdays or holidays:XX",
        parsing.calendar,
        "Working days: China's, Monday to Friday, or another country's by its code; years entered come on top.",
    ),
    Setting(
        "VENUE_LINKS",
        "external",
        "external, phone",
        parsing.several_of("external", "phone"),
        "How venues are joined, the usual way first: the district's own video conference, a telephone conference.",
    ),
    Setting(
        "OBSERVER_DAYS",
        "30",
        "days",
        parsing.whole,
        "Observers' personal data are deleted so long after archiving.",
    ),
    Setting(
        "REDRESS_DAYS",
        "10",
        "days",
        parsing.whole,
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
        parsing.url,
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
        lambda text: parsing.path(text) if text else None,
        "Where that key is kept; default: record.key in DATA_DIR. It belongs into no backup.",
    ),
    Setting(
        "RECORD_DIR",
        "",
        "folder",
        lambda text: parsing.path(text) if text else None,
        "Where the public record's tiles stand, for a web server to read; default: record in DATA_DIR, private.",
    ),
    Setting(
        "SNAPSHOT_DIR",
        "",
        "folder",
        lambda text: parsing.path(text) if text else None,
        "The hours' pages as files, for a web server to read when we are down; default: snapshot in DATA_DIR.",
    ),
    Setting(
        "RECORD_WITNESSES",
        "",
        "URL=VKEY pairs",
        parsing.witnesses,
        "Who else signs that the public record only grows, separated by blanks.",
    ),
    Setting(
        "RECORD_STAMPS",
        "",
        "URL=FILE",
        parsing.stamps,
        "The RFC 3161 authority whose clock stamps the record, once an hour at most, and a PEM file of its roots.",
    ),
    Setting(
        "FANOUT_URLS",
        "",
        "URLs",
        parsing.fronts,
        "Where `townhall publish-frames` hands frames to nginx with nchan: each front, or, where they share a Redis, "
        "any of them: A|B.",
    ),
    Setting("DEBUG", "no", "yes/no", parsing.switch, "Django's debug pages; never on a public server."),
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
