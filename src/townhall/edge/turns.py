"""A line in which addresses take turns: one that sends a thousand waits for its own, nobody else does."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Turns(Generic[Item]):
    """First come, first served within an address; round and round between addresses. Not locked."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, deque[Item]] = OrderedDict()  # the first is served next
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, who: str, item: Item) -> None:
        """Stand at the end of an address's own line.

        :param who: whose turn it uses: an IPv4 address or an IPv6 /64
        """
        self._lines.setdefault(who, deque()).append(item)
        self._length += 1

    def take(self, most: int) -> list[Item]:
        """The next in turn, one of each address in every round."""
        taken: list[Item] = []
        while self._lines and len(taken) < most:
            who, line = self._lines.popitem(last=False)
            taken.append(line.popleft())
            if line:
                self._lines[who] = line
        self._length -= len(taken)
        return taken

    def place(self, who: str, item: Item) -> int | None:
        """How many are served up to and with this one, if nobody else comes; ``None`` when it does not wait."""
        line = self._lines.get(who)
        if line is None or item not in line:
            return None
        own = line.index(item)  # so many rounds are over before its own
        ahead, place = True, own + 1
        for other, theirs in self._lines.items():
            if other == who:
                ahead = False
            else:
                place += min(len(theirs), own + 1 if ahead else own)
        return place
