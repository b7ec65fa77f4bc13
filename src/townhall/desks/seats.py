"""The desks: which seats sit at which, what their boards list, which keys they have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from townhall.hours.choices import GROUP_ROLES, SIGNER_ROLES, Role
from townhall.questions.queries import SEAT_STATUSES

if TYPE_CHECKING:
    from townhall.hours.seats import Actor


@dataclass(frozen=True, slots=True)
class View:
    """One list of a desk.

    :param key: what stands in the address (``?view=``)
    :param label: what the tab says
    :param seat: narrow to what waits for this seat
    :param status: narrow to these states (comma-separated)
    :param kind: ``cards``, or another kind of list: ``comments``, ``lines``,
        ``clarifications``, ``intake``
    """

    key: str
    label: Any
    seat: str | None = None
    status: str | None = None
    kind: str = "cards"


@dataclass(frozen=True, slots=True)
class Desk:
    """One kind of desk.

    :param name: what stands in the address
    :param roles: the seats that sit here, the one it is named after first
    :param views: its lists, the first by default
    :param claims: opening a question takes the lock when one of these verbs is possible
    :param undo: verbs that wait ten seconds on the desk before they are sent
    """

    name: str
    roles: tuple[str, ...]
    views: tuple[View, ...]
    claims: tuple[str, ...] = ()
    undo: tuple[str, ...] = field(default=())

    def view(self, key: str) -> View:
        """The list with this key, or the first one."""
        return next((one for one in self.views if one.key == key), self.views[0])

    def list_of(self, status: str) -> str:
        """The list that shows questions of this state; empty when this desk has none."""
        found = (
            view.key for view in self.views if status in (view.status or "").split(",") or view.key == status
        )
        own = self.views[0].key if status in SEAT_STATUSES.get(self.views[0].seat or "", ()) else ""
        return next(found, own)

    def label_for(self, actor: Actor) -> str:
        """What this person is called at this desk."""
        held = next((role for role in self.roles if role in actor.roles), self.roles[0])
        return str(Role(held).label)


_ALL = View("all", _("所有问题"), kind="lines")
_RUMOURS = View("clarifications", _("澄清"), kind="clarifications")
_SIGNERS = (Role.MAYOR.value, Role.DEPUTY.value, Role.AUTHORISED.value)

DESKS: dict[str, Desk] = {
    desk.name: desk
    for desk in (
        Desk(
            "moderator",
            (Role.MODERATOR.value,),
            (
                View("queue", _("待审核"), seat=Role.MODERATOR.value),
                View("comments", _("评论"), kind="comments"),
                View("sent", _("办理中"), status="assigned,submitted"),
                _ALL,
                _RUMOURS,
            ),
            claims=("assign", "decline", "reopen"),
            undo=("assign", "decline", "accept", "merge"),
        ),
        Desk(
            "group",
            (Role.LEAD.value, Role.GROUP.value),
            (
                View("todo", _("待答复"), seat=Role.GROUP.value),
                View("submitted", _("待签发"), seat=Role.GROUP.value, status="submitted"),
                View("published", _("已答复"), seat=Role.GROUP.value, status="published"),
                _ALL,
                _RUMOURS,
            ),
            claims=("draft", "contribute"),
        ),
        Desk(
            "mayor",
            _SIGNERS,
            (
                View("queue", _("待签发"), seat=Role.MAYOR.value),
                View("answering", _("办理中"), status="accepted,assigned"),
                View("published", _("已答复"), status="published"),
                _ALL,
                _RUMOURS,
            ),
            claims=("sign", "send_back"),
        ),
        Desk(
            "assistant",
            (Role.ASSISTANT.value,),
            (
                View("submitted", _("待签发"), status="submitted"),
                View("assigned", _("办理中"), status="assigned"),
                View("published", _("已答复"), status="published"),
                _ALL,
                _RUMOURS,
            ),
        ),
        Desk(
            "coordinator",
            (Role.COORDINATOR.value,),
            (
                View("pending", _("未办结"), seat=Role.COORDINATOR.value),
                View("received", _("待审核"), status="received"),
                View("accepted", _("已受理"), status="accepted"),
                View("assigned", _("办理中"), status="assigned"),
                View("submitted", _("待签发"), status="submitted"),
                View("declined", pgettext_lazy("state", "不予受理"), status="declined"),
                _ALL,
                _RUMOURS,
            ),
        ),
        Desk("clerk", (Role.CLERK.value,), (View("intake", _("代为登记"), kind="intake"), _ALL)),
        Desk(
            "inspector", (Role.INSPECTOR.value,), (View("published", _("已答复"), status="published"), _ALL)
        ),
        Desk(
            "editor",
            (Role.EDITOR.value,),
            (View("comments", _("评论"), kind="comments"), _ALL, _RUMOURS),
        ),
        Desk("support", (Role.TECHNICIAN.value, Role.LOGISTICS.value), (_ALL,)),
    )
}
assert set(DESKS["group"].roles) == GROUP_ROLES  # noqa: S101 - a new role must find its desk
assert set(_SIGNERS) >= SIGNER_ROLES  # noqa: S101


def desks_of(actor: Actor) -> list[Desk]:
    """The desks this person sits at in the hour, in the order in which an evening meets them."""
    return [desk for desk in DESKS.values() if actor.holds(frozenset(desk.roles))]
