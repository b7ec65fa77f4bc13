"""One word for one thing, and nothing left unfinished."""

import re
from collections import defaultdict

import pytest
from django.utils import translation

from tests.house.source import PACKAGE, modules, templates, tracked_text_files
from tests.house.translations import catalogues
from townhall.hours import flow as hour_flow
from townhall.questions import flow as question_flow
from townhall.questions.choices import Status

# A library's own refusal may be caught; ours is never raised.
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|(?<!except )Not" r"ImplementedError)\b")

# What the house says instead of what others say; the right-hand word is the one to use.
OTHER_PEOPLES_WORDS = {
    "督察": "督查",
    "点赞": "同问",
    "派单": "分发",
    "工单": "提问",
    "诉求件": "提问",
    "代签": "由副区长×××签发",
    "打分": "满意度评价",
    "销号": "办结",
}


def test_nothing_is_left_unfinished() -> None:
    found = [
        f"{path}:{number} {line.strip()[:100]}"
        for path, text in tracked_text_files()
        if path.startswith(("src/", "tests/", "bench/", "tools/", "deploy/")) and "/vendor/" not in path
        for number, line in enumerate(text.splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("theirs", "ours"), OTHER_PEOPLES_WORDS.items())
def test_the_house_uses_its_own_word(theirs: str, ours: str) -> None:
    sources = {
        module.path: module.text for module in modules() if module.room not in {"rehearsal", "insight"}
    } | templates()
    found = [
        f"{path}:{number} {line.strip()[:80]}"
        for path, text in sources.items()
        for number, line in enumerate(text.splitlines(), 1)
        if theirs in line and not line.lstrip().startswith("#")
    ]
    assert not found, f"{ours}, not {theirs}:\n" + "\n".join(found)


def test_one_chinese_term_has_one_english_term() -> None:
    seen: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path, catalogue in catalogues().items():
        for message in catalogue:
            if (
                isinstance(message.id, str)
                and message.id
                and isinstance(message.string, str)
                and message.string
            ):
                seen[f"{message.context or ''}\4{message.id}"][message.string].append(
                    path.relative_to(PACKAGE).parts[0]
                )
    torn = {term.split("\4")[1]: dict(words) for term, words in seen.items() if len(words) > 1}
    assert not torn, "The same words, translated differently:\n" + "\n".join(
        f"{k}: {v}" for k, v in torn.items()
    )


# The glossary: one Chinese term for one code word. Buttons use the bare verb, states the finished form.
VERBS = {
    "accept": "受理",
    "decline": "不予受理",
    "split": "拆分",
    "merge": "合并",
    "assign": "分发",
    "return": "退单",
    "designate": "指定主办",
    "draft": "拟稿",
    "submit": "呈签",
    "send_back": "退回修改",
    "sign": "签发",
    "enter_paper": "录入纸质签发",
    "confirm_paper": "核对纸质签发",
    "correct": "更正",
    "withhold": "临时屏蔽",
    "confirm_withhold": "依法撤下",
    "urgent": "紧急转办",
    "convene": "现场会商",
}
STATES = {
    "received": "待审核",
    "accepted": "已受理",
    "assigned": "办理中",
    "submitted": "待签发",
    "published": "已答复",
    "declined": "不予受理",
}
HOUR_VERBS = {
    "pause": "暂停提问",
    "resume": "恢复提问",
    "hold_signing": "暂停签发",
    "extend": "延时",
    "wrap": "结束",
    "postpone": "改期",
    "cancel": "取消",
}


def in_chinese(text: object) -> str:
    with translation.override("zh-hans"):
        return str(text)


def test_verbs_and_states_are_called_as_in_the_glossary() -> None:
    labels = {verb: in_chinese(move.label) for verb, move in question_flow.MOVES.items()}
    assert {verb: labels[verb] for verb in VERBS} == VERBS
    states = {status.value: in_chinese(status.label) for status in Status}
    assert {state: states[state] for state in STATES} == STATES
    labels = {verb: in_chinese(move.label) for verb, move in hour_flow.MOVES.items()}
    assert {verb: labels[verb] for verb in HOUR_VERBS} == HOUR_VERBS
