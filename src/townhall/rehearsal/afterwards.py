"""After the hour: leftovers extended and chased, a signer authorised, the list handed over, papers signed."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from townhall.hours.seats import staff_actor
from townhall.kernel import clock
from townhall.questions.choices import Status
from townhall.questions.models import Question
from townhall.redress import actions as redress
from townhall.redress import citizen_actions as requests
from townhall.rehearsal import cast
from townhall.voice import actions as voice
from townhall.voice.models import ReturnCall
from townhall.wrapping import actions, limits, queries
from townhall.wrapping.models import Leftover

if TYPE_CHECKING:
    from townhall.rehearsal.evening import Times
    from townhall.rehearsal.script import Scene

_NEXT_DAY = timedelta(hours=20)
_MORE_TIME = 3
_REASON = "涉及两个单位的数据，须现场核对后才能说清楚。"


def put(scene: Scene, times: Times) -> None:
    """Put what happens from the end of the hour to the next evening on the timetable."""
    span = min(times.now - times.wrapped_at, _NEXT_DAY)

    def at(share: float) -> datetime:
        return times.wrapped_at + span * share

    scene.at(at(0.03), partial(_authorise, scene))
    scene.at(at(0.3), partial(_extend, scene, place=0, decided=True))
    scene.at(at(0.35), partial(_extend, scene, place=1, decided=False))
    scene.at(at(0.4), partial(_chase, scene))
    scene.at(at(0.97), partial(_hand_over, scene))


def follow(scene: Scene, moment: datetime, *, to_the_end: bool) -> None:
    """What people do when the leftovers are nearly or all answered.

    :param to_the_end: everything is signed, so that the hour may be archived
    """
    with clock.steer(moment):
        actions.keep_backlogs()
        voice.keep()
        _call_back(scene)
        if scene.hour.topic == cast.hours()["stage"].topic:  # of the past hours nobody asks any more
            _request(scene, decided=to_the_end)
        _sign_for(scene, every=to_the_end)
        _papers(scene, signed=to_the_end)


def _does(scene: Scene, who: str, verb: str, thing: Any = None, /, **data: Any) -> Any:
    return actions.perform(scene.company.actor(who, scene.hour), verb, getattr(thing, "id", thing), data)


def _authorise(scene: Scene) -> None:
    units = [str(unit.id) for unit in scene.groups["edu"].units.all()]
    _does(scene, "mayor", "authorise", username="coordinator2", units=units, starts_at="")


def _open_leftovers(scene: Scene) -> list[Leftover]:
    rows = Leftover.objects.filter(hour=scene.hour, state="running", question__lead__isnull=False)
    return list(rows.filter(question__status=Status.ASSIGNED).select_related("question").order_by("id"))


def _extend(scene: Scene, *, place: int, decided: bool) -> None:
    waiting = _open_leftovers(scene)
    if len(waiting) <= place:
        return
    one = waiting[0]
    until = limits.after(one.due, _MORE_TIME).on.isoformat()
    _does(scene, "coordinator", "ask_extension", one, reason_code="scope", reason=_REASON, until=until)
    if decided:
        _does(scene, "mayor", "approve_extension", one, note="")


def _chase(scene: Scene) -> None:
    for one in _open_leftovers(scene)[:1]:
        _does(scene, "coordinator", "chase", one)


def _hand_over(scene: Scene) -> None:
    actions.keep_backlogs()
    coordinator = scene.company.actor("coordinator", scene.hour)
    if queries.handovers(coordinator, scene.hour)["outside"]:
        made = _does(scene, "coordinator", "compile")
        _does(scene, "coordinator", "hand_over", made)


def _sign_for(scene: Scene, *, every: bool) -> None:
    """Until the hour is archived the list lies on the inspector's desk."""
    if not every:
        return
    _hand_over_signed(scene)
    _hand_over(scene)
    _hand_over_signed(scene)


def _hand_over_signed(scene: Scene) -> None:
    for one in scene.hour.handovers.filter(state="handed"):
        _does(scene, "inspector", "sign_for", one)


def _papers(scene: Scene, *, signed: bool) -> None:
    for kind in ("summary", "transcript"):
        paper = _does(scene, "coordinator", "compose", kind=kind)
        if not signed and kind == "transcript":
            continue  # still a draft the next evening
        _does(scene, "coordinator", "submit_paper", paper)
        if signed:
            _does(scene, "mayor", "sign_paper", paper)


def _call_back(scene: Scene) -> None:
    for place, call in enumerate(ReturnCall.objects.filter(hour=scene.hour, state="waiting")[:2]):
        actor = scene.company.actor("inspector", scene.hour)
        if place:
            voice.perform(actor, "miss", call.id, {"outcome": "not_reached", "note": "晚上再打一次。"})
        else:
            note = "说明了办理步骤，当事人表示理解。"
            voice.perform(actor, "reach", call.id, {"outcome": "partly", "note": note})


def _request(scene: Scene, *, decided: bool) -> None:
    """Somebody named in an answer asks for a correction; another request waits."""
    answered = Question.objects.filter(
        hour=scene.hour, status=Status.PUBLISHED, withheld__isnull=True, reply_privately=False
    ).order_by("number")[:2]  # fmt: skip
    office = staff_actor(scene.company.accounts["coordinator"])
    words = (
        "答复里写的路口名称不对，是渡口路，不是渡头路，请更正。",
        "里面的店名和我们家的一样，容易误会，请撤下店名。",
    )
    for place, (question, kind) in enumerate(zip(answered, ("correct", "remove"), strict=False)):
        form = {
            "kind": kind,
            "standing": "harmed",
            "words": words[place],
            "form_key": f"demo-{scene.hour.id}-{place}",
        }
        receipt = requests.file(requests.Subject(question), form).receipt
        case = requests.find(receipt)
        if case is None or office is None or place:
            continue
        redress.perform(office, "take_up", case.id, {})
        if decided:
            reply = "已对照路名登记核对，答复中的写法与登记一致。"
            redress.perform(office, "refuse", case.id, {"reason_code": "accurate", "reply": reply})
