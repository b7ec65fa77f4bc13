"""Where a question waits to be written while very many are asked at once; a server fills the slot.

Without one (a command, a test) a question is written at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.utils.translation import gettext as _

from townhall.kernel.errors import BUSY, INVALID, InvalidFields, Refused
from townhall.questions import citizen_actions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.questions.asking import Asking

CREATED = 201


@dataclass(frozen=True, slots=True)
class Place:
    """A question that is not on the disk yet.

    :param number: how many are written up to and with this one; ``None`` when there was no room for it
    :param seconds: after which looking again makes sense
    """

    number: int | None
    seconds: int


class Line(Protocol):
    """What a server offers: see :class:`townhall.edge.intake.Intake`."""

    def knows(self, slug: str, form: str) -> bool:
        """Whether this form was handed in before: it waits, or was answered a moment ago."""

    def hand_in(
        self, slug: str, payload: Mapping[str, Any], *, lang: str, address: str, key: str, agent: str
    ) -> tuple[int, Mapping[str, Any], int | None] | Place:
        """Status, body and seconds to wait, as the API answers; or a place, when that takes too long to wait for."""


LINE: list[Line] = []


def knows(slug: str, form: str) -> bool:
    """Whether this form was handed in before; then it has passed every limit.

    :param form: the form's idempotency key
    """
    return any(line.knows(slug, form) for line in LINE)


def hand_in(
    slug: str, asking: Asking, payload: Mapping[str, Any], *, key: str = ""
) -> citizen_actions.Asked | Place:
    """Have a question written, by everybody's line where there is one.

    :param asking: the question as checked
    :param payload: the same as it was typed, to be checked again when its turn has come
    :param key: a rehearsal's secret
    :raises Refused: as the action does
    :raises InvalidFields: as the checks do
    """
    if not LINE:
        return citizen_actions.ask(asking)
    told = {**payload, "idempotency_key": asking.idempotency_key}
    answer = LINE[-1].hand_in(
        slug, told, lang=asking.lang, address=asking.address, key=key, agent=asking.agent
    )
    if isinstance(answer, Place):
        return answer
    status, body, retry_after = answer
    if status == CREATED:
        return citizen_actions.Asked(**body)
    if status == INVALID and body.get("errors"):
        raise InvalidFields({error["field"]: error["message"] for error in body["errors"]})
    if "detail" not in body:
        # Whether the disk has it is not known; the form's key finds it when it is sent again.
        raise Refused(BUSY, "failed", _("没有保存成功，请再提交一次。"), retry_after=2)
    raise Refused(status, str(body.get("code", "")), body["detail"], retry_after=retry_after)
