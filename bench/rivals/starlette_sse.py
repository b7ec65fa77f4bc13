"""Starlette with sse-starlette, as its documentation shows it: a queue for each viewer."""

import asyncio
from collections.abc import AsyncIterator

import uvicorn
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

viewers: set[asyncio.Queue[str]] = set()


async def stream(_request: Request) -> EventSourceResponse:
    queue: asyncio.Queue[str] = asyncio.Queue()
    viewers.add(queue)

    async def frames() -> AsyncIterator[dict[str, str]]:
        try:
            while True:
                yield {"event": "answer", "data": await queue.get()}
        finally:
            viewers.discard(queue)

    return EventSourceResponse(frames())


async def publish(request: Request) -> Response:
    text = (await request.body()).decode()
    for queue in viewers:
        queue.put_nowait(text)
    return Response(status_code=202)


app = Starlette(routes=[Route("/sse", stream), Route("/pub", publish, methods=["POST"])])

if __name__ == "__main__":
    import sys

    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        backlog=4096,
        log_level="warning",
    )
