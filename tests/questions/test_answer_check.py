"""The answer check: what is held back, what is only pointed out, and the figures on hand-labelled real replies.

The labels (``answer_check_labels.csv``: ids only, no texts) come from reading 200 replies, drawn with a fixed seed
so that short ones are frequent:

- ``empty``: once courtesy is gone, no fact, measure or date (a bare date or signature is none; "passed to the
  departments concerned" names nobody and is none either);
- ``brushoff``: says only that it is somebody else's, or to ask elsewhere, with no way to reach anybody;
- ``good``: anything else, however thin; a named unit that has taken the matter over counts.
"""

from __future__ import annotations

import csv
import itertools
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.questions import phrases
from townhall.questions.answer_check import Finding, check, is_held, measure, substance_of

LABELS = Path(__file__).parent / "answer_check_labels.csv"
QUESTION = "莘松路555号小区门口夜间施工噪音很大，什么时候能停？"

EMPTY = [
    "",
    "　 \n",
    "。",
    "收到",
    "已收悉",
    "网友：您好！留言已收悉",
    "网友:您好!留言已收悉",
    "网友： 您好 ！ 留 言 已 收 悉 。",
    "您好，您的留言已收悉。感谢您的关心与支持！2018年6月2日",
    "您的来信收悉，谢谢。\n\n区教育局\n2018年6月2日",
    "2018年6月2日",
    "区府办 2026年11月30日",
    "感谢您的关注，我们会及时反馈。二〇一八年六月二日",
    "尊敬的网友：您好！您反映的“莘松路停车难，怎么办？”的问题已收悉，感谢您对我区工作的关心和支持！",
    "您的建议我们已经收到，我们将高度重视，认真研究，积极推进，切实加大工作力度，统筹考虑，妥善解决，持续跟进，努力让人民群众满意。",
    "领导高度重视，立即召开会议，成立专班，认真研究部署。",
    "我们将进一步加强管理，加大监督力度，切实维护群众利益。",
    "相信在大家的共同努力下，我们的明天一定会更加美好！",
    "您反映的问题我们高度重视，将尽快研究解决。",
    "对于您反映的噪音扰民问题，我们将认真调查处理。",
    "已转有关部门处理，请等待结果。",
    "您反映的情况已转交相关单位调查处理，感谢您的留言。2019年5月1日",
    "您好！您的意见我办已转给区有关单位核实处理，待调查核实清楚后予以回复。",
    "我局于2019年5月3日收到您的来信，现已收悉，谢谢！",
    "此事正在调查处理中。",
    "請放心，您的留言已收悉，感謝您的關心與支持！",
    "按国家有关政策执行。",
    "留言收悉[微笑]",
    "😊感谢支持",
    "\u200b已\u200d收悉\u202e",
    "0000-00000000 20163",
    "Noted with thanks. 2 June 2018",
    "Thank you for your message.",
    (
        "Dear citizen, thank you for your message. We have received it and attach great importance to it. "
        "We will handle it as soon as possible."
    ),
    "Your question has been forwarded to the relevant department. Please wait.",
    "您好！Thank you for your message. 我们会尽快处理。",
]

BRUSH_OFFS = [
    "您反映的问题不属于我们的业务范围，请找其他部门。",
    "此事不归我们管，请拨打12345。",
    "请拨打１２３４５热线咨询。",
    "请咨询相关部门。",
    "請諮詢相關部門",
    "您好！该问题不在我局职责范围内，建议您向有关部门反映。感谢理解！",
    "由于您的投诉涉及消费纠纷，因此不属于我区的管辖范围之内，请向协会反映或通过司法途径解决。",
    "建议您走法律途径解决。",
    "你好。请具体咨询区人社局，谢谢。",
    "不是我们管的，找别的部门。",
    "这不是我单位的职能，建议您联系相关单位解决。",
    "与我局无关，请联系有关部门。",
    "我局不负责此项工作。",
    "我局无此项职能，建议向主管单位咨询。",
    "我们管不了",
    "This is not our responsibility. Please contact the relevant department.",
    "Please call 12345.",
]

GOOD = [
    "可以申请。",
    "不可以。",
    "没有收费。",
    "按照现有的规定，本市没有此类规定。",
    "居住证有效期为一年。",
    "留言已收悉。12月15日前答复您。",
    "我们将在3个工作日内答复您。",
    "感谢您的关心与支持！路灯已修复。",
    "高度重视您的留言，已责令施工单位夜间停工。",
    "已转市公安局调查处理。",
    "此事不属于我局职责，我们已于11月30日转送区城管局，联系人王科长，电话64121234。",
    "请拨打021-64121234咨询区医保中心。",
    "请带身份证到莘松路555号2楼窗口办理。",
    "非本中心的缴存人不支持办理商转公业务。",
    "公交735路已恢复。",
    "该项目暂无计划。",
    "No, the fee is 20 yuan.",
    "We will repair the lamp on Lake Road by 15 December.",
    "您好！The lift will be installed by 15 December.",
    "بۇ يول 12-ئايدا پۈتىدۇ",
    "ལམ་ཁ་ཉམས་གསོ་བྱེད་ཀྱི་ཡོད།",
]

FILLS = {
    "missing": "具体地点和时间",
    "link": "https://example.org/q/12",
    "date": "2026年9月30日",
    "body": "区人民法院",
    "handed_at": "11月30日19:20",
    "handed_to": "区信访办",
    "ref": "20261130-17",
    "phone": "021-64121234",
    "days": "5",
    "town": "澄湖镇",
}

# The refusal texts in English, as people read them; their Chinese originals are taken from the product itself.
ENGLISH_REFUSALS = [
    (
        "We read your question with care; to answer precisely we still need the place and the time. "
        "Add it and we go on at once."
    ),
    (
        "This was answered before: https://example.org/q/12 (30 September 2026). If things changed "
        "or nothing happened, "
        "ask a follow-up and we will check."
    ),
    (
        "This case is, or by law must be, decided by the district court; we may not judge it here. "
        "Questions about the rules themselves we do answer."
    ),
    (
        "The petition procedure protects you better here. We passed it to the Petition Office at 19:20, "
        "reference 20261130-17."
    ),
    (
        "Your information is kept confidential, not published and not shown to those concerned; "
        "passed to the inspector at 19:20."
    ),
    (
        "This needs your own application to take legal effect. Form and list: https://example.org/f; "
        "help by phone: 64121234."
    ),
    "This is urgent: the duty desk was alerted at 19:20; keep your phone free. In danger ring 110, 119 or 120.",
    (
        "It contains details that should not be public, so we did not show it. Resubmit without them; "
        "what needs action we settle with you directly."
    ),
    (
        "The water company is responsible; we passed it on at 19:20, contact 64121234; "
        "you hear within 5 working days, here too."
    ),
    "A dispute between private parties; free mediation: 64121234; legal advice 12348.",
    "It contains insults or threats, so it was not shown. The matter itself is welcome: please state the facts again.",
    (
        "Advertising, a test, or unrelated to the district's affairs. "
        "If we misread it, ask for a second look by someone else."
    ),
]


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize("answer", EMPTY)
def test_empty_talk_is_held(answer: str) -> None:
    assert substance_of(answer) == "empty"
    found = check(answer, QUESTION)
    assert (found[0].code, found[0].level) == ("no_substance", "held")


@pytest.mark.parametrize("answer", BRUSH_OFFS)
def test_a_brush_off_is_held(answer: str) -> None:
    assert substance_of(answer) == "brushoff"
    assert codes(check(answer, QUESTION))[0] == "brush_off"


@pytest.mark.parametrize("answer", GOOD)
def test_an_answer_is_not_held(answer: str) -> None:
    assert substance_of(answer) == "some"
    assert not is_held(check(answer, QUESTION))


@pytest.mark.parametrize("code", phrases.DECLINE_REASONS)
def test_our_own_refusals_pass(code: str) -> None:
    text = str(phrases.DECLINE_REASONS[code].text)
    places = sorted(set(re.findall(r"\{(\w+)\}", text)))
    for count in range(len(places) + 1):
        for dropped in itertools.combinations(places, count):
            kept = {place: value for place, value in FILLS.items() if place not in dropped}
            assert check(phrases.fill(text, kept), QUESTION, refused_template=True) == []


@pytest.mark.parametrize("text", [*ENGLISH_REFUSALS, str(phrases.CARE_TEXT)])
def test_our_own_refusals_pass_in_english(text: str) -> None:
    assert check(text, QUESTION, refused_template=True) == []


@given(
    st.sampled_from([answer for answer in EMPTY + BRUSH_OFFS if re.search(r"[^\W\d]", answer)]),
    st.sampled_from(["", "您好！", "网友“春风”：你好，", "尊敬的市民：", "\n"]),
    st.sampled_from(["", "感谢您的理解与支持！", "祝您工作顺利、身体健康！", "特此回复。"]),
    st.sampled_from(["", "2018年6月2日", "\n区城管局\n2018年6月2日", " 2019.9.25"]),
)
def test_courtesy_around_it_changes_nothing(answer: str, before: str, thanks: str, signature: str) -> None:
    end = "" if answer.rstrip()[-1] in "。！!.?？日" else "。"
    assert is_held(check(f"{before}{answer}{end}{thanks}{signature}", QUESTION))


@given(
    st.sampled_from([answer for answer in GOOD if re.search("[\u4e00-\u9fff]", answer)]), st.integers(0, 30)
)
def test_courtesy_never_condemns_an_answer(answer: str, times: int) -> None:
    padding = "您好！您的留言已收悉，我们高度重视，感谢您的关心与支持！" * times
    assert not is_held(check(padding + answer, QUESTION))


@given(st.integers(1, 60), st.randoms(use_true_random=False))
def test_length_is_no_merit(times: int, chance: random.Random) -> None:
    parts = [
        answer.strip() + "。"
        for answer in EMPTY
        if re.search("[\u4e00-\u9fff]{5}", answer) and "“" not in answer
    ]
    padded = "\n".join(chance.choices(parts, k=times))
    assert is_held(check(padded, QUESTION))


@given(st.text())
def test_any_text_is_judged_without_failing(text: str) -> None:
    for finding in check(text, text[::-1], title=text[:20]):
        assert 0 <= finding.start <= finding.end <= len(text)


# --- what is pointed out ---


def test_vague_time_is_pointed_out_at_its_place() -> None:
    answer = "区城管局将尽快到莘松路查处夜间施工。"
    found = [finding for finding in check(answer, QUESTION) if finding.code == "vague_time"]
    assert [(answer[one.start : one.end], one.level) for one in found] == [("尽快", "advice")]
    assert "尽快" in str(found[0].message)


@pytest.mark.parametrize(
    "answer",
    [
        "区城管局将于12月15日前尽快查处莘松路夜间施工。",
        "区城管局将在5个工作日内尽快查处莘松路夜间施工。",
        "区城管局12月底前逐步完成莘松路夜间施工整治。",
        "The Urban Bureau will stop the night works soon, within 3 working days.",
    ],
)
def test_vague_words_with_a_date_are_fine(answer: str) -> None:
    assert "vague_time" not in codes(check(answer, QUESTION))


def test_no_unit_and_no_fact_of_the_question_are_pointed_out() -> None:
    assert "no_unit" in codes(check("莘松路夜间施工12月1日停止。", QUESTION))
    assert "no_unit" not in codes(check("区城管局12月1日起叫停莘松路夜间施工。", QUESTION))
    assert "no_unit" not in codes(check("水务一队12月1日到莘松路。", QUESTION, units=["水务一队"]))
    assert "no_question_fact" in codes(check("区教育局：该小学今年秋季招收四个班。", QUESTION))
    assert "no_question_fact" not in codes(check("区城管局：夜间施工已叫停。", QUESTION))
    assert "no_question_fact" not in codes(check("区城管局：555弄已查处。", QUESTION))
    # Two languages cannot be compared, and nothing asked cannot be missed.
    assert "no_question_fact" not in codes(
        check("The Urban Bureau stopped the works on 1 December.", QUESTION)
    )
    assert "no_question_fact" not in codes(check("区城管局12月1日查处。", ""))


def test_personal_data_is_pointed_out_and_office_addresses_are_not() -> None:
    answer = "区城管局：请致电王先生13800138000，或写信至office@chenghu.gov.cn，电话021-64121234。"
    found = [finding for finding in check(answer, QUESTION) if finding.code == "personal_data"]
    assert [answer[one.start : one.end] for one in found] == ["13800138000"]


def test_a_good_answer_has_no_findings() -> None:
    answer = "区城管局已于11月28日责令莘松路555号工地夜间停工，每晚22时后巡查，电话021-64121234。"
    assert check(answer, QUESTION) == []


@pytest.mark.parametrize(
    "text", ["您反映" * 4000, '"您"' * 4000, "由于，" * 4000, "not our " * 1500, "尽快" * 6000]
)
def test_hostile_text_does_not_stall(text: str) -> None:
    started = time.process_time()
    check(text, text[:3000])
    assert time.process_time() - started < 10


# --- the figures ---


def labels() -> list[str]:
    with LABELS.open(encoding="utf-8", newline="") as lines:
        return [row["label"] for row in csv.DictReader(lines)]


def test_two_hundred_replies_are_labelled() -> None:
    assert len(labels()) == 200
    assert labels().count("empty") >= 40
    assert set(labels()) == {"empty", "brushoff", "good"}


def test_figures_on_labelled_replies(message_files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    empty_held, empty, good_held, good = measure(message_files / "replies.jsonl.gz", LABELS, lines.append)
    with capsys.disabled():
        print("", *lines, f"empty held: {empty_held}/{empty}; good held: {good_held}/{good}", sep="\n")
    assert (empty, good) == (labels().count("empty"), labels().count("good"))
    assert empty_held == empty
    assert good_held <= 0.02 * good
    brush_offs = next(line for line in lines if line.startswith("brushoff"))
    assert brush_offs.split()[-1] == "0", "none of them is let through"


def test_the_measurement_is_a_command(message_files: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "townhall.questions.answer_check",
        str(message_files / "replies.jsonl.gz"),
        str(LABELS),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "empty held:" in done.stdout
