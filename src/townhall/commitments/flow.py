"""The life of a promise as a table, and the one oracle that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from townhall.commitments import parties
from townhall.commitments.choices import DISPUTABLE_FOR, MOST_DISPUTES, Level, RequestKind, State
from townhall.hours.choices import ALL_STAGES, Role
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.commitments.models import Commitment, Request
    from townhall.commitments.parties import Hand

OWNER = frozenset({parties.UNIT})
WORKING = frozenset({parties.UNIT, parties.ASSISTING})
INSPECTOR = frozenset({Role.INSPECTOR.value})
MAYOR = frozenset({Role.MAYOR.value})
LEADERS = frozenset({Role.MAYOR.value, Role.DEPUTY.value})
CHASERS = INSPECTOR | {parties.SYSTEM}
_O, _R, _V, _C = State.OPEN, State.REPORTED, State.VERIFIED, State.CLOSED


def waiting_request(commitment: Commitment) -> Request | None:
    """What waits for a leader's decision."""
    return next((one for one in commitment.requests.all() if one.state == "waiting"), None)


def _in_time(_hand: Hand, one: Commitment) -> Any:
    return None if clock.today() <= one.due else _("承诺期限已过，不能再申请延期。请说明进展，尽快办好报结。")


def _nothing_waits(_hand: Hand, one: Commitment) -> Any:
    return _("已有一项申请等待批准，请等批复后再提。") if waiting_request(one) else None


def _asks(one: Commitment, kind: RequestKind) -> Request | None:
    request = waiting_request(one)
    return request if request and request.kind == kind else None


def _extension_waits(_hand: Hand, one: Commitment) -> Any:
    return None if _asks(one, RequestKind.EXTENSION) else _("没有等待批准的延期申请。")


def _ending_waits(_hand: Hand, one: Commitment) -> Any:
    return None if _asks(one, RequestKind.ENDING) else _("没有等待签发的终止办理申请。")


def _not_own_request(hand: Hand, one: Commitment) -> Any:
    request = waiting_request(one)
    own = request is not None and request.asked_by_id == hand.account_id
    return _("自己提出的申请，须由别人决定。") if own else None


def _not_own_report(hand: Hand, one: Commitment) -> Any:
    own = one.reported_by_id == hand.account_id or hand.unit_id in parties.units_of(one)
    return _("承办单位不能核查、办结自己的事项，请由督查室其他同事处理。") if own else None


def _below_the_top(_hand: Hand, one: Commitment) -> Any:
    return _("已经提级到区长。") if one.level >= Level.MAYOR else None


def _disputable(_hand: Hand, one: Commitment) -> Any:
    if one.disputes >= MOST_DISPUTES:
        return _("这件事已经重新核查过。如仍有问题，请直接追问，我们会当作新的提问办理。")
    if one.closed_at is None or clock.now() - one.closed_at > DISPUTABLE_FOR:
        return _("办结已经很久，请直接追问，我们会当作新的提问办理。")
    return None


GUARDS: dict[str, Callable[[Hand, Commitment], Any]] = {
    "in_time": _in_time, "nothing_waits": _nothing_waits, "extension_waits": _extension_waits,
    "ending_waits": _ending_waits, "not_own_request": _not_own_request, "not_own_report": _not_own_report,
    "below_the_top": _below_the_top, "disputable": _disputable,
}  # fmt: skip


def _move(
    verb: str, roles: frozenset[str], sources: tuple[State, ...], target: State | None, label: Any, summary: Any,
    *guards: str,
) -> Move:  # fmt: skip
    named = frozenset(source.value for source in sources)
    return Move(verb, named, target.value if target else None, roles, ALL_STAGES, label, summary, guards)


MOVES: dict[str, Move] = table(
    [
        _move("progress", WORKING, (_O,), None, _("登记进展"), _("登记日期、办到哪一步和照片，公开")),
        _move(
            "ask_extension", OWNER, (_O,), None, _("申请延期"), _("在期限前写明原因和新的日期，请区领导批准"),
            "in_time", "nothing_waits",
        ),
        _move(
            "approve_extension", LEADERS, (_O,), None, _("批准延期"),
            _("以本人名义批准，新期限和原因公开，计入延期次数"), "extension_waits", "not_own_request",
        ),
        _move(
            "refuse_extension", LEADERS, (_O,), None, _("不同意延期"), _("期限不变，理由告诉承办单位"),
            "extension_waits", "not_own_request",
        ),
        _move("report", OWNER, (_O,), _R, _("报结"), _("附照片或材料，报督查室核查；未批的申请同时撤回")),
        _move(
            "propose_end", OWNER | INSPECTOR, (_O,), None, _("申请终止办理"),
            _("事由消失或客观上不能实现时，写明理由请区长签发"), "nothing_waits",
        ),
        _move(
            "sign_end", MAYOR, (_O,), State.ENDED, _("签发终止办理"), _("区长签发，理由公开"),
            "ending_waits", "not_own_request",
        ),
        _move(
            "refuse_end", MAYOR, (_O,), None, _("不同意终止"), _("承诺继续有效，理由告诉承办单位"),
            "ending_waits", "not_own_request",
        ),
        _move("verify", INSPECTOR, (_R,), _V, _("核查通过"), _("看过材料或现场，确已办好"), "not_own_report"),
        _move(
            "rework", INSPECTOR, (_R, _V), _O, _("退回重办"),
            _("说明还差什么，退回承办单位；期限不变"), "not_own_report",
        ),
        _move("close", INSPECTOR, (_V,), _C, _("办结"), _("公开办结，写一句结果"), "not_own_report"),
        _move("site_check", INSPECTOR, (_O, _R, _V), None, _("登记现场核查"),
            _("记下现场看到的情况，可附照片，可公开")),
        _move("chase", CHASERS, (_O,), None, _("催办"), _("按模板提醒承办单位")),
        _move(
            "escalate", CHASERS, (_O,), None, _("提级督办"), _("提到单位负责人、副区长、区长"), "below_the_top",
        ),
        _move("reopen", INSPECTOR, (_C,), _O, pgettext_lazy("promise", "重新办理"), _("办结后发现没有办好，重新办理")),
        _move(
            "dispute", frozenset({parties.ASKER}), (_C,), _R, _("反映没有办好"),
            _("提问人反映没有办好，督查室重新核查"),
            "disputable",
        ),
        _move(
            "cover_picture", INSPECTOR, tuple(State), None, _("撤下照片"), _("照片里有不宜公开的内容，公众不再看到"),
        ),
    ],
    State.values,
    GUARDS,
)  # fmt: skip


# Signatures that are published under a leader's name: only whoever has just proved who they are gives them.
PERSONAL_VERBS = frozenset({"approve_extension", "sign_end"})


def seat_refusal(hand: Hand, verb: str, commitment: Commitment) -> Refusal | None:
    """Why this person may not do the verb to this promise at all."""
    if hand.roles(commitment) & MOVES[verb].roles:
        if verb in PERSONAL_VERBS and hand.standing.is_due:
            return Refusal(FORBIDDEN, "proof", _("请先做二次验证，再办这一步。"))
        return None
    return Refusal(FORBIDDEN, "seat", _("这项操作不属于您的岗位或单位。"))


def state_refusal(hand: Hand, verb: str, commitment: Commitment) -> Refusal | None:
    """Why the promise does not allow the verb now."""
    move = MOVES[verb]
    if commitment.state not in move.sources:
        message = _("这项承诺现在是“%(state)s”，不能进行这项操作。") % {
            "state": State(commitment.state).label
        }
        return Refusal(CONFLICT, "state", message)
    for guard in move.guards:
        if reason := GUARDS[guard](hand, commitment):
            return Refusal(CONFLICT, guard, reason)
    return None


def refusal(hand: Hand, verb: str, commitment: Commitment) -> Refusal | None:
    """The one oracle: why ``hand`` cannot do ``verb`` to ``commitment`` now, or ``None``."""
    return seat_refusal(hand, verb, commitment) or state_refusal(hand, verb, commitment)


def moves(hand: Hand, commitment: Commitment) -> dict[str, str | None]:
    """For each verb of this person why not now, or ``None``; verbs of other states are left out."""
    found: dict[str, str | None] = {}
    for verb, move in MOVES.items():
        if hand.roles(commitment) & move.roles and commitment.state in move.sources:
            refused = state_refusal(hand, verb, commitment)
            found[verb] = str(refused.message) if refused else None
    return found
