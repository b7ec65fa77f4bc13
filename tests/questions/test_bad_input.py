"""Bad input: a clear error that names the field, or the text exactly as typed; never anything else, never half."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as chances
from hypothesis import strategies as st

from tests.fixtures import GOOD_ANSWER
from tests.questions.every_state import undone
from tests.questions.odd_values import ODD
from townhall.kernel.errors import InvalidFields
from townhall.questions import asking, citizen_actions, published, queries, remarks, tracking
from townhall.questions.models import Question

if TYPE_CHECKING:
    from tests.fixtures import District

RIGHT_TO_LEFT_OVERRIDE = "\u202e"
SCRIPTS = {
    "emoji": "路灯坏了👩‍👩‍👧‍👦🇨🇳👍🏽，请修。",
    "uyghur": "شەھەر باشلىقى ياخشىمۇ، يول چىراغلىرى بۇزۇلۇپ قالدى.",
    "uyghur with a joiner": "ئۇ\u200cل يول",
    "tibetan": "བཀྲ་ཤིས་བདེ་ལེགས། གྲོང་ཁྱེར་གྱི་ལམ་སྒྲོན།",
    "mongolian": "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ᠌ ᠤᠨ ᠵᠠᠮ",
    "rare han": "𠮷野家旁的𪚥𪚥路𬺈巷，㐂字路牌",
    "compatibility han": "金\uf90a 和 女\uf981",  # round trip means: not normalised
    "combining": "e\u0301 and é stay different",
    "html": "<script>alert(1)</script> & <b>粗</b> &amp; \"引号\" '单'",
    "template": "{{ 7*7 }} {% now 'Y' %} %s %(name)s {0}",
    "sql": "'; DROP TABLE questions_question; --",
    "thai": "ไฟถนนเสีย น้ำ",
}


def ask(district: District, **fields: Any) -> Question:
    return district.ask(**{"text": "路灯坏了。", **fields})


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_every_script_and_every_mark_up_comes_back_as_typed(live: District, text: str) -> None:
    question = ask(live, text=text, display_name=text[:8], title=text[:20])
    question.refresh_from_db()
    assert (question.text, question.title) == (text, text[:20].strip())
    live.does("moderator", "accept", question)
    shown = published.get(question.id)
    seen = tracking.track(live.receipt(question))
    assert shown is not None
    assert seen is not None
    assert shown["text"] == seen["text"] == text


def test_controls_and_direction_overrides_are_taken_out_and_lines_stay(live: District) -> None:
    text = (
        f"\x00第一行\x08\x0b\x0c\x1b[31m\r\n第二行\r{RIGHT_TO_LEFT_OVERRIDE}反\u2066的\u2069\u200f\u061c\ttab"
    )
    question = ask(live, text=text, display_name=f"甲{RIGHT_TO_LEFT_OVERRIDE}\n乙", title="a\nb\x00c")
    assert question.text == "第一行[31m\n第二行\n反的\ttab"
    assert question.display_name == "甲 乙"
    assert question.title == "a bc"


def test_a_feed_stays_well_formed_whatever_is_asked_and_answered(live: District, client: Any) -> None:
    from xml.etree import ElementTree as ET

    odd = "\ufffe\uffff\x85\x7f\u2028]]><x>&#0;"
    question = live.walk("assigned", text=f"路灯坏了。{odd}", title=f"路灯{odd}")
    question = live.does("member1", "draft", question, text=GOOD_ANSWER + odd, outcome="answered")
    question = live.does("member1", "submit", question)
    live.does("mayor", "sign", question, version=question.draft_version)
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    response = client.get(f"/feeds/hours/{live.hour.slug}.atom", headers={"host": "127.0.0.1:8000"})
    feed = ET.fromstring(response.content)
    assert "]]><x>&#0;" in "".join(feed.itertext())


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"text": ""}, {"text"}),
        ({"text": " \n\t\u3000\u202e\x00 "}, {"text"}),
        ({"text": None}, {"text"}),
        ({"text": "字" * 12_220}, {"text"}),
        ({"text": "字" * 3001}, {"text"}),
        ({"text": "字" * 10_000_000}, {"text"}),
        ({"text": "🇨" * 300_000}, {"text"}),
        ({"text": "e" + "\u0301" * 300_000}, {"text"}),
        ({"text": "半个\ud800字"}, {"text"}),
        (
            {"text": "半个\udfff字", "display_name": "\ud800", "title": "\udc00"},
            {"text", "display_name", "title"},
        ),
        ({"text": 5}, {"text"}),
        ({"text": ["路灯"]}, {"text"}),
        ({"text": {"a": 1}}, {"text"}),
        ({"display_name": ""}, {"display_name"}),
        ({"display_name": "\u202e\u2066"}, {"display_name"}),
        ({"display_name": None}, {"display_name"}),
        ({"display_name": "字" * 31}, {"display_name"}),
        ({"display_name": "e" + "\u0301" * 5000}, {"display_name"}),
        ({"title": "字" * 81}, {"title"}),
        ({"title": 7}, {"title"}),
        ({"kind": "unknown"}, {"kind"}),
        ({"kind": ["consult"]}, {"kind"}),
        ({"kind": {"consult": 1}}, {"kind"}),
        ({"kind": 1}, {"kind"}),
        ({"subject": "nope"}, {"subject"}),
        ({"area": "字" * 41}, {"area"}),
        ({"follows": "x"}, {"follows"}),
        ({"follows": -1}, {"follows"}),
        ({"follows": 2**63}, {"follows"}),
        ({"follows": "9" * 5000}, {"follows"}),
        ({"follows": True}, {"follows"}),
        ({"follows": 1.5}, {"follows"}),
        ({"follows": [1]}, {"follows"}),
        ({"follows": "１"}, {"follows"}),
        ({"reply_privately": True}, {"reply_privately"}),
        ({"reply_privately": "maybe"}, {"reply_privately"}),
        ({"reply_privately": [1]}, {"reply_privately"}),
        ({"reply_privately": {}}, {"reply_privately"}),
        ({"verification": "forged"}, {"verification"}),
        ({"verification": 12}, {"verification"}),
        ({"verification": ["a"]}, {"verification"}),
        ({"lang": "zh_CN; DROP"}, {"lang"}),
        ({"lang": 5}, {"lang"}),
        ({"lang": "x" * 500}, {"lang"}),
        ({"idempotency_key": "k" * 101}, {"idempotency_key"}),
        ({"idempotency_key": 5}, {"idempotency_key"}),
        ({"text": "", "display_name": "", "kind": "x"}, {"text", "display_name", "kind"}),
    ],
    ids=lambda value: repr(sorted(value) if isinstance(value, set) else value)[:40],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    live: District, fields: dict[str, Any], wrong: set[str]
) -> None:
    with pytest.raises(InvalidFields) as invalid:
        asking.parse(live.hour, {"display_name": "甲", "text": "路灯坏了。", **fields})
    assert set(invalid.value.errors) == wrong
    assert all(str(message) for message in invalid.value.errors.values())
    assert not Question.objects.exists()


def test_the_longest_allowed_text_and_name_are_kept_whole(live: District) -> None:
    family = "👩‍👩‍👧‍👦"
    question = ask(live, text="字" * 3000, title="题" * 80, display_name="名" * 30)
    assert (len(question.text), len(question.title), len(question.display_name)) == (3000, 80, 30)
    question = ask(live, text=family * 100, display_name=family * 10, title=family * 20)
    question.refresh_from_db()
    assert (question.display_name, question.title) == (family * 10, family * 20)


@pytest.mark.parametrize("value", [False, None, "", "false", "0"])
def test_not_privately_may_be_said_in_many_ways(live: District, value: Any) -> None:
    assert not ask(live, reply_privately=value).reply_privately


@chances(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(
    text=st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=60),
    name=st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=30),
)
def test_whatever_is_stored_is_what_everybody_reads(live: District, text: str, name: str) -> None:
    with undone():
        if named(lambda: asking.parse(live.hour, {"text": text, "display_name": name})):
            return  # nothing was left of it
        question = live.ask(text, display_name=name)
        live.does("moderator", "accept", question)
        question.refresh_from_db()
        assert question.text
        assert question.title
        assert question.display_name
        again = asking.parse(live.hour, {"text": question.text, "display_name": question.display_name})
        assert (again.text, again.display_name) == (question.text, question.display_name)


def test_null_leaves_a_place_of_a_refusal_unfilled(live: District) -> None:
    question = live.ask()
    live.does("moderator", "decline", question, code="answered", fill={"link": None, "date": None})
    seen = tracking.track(live.receipt(question))
    assert seen is not None
    assert "见" not in seen["declined"]["text"]


@pytest.mark.parametrize(
    "words", ["\0", "%", "_", "9" * 5000, "字" * 20_000, "' OR 1=1", "半\ud800", "q " * 500]
)
def test_odd_words_find_nothing_and_break_nothing(live: District, words: str) -> None:
    live.walk("published")
    assert published.search(words) == []
    assert len(queries.board(live.actor("moderator"), words=words)[0]) == (1 if words == "\0" else 0)


def named(doing: Any) -> set[str]:
    """Which fields a citizen's or clerk's act names as wrong."""
    try:
        doing()
    except InvalidFields as invalid:
        return set(invalid.errors)
    return set()


@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:30])
def test_an_odd_comment_clarification_or_appeal_names_its_field(live: District, value: Any) -> None:
    question = live.walk("published")
    receipt = live.receipt(live.walk("declined"))
    editor = live.actor("editor")
    remark = {"display_name": "邻居", "text": "我们也是。"}
    rumour = {
        "rumour": "听说要停水",
        "fact": "没有停水计划",
        "source": "区水务局",
        "dated": "2026-11-30",
        "unit": None,
    }
    for field in remark:
        assert named(lambda field=field: citizen_actions.comment(question.id, {**remark, field: value})) <= {
            field
        }
    for field in rumour:
        assert named(lambda field=field: remarks.draft_clarification(editor, {**rumour, field: value})) <= {
            field
        }
    assert named(lambda: citizen_actions.appeal(receipt, {"text": value})) <= {"text"}
