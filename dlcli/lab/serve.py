"""The page's server at work on a socket, until it is interrupted."""

from __future__ import annotations

import socket

import uvicorn

from dlcli.lab.files import Folder
from dlcli.lab.server import Door, Lab


def serve(listener: socket.socket, token: str, folder: Folder, given: list[str]) -> None:
    """Answer the page over a socket that is bound already; ``given`` are its first inputs."""
    port = listener.getsockname()[1]
    door = Door(Lab(folder, given).application(), port, token)
    settings = uvicorn.Config(
        door, log_level="critical", access_log=False, server_header=False, date_header=False, lifespan="on"
    )
    listener.listen(128)
    uvicorn.Server(settings).run(sockets=[listener])
