"""Traces: off they cost nothing and load nothing; on they leave through the one door and say nothing about anybody."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult

from townhall.config import tracing
from townhall.kernel import traces
from townhall.kernel.unit_of_work import unit_of_work

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    got: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Collector)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", got
    server.shutdown()
    server.server_close()


def test_off_nothing_is_loaded_and_nothing_made(tmp_path: Path) -> None:
    code = (
        "from townhall.config.serving import wiring; wiring(); import sys; "
        "print(sorted(name for name in sys.modules if name.startswith('opentelemetry')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
        env={"TOWNHALL_DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
    assert isinstance(traces.span("anything", n=1), nullcontext)


@pytest.mark.django_db(transaction=True)
def test_on_steps_leave_nested_as_otlp(collector: tuple[str, list[bytes]], settings: Any) -> None:
    settings.TRACES_URL, got = collector
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(tracing.exporter()))
    traces.use(provider.get_tracer("test"))
    try:
        with traces.span("request", method="GET", path="/track/***/"), unit_of_work("ask"):
            pass
    finally:
        traces.use(None)
        provider.shutdown()
    spans = [
        span
        for body in got
        for one in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in one.scope_spans
        for span in scope.spans
    ]
    named = {span.name: span for span in spans}
    assert set(named) == {"request", "unit of work"}
    assert named["unit of work"].parent_span_id == named["request"].span_id
    assert {one.key: one.value.string_value for one in named["request"].attributes} == {
        "method": "GET", "path": "/track/***/",
    }  # fmt: skip


def test_a_collector_that_nobody_named_gets_nothing(settings: Any) -> None:
    settings.TRACES_URL = "http://127.0.0.1:9/v1/traces"
    assert tracing.exporter().export([]) == SpanExportResult.FAILURE
