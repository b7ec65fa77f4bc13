"""Django's settings, all of them, from the table in :mod:`townhall.config.environment`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from townhall.config import databases, environment

VALUES = environment.read()
PACKAGE = Path(__file__).resolve().parent.parent

DATA_DIR: Path = VALUES["DATA_DIR"]
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
SECRET_KEY: str = environment.key_from(DATA_DIR, "SECRET_KEY", VALUES["SECRET_KEY"])
DATA_KEY: str = environment.key_from(DATA_DIR, "DATA_KEY", VALUES["DATA_KEY"])
DATABASES: dict[str, Any] = {
    "default": databases.describe(
        VALUES["DATABASE_URL"], DATA_DIR, pooled=bool(VALUES["DATABASE_DIRECT_URL"])
    )
}
DATABASE_ROUTERS: list[str] = []
if VALUES["DATABASE_READ_URL"]:
    DATABASES["replica"] = databases.describe(VALUES["DATABASE_READ_URL"], DATA_DIR, wants="standby")
    DATABASE_ROUTERS.append("townhall.config.replica.Router")
# What a pooler cannot carry goes past it (kernel/sessions); none: there is no pooler.
DIRECT_DATABASE: dict[str, Any] | None = (
    databases.describe(VALUES["DATABASE_DIRECT_URL"], DATA_DIR) if VALUES["DATABASE_DIRECT_URL"] else None
)
BACKUP_TO: Path | None = VALUES["BACKUP_TO"]
BACKUP_RECIPIENTS: list[str] = VALUES["BACKUP_RECIPIENTS"]
BACKUP_IDENTITY: Path | None = VALUES["BACKUP_IDENTITY"]
BACKUP_DAYS: int = VALUES["BACKUP_DAYS"]
LIVE_POLL_SECONDS: int = VALUES["LIVE_POLL_SECONDS"]
DEBUG: bool = VALUES["DEBUG"]
ALLOWED_HOSTS: list[str] = VALUES["ALLOWED_HOSTS"]
BASE_URL: str = VALUES["BASE_URL"]
TRUSTED_PROXIES = VALUES["TRUSTED_PROXIES"]
TRUSTED_NETWORKS = VALUES["TRUSTED_NETWORKS"]
STAFF_NETWORKS = VALUES["STAFF_NETWORKS"]
METRICS_NETWORKS = VALUES["METRICS_NETWORKS"]
VIEWERS: int = VALUES["VIEWERS"]
TRACES_URL: str = VALUES["TRACES_URL"]
EMBED_ORIGINS: list[str] = VALUES["EMBED_ORIGINS"]
SITE_NAME: str = VALUES["SITE_NAME"]
SITE_NAME_EN: str = VALUES["SITE_NAME_EN"]
SITE_DOMAIN: str = VALUES["SITE_DOMAIN"] or BASE_URL.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
SITE_ID_CODE: str = VALUES["SITE_ID_CODE"]
ORGANISER: str = VALUES["ORGANISER"]
CONTENT_SOURCE: str = VALUES["CONTENT_SOURCE"]
ICP_NUMBER: str = VALUES["ICP_NUMBER"]
POLICE_NUMBER: str = VALUES["POLICE_NUMBER"]
DATA_LICENCE: str = VALUES["DATA_LICENCE"]
DATA_LICENCE_URL: str = VALUES["DATA_LICENCE_URL"]
SMS_SENDER: str = VALUES["SMS_SENDER"]
SMS_RATE: int = VALUES["SMS_RATE"]
SMS_HOURS = VALUES["SMS_HOURS"]
SMS_PRICE: int = VALUES["SMS_PRICE"]
SMS_TIMEOUT: int = VALUES["SMS_TIMEOUT"]
ALIYUN_KEY_ID: str = VALUES["ALIYUN_KEY_ID"]
ALIYUN_KEY_SECRET: str = VALUES["ALIYUN_KEY_SECRET"]
ALIYUN_URL: str = VALUES["ALIYUN_URL"]
TENCENT_KEY_ID: str = VALUES["TENCENT_KEY_ID"]
TENCENT_KEY_SECRET: str = VALUES["TENCENT_KEY_SECRET"]
TENCENT_APP_ID: str = VALUES["TENCENT_APP_ID"]
TENCENT_URL: str = VALUES["TENCENT_URL"]
GATEWAY_URL: str = VALUES["GATEWAY_URL"]
GATEWAY_TOKEN: str = VALUES["GATEWAY_TOKEN"]
GATEWAY_MOST: int = VALUES["GATEWAY_MOST"]
GATEWAY_FIELDS: dict[str, str] = VALUES["GATEWAY_FIELDS"]
GATEWAY_ANSWER: dict[str, str] = VALUES["GATEWAY_ANSWER"]
GATEWAY_RECEIPTS: str = VALUES["GATEWAY_RECEIPTS"]
WECOM_ROBOTS: list[str] = VALUES["WECOM_ROBOTS"]
DINGTALK_ROBOTS: list[str] = VALUES["DINGTALK_ROBOTS"]
DINGTALK_SECRET: str = VALUES["DINGTALK_SECRET"]
WEBHOOKS: list[str] = VALUES["WEBHOOKS"]
PUBLIC_WEBHOOKS: list[str] = VALUES["PUBLIC_WEBHOOKS"]
WEBHOOK_SECRET: str = VALUES["WEBHOOK_SECRET"]
EMAIL_HOST: str = VALUES["MAIL_HOST"]
EMAIL_PORT: int = VALUES["MAIL_PORT"]
EMAIL_HOST_USER: str = VALUES["MAIL_USER"]
EMAIL_HOST_PASSWORD: str = VALUES["MAIL_PASSWORD"]
EMAIL_USE_SSL: bool = VALUES["MAIL_SECURITY"] == "ssl"
EMAIL_USE_TLS: bool = VALUES["MAIL_SECURITY"] == "starttls"
EMAIL_TIMEOUT: int = VALUES["SMS_TIMEOUT"]
DEFAULT_FROM_EMAIL: str = VALUES["MAIL_FROM"] or "noreply@localhost"
SIGN_ON = environment.sign_on(VALUES)
SIGN_ON_ADDRESSES: list[str] = [address for one in SIGN_ON for address in one.addresses()]
SECURITY_CONTACT: str = VALUES["SECURITY_CONTACT"]
ASK_LIMIT: int = VALUES["ASK_LIMIT"]
ASK_EFFORT: str = VALUES["ASK_EFFORT"]
OBSERVER_DAYS: int = VALUES["OBSERVER_DAYS"]
REDRESS_DAYS: int = VALUES["REDRESS_DAYS"]
CALENDAR: str = VALUES["CALENDAR"]
VENUE_LINKS: list[str] = VALUES["VENUE_LINKS"]
RECORD_KEY: str = VALUES["RECORD_KEY"]
RECORD_STAMPS: list[tuple[str, Path]] = VALUES["RECORD_STAMPS"]
RECORD_WITNESSES: list[tuple[str, str]] = VALUES["RECORD_WITNESSES"]
RECORD_DIR: Path | None = VALUES["RECORD_DIR"]
SNAPSHOT_DIR: Path = VALUES["SNAPSHOT_DIR"] or DATA_DIR / "snapshot"
FANOUT_URLS: list[str] = VALUES["FANOUT_URLS"]
RECORD_KEY_FILE: Path | None = VALUES["RECORD_KEY_FILE"]

_HTTPS = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "townhall.journal",
    "townhall.people",
    "townhall.documents",
    "townhall.hours",
    "townhall.signon",
    "townhall.commitments",
    "townhall.questions",
    "townhall.history",
    "townhall.keeping",
    "townhall.topics",
    "townhall.plans",
    "townhall.preparation",
    "townhall.staffing",
    "townhall.venues",
    "townhall.observers",
    "townhall.wrapping",
    "townhall.voice",
    "townhall.redress",
    "townhall.countdown",
    "townhall.readiness",
    "townhall.live",
    "townhall.outreach",
    "townhall.insight",
    "townhall.record",
    "townhall.following",
    "townhall.desks",
    "townhall.portal",
    "townhall.api",
    "townhall.rehearsal",
    "townhall.config",
]
MIDDLEWARE = [
    "townhall.config.middleware.guard_host_and_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "townhall.config.middleware.choose_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
if VALUES["DATABASE_READ_URL"]:
    MIDDLEWARE.append("townhall.config.replica.ReadBehind")

ROOT_URLCONF = "townhall.config.urls"
WSGI_APPLICATION = "townhall.config.wsgi.application"
AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["townhall.signon.backend.StaffBackend"]
STAFF_PROOF: str = VALUES["STAFF_PROOF"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "/desk/sign-in/"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/desk/sign-in/"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "lang"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
# Rooms that speak without being Django apps.
LOCALE_PATHS = [PACKAGE / room / "locale" for room in ("kernel", "edge", "config")]

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "townhall.config.static.Storage"},
}

PASSWORD_POLICY: str = VALUES["PASSWORD_POLICY"]
PASSWORD_WORDS: list[str] = VALUES["PASSWORD_WORDS"]
BREACHED_PASSWORDS: Path | None = VALUES["BREACHED_PASSWORDS"]
_DJANGO_CHECKS = "django.contrib.auth.password_validation"
# NIST SP 800-63B and ASVS 5.0 6.2: length counts, and what everybody chooses does not.
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_DJANGO_CHECKS}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "townhall.signon.passwords.NotTheHousesWords"},
    {"NAME": "townhall.signon.passwords.NotBreached"},
    {"NAME": f"{_DJANGO_CHECKS}.CommonPasswordValidator"},
    {
        "NAME": f"{_DJANGO_CHECKS}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
]
if PASSWORD_POLICY == "dengbao":  # noqa: S105 - the name of a school, no password
    AUTH_PASSWORD_VALIDATORS += [
        {"NAME": f"townhall.signon.passwords.{name}"} for name in ("SeveralKinds", "NotUsedBefore")
    ]

# Staff sessions end with the evening: an hour, its wrap-up and a margin.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_NAME = "__Host-session" if _HTTPS else "session"
CSRF_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if _HTTPS else "csrf"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "townhall.desks.access.csrf_failure"
X_FRAME_OPTIONS = "DENY"
# Both are done by guard_host_and_headers, from the same table as for pages that Django never sees (the edge's):
# W001 SecurityMiddleware (nosniff, referrer, opener, HSTS; nginx redirects), W002 XFrameOptionsMiddleware.
SILENCED_SYSTEM_CHECKS = ["security.W001", "security.W002"]
# Fields of forms; a question of 3,000 characters is at most 12 KB. Files have limits of their own.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
FILE_UPLOAD_HANDLERS = ["townhall.documents.receiving.Measured"]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
        "json": {"()": "townhall.config.log_lines.JsonLine"},
    },
    # Django's own loggers name the path they could not find, and a path may hold a receipt.
    "filters": {
        "masked": {"()": "townhall.edge.access.MaskPaths"},
        "numbered": {"()": "townhall.kernel.request_ids.NameRequest"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": VALUES["LOG_FORMAT"],
            "filters": ["masked", "numbered"],
        },
        "kept": {
            "class": "townhall.config.chained_log.ChainedHandler",
            "folder": DATA_DIR / "logs",
            "formatter": VALUES["LOG_FORMAT"],
            "filters": ["masked", "numbered"],
        },
        "counted": {"class": "townhall.kernel.metrics.CountErrors", "level": "ERROR"},
    },
    "root": {"handlers": ["console", "kept", "counted"], "level": "WARNING"},
    "loggers": {"townhall": {"level": "INFO"}},
}
