"""Refusals as programs read them: problem documents (RFC 9457), made in one place for edge and API."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from townhall.kernel.errors import FORBIDDEN, INVALID, InvalidFields, Refused

logger = logging.getLogger("townhall.refused")
CONTENT_TYPE = "application/problem+json"


def note_refused(status: int, account_id: int) -> None:
    """Write down who was not let do something; what it was, the access log says beside the same request's number.

    :param status: of the answer; only 403 is written down
    :param account_id: the member of staff; nobody is named
    """
    if status == FORBIDDEN:
        logger.warning("refused to account %d", account_id)


def as_problem(error: Refused | InvalidFields) -> dict[str, Any]:
    """The document for a refusal, in the active language.

    ``errors`` names each field to mend, ``findings`` what the answer check held, ``code`` is for programs.
    """
    if isinstance(error, InvalidFields):
        fields = [{"field": name, "message": str(message)} for name, message in error.errors.items()]
        return {
            "type": "about:blank",
            "title": HTTPStatus(INVALID).phrase,
            "status": INVALID,
            "code": "invalid_fields",
            "detail": _("有 %(number)s 处需要修改。") % {"number": len(fields)},
            "errors": fields,
        }
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "detail": str(error.message),
    }
    if error.findings:
        document["findings"] = [{**finding, "message": str(finding["message"])} for finding in error.findings]
    return document | error.more
