"""The server of the page: who may ask it, what it is asked, and what it answers."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import blake2b
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dlcli.cli import CHAPTERS
from dlcli.lab.files import RESULTS, Folder
from dlcli.lab.limits import PICTURES, REQUEST
from dlcli.lab.runs import Busy, Runs
from dlcli.lab.shell import document, stylesheet
from dlcli.wire.samples import samples

#: Nothing in the page but what this server sends; no frame around it; nothing of its address to others.
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}

#: What pictures begin with that can be pasted, and their endings.
PASTED = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif", b"RIFF": "webp", b"BM": "bmp"}


@dataclass(frozen=True)
class Door:
    """Lets in whoever has the token, by the right name, from the page itself.

    Cookies are sent to all ports of a host, and any page can ask any address: so the names in ``Host`` and
    ``Origin`` count, and what the browser says of where a request comes from.
    """

    app: ASGIApp
    port: int
    token: str

    @property
    def cookie(self) -> str:
        """The name of the cookie, one for each port."""
        return f"dlcli-lab-{self.port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on what may come in."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(Request(scope))

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = {name for name, _ in message["headers"]}
                message["headers"] += [
                    (name.encode(), value.encode())
                    for name, value in HEADERS.items()
                    if name.encode() not in named
                ]
            await send(message)

        await (refusal or self.app)(scope, receive, sealed)

    def _refusal(self, request: Request) -> Response | None:
        hosts = request.headers.getlist("host")
        if hosts not in ([f"127.0.0.1:{self.port}"], [f"localhost:{self.port}"]):
            return PlainTextResponse("this is the page of another host", 421)
        origins = request.headers.getlist("origin")
        if origins and origins != [f"http://{hosts[0]}"]:
            return PlainTextResponse("a page of another origin may not ask", 403)
        site = request.headers.get("sec-fetch-site", "none")
        if site not in ("same-origin", "none"):
            return PlainTextResponse("a page of another site may not ask", 403)
        if request.method == "POST":
            if not origins or request.headers.get("content-type", "").lower() != "application/json":
                return PlainTextResponse("JSON of the page itself is wanted", 415 if origins else 403)
        elif request.method != "GET":
            return PlainTextResponse("GET or POST", 405)
        given = request.query_params.getlist("token")
        if request.url.path == "/" and len(given) == 1 and self._is_token(given[0]):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict")
            return answer
        if not self._is_token(request.cookies.get(self.cookie, "")):
            return PlainTextResponse(
                "open the address that dlcli lab printed: the token in it is the key", 403
            )
        return None

    def _is_token(self, word: str) -> bool:
        return hmac.compare_digest(word.encode(), self.token.encode())


class Lab:
    """The routes of the page over one folder."""

    def __init__(self, folder: Folder, given: list[str]) -> None:
        self.folder = folder
        self.given = given
        self.pictures: OrderedDict[str, bytes] = OrderedDict()
        self.runs: Runs | None = None

    def application(self) -> Starlette:
        """The application."""

        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            self.runs = Runs(self.folder)
            try:
                yield
            finally:
                self.runs.close()

        return Starlette(
            routes=[
                Route("/", self.page),
                Route("/lab.js", self.script),
                Route("/lab.css", self.style),
                Route("/state", self.state),
                Route("/picture/{name}", self.picture),
                Route("/ask", self.ask, methods=["POST"]),
                Route("/paste", self.paste, methods=["POST"]),
            ],
            lifespan=lifespan,
        )

    async def page(self, request: Request) -> Response:
        """The page."""
        return Response(document(), media_type="text/html")

    async def script(self, request: Request) -> Response:
        """Its script."""
        return Response(files("dlcli.lab").joinpath("lab.js").read_bytes(), media_type="text/javascript")

    async def style(self, request: Request) -> Response:
        """Its style."""
        return Response(stylesheet(), media_type="text/css")

    async def state(self, request: Request) -> Response:
        """What can be chosen: commands by chapter, samples, files."""
        return JSONResponse(
            {
                "chapters": CHAPTERS,
                "samples": [f"sample:{name}" for name in samples()],
                "files": [*dict.fromkeys([*self.given, *self.folder.listed()])],
                "first": self.given[0] if self.given else "sample:cat",
                "results": RESULTS,
            }
        )

    async def picture(self, request: Request) -> Response:
        """An input's picture."""
        found = self.pictures.get(request.path_params["name"].removesuffix(".png"))
        if found is None:
            return PlainTextResponse("it is no longer here", 404)
        return Response(found, media_type="image/png", headers={"cache-control": "private, max-age=86400"})

    async def ask(self, request: Request) -> Response:
        """Run a pipe, explain a cell, read a line, describe a form, or save: see ``dlcli.lab.answer``."""
        asked = await _json(request)
        if asked is None:
            return PlainTextResponse(f"a request is a JSON object of up to {REQUEST:,} bytes", 413)
        assert self.runs is not None
        try:
            answer = await self.runs.run({**asked, "known": list(self.pictures)}, _gone(request))
        except Busy:
            return JSONResponse({"error": {"text": "too many runs at once"}}, 429)
        if answer is None:
            return Response(status_code=499)
        for name, picture in answer.pop("pictures", {}).items():
            self.pictures[name] = b64decode(picture)
            while len(self.pictures) > PICTURES:
                self.pictures.popitem(last=False)
        return JSONResponse(answer)

    async def paste(self, request: Request) -> Response:
        """Keep a picture that was pasted or dropped as a file of the folder of results."""
        asked = await _json(request)
        try:
            data = b64decode(str((asked or {}).get("data", "")), validate=True)
        except ValueError:
            data = b""
        ending = next((ending for begins, ending in PASTED.items() if data.startswith(begins)), None)
        if ending is None:
            return JSONResponse({"error": {"text": "a PNG, JPEG, GIF, WebP or BMP picture is wanted"}}, 400)
        path = self.folder.result(f"pasted-{blake2b(data, digest_size=4).hexdigest()}.{ending}")
        place = self.folder.root / path
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(data)
        return JSONResponse({"path": path})


async def _json(request: Request) -> dict[str, Any] | None:
    """The object that a request holds; None where it holds something else, or too much."""
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > REQUEST:
            return None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


async def _gone(request: Request) -> None:
    """Return when whoever asked has gone."""
    receive: Callable[[], Awaitable[Message]] = request.receive
    while (await receive())["type"] != "http.disconnect":
        pass
