"""What gathers around an answered question: comments, 同问, ratings, a clarified rumour, a covered text."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from townhall.hours.choices import Identity
from townhall.questions import citizen_actions, remarks
from townhall.rehearsal import cast

if TYPE_CHECKING:
    from townhall.rehearsal.script import Scene, Thread


def follow(scene: Scene, thread: Thread, answered: datetime, end: datetime) -> None:
    """Put on the timetable what happens to this question after ``answered`` and before ``end``."""
    card = thread.card

    def later(share: float) -> datetime:
        """Somewhere in the time that is left, sooner rather than later."""
        return answered + min((end - answered) * share, timedelta(minutes=25 * share))

    for place, (name, words) in enumerate(card.comments):
        scene.at(later(0.2 + 0.25 * place), partial(remark, scene, thread, name, words))
    if card.rating:
        rating = {"level": card.rating[0], "reason": card.rating[1]}
        scene.at(later(0.8), lambda: citizen_actions.rate(thread.receipt, rating))
    if card.clarification:
        scene.at(later(0.3), partial(clarify, scene, thread))
    if card.withheld:
        scene.at(later(0.5), partial(scene.do, "moderator2", "withhold", thread, code=card.withhold_code))
    if card.withheld == "confirmed":
        scene.at(later(0.6), partial(scene.do, "coordinator", "confirm_withhold", thread))
    if card.supports:
        scene.at(later(0.4), partial(support, scene, thread, card.supports))


def support(scene: Scene, thread: Thread, times: int) -> None:
    """People ask this too: a sixth of the scripted number, one by one as they would, or the start would drag."""
    many = times // 6
    if scene.hour.identity == Identity.VERIFIED:
        for token in scene.people.tokens()[:many]:
            citizen_actions.support(thread.id, verification=token)
    else:
        for number in range(many):
            citizen_actions.support(thread.id, browser=f"demo-{number}")


def remark(scene: Scene, thread: Thread, name: str, words: str) -> None:
    """A comment, screened at once or left waiting for the moderators."""
    data = {"display_name": name, "text": words}
    if scene.hour.identity == Identity.VERIFIED:
        data["verification"] = scene.people.token(name)
    comment = citizen_actions.comment(thread.id, data)
    if scene.finished or scene.chance.random() < 0.75:  # noqa: PLR2004 - three of four are screened already
        remarks.screen_comment(scene.company.actor("moderator2", scene.hour), "accept", comment.id)


def clarify(scene: Scene, thread: Thread) -> None:
    """The rumour behind a question is answered for everybody, signed and dated."""
    card = thread.card
    dated: date = cast.due(scene.today, card.clarification["date"])
    drafted = remarks.draft_clarification(
        scene.company.actor("coordinator", scene.hour),
        {
            "rumour": card.clarification["said"], "fact": card.clarification["fact"],
            "source": card.clarification["source"], "dated": dated.isoformat(),
            "unit": scene.company.unit_ids[card.unit],
        },
    )  # fmt: skip
    remarks.sign_clarification(scene.company.actor("mayor", scene.hour), drafted.id)
