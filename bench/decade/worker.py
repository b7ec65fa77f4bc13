"""One installation that answers one request after the other, as its standard input tells it; see `bench.decade`."""

import json
import logging
import sys
import time
from typing import Any


def _forget() -> None:
    """Nobody has asked before: what is kept for a minute or for a journal's number has to be made."""
    from townhall.insight import facets, statistics
    from townhall.portal.views import annual, leftovers

    facets.forget()
    statistics.forget()
    annual._made.clear()  # noqa: SLF001 - keeps no door for it
    leftovers._file.cache_clear()  # noqa: SLF001 - the same


class Reader:
    """A browser of each account."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}

    def client(self, who: str) -> Any:
        from django.test import Client

        from townhall.people.models import Account

        if who not in self._clients:
            self._clients[who] = Client(HTTP_HOST="127.0.0.1:8000")
            if who:
                self._clients[who].force_login(Account.objects.get(username=who))
        return self._clients[who]

    def ask(self, url: str, who: str) -> tuple[int, int, float]:
        """Status, bytes and milliseconds of one answer, read to its end.

        SQLite works in the thread that asks it, so its processor time is what the answer costs; the clock on the wall
        would tell of whoever else uses the machine.
        """
        client = self.client(who)
        _forget()
        started = time.thread_time()
        answer = client.get(url)
        size = sum(map(len, answer.streaming_content)) if answer.streaming else len(answer.content)
        return answer.status_code, size, (time.thread_time() - started) * 1000

    def count(self, url: str, who: str) -> tuple[int, int, float, list[str]]:
        """The same, and what the database was asked; once somebody has opened the page before."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        self.ask(url, who)
        with CaptureQueriesContext(connection) as queries:
            answer = self.ask(url, who)
        return *answer, [query["sql"] for query in queries]


def main() -> None:
    """Answer until the input ends."""
    import django

    django.setup()
    logging.disable(logging.INFO)
    from bench.decade import addresses

    reader = Reader()
    print(json.dumps(addresses.known()), flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        told: list[str] = []
        if wanted["count"]:
            status, size, took, told = reader.count(wanted["url"], wanted["who"])
        else:
            status, size, took = reader.ask(wanted["url"], wanted["who"])
        print(json.dumps({"status": status, "bytes": size, "ms": took, "queries": told}), flush=True)


if __name__ == "__main__":
    main()
