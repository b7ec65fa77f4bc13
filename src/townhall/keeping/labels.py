"""What the fields of a case file are called; a field without a word here keeps its own name."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

_WORDS: dict[str, Any] = {
    "number": _("编号"), "window": _("时段"), "channel": _("来源"), "lang": _("语言"), "display_name": _("网名"),
    "kind": _("类型"), "subject": _("问题类别"), "area": _("所在镇、街道"), "title": _("标题"), "text": _("内容"),
    "original_title": _("原标题"), "original_text": _("原文"), "status": _("状态"), "outcome": _("结果"),
    "withheld": _("屏蔽"), "lead": _("主办"), "unit": _("单位"), "supports": _("同问"), "comments": _("评论"),
    "asked_at": _("提问时间"), "accepted_at": _("受理时间"), "assigned_at": _("分发时间"),
    "submitted_at": _("呈签时间"), "published_at": _("签发公布时间"), "drafted_text": _("拟稿原文"),
    "author": _("拟稿人"), "amended_by": _("签发时修改"), "drafted_at": _("拟稿时间"), "signed_by": _("签发人"),
    "signed_as": _("签发身份"), "signed_at": _("签发时间"),
    "paper_signer": _("纸上签发人"), "paper_signed_at": _("纸上签发时间"),
    "paper_entered_by": _("录入人"), "paper_entered_at": _("录入时间"),
    "paper_confirmed_by": _("核对人"), "secrecy_reviewer": _("保密审查"), "note": _("说明"),
    "code": _("原因"), "reason": _("原因"), "reason_code": _("原因"), "by": _("经办人"), "at": _("时间"),
    "handed_to": _("转送单位"), "handed_at": _("转送时间"), "confirmed_by": _("确认人"), "confirmed_at": _("确认时间"),
    "due": _("期限"), "state": _("状态"), "level": _("评价"), "group": _("业务小组"), "result": _("会商结果"),
    "placed_by": _("决定人"), "placed_at": _("决定时间"), "lifted_by": _("恢复人"), "lifted_at": _("恢复时间"),
    "lift_note": _("恢复说明"), "typed_by": _("登记人"), "version": _("版本"), "made_at": _("作出时间"),
    "days": _("工作日数"), "first_due": _("原期限"), "opened_at": _("起算时间"), "settled_at": _("办出结果时间"),
    "asked_by": _("申请人"), "until": _("新期限"), "granted": _("准予延期"), "decided_by": _("决定人"),
    "decided_at": _("决定时间"), "purpose": _("征询事项"), "not_done_at": _("反映没有办好的时间"), "why": _("回访原因"),
    "closed_at": _("结束时间"), "year": _("年份"), "standing": _("身份"), "received_at": _("收到时间"),
    "referred_at": _("转送业务小组时间"), "reply": _("答复申请人"), "taken_by": _("承办人"), "handover": _("移交清单"),
    "commitment_id": _("承诺事项"), "taken_over_by": _("签收人"), "taken_over_at": _("签收时间"),
    "handed_by": _("移交人"), "round": _("第几次"), "erased_at": _("个人信息删除时间"), "opened_by": _("登记人"),
    "erasure_asked_at": _("本人要求删除联系方式的时间"),
    "assisting": _("协办单位"), "caption": _("照片说明"), "upload": _("文件"), "picture": _("照片"),
    "file": _("卷宗内的文件"), "sha256": _("文件的 SHA-256"), "covered_at": _("撤下照片的时间"),
    "merged_into": _("合并到"), "part_of": _("拆分自"),
}  # fmt: skip


def word(name: str) -> str:
    """What a field is called in the reader's language."""
    return str(_WORDS.get(name, name))
