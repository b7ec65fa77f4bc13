"""/metrics tells how it goes, to nobody but those who are named, and nothing about anybody."""

import ipaddress
import logging
from typing import Any

import pytest
from django.test import Client

from townhall.config import monitoring
from townhall.kernel import metrics
from townhall.kernel.unit_of_work import unit_of_work

pytestmark = pytest.mark.django_db
MONITOR = "198.51.100.7"


@pytest.fixture(autouse=True)
def _static_folder(settings: Any) -> None:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def status(address: str, **headers: str) -> int:
    return Client(HTTP_HOST="localhost").get("/metrics", REMOTE_ADDR=address, headers=headers).status_code


def test_nobody_from_elsewhere_reads_figures(settings: Any) -> None:
    assert status(MONITOR) == 403
    assert status("") == 403
    assert status("not-an-address") == 403
    settings.METRICS_NETWORKS = [ipaddress.ip_network("198.51.100.0/28")]
    assert status(MONITOR) == 200
    assert status("198.51.100.16") == 403
    assert status("::ffff:198.51.100.7") == 200


def test_a_proxy_that_is_not_known_lends_its_address_to_nobody(settings: Any) -> None:
    settings.METRICS_NETWORKS = [ipaddress.ip_network("198.51.100.0/28")]
    assert status("127.0.0.1") == 200
    assert status("127.0.0.1", x_forwarded_for="203.0.113.5") == 403
    assert status(MONITOR, x_forwarded_for="203.0.113.5") == 403
    # With known proxies the address is already the visitor's own when it comes here.
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1/32")]
    assert status("203.0.113.5", x_forwarded_for="203.0.113.5") == 403
    assert status(MONITOR, x_forwarded_for=MONITOR) == 200


def test_a_wrong_token_is_refused_even_here() -> None:
    assert status("127.0.0.1", authorization="Bearer nonsense") == 403


def test_figures_cost_three_queries_however_much_there_is(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        told = Client(HTTP_HOST="localhost").get("/metrics").content.decode()
    assert 'townhall_question_age_seconds{status="received"} 0.0' in told
    assert "townhall_outbox_depth 0.0" in told


def counted(name: str, **labels: str) -> float:
    said = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return metrics.read().get(f"{name}{{{said}}}", 0.0)


@pytest.mark.django_db(transaction=True)
def test_commits_and_turns_are_timed_by_lane() -> None:
    before = (
        counted("townhall_commit_seconds_count", lane="ask"),
        counted("townhall_turn_seconds_count", lane="ask"),
    )
    with unit_of_work("ask"):
        pass
    after = (
        counted("townhall_commit_seconds_count", lane="ask"),
        counted("townhall_turn_seconds_count", lane="ask"),
    )
    assert after == (before[0] + 1, before[1] + 1)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_no_commit() -> None:
    before = counted("townhall_commit_seconds_count", lane="desk")
    with pytest.raises(ZeroDivisionError), unit_of_work():
        raise ZeroDivisionError
    assert counted("townhall_commit_seconds_count", lane="desk") == before


def test_errors_are_counted_by_kind_and_never_by_what_they_say() -> None:
    logger = logging.getLogger("townhall.test")
    before = (
        counted("townhall_errors_total", kind="KeyError"),
        counted("townhall_errors_total", kind="townhall.test"),
    )
    try:
        raise KeyError("13800138000")
    except KeyError:
        logger.exception("about 13800138000")
    logger.error("about 13800138000")
    logger.warning("nothing yet")
    after = (
        counted("townhall_errors_total", kind="KeyError"),
        counted("townhall_errors_total", kind="townhall.test"),
    )
    assert after == (before[0] + 1, before[1] + 1)
    assert b"13800138000" not in Client(HTTP_HOST="localhost").get("/metrics").content


def test_no_figure_is_labelled_with_more_than_a_word_of_ours() -> None:
    known = {"queue", "lane", "what", "by", "status", "kind", "le"}
    families = list(metrics.Figures().collect())
    assert families
    assert {label for one in families for sample in one.samples for label in sample.labels} <= known


def test_every_figure_that_is_told_is_described_and_the_other_way_round() -> None:
    described = {name for name, *_rest in monitoring.described()}
    told = Client(HTTP_HOST="localhost").get("/metrics").content.decode()
    families = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")}
    assert {name for name in families if not name.endswith("_created")} == described
    assert len(described) >= 20
