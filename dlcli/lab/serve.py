"""The page's server at work on a socket, until it is interrupted."""

from __future__ import annotations

import socket

import uvicorn

from dlcli.lab.limits import CONNECTIONS
from dlcli.lab.server import Door, Lab


def server(listener: socket.socket, door: Door) -> uvicorn.Server:
    """What answers over a socket that listens already.

    Header lines take 16 KiB at most; what still runs a second after the end is cut off.
    """
    settings = uvicorn.Config(
        door,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=16 << 10,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(settings)


def serve(listener: socket.socket, lab: Lab, token: str, once: list[str]) -> None:
    """Answer the page over a socket until the process is told to end."""
    door = Door(lab.application(), listener.getsockname()[1], token, once)
    server(listener, door).run(sockets=[listener])
