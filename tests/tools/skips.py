"""Nothing is skipped: whatever skips itself is named at the end, with its reason, and fails the run."""

from collections.abc import Iterator

import pytest


class SkipCounter:
    """Collects what was skipped, tests and whole modules alike, and judges at the end."""

    def __init__(self) -> None:
        self.skipped: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a test that was skipped while it was set up or ran."""
        if report.skipped:
            self.skipped[report.nodeid] = _reason(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember a module that was skipped as a whole."""
        if report.skipped:
            self.skipped[report.nodeid] = _reason(report)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """A skip turns success into failure: what a test needs is made or installed, never done without."""
        yield
        is_worker = hasattr(session.config, "workerinput")
        if self.skipped and not is_worker and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name what was skipped, with its reason."""
        if not self.skipped:
            return
        terminalreporter.section(f"{len(self.skipped)} skipped")
        for name, why in sorted(self.skipped.items()):
            terminalreporter.line(f"SKIPPED {name}: {why}")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    return str(report.longrepr)
