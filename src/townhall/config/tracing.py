"""Turns traces on: OpenTelemetry's own batching, our own way out (``townhall[traces]``)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import httpx
from django.conf import settings

from townhall.kernel import outbound, traces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter

logger = logging.getLogger("townhall.config")
SECONDS = 5  # a collector that takes longer loses this batch; nobody waits for it
PROTOBUF = "application/x-protobuf"


def start() -> None:
    """Make spans from now on where the setting names a collector; called once in each serving process.

    :raises SystemExit: when the packages are not installed
    """
    if not settings.TRACES_URL:
        return
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        message = "townhall: TOWNHALL_TRACES_URL needs OpenTelemetry: pip install 'townhall[traces]'"
        raise SystemExit(message) from None
    provider = TracerProvider(resource=Resource.create({"service.name": "townhall"}))
    provider.add_span_processor(BatchSpanProcessor(exporter()))
    traces.use(provider.get_tracer("townhall"))


def exporter() -> SpanExporter:
    """Sends spans as OTLP over HTTP (protobuf) through the one door for outgoing calls."""
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class Exporter(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            body = encode_spans(spans).SerializeToString()
            try:
                with outbound.client(SECONDS) as client:
                    answer = client.post(
                        settings.TRACES_URL, content=body, headers={"Content-Type": PROTOBUF}
                    )
            except httpx.HTTPError as error:
                logger.warning("%d spans did not leave: %s", len(spans), type(error).__name__)
                return SpanExportResult.FAILURE
            return SpanExportResult.SUCCESS if answer.is_success else SpanExportResult.FAILURE

    return Exporter()
