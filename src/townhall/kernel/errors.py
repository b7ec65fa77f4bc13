"""What an action may answer instead of doing: a refusal with its reason, or fields to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, InternalError, OperationalError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNAUTHENTICATED = 401
FORBIDDEN = 403
NOT_FOUND = 404
CONFLICT = 409
INVALID = 422
TOO_MANY = 429
BUSY = 503
READ_ONLY = "25006"  # PostgreSQL's read_only_sql_transaction


class Refused(Exception):  # noqa: N818 - it names what happened to the person: the act was refused
    """An act was refused.

    :param status: the HTTP status that tells a program the kind of refusal (RFC 9110)
    :param code: a stable word for programs
    :param message: why, in the reader's language, with what to do instead
    :param findings: what the answer check held, where that is the reason
    :param retry_after: seconds after which trying again makes sense
    :param more: further members of the problem document, where a program can mend it
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: Any,
        *,
        findings: Sequence[Mapping[str, Any]] = (),
        retry_after: int | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.findings = list(findings)
        self.retry_after = retry_after
        self.more = dict(more or {})


class InvalidFields(Exception):  # noqa: N818 - see Refused
    """Fields that need mending, each with the remedy: ``{field: message}``."""

    def __init__(self, errors: Mapping[str, Any]) -> None:
        super().__init__(", ".join(errors))
        self.errors = dict(errors)


def is_database_away(error: BaseException | None) -> bool:
    """Whether the database was locked, full, gone or hung up: what was asked is right, and later it may work."""
    if isinstance(error, InternalError):  # a standby, or a primary on its way to become one
        return getattr(error.__cause__, "sqlstate", "") == READ_ONLY
    return isinstance(error, (OperationalError, InterfaceError))


def missing(thing: Any) -> Refused:
    """The refusal for something that does not exist, or not for this actor."""
    return Refused(NOT_FOUND, "not_found", thing)
