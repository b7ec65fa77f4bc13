"""The same text again and again is found at once and merged in one move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.kernel.errors import Refused
from townhall.questions import actions, floods
from townhall.questions.models import Question

if TYPE_CHECKING:
    from tests.fixtures import District

SAME = "强烈要求解决锦绣花园停车难的问题，已经反映3次了！"


@pytest.mark.parametrize(
    "other",
    [
        "强烈要求解决锦绣花园停车难的问题，已经反映12次了！！",
        "强烈要求 解决锦绣花园停车难的问题 已经反映３次了",
        SAME + "。。",
    ],
)
def test_spaces_marks_and_numbers_make_no_other_text(other: str) -> None:
    assert floods.plain(other) == floods.plain(SAME)


@pytest.mark.parametrize("other", ["强烈要求解决锦绣花园停车难的问题", SAME + "请回复", "路灯坏了请修"])
def test_other_words_make_another_text(other: str) -> None:
    assert floods.plain(other) != floods.plain(SAME)


@given(st.text())
def test_what_counts_is_short_and_has_no_marks(text: str) -> None:
    plain = floods.plain(text)
    assert len(plain) <= floods.COMPARED
    assert not any(one.isspace() or one.isdecimal() for one in plain)


@pytest.mark.django_db
def test_what_somebody_has_open_is_left_and_said(live: District) -> None:
    one, two = live.ask(SAME), live.ask(SAME)

    def merge(question_id: int, data: dict[str, int]) -> Question:
        return actions.perform(live.actor("clerk"), "merge", question_id, data)

    with pytest.raises(Refused) as refused:
        floods.merge_all(live.actor("moderator"), one, merge)
    assert refused.value.status == 403
    assert Question.objects.get(id=two.id).merged_into is None
