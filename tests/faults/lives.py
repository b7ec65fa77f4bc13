"""A process that has the product loaded and forks short lives, each of which kills itself at a named point of the flow.

Run as a program with its own data directory, told what to do line by line. A life asks, signs, keeps the record and sends
codes, and says each thing only once it is true: what it has said must be there afterwards. Forking keeps 500 kills
affordable.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

ASKED_EACH = 2
Point = Callable[["Fatal"], None]


class Fatal:
    """Dies the n-th time that its moment comes."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def moment(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(
        self, owner: Any, name: str, *, before: bool, only: Callable[..., bool] = lambda *_a: True
    ) -> None:
        """Let the moment come before or after each call of a function."""
        whole = getattr(owner, name)

        def call(*arguments: Any, **named: Any) -> Any:
            chosen = only(*arguments)
            if before and chosen:
                self.moment()
            found = whole(*arguments, **named)
            if not before and chosen:
                self.moment()
            return found

        setattr(owner, name, call)


def _commit(fatal: Fatal, *, before: bool) -> None:
    from django.db import connections

    fatal.around(type(connections["default"]), "_commit", before=before)


def _bell(fatal: Fatal) -> None:
    from townhall.journal import bell

    fatal.around(bell, "ring", before=True)


def _half_a_file(fatal: Fatal) -> None:
    fatal.around(os, "fchmod", before=True)  # written, not yet on the disk, without its name


def _name(fatal: Fatal, *, before: bool) -> None:
    fatal.around(Path, "replace", before=before)


def _folder(fatal: Fatal) -> None:
    from townhall.record import tiles

    fatal.around(tiles.Files, "settle", before=True)


def _checkpoint(fatal: Fatal, *, before: bool) -> None:
    from townhall.record import tiles

    fatal.around(
        tiles.Files, "replace", before=before, only=lambda _files, where, _data: where == tiles.CHECKPOINT
    )


def _gateway(fatal: Fatal, *, before: bool) -> None:
    from townhall.outreach.providers import gateway

    fatal.around(gateway, "call", before=before)


POINTS: dict[str, Point] = {
    "before a commit": lambda fatal: _commit(fatal, before=True),
    "after a commit, before anybody is told": lambda fatal: _commit(fatal, before=False),
    "before the bell of a publication": _bell,
    "a tile is half written": _half_a_file,
    "before a file has its name": lambda fatal: _name(fatal, before=True),
    "after a file has its name": lambda fatal: _name(fatal, before=False),
    "before the names are on the disk": _folder,
    "before a checkpoint": lambda fatal: _checkpoint(fatal, before=True),
    "after a checkpoint": lambda fatal: _checkpoint(fatal, before=False),
    "before the gateway is called": lambda fatal: _gateway(fatal, before=True),
    "after the gateway has taken it": lambda fatal: _gateway(fatal, before=False),
    "before a receipt is handed over": lambda fatal: fatal.around(sys.modules[__name__], "say", before=True),
    "after a receipt was handed over": lambda fatal: fatal.around(sys.modules[__name__], "say", before=False),
    "never": lambda _fatal: None,
}
# Other ways to fail: the life says why and ends by itself.
FAILED = 3


def fill_the_disk() -> None:
    """From now on no file grows beyond what the database's log has, and a little (EFBIG, as ENOSPC would)."""
    import resource

    from django.conf import settings

    log = Path(settings.DATA_DIR) / "townhall.sqlite3-wal"
    most = (log.stat().st_size if log.exists() else 0) + 4096
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def lose_patience() -> None:
    """Wait for the database a moment only, so that a test need not wait longer."""
    from django.db import connection

    connection.settings_dict["OPTIONS"]["timeout"] = 0.2


TROUBLES: dict[str, Callable[[], None]] = {"disk": fill_the_disk, "locked": lose_patience, "": lambda: None}


def say(**told: Any) -> None:
    """Tell the outside what holds from now on."""
    os.write(1, (json.dumps(told) + "\n").encode())


def prepare() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.fixtures import make_district

    make_district().to_stage("live")


def _actor(username: str) -> Any:
    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import actor_for
    from townhall.people.models import Account

    return actor_for(Account.objects.get(username=username), OfficeHour.objects.get())


def live(keys: list[str]) -> None:
    """Ask, each under a key that is tried again until its receipt was handed over; sign; keep the record; send codes."""
    from townhall.outreach import sending
    from townhall.record.actions import Keeper, last_checkpoint
    from townhall.record.actions import folder as record_folder
    from townhall.record.tiles import Files

    this = sys.modules[__name__]
    keeper = Keeper()
    for key in keys:
        asked = _ask(key)
        this.say(asked=key, id=asked.id, number=asked.number, receipt=asked.receipt)
        answer = _sign(asked.id, key)
        if answer:
            this.say(signed=asked.id, text=answer)
        keeper.turn()
        found = last_checkpoint(Files(record_folder()))
        assert found is not None
        this.say(size=found.size, root=found.root.hex())
        _send_code(key)
        while sending.tick():
            pass


def _ask(key: str) -> Any:
    from townhall.hours.models import OfficeHour
    from townhall.questions import asking, citizen_actions

    payload = {"display_name": "湖边居民", "text": f"第 {key} 问：路灯何时修好？", "idempotency_key": key}
    return citizen_actions.ask(asking.parse(OfficeHour.objects.get(), payload))


def _sign(question_id: int, key: str) -> str:
    """Carry it on from wherever the life before has left it; what was signed, or nothing when it was already."""
    from tests.fixtures import GOOD_ANSWER
    from townhall.hours.models import Group
    from townhall.questions import actions
    from townhall.questions.models import Question

    def does(username: str, verb: str, **data: Any) -> None:
        actions.perform(_actor(username), verb, question_id, data)

    answer = f"{GOOD_ANSWER}（{key}）"
    status = Question.objects.get(id=question_id).status
    if status == "received":
        does("moderator", "accept")
    if status in {"received", "accepted"}:
        does("moderator", "assign", lead=Group.objects.order_by("id")[0].id)
    if status in {"received", "accepted", "assigned"}:
        does("member1", "draft", text=answer, outcome="answered")
        does("lead1", "submit")
    if status == "published":
        return ""
    does("mayor", "sign", version=Question.objects.get(id=question_id).draft_version)
    return answer


def _send_code(key: str) -> None:
    from townhall.kernel.errors import Refused
    from townhall.people import identity

    life, number = key.split("-")
    try:
        identity.start_verification(f"139{int(life):05d}{int(number):03d}")
    except Refused:
        return  # the life before has ordered it


def look(thorough: str) -> dict[str, Any]:
    """What is there: every question by key, what is published, and whether journal and record are whole."""
    from townhall.journal.models import Entry, Line
    from townhall.questions import published
    from townhall.questions.models import Question
    from townhall.record import checking, tiles
    from townhall.record.actions import folder, last_checkpoint

    gaps = []
    for line, last in Line.objects.values_list("id", "last_seq"):
        seqs = list(Entry.objects.filter(line=line).order_by("seq").values_list("seq", flat=True))
        if seqs != list(range(1, last + 1)):
            gaps.append(line)
    rows = Question.objects.values_list("id", "number", "text")
    shown = {row[0]: published.get(row[0]) for row in rows} if thorough == "whole" else {}
    checkpoint = last_checkpoint(tiles.Files(folder()))
    return {
        "texts": Counter(row[2] for row in rows),
        "numbers": {row[0]: row[1] for row in rows},
        "answers": {key: one["answer"]["text"] for key, one in shown.items() if one and one["answer"]},
        "gaps": gaps,
        "compared": checking.agree(thorough=True) if checkpoint and thorough == "whole" else 0,
        "size": checkpoint.size if checkpoint else 0,
    }


def grew(size: int, root: str) -> bool:
    """Whether the record of today begins with that of then."""
    from townhall.record import tiles
    from townhall.record.actions import folder
    from townhall.record.growing import Tree

    return Tree(tiles.Files(folder()), size).root.hex() == root if size else True


def _in_a_life(act: Callable[[], None]) -> int:
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if not child:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever it is: the life has failed, and says by what
            print(type(error).__name__, error, file=sys.stderr)
            os._exit(FAILED)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def _fatal_life(
    keys: list[str], point: str = "never", nth: int = 1, trouble: str = "", shift: float = 0.0
) -> Callable[[], None]:
    from tests.fixtures import START
    from townhall.kernel import clock

    def act() -> None:
        POINTS[point](Fatal(nth))
        TROUBLES[trouble]()
        with clock.steer(START + timedelta(seconds=shift)):
            live(keys)

    return act


def main() -> None:
    import django

    django.setup()
    from tests.fixtures import START
    from townhall.kernel import clock
    from townhall.outreach import sending
    from townhall.outreach.providers import gateway
    from townhall.record.actions import Keeper

    assert gateway and sending and Keeper  # loaded before the forks, so that lives begin at once
    with clock.steer(START):
        for line in sys.stdin:
            told = json.loads(line)
            command = told.pop("do")
            found: object = "ok"
            if command == "prepare":
                prepare()
            elif command == "live":
                found = _in_a_life(_fatal_life(**told))
            elif command == "look":
                found = look(**told)
            else:
                found = grew(**told)
            say(done=found)


if __name__ == "__main__":
    main()
