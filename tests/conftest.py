"""One test run: where its data live, which browser and server it uses, and that nothing is skipped."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.tools import environment

environment.prepare()  # before anything of the product is imported

import django  # noqa: E402

django.setup()

from playwright.sync_api import Browser, BrowserContext, Page  # noqa: E402

from tests.tools import messages, skips  # noqa: E402
from tests.tools.browser import CHROMIUM, chromium  # noqa: E402
from tests.tools.server import Installation, serving  # noqa: E402

pytest_plugins = ["tests.fixtures"]

hypothesis_settings.register_profile(
    "quick", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
hypothesis_settings.register_profile(
    "long",
    max_examples=150,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_configure(config: pytest.Config) -> None:
    """Let no skip pass."""
    config.pluginmanager.register(skips.SkipCounter(), "townhall-skips")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that are given the most time come first: one that starts last keeps the other workers waiting."""
    patience: dict[Path, float] = {}
    for item in items:
        for mark in item.iter_markers("timeout"):
            patience[item.path] = max(patience.get(item.path, 0), float(mark.args[0]))
    items.sort(key=lambda item: -patience.get(item.path, 0))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """The same name in every process: sets have no order of their own, and objects show where they lie in memory."""
    if isinstance(val, set | frozenset):
        return f"{{{', '.join(sorted(map(repr, val)))}}}"
    return argname if " at 0x" in repr(val) and not callable(val) else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Each worker prepares its own data directory, so it must not inherit Django's settings as already chosen."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it when nobody's real words were tested with."""
    if messages.real_folder() is None:
        terminalreporter.line(messages.GENERATED)


@pytest.fixture(scope="session")
def message_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with messages and replies: real ones where they are at hand, else generated ones."""
    return messages.real_folder() or messages.generate(tmp_path_factory.mktemp("messages"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for the tests of one module; its event loop must not outlive it, other tests start their own."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with chromium() as running:
        yield running


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Further persons at the same office hour: each context has its own cookies."""
    opened: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        context = browser.new_context(**({"locale": "zh-CN", "timezone_id": "Asia/Shanghai"} | options))  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture(autouse=True)
def _fresh_codes() -> None:
    """One test's codes are not counted against the next one's."""
    from townhall.kernel.pace import CODES

    CODES.forget_all()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """One person with one page."""
    return new_context().new_page()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A real server on an empty installation, shared by the tests of one module."""
    with serving(tmp_path_factory.mktemp("installation") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def live_hour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A real server on the demo district in the middle of its live hour, shared by the tests of one module."""
    with serving(tmp_path_factory.mktemp("installation") / "data", stage="live") as running:
        yield running


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation of its own for one test, not started: the test decides about stage, settings and ends."""
    place = Installation(tmp_path / "data")
    yield place
    place.stop()
