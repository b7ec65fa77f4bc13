"""A real evening behind nginx with nchan, in a real browser: signed, covered, killed in between, and the same page."""

import re
import signal
import subprocess
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.edge.evening import SETTINGS, Evening
from tests.tools import nginx
from tests.tools.ports import free_port
from tests.tools.server import TOWNHALL, Installation

pytestmark = [
    pytest.mark.long,
    pytest.mark.browser,
    pytest.mark.skipif(
        nginx.NGINX is None or not nginx.NCHAN.exists(), reason="nchan: apt-get install libnginx-mod-nchan"
    ),
]
HIDDEN, ANSWER = "答复里的暗号一九八四", "路灯十二月五日前修好"
SECONDS = 30_000


class Front:
    """The evening, nginx before it, and the command that hands frames over."""

    def __init__(self, evening: Evening, proxy: nginx.Proxy) -> None:
        self.evening, self.proxy = evening, proxy
        self.publisher: subprocess.Popen[bytes] | None = None

    def publish(self) -> None:
        self.publisher = subprocess.Popen([TOWNHALL, "publish-frames"], env=self.evening.place.environment)

    def kill_publisher(self) -> None:
        assert self.publisher is not None
        self.publisher.send_signal(signal.SIGKILL)
        self.publisher.wait()

    def answered(self, text: str) -> int:
        number = int(self.evening.asked(f"{text}吗？")["id"])
        self.evening.sign(number, self.evening.bring_to_signing(number, text))
        return number


@pytest.fixture
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    port = free_port()
    settings = {
        "TOWNHALL_TRUSTED_PROXIES": "127.0.0.1",
        "TOWNHALL_FANOUT_URLS": f"http://127.0.0.1:{port}/publish",
    }
    place = Installation(tmp_path_factory.mktemp("crowd") / "data", settings=SETTINGS | settings)
    evening = Evening(place)
    place.start()
    try:
        where = tmp_path_factory.mktemp("nginx")
        with nginx.in_front_of(place.port, where, crowd=True, publish_port=port) as proxy:
            made = Front(evening, proxy)
            made.publish()
            yield made
            made.kill_publisher()
    finally:
        evening.close()
        place.stop()


def cards(page: Page) -> dict[str, str]:
    """What stands on a page, by the question."""
    rows = page.locator(".list-of-cards article.card").evaluate_all(
        "(cards) => cards.map((card) => [card.id, (card.querySelector('.answer') || card).textContent])"
    )
    return {number: re.sub(r"\s+", " ", text).strip() for number, text in rows}


def test_every_page_ends_the_same_whoever_dies(
    front: Front, new_context: Callable[..., BrowserContext]
) -> None:
    evening = front.evening
    page = new_context(ignore_https_errors=True).new_page()
    page.goto(f"{front.proxy.url}/hours/{evening.slug}/?lang=zh")
    link = page.locator(".link").first
    expect(link).to_have_attribute("data-face", "live", timeout=SECONDS)

    def handed_over() -> int:
        told = httpx.get(f"{evening.place.url}/metrics").text
        found = re.search(r'served_total\{.*what="handed_over".*\} (\d+)', told)
        return int(found[1]) if found else 0

    assert handed_over() >= 1, "the stream was led to nginx"
    bar = page.locator("[data-list=answers] .bar button")
    hidden = front.answered(HIDDEN)
    expect(bar).to_have_text("1 条新答复", timeout=SECONDS)
    bar.click()
    expect(page.locator(f"#q-{hidden}")).to_contain_text(HIDDEN)
    # The publisher dies; what is signed and covered meanwhile comes with its next life.
    front.kill_publisher()
    shown = front.answered(ANSWER)
    evening.done(evening.mayor, hidden, "withhold", code="personal_data")
    front.publish()
    expect(page.locator(f"#q-{hidden}")).not_to_contain_text(HIDDEN, timeout=SECONDS)
    expect(bar).to_have_text("1 条新答复", timeout=SECONDS)
    bar.click()
    expect(page.locator(f"#q-{shown}")).to_contain_text(ANSWER)
    assert HIDDEN not in page.content()
    # The server dies and comes back; who is here has not moved, and misses nothing.
    evening.place.kill()
    evening.place.start()
    last = front.answered("末班车十一点")
    expect(bar).to_have_text("1 条新答复", timeout=SECONDS)
    bar.click()
    expect(page.locator(f"#q-{last}")).to_contain_text("末班车十一点")
    fresh = new_context(ignore_https_errors=True).new_page()
    fresh.goto(f"{front.proxy.url}/hours/{evening.slug}/?lang=zh")
    assert cards(page) == cards(fresh)
