"""Finished HTML for what changes while people watch: each element carries an id and replaces itself.

The same functions render the page and the frames, so a page that has received its frames equals a fresh one.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.template.loader import get_template
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from townhall.live import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LANGUAGES = {"zh": "zh-hans", "en": "en"}
# Cards of two languages for several full evenings; a card changes only with its question.
KEPT_CARDS = 4000
LATEST_NOTICES = 5
NAMED_LEADERS = 3
OVER = frozenset({"wrapping", "archived"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def language(lang: str) -> str:
    """Django's code for ``zh`` or ``en``; anything else is Chinese."""
    return LANGUAGES["en" if lang.startswith("en") else "zh"]


def render(template: str, context: Mapping[str, Any], lang: str) -> str:
    """A template of this room in one language, without its outer blanks."""
    with translation.override(language(lang)):
        return get_template(f"live/{template}.html").render(dict(context)).strip()


def shelf(question: Mapping[str, Any]) -> str:
    """The list of the hour's page on which a question stands: ``answers``, ``working`` or ``merged``."""
    return {"published": "answers", "merged": "merged"}.get(str(question["status"]), "working")


def order(question: Mapping[str, Any]) -> int:
    """Its place on that list, highest first: answers as they were published (microseconds), the rest by number."""
    if shelf(question) != "answers":
        return int(question["number"])
    at = wording.moment(question.get("published_at"))
    return (at - _EPOCH) // timedelta(microseconds=1) if at else 0


def question_html(question: Mapping[str, Any], lang: str = "zh") -> str:
    """The card of a question, ``<article id="q-ID">``.

    :param question: as ``questions.published.present`` gives it in that language
    """
    return _card(json.dumps(question, sort_keys=True, default=str), language(lang))


@lru_cache(maxsize=KEPT_CARDS)
def _card(question_json: str, lang: str) -> str:
    return render("card", card_context(json.loads(question_json), lang), lang)


def card_context(question: dict[str, Any], lang: str = "zh") -> dict[str, Any]:
    """What the card's template needs besides the question itself."""
    with translation.override(language(lang)):
        head, tail = wording.folded(
            wording.beyond_title(question.get("title") or "", question.get("text") or "")
        )
        name, words = wording.state(question)
        answer = question.get("answer") or {}
        return {
            "q": question,
            "list": shelf(question),
            "order": order(question),
            "state": name,
            "state_words": words,
            "head": head,
            "tail": tail,
            "units": (", " if wording.english() else "、").join(units(answer)),
        }


def units(answer: Mapping[str, Any]) -> list[str]:
    """The names of the units that answered, the lead first."""
    return [name for name in dict.fromkeys([answer.get("unit"), *(answer.get("units") or [])]) if name]


def tombstone(question_id: int) -> str:
    """What takes the place of a question that is no longer public."""
    return f'<article id="q-{question_id}" data-gone hidden></article>'


def hour_html(hour: Mapping[str, Any], lang: str = "zh") -> str:
    """The parts of an hour's page that a change of stage touches: head, notices, leaders, the door, counts."""
    return "\n".join(hour_parts(hour, lang).values())


def hour_parts(hour: Mapping[str, Any], lang: str = "zh") -> dict[str, str]:
    """Those parts one by one, for the page."""
    with translation.override(language(lang)):
        notices = [_notice(notice, hour) for notice in hour.get("notices") or []][:LATEST_NOTICES]
        context = {
            "hour": hour,
            "key": key_of(hour),
            "notices": notices,
            "badge": _badge(hour),
            "said": _said(hour),
            "closing": wording.paragraphs(hour.get("closing_words")) if hour["stage"] in OVER else [],
            **_stage(hour),
        }
        return {
            "head": render("hour_head", context, lang),
            "notices": render("notices", context, lang),
            "leaders": render("leaders", _leaders(hour), lang),
            "door": render("ask_door", context, lang),
            "counts": counts_html(hour, lang),
        }


def _leaders(hour: Mapping[str, Any]) -> dict[str, Any]:
    """Who answers, in one line: the signer on duty is among those named."""
    if hour["stage"] not in {"live", *OVER}:
        return {"shown": [], "more": 0}
    leaders = list(hour.get("leaders") or [])
    named = sorted(leaders, key=lambda leader: not leader["on_duty"])[:NAMED_LEADERS]
    return {
        "shown": [leader for leader in leaders if leader in named],
        "more": len(leaders) if len(leaders) > NAMED_LEADERS else 0,
    }


def _badge(hour: Mapping[str, Any]) -> str:
    if hour["stage"] == "live":
        return "paused" if hour["asking"] == "paused" else "live"
    return "over" if hour["stage"] in {"wrapping", "archived", "cancelled"} else "soon"


def _stage(hour: Mapping[str, Any]) -> dict[str, str]:
    return {
        "stage_words": {
            "announced": _("预提问进行中"),
            "preparing": _("预提问已截止，正在准备"),
            "live": _("正在进行") if hour["asking"] != "paused" else _("正在进行，暂停提问"),
            "wrapping": _("本期已结束，会后继续办理"),
            "archived": _("本期已归档"),
            "cancelled": _("本期已取消"),
        }.get(str(hour["stage"]), ""),
        "topic": hour.get("topic") or hour.get("title") or "",
    }


def _said(hour: Mapping[str, Any]) -> str:
    """What a visitor must know first about asking or signing just now, with the remedy."""
    stage, notices = hour["stage"], hour.get("notices") or []

    def reason(verb: str) -> str:
        code = next((notice["reason_code"] for notice in notices if notice["verb"] == verb), "")
        return wording.change_reason(code)

    if stage == "live" and hour["asking"] == "paused":
        why = reason("pause")
        return _("暂停提问：%(why)s。已经提交的问题照常办理，恢复后这里会马上显示。") % {
            "why": why or _("稍后恢复")
        }
    if hour.get("signing_held"):
        return _("暂停签发：%(why)s。答复稍后继续公布。") % {"why": reason("hold_signing") or _("稍后恢复")}
    if stage == "preparing":
        return _("预提问已截止。开始后可以在这里直接提问。")
    if stage == "wrapping":
        return _("还没有答复的问题会在会后继续办理，结果仍在这里公布。")
    if stage == "cancelled":
        return _("本期已取消：%(why)s。") % {"why": reason("cancel") or _("另行通知")}
    return ""


def _notice(notice: Mapping[str, Any], hour: Mapping[str, Any]) -> dict[str, Any]:
    verb, why = notice["verb"], wording.change_reason(notice.get("reason_code"))
    words = {
        "pause": pgettext("notice", "暂停提问"),
        "resume": pgettext("notice", "恢复提问"),
        "hold_signing": pgettext("notice", "暂停签发"),
        "release_signing": pgettext("notice", "恢复签发"),
        "extend": _("延时 %(minutes)s 分钟") % {"minutes": notice.get("minutes")},
        "postpone": _("改期至%(when)s") % {"when": wording.day_minute(notice.get("starts_at"), weekday=True)},
        "wrap": _("网上办公结束"),
        "cancel": pgettext("notice", "取消本期"),
        "change_signer": _("现在由%(person)s签发答复") % {"person": notice.get("person")},
    }.get(verb, "")
    at, start = wording.moment(notice["at"]), wording.moment(hour["starts_at"])
    is_today = at is not None and start is not None and at.date() == start.date()
    return {
        "at": at,
        "when": wording.minute(at) if is_today else wording.day_minute(at),
        "words": _("%(what)s（%(why)s）") % {"what": words, "why": why} if why else words,
    }


COUNT_KEYS = ("answered", "promised", "merged", "declined", "withdrawn", "pending")


def counts_html(hour: Mapping[str, Any], lang: str = "zh") -> str:
    """The one sentence instead of a dashboard, every number a link to its list."""
    counts, more = hour.get("counts") or {}, key_of(hour).replace("?", "&")
    links = {
        name: format_html(
            '<a href="/hours/{}/list/?show={}{}">{}</a>', hour["slug"], name, more, counts.get(name, 0)
        )
        for name in COUNT_KEYS
    }
    with translation.override(language(lang)):
        sentence = _(
            "已收到 {asked} 个问题：当场答复 {answered}，承诺办理 {promised}，合并 {merged}，"
            "未受理 {declined}，撤回 {withdrawn}，正在办理 {pending}。"
        )
        return format_html(
            '<p class="counts" id="counts">' + sentence + "</p>", asked=counts.get("asked", 0), **links
        )


def weather_html(rows: Iterable[tuple[int, int, int]]) -> str:
    """Supports and comments of many questions, ``id:supports:comments``, put in their places by the script."""
    told = " ".join(f"{question}:{supports}:{comments}" for question, supports, comments in rows)
    return f'<data id="weather" value="{told}" hidden></data>'


def key_of(hour: Mapping[str, Any]) -> str:
    """The ``?key=`` of a rehearsal hour, which every link to it must carry; empty otherwise."""
    page, mark, query = str(hour.get("page_url") or "").partition("?")
    return f"{mark}{query}" if page and hour.get("rehearsal") else ""


def comment_html(comment: Mapping[str, Any], lang: str = "zh") -> str:
    """One shown comment, ``<li id="c-ID">``."""
    return render("comment", {"comment": comment}, lang)


def comment_count_html(question_id: int, comments: int) -> str:
    """The number of comments on a card."""
    return f'<span class="n" id="q-{question_id}-comments">{comments}</span>'


def clarification_html(clarification: Mapping[str, Any], lang: str = "zh") -> str:
    """A signed clarification of a rumour, ``<article id="k-ID">``."""
    return render("clarification", {"c": clarification}, lang)
