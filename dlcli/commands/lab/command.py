"""``dlcli lab``: the laboratory as a page in the browser."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec

from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.command import tool
from dlcli.runner.environment import Environment
from dlcli.runner.kinds import Reads, Whole
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument, option

#: What the page needs beside what the commands do.
NEEDED = ("starlette", "uvicorn")

#: Bits of the token.
BITS = 192


MANUAL = Manual(
    emits={},
    examples=("dlcli lab", "dlcli lab photo.png sample:cat", "dlcli lab --port 8000 --no-browser"),
)


@dataclass(frozen=True)
class Options:
    """The page's address, and what it begins with."""

    files: tuple[str, ...] = argument(Reads("FILE"), metavar="[FILE]...", many=True)
    port: int | None = option(
        "--port",
        Whole("N", least=0, most=65535),
        under="Page",
        help="The port of 127.0.0.1 that it listens on. [default: a free one]",
    )
    no_browser: bool = option("--no-browser", under="Page", help="Print the address and open nothing.")


@tool("lab", MANUAL, Options)
def command(environment: Environment, options: Options) -> None:
    """Touch everything in the browser: every option a control, every number a click.

    The page is on 127.0.0.1 alone. Its address is the first line on standard output; the token in it is the
    key. It reads files below the folder it is started in; what it writes is in dlcli-lab/ there. Ctrl-C
    ends it.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise DlcliError(f"the page needs {' and '.join(missing)}: pip install 'dlcli[lab]'")
    from dlcli.lab.files import Folder
    from dlcli.lab.runs import Runs
    from dlcli.runner.inputs import parted
    from dlcli.wire.samples import samples
    from dlcli.words.near import did_you_mean

    folder = Folder.at(os.getcwd())
    for file in options.files:
        if file.startswith("sample:"):
            if (name := parted(file)[0].removeprefix("sample:")) not in samples():
                raise WrongUsage(
                    f"there is no sample {name!r}: {did_you_mean(name, samples(), 'see dlcli samples')}"
                )
            continue
        folder.check(file)
        if not os.path.isfile(file):
            raise WrongUsage(f"there is no file {file!r}")
    with listening(options.port or 0) as listener, closing(Runs(folder)) as runs:
        from dlcli.lab.serve import serve
        from dlcli.lab.server import Lab

        page = f"http://127.0.0.1:{listener.getsockname()[1]}/?token="
        token, once = (secrets.token_urlsafe(BITS // 8) for _ in range(2))
        environment.stdout.write(f"{page}{token}\n".encode())
        if not options.no_browser:
            import webbrowser

            webbrowser.open(page + once)
        serve(listener, Lab(folder, list(options.files), runs), token, [] if options.no_browser else [once])


def listening(port: int) -> socket.socket:
    """A socket of 127.0.0.1 that listens. Raises ``DlcliError`` where the port cannot be had."""
    # By its protocol asyncio knows it for one whose small answers are not to wait 40 ms (TCP_NODELAY).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # elsewhere it would let others take the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise DlcliError(f"port {port} of 127.0.0.1: {os.strerror(error.errno or 0)}; try another") from error
    return listener
