"""Citizens' messages and official replies to test with: real ones where they are at hand, else generated ones.

Real ones are nobody's to ship, so they lie outside the repository, in the folder that `TOWNHALL_TEST_DATA` names.
Without it the same tests run on a generated corpus of the same names and fields, and the run says so in one line.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

MESSAGES, REPLIES = "messages.jsonl.gz", "replies.jsonl.gz"
GENERATED = "no real messages (TOWNHALL_TEST_DATA): these tests ran on a generated corpus"
LABELS = Path(__file__).parents[1] / "questions" / "answer_check_labels.csv"
MANY, SEED = 3000, 20261130
_NEWEST = datetime(2026, 6, 30, 18, 0)  # noqa: DTZ001 - recorded replies carry wall-clock times

_GREETINGS = (
    "", "您好！", "网友：您好！", "尊敬的网友：您好！", "市民朋友，您好。", "网民“UU{n}”：你好！", "“UU{n}”：您好，"
)  # fmt: skip
_RECEIVED = (
    "您的留言已收悉。", "来信收悉。", "您的来信我们已经收到。", "您在平台上反映的问题已收悉。", "留言已阅。",
    "您反映的{topic}问题已收悉。",
)  # fmt: skip
_PROMISING_NOTHING = (
    "", "我们将高度重视，认真研究。", "已转有关部门处理，请耐心等待。", "相关部门正在积极处理中。",
    "您反映的情况已转交相关单位调查核实。", "如有进展将及时反馈。", "我们会继续努力做好各项工作。",
)  # fmt: skip
_THANKS = (
    "感谢您的关心与支持！", "感谢您对我们工作的监督，祝您生活愉快！", "欢迎继续关注，多提宝贵意见。",
    "谢谢！", "",
)  # fmt: skip
_SIGNATURES = (
    "",
    "",
    "2026年{month}月{day}日",
    "区府办 2026年{month}月{day}日",
    "\n区政府办公室\n2026.{month}.{day}",
)
_ELSEWHERE = (
    "此事不属于我局职责范围，建议您向主管部门反映。", "该问题不在本单位管辖范围内，请向有关部门咨询。",
    "您说的事情不归我们管，请找其他部门反映。", "这不是我单位的职能，建议您联系相关单位解决。",
)  # fmt: skip
_FACTS = (
    "经查，{place}的路灯因线路老化停用，{month}月{day}日已换新线并恢复照明。",
    "区城管执法局{month}月{day}日到{place}检查，责令占道摊点当场撤离，并安排每晚巡查。",
    "{place}的积水点已查明，是雨水井堵塞，区水务局今天疏通了{n}口井。",
    "已交区住建局处理，由物业科负责，电话5555 01{n}。",
    "按照今年的入学办法，户籍在{place}的适龄儿童对口{place}小学，报名从{month}月{day}日开始。",
    "关于加装电梯，需本楼三分之二以上业主同意，向街道提出申请，区里每台补助28万元。",
    "目前没有您所说的这项补贴，退休人员的待遇仍由社保中心按月发放。",
    "{place}公交站因施工临时北移{n}米，工程预计{month}月底完工，完工后恢复原位。",
    "您的问题已经解决，{place}堆放的垃圾昨天清运完毕。",
    "请携带身份证和房产证到{place}服务中心3号窗口办理，当场可取。",
)  # fmt: skip
_PLACES = ("莘松路", "鹤浦新村", "青柳镇", "东塘工业区", "学府路口", "南桥社区")
_TOPICS = ("停车难", "噪音扰民", "路灯不亮", "积水", "物业收费")


def real_folder() -> Path | None:
    """The folder with real messages, when there is one with both files in it."""
    folder = Path(os.environ.get("TOWNHALL_TEST_DATA") or os.devnull)
    return folder if all((folder / name).is_file() for name in (MESSAGES, REPLIES)) else None


def texts(amount: int, *, skip: int = 0) -> list[str]:
    """So many different texts of citizens that can be asked as they are; the same ones each time.

    :param skip: leave out the first ones, which have been asked already
    """
    from townhall.questions.asking import MOST_TEXT
    from townhall.rehearsal import corpus  # after Django's settings: the tools are imported before them

    folder = real_folder()
    if folder is None:
        rows: Iterable[dict[str, Any]] = corpus.messages(MANY, SEED)
    else:
        with gzip.open(folder / MESSAGES, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
    said = dict.fromkeys(str(row["text"] or "").strip() for row in rows)
    fit = [text for text in said if 0 < len(text) <= MOST_TEXT]
    assert len(fit) >= skip + amount, "not so many citizens have written"
    return fit[skip : skip + amount]


def generate(folder: Path, count: int = MANY, seed: int = SEED) -> Path:
    """Write both files into ``folder``; the same seed gives the same bytes.

    The replies carry the ids of the hand-labelled ones, each written to deserve its label.
    """
    from townhall.rehearsal import corpus  # after Django's settings: the tools are imported before them

    _write(folder / MESSAGES, corpus.messages(count, seed))
    _write(folder / REPLIES, _replies(random.Random(seed)))
    return folder


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_bytes(gzip.compress(lines.encode(), mtime=0))


def _replies(source: random.Random) -> Iterator[dict[str, Any]]:
    with LABELS.open(encoding="utf-8", newline="") as lines:
        labelled = [(int(row["id"]), row["label"]) for row in csv.DictReader(lines)]
    for number, label in labelled:
        place = source.choice(_PLACES)
        asked = _NEWEST - timedelta(minutes=source.randrange(400_000))
        yield {
            "id": number, "title": f"{place}{source.choice(_TOPICS)}，什么时候能解决？",
            "text": f"{place}一带{source.choice(_TOPICS)}已经半年，请有关部门管一管。", "created_at": str(asked),
            "reply": reply(label, source), "replied_at": str(asked + timedelta(days=source.randint(1, 30))),
        }  # fmt: skip


def reply(label: str, source: random.Random) -> str:
    """One reply that deserves ``label``: ``empty``, ``brushoff`` or ``good``; courtesy stands in all of them."""
    middle = {"empty": _PROMISING_NOTHING, "brushoff": _ELSEWHERE, "good": _FACTS}[label]
    opening = source.choice(_RECEIVED) if label == "empty" else source.choice(("", *_RECEIVED))
    parts = (
        source.choice(_GREETINGS),
        opening,
        source.choice(middle),
        source.choice(_THANKS),
        source.choice(_SIGNATURES),
    )
    return "".join(parts).format(
        n=source.randint(10, 99), month=source.randint(1, 6), day=source.randint(1, 28),
        place=source.choice(_PLACES), topic=source.choice(_TOPICS),
    )  # fmt: skip
