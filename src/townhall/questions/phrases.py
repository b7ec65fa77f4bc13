"""The texts an asker reads when a question is declined, filled by the act itself.

An unfilled place drops its clause; nothing is ever filled from an internal note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

FILLS = ("missing", "link", "date", "body", "ref", "phone", "days", "town")
_PLACE = re.compile(r"\{(\w+)\}")
# A clause ends at a mark that stands outside brackets; the mark belongs to the clause.
_CLAUSE = re.compile(
    r"(?:（[^）]*）|\([^)]*\)|[^，。；！？,;.!?(（]|[(（](?![^）)]*[）)])|[,;.](?=\S))+[，。；！？,;.!?]*\s*"
)


@dataclass(frozen=True, slots=True)
class DeclineReason:
    """One published reason for declining.

    :param code: the word programs use
    :param label: what the moderator's list says
    :param text: to the asker, with places to fill
    :param remedy: what the asker can do next
    :param remedy_code: the same for programs and buttons
    :param needs_handover: the matter is passed on first: ``handed_to`` and ``handed_at`` are demanded
    :param needs_confirmation: a second person looks before the text reaches the asker
    """

    code: str
    label: Any
    text: Any
    remedy: Any
    remedy_code: str
    needs_handover: bool = False
    needs_confirmation: bool = False


DECLINE_REASONS: dict[str, DeclineReason] = {
    reason.code: reason
    for reason in (
        DeclineReason(
            "unclear", _("缺少必要信息"),
            _("您好！您的问题我们认真看了，还缺少{missing}（如地点、时间、单位），暂时没法准确答复。您补充后我们马上接着办。"),
            _("补充后重新提交，保留原来的次序。"), "supplement",
        ),
        DeclineReason(
            "answered", _("此前已有答复"),
            _("您好！这件事此前已有答复，见 {link}（{date}）。如果情况有变化或没有落实，请直接追问，我们会核实。"),
            _("查看答复；如有变化请追问。"), "follow_up",
        ),
        DeclineReason(
            "legal_case", _("司法、仲裁或复议个案"),
            _("您好！您反映的个案已经（或依法应当）由{body}（法院、仲裁、行政复议机关）处理，我们不能在这里作出评判。"
              "其中的政策问题我们照常答复。"),
            _("可以只问政策；法律援助请拨 12348；期限以受理机关告知为准。"), "ask_policy",
        ),
        DeclineReason(
            "petition", _("信访事项"),
            _("您好！您反映的事项按《信访工作条例》办理更有保障。我们已于{handed_at}转送{handed_to}，登记号{ref}，可凭此查询进度。"),
            _("已代为转送，可凭登记号查询。"), "passed_on", needs_handover=True, needs_confirmation=True,
        ),
        DeclineReason(
            "report_wrongdoing", _("问题线索举报"),
            _("您好！您反映的线索我们已作保密处理，不会公开，也不会告知被反映的单位和个人；已于{handed_at}移交{handed_to}。"),
            _("已代为移交；纪检监察 12388，公安 110。"), "passed_on", needs_handover=True, needs_confirmation=True,
        ),
        DeclineReason(
            "formal_application", _("须本人申请"),
            _("您好！这件事需要您本人提出申请才能产生法律效力（如政府信息公开、行政许可、行政复议）。"
              "入口和材料清单在这里：{link}；不会操作可致电{phone}，有人协助。"),
            _("按入口办理，或致电由人协助。"), "apply",
        ),
        DeclineReason(
            "urgent", _("紧急转办"),
            _("您好！您说的情况比较紧急，我们已于{handed_at}通知{handed_to}，请保持电话畅通。"
              "如有危险请立即拨打 110、119 或 120。"),
            _("已紧急转办，请保持电话畅通。"), "passed_on", needs_handover=True,
        ),
        DeclineReason(
            "private_details", _("含不宜公开的信息"),
            _("您好！留言里有不宜公开的信息（您或他人的隐私、单位内部信息等），为保护当事人，我们没有公开。"
              "去掉这些内容后可以重新提交；需要办理的部分我们会与您单独联系。"),
            _("去掉这些内容后重新提交。"), "rewrite",
        ),
        DeclineReason(
            "outside_remit", _("由其他机关负责"),
            _("您好！这件事由{handed_to}负责。我们已于{handed_at}替您转交，联系人电话{phone}，{days}个工作日内给您回音，并在这里告诉您结果。"),
            _("已代为转交，结果在这里告知。"), "passed_on", needs_handover=True, needs_confirmation=True,
        ),
        DeclineReason(
            "civil_dispute", _("民事纠纷"),
            _("您好！这是当事人之间的民事纠纷，政府不能代为裁决。"
              "{town}人民调解委员会可以免费调解，已为您留好联系方式：{phone}；"
              "也可拨打 12348 咨询法律。"),
            _("可请人民调解委员会免费调解。"), "mediate",
        ),
        DeclineReason(
            "abusive", _("侮辱或威胁性语言"),
            _("您好！留言中有针对个人的侮辱或威胁性语言，没有公开。事情本身我们愿意办，请把事实再说一遍。"),
            _("请把事实再说一遍。"), "rewrite",
        ),
        DeclineReason(
            "unrelated", _("与公共事务无关"),
            _("您好！内容为广告、测试或与本区公共事务无关，没有受理。如果我们看错了，请点“申请复核”，由另一位同事再看一次。"),
            _("可以申请复核。"), "appeal",
        ),
    )
}  # fmt: skip


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into a text; a clause with an empty place is dropped, the sentence stays whole.

    >>> fill("已转送{to}，登记号{ref}，可查询。", {"to": "信访办"})
    '已转送信访办，可查询。'
    """
    kept: list[str] = []
    for clause in _CLAUSE.findall(text):
        places = _PLACE.findall(clause)
        if all(str(values.get(place, "")).strip() for place in places):
            kept.append(_PLACE.sub(lambda found: str(values[found.group(1)]).strip(), clause))
        elif kept and clause.rstrip()[-1:] in {"。", "！", "？", ".", "!", "?"}:
            # The dropped clause ended the sentence: the one before it ends it now.
            kept[-1] = re.sub(r"[，；,;：:]\s*$", "", kept[-1].rstrip())
            if kept[-1][-1:] not in {"。", "！", "？", ".", "!", "?"}:
                kept[-1] += clause.rstrip()[-1] + (" " if clause.rstrip()[-1] in ".!?" else "")
    return "".join(kept).strip()


def decline_text(code: str, values: Mapping[str, str]) -> str:
    """What the asker reads for ``code``, in the active language."""
    return fill(str(DECLINE_REASONS[code].text), values)


CARE_TEXT = _(
    "看到您的留言，我们很牵挂您，已请值班人员马上与您联系。"
    "您也可以现在拨打 12356（心理援助）或 110、120，随时有人接听。"
)

# What citizens read for each state: never a staff term.
PUBLIC_STATUS: dict[str, Any] = {
    "received": _("已收到，正在审核"),
    "accepted": _("已受理，即将分送有关单位"),
    "assigned": _("已送%(unit)s办理"),
    "submitted": _("答复已拟好，等待区领导签发"),
    "published": _("已答复"),
    "declined": _("未能受理"),
    "merged": _("已合并到第 %(number)s 号，一同答复"),
    "withdrawn": _("已由提问人撤回"),
}


def public_status(status: str, *, unit: str = "", number: int | str = "") -> str:
    """The public wording of a state, naming the unit or the surviving question."""
    wording = str(PUBLIC_STATUS[status])
    if status == "assigned":
        return wording % {"unit": unit or str(_("有关单位"))}
    return wording % {"number": number} if status == "merged" else wording
