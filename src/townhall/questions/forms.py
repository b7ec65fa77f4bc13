"""Reading typed values out of what was sent: each wrong one named with its remedy, all of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.kernel import text
from townhall.kernel.errors import InvalidFields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from townhall.questions.models import Question

MOST_NOTE = 2000
MOST_DIGITS = 19  # of a 64-bit number


class Form:
    """Reads typed values out of what was sent and gathers errors; :meth:`done` raises them together."""

    def __init__(self, data: Mapping[str, Any], question: Question) -> None:
        self.data = data
        self.question = question
        self.errors: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def words(self, name: str, most: int = MOST_NOTE, *, required: bool = False) -> str:
        """Text as people keep it: cleaned, bounded, there when required."""
        value = self.data.get(name)
        value = "" if value is None else value
        if not isinstance(value, str):
            self.errors[name] = _("请填写文字。")
            return ""
        try:
            value = text.clean(value)
        except ValueError:
            self.errors[name] = _("含有无法识别的字符，请重新输入。")
            return ""
        if required and not value:
            self.errors[name] = _("请填写这一项。")
        elif text.exceeds(value, most):
            self.errors[name] = _("最多 %(most)s 个字，请缩短。") % {"most": most}
        self.values[name] = value
        return value

    def choice(self, name: str, values: Iterable[str], *, required: bool = False) -> str:
        """A word of a list; empty when absent."""
        value = self.data.get(name)
        known = list(values)
        if value in known:
            self.values[name] = value
            return str(value)
        if value not in {None, ""} if isinstance(value, str | None) else True:
            self.errors[name] = _("请从 %(values)s 中选择。") % {"values": "、".join(known)}
        elif required:
            self.errors[name] = _("请选择这一项：%(values)s。") % {"values": "、".join(known)}
        self.values[name] = ""
        return ""

    def integer(self, name: str, *, required: bool = False) -> int | None:
        """A whole number that is an id or a version; ``None`` when absent."""
        value = self.data.get(name)
        if value in {None, ""} if isinstance(value, str | None) else False:
            if required:
                self.errors[name] = _("请填写这一项。")
            return None
        number = as_integer(value)
        if number is None:
            self.errors[name] = _("请填写数字。")
        return number

    def switch(self, name: str) -> bool:
        """Yes or no; absent means no."""
        value = self.data.get(name, False)
        return value is True or value in ("true", "on", "1", 1)

    def integers(self, name: str) -> list[int]:
        """Ids, each once; a single one counts as a list."""
        value = self.data.get(name)
        if value in (None, ""):
            return []
        items = value if isinstance(value, list | tuple) else [value]
        numbers = [as_integer(item) for item in items]
        if any(number is None for number in numbers):
            self.errors[name] = _("请填写数字编号的列表。")
            return []
        return list(dict.fromkeys(number for number in numbers if number is not None))

    def done(self) -> dict[str, Any]:
        """Everything read, or every error together.

        :raises InvalidFields: naming each field
        """
        if self.errors:
            raise InvalidFields(self.errors)
        return self.values


def as_integer(value: Any) -> int | None:
    """A whole number of 64 bits, typed or given; ``None`` for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip()
        if not (value.isascii() and value.isdigit()) or len(value) > MOST_DIGITS:
            return None
        value = int(value)
    return value if isinstance(value, int) and 0 <= value < 2**63 else None
