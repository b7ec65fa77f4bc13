"""What the kinds of leaves are called, and what may be done to the record's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class KeyChangeKind(models.TextChoices):
    """What two administrators decide about the key that signs."""

    ROTATE = "rotate", _("启用新的签名密钥")
    RETIRE = "retire", _("停用旧的签名密钥")


LABELS: dict[str, _StrPromise] = {
    "question.signed": pgettext_lazy("leaf", "签发答复"),
    "question.accepted": pgettext_lazy("leaf", "受理提问"),
    "question.released": pgettext_lazy("leaf", "公开预提问"),
    "question.edited": pgettext_lazy("leaf", "整理提问文字"),
    "question.merged": pgettext_lazy("leaf", "合并提问"),
    "question.split": pgettext_lazy("leaf", "拆分提问"),
    "question.assigned": pgettext_lazy("leaf", "分送办理"),
    "question.designated": pgettext_lazy("leaf", "指定主办"),
    "question.returned": pgettext_lazy("leaf", "退单"),
    "question.submitted": pgettext_lazy("leaf", "送签"),
    "question.sent_back": pgettext_lazy("leaf", "退回修改"),
    "question.declined": pgettext_lazy("leaf", "不予受理"),
    "question.reopened": pgettext_lazy("leaf", "重新受理"),
    "question.withdrawn": pgettext_lazy("leaf", "提问人撤回"),
    "question.withheld": pgettext_lazy("leaf", "暂时遮盖文字"),
    "question.withhold_confirmed": pgettext_lazy("leaf", "依法撤下文字"),
    "question.restored": pgettext_lazy("leaf", "恢复显示"),
    "comment.accepted": pgettext_lazy("leaf", "公开评论"),
    "comment.removed": pgettext_lazy("leaf", "撤下评论"),
    "clarification.signed": pgettext_lazy("leaf", "签发澄清"),
    "clarification.corrected": pgettext_lazy("leaf", "更正澄清"),
    "clarification.withheld": pgettext_lazy("leaf", "暂时遮盖澄清"),
    "clarification.withhold_confirmed": pgettext_lazy("leaf", "依法撤下澄清"),
    "clarification.restored": pgettext_lazy("leaf", "恢复显示澄清"),
    "closing.signed": pgettext_lazy("leaf", "签发会后文件"),
    "closing.corrected": pgettext_lazy("leaf", "更正会后文件"),
    "closing.withheld": pgettext_lazy("leaf", "暂时遮盖会后文件"),
    "closing.withhold_confirmed": pgettext_lazy("leaf", "依法撤下会后文件"),
    "closing.restored": pgettext_lazy("leaf", "恢复显示会后文件"),
    "authorisation.granted": pgettext_lazy("leaf", "授权签发"),
    "authorisation.ended": pgettext_lazy("leaf", "授权签发结束"),
    "commitment.made": pgettext_lazy("leaf", "作出承诺"),
    "commitment.replaced": pgettext_lazy("leaf", "承诺随更正改动"),
    "commitment.amended": pgettext_lazy("leaf", "承诺的协办单位或办理方式随更正改动"),
    "commitment.progressed": pgettext_lazy("leaf", "承诺进展"),
    "commitment.extended": pgettext_lazy("leaf", "承诺延期"),
    "commitment.reported": pgettext_lazy("leaf", "报告办结"),
    "commitment.verified": pgettext_lazy("leaf", "督查核实"),
    "commitment.checked": pgettext_lazy("leaf", "督查查看现场"),
    "commitment.chased": pgettext_lazy("leaf", "催办承诺"),
    "commitment.closed": pgettext_lazy("leaf", "承诺办结"),
    "commitment.ended": pgettext_lazy("leaf", "终止承诺"),
    "commitment.reopened": pgettext_lazy("leaf", "重新办理承诺"),
    "commitment.disputed": pgettext_lazy("leaf", "提问人说没有办好"),
    "hour.created": pgettext_lazy("leaf", "建立一期"),
    "hour.edited": pgettext_lazy("leaf", "修改一期的说明"),
    "hour.announced": pgettext_lazy("leaf", "发布一期"),
    "hour.asking_closed": pgettext_lazy("leaf", "预提问截止"),
    "hour.opened": pgettext_lazy("leaf", "网上办公开始"),
    "hour.paused": pgettext_lazy("leaf", "暂停提问"),
    "hour.resumed": pgettext_lazy("leaf", "恢复提问"),
    "hour.extended": pgettext_lazy("leaf", "延长时间"),
    "hour.postponed": pgettext_lazy("leaf", "改期"),
    "hour.wrapped": pgettext_lazy("leaf", "网上办公结束"),
    "hour.archived": pgettext_lazy("leaf", "归档"),
    "hour.cancelled": pgettext_lazy("leaf", "取消"),
    "history.imported": pgettext_lazy("leaf", "导入以往的问答"),
    "observer.drawn": pgettext_lazy("leaf", "抽签产生网民代表"),
    "record.key_made": pgettext_lazy("leaf", "启用签名密钥"),
    "record.key_retired": pgettext_lazy("leaf", "停用签名密钥"),
    "record.recovered": pgettext_lazy("leaf", "从记录文件找回条目"),
}

TEXTS: dict[str, _StrPromise] = {
    "title": pgettext_lazy("leaf", "标题"),
    "text": pgettext_lazy("leaf", "提问"),
    "display_name": pgettext_lazy("leaf", "网名"),
    "answer": pgettext_lazy("leaf", "答复"),
    "progress": pgettext_lazy("leaf", "工作进展"),
    "measures": pgettext_lazy("leaf", "解决措施"),
    "verdict_reason": pgettext_lazy("leaf", "采纳说明"),
    "unit": pgettext_lazy("leaf", "答复单位"),
    "signed_by": pgettext_lazy("leaf", "签发人"),
    "promise": pgettext_lazy("leaf", "承诺"),
    "comment": pgettext_lazy("leaf", "评论"),
    "rumour": pgettext_lazy("leaf", "传言"),
    "fact": pgettext_lazy("leaf", "事实"),
    "source": pgettext_lazy("leaf", "来源"),
    "paper": pgettext_lazy("leaf", "文件"),
    "reason": pgettext_lazy("leaf", "更正说明"),
}


def label(kind: str) -> str:
    """What a kind of leaf is called; what is rare has one name for all."""
    return str(LABELS.get(kind, pgettext_lazy("leaf", "公开的内容有变动")))


def text_label(name: str) -> str:
    """What a text of a leaf is called."""
    return str(TEXTS.get(name, name))
