"""Django Channels under uvicorn: an async HTTP consumer in a group of the memory layer."""

import sys

import uvicorn
from django.conf import settings

settings.configure(
    SECRET_KEY="bench", ALLOWED_HOSTS=["*"], INSTALLED_APPS=[],
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}},
)  # fmt: skip

import django

django.setup()

from channels.generic.http import AsyncHttpConsumer
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from django.urls import path


class Stream(AsyncHttpConsumer):  # type: ignore[misc]
    async def handle(self, body: bytes) -> None:
        await self.channel_layer.group_add("bench", self.channel_name)
        await self.send_headers(headers=[(b"content-type", b"text/event-stream")])
        await self.send_body(b":\n\n", more_body=True)

    async def http_request(self, message: dict[str, object]) -> None:
        """As the base class does, but the stream stays open: there is no end to it."""
        self.body = [message.get("body", b"")]
        if not message.get("more_body"):
            await self.handle(b"".join(self.body))

    async def frame(self, event: dict[str, str]) -> None:
        await self.send_body(f"event: answer\ndata: {event['text']}\n\n".encode(), more_body=True)


class Publish(AsyncHttpConsumer):  # type: ignore[misc]
    async def handle(self, body: bytes) -> None:
        await get_channel_layer().group_send("bench", {"type": "frame", "text": body.decode()})
        await self.send_response(202, b"")


application = URLRouter([path("sse", Stream.as_asgi()), path("pub", Publish.as_asgi())])

if __name__ == "__main__":
    uvicorn.run(
        application,
        port=int(sys.argv[1]),
        loop="uvloop",
        access_log=False,
        backlog=4096,
        log_level="warning",
        lifespan="off",
    )
