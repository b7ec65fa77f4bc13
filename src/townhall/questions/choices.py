"""The words of a question's lists, as `glossary.md` has them: codes stay, wordings are what people read."""

from __future__ import annotations

from functools import cache

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def place_of(words: type[models.TextChoices], code: str) -> int:
    """A word as the journal's batches write it: its place in its list, from 1; 0 when none was said."""
    return _places(words).get(code, 0)


@cache  # Django makes the list of values anew each time, and a storm asks for it twice a question
def _places(words: type[models.TextChoices]) -> dict[str, int]:
    return {value: place for place, value in enumerate(words.values, start=1)}


def at_place(words: type[models.TextChoices], place: int) -> str:
    """The word at a place of its list; empty for 0."""
    return str(words.values[place - 1]) if 0 < place <= len(words.values) else ""


class Status(models.TextChoices):
    RECEIVED = "received", _("待审核")
    ACCEPTED = "accepted", _("已受理")
    ASSIGNED = "assigned", _("办理中")
    SUBMITTED = "submitted", _("待签发")
    PUBLISHED = "published", _("已答复")
    DECLINED = "declined", pgettext_lazy("state", "不予受理")
    MERGED = "merged", _("已合并")
    WITHDRAWN = "withdrawn", _("已撤回")


class Outcome(models.TextChoices):
    ANSWERED = "answered", _("当场答复")
    PROMISED = "promised", _("承诺限期办理")


class Withheld(models.TextChoices):
    PENDING = "pending", _("临时屏蔽")
    CONFIRMED = "confirmed", _("依法撤下")


class BanReason(models.TextChoices):
    """Why somebody may not ask or comment online for a while; told to that person."""

    THREAT = "threat", _("威胁他人")
    ABUSE = "abuse", _("多次侮辱他人")
    FLOOD = "flood", _("大量重复提交")
    ADVERT = "advert", _("多次发布广告")


class ThreatLook(models.TextChoices):
    """Why somebody opens what was kept of a threat."""

    SAFETY = "safety", _("核实有无人身危险")
    POLICE = "police", _("公安机关依法调取")
    REVIEW = "review", _("复核这次处理")


class Window(models.TextChoices):
    PRE = "pre", _("预提问")
    LIVE = "live", _("办公时段提问")


class Kind(models.TextChoices):
    CONSULT = "consult", _("我要咨询")
    COMPLAINT = "complaint", _("我要投诉（监督）")
    SUGGESTION = "suggestion", _("我要建议")
    SERVICE = "service", _("我要办事（求助）")


class Subject(models.TextChoices):
    HOUSING = "housing", _("住房物业")
    CONSTRUCTION = "construction", _("城建规划与违建")
    TRANSPORT = "transport", _("交通出行与停车")
    EDUCATION = "education", _("就学教育")
    EMPLOYMENT = "employment", _("就业与劳动报酬")
    SOCIAL_SECURITY = "social_security", _("社保医保养老")
    HOUSEHOLD = "household", _("户籍与证照")
    ENVIRONMENT = "environment", _("环境环卫噪声")
    HEALTH = "health", _("医疗卫生")
    PRICES = "prices", _("物价与市场监管")
    COMMUNITY = "community", _("社区治理与公共安全")
    OTHER = "other", _("其他")


class Channel(models.TextChoices):
    WEB = "web", _("网页")
    WECHAT = "wechat", _("微信内打开")
    VENUE = "venue", _("会场")
    PHONE = "phone", _("电话")
    PAPER = "paper", _("书面")
    COUNTER = "counter", _("窗口（街道、居委）")
    HOTLINE = "hotline", _("12345 转来")


ON_BEHALF_CHANNELS = frozenset({"venue", "phone", "paper", "counter", "hotline"})


class ReturnReason(models.TextChoices):
    NOT_OURS = "not_ours", _("职责不在本单位（须写明建议单位和依据）")
    NEEDS_LEAD = "needs_lead", _("需指定主办")
    LACKS_FACTS = "lacks_facts", _("缺少必要信息")
    DUPLICATE = "duplicate", _("与其他提问重复")
    RECUSAL = "recusal", _("应当回避")


class WithholdCode(models.TextChoices):
    PERSONAL_DATA = "personal_data", _("他人个人信息")
    MINOR = "minor", _("未成年人信息")
    SECRET = "secret", _("不宜公开的信息")
    COURT_ORDER = "court_order", _("生效法律文书要求")
    INFRINGEMENT = "infringement", _("侵权投诉成立")
    THREAT = "threat", _("威胁、煽动")


class Satisfaction(models.IntegerChoices):
    VERY_SATISFIED = 5, _("非常满意")
    SATISFIED = 4, _("满意")
    FAIRLY_SATISFIED = 3, _("基本满意")
    DISSATISFIED = 2, _("不满意")
    VERY_DISSATISFIED = 1, _("非常不满意")


class DissatisfactionReason(models.TextChoices):
    NOT_SOLVED = "not_solved", _("问题未解决")
    NOT_AS_SAID = "not_as_said", _("与答复不符")
    SLOW = "slow", _("时间太长")
    ATTITUDE = "attitude", _("态度不好")
    NO_CONTACT = "no_contact", _("未联系我")
    OTHER = "other", _("其他")


class Verdict(models.TextChoices):
    """What became of a suggestion."""

    ADOPTED = "adopted", _("采纳")
    PARTLY = "partly", _("部分采纳")
    NOTED = "noted", _("留作参考")


class SignedAs(models.TextChoices):
    MAYOR = "mayor", _("区长")
    DEPUTY = "deputy", _("副区长")
    AUTHORISED = "authorised", _("授权签发人")


ENDED = frozenset(
    {Status.PUBLISHED.value, Status.DECLINED.value, Status.MERGED.value, Status.WITHDRAWN.value}
)
PENDING = frozenset(
    {Status.RECEIVED.value, Status.ACCEPTED.value, Status.ASSIGNED.value, Status.SUBMITTED.value}
)
WITHHOLDABLE = frozenset(
    {
        Status.ACCEPTED.value,
        Status.ASSIGNED.value,
        Status.SUBMITTED.value,
        Status.PUBLISHED.value,
        Status.MERGED.value,
    }
)
