"""`townhall publish-frames` on the stand-in house, in a process of its own that can be killed: FOLDER URL."""

import sys
import time
from pathlib import Path

import django
from django.conf import settings


def main(folder: Path, url: str) -> None:
    django.setup()
    settings.FANOUT_URLS = [url]
    from tests.edge.stand_in import Journal
    from townhall.live.fanout import Publisher

    publisher = Publisher(Journal(folder), [url], folder / "frames.json", hours=lambda: ["one"])
    while True:
        publisher.round()
        time.sleep(0.02)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
