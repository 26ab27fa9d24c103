"""The server of the page: who may ask it, what it is asked, and what it answers."""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64decode
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from hmac import compare_digest
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dlcli.cli import CHAPTERS
from dlcli.errors import WrongUsage
from dlcli.lab.files import RESULTS, Folder
from dlcli.lab.limits import ARRIVES, KEPT, LINE, PICTURES, REQUEST
from dlcli.lab.messages import asked_line
from dlcli.lab.runs import Busy, Runs
from dlcli.lab.shell import document, script, stylesheet
from dlcli.lessons.shipped import found, shipped
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

#: The last row of a table of numbers.
NUMBERS = re.compile(rb"[-+\d.,;eE\s\"]*\d[-+\d.,;eE\s\"]*")

#: Commands that read nothing, so that no pipe goes on with them; to ask each would load them all.
BEGINNERS = ("samples", "kernels", "summary")

#: Bytes of text that can be pasted.
TEXT = 4 << 20

#: What pictures begin with that can be pasted, and their endings.
PASTED = {
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "gif": re.compile(rb"GIF8[79]a"),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "bmp": re.compile(rb"BM"),
}

#: What is said of too large a file that is pasted: four letters of a request hold three of its bytes.
PASTING = (
    f"a file that is pasted or dropped has up to about {REQUEST * 3 // 4 >> 20} MB: put a larger one into "
    "the folder in which dlcli lab was started, and type its name"
)


@dataclass(frozen=True)
class Door:
    """Lets in whoever has the token, by the right name, from the page itself.

    Cookies are sent to all ports of a host, and any page can ask any address: so the names in ``Host`` and
    ``Origin`` count, and what the browser says of where a request comes from. ``once`` holds a token that
    opens the page a single time: other users of the machine see it among the words that start the browser.
    """

    app: ASGIApp
    port: int
    token: str
    once: list[str] = field(default_factory=list)

    @property
    def cookie(self) -> str:
        """The name of the cookie, one for each port."""
        return f"dlcli-lab-{self.port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on what may come in."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        if scope["type"] != "http":
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
        hosts, origins, sites, kinds, cookies = (
            request.headers.getlist(name)
            for name in ("host", "origin", "sec-fetch-site", "content-type", "cookie")
        )
        if hosts not in ([f"127.0.0.1:{self.port}"], [f"localhost:{self.port}"]):
            return PlainTextResponse("this is the page of another host", 421)
        path: str = request.scope["path"]
        if not path.startswith("/"):
            return PlainTextResponse("a path is wanted", 400)
        if origins and origins != [f"http://{hosts[0]}"]:
            return PlainTextResponse("a page of another origin may not ask", 403)
        if sites and sites not in (["same-origin"], ["none"]):
            return PlainTextResponse("a page of another site may not ask", 403)
        if request.method == "POST":
            if not origins:
                return PlainTextResponse("the page itself says its origin", 403)
            if kinds != ["application/json"]:
                return PlainTextResponse("JSON is wanted", 415)
        elif request.method != "GET":
            return PlainTextResponse("GET or POST", 405, {"allow": "GET, POST"})
        given = request.query_params.getlist("token")
        if path == "/" and len(given) == 1 and self._opens(given[0]):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict")
            return answer
        pairs = [pair.strip().partition("=") for line in cookies for pair in line.split(";")]
        # Another port may have set one of the same name: it does not shut out ours.
        if not any(name == self.cookie and self._is_token(value) for name, _, value in pairs):
            return PlainTextResponse(
                "open the address that dlcli lab printed: the token in it is the key", 403
            )
        return None

    def _opens(self, word: str) -> bool:
        """Whether a word of the address is the token, or the one that opens the page once."""
        if self.once and compare_digest(word.encode(), self.once[0].encode()):
            self.once.clear()
            return True
        return self._is_token(word)

    def _is_token(self, word: str) -> bool:
        return compare_digest(word.encode(), self.token.encode())


class Lab:
    """The routes of the page over one folder."""

    def __init__(self, folder: Folder, given: list[str], runs: Runs) -> None:
        self.folder = folder
        self.given = given
        self.runs = runs
        self.pictures: OrderedDict[str, bytes] = OrderedDict()

    def application(self) -> Starlette:
        """The application."""

        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            try:
                yield
            finally:
                await self.runs.aclose()

        return Starlette(
            routes=[
                Route("/", self.page),
                Route("/script/{name}.js", self.script),
                Route("/lab.css", self.style),
                Route("/state", self.state),
                Route("/picture/{name}", self.picture),
                Route("/lesson/{name}", self.lesson),
                Route("/ask", self.ask, methods=["POST"]),
                Route("/paste", self.paste, methods=["POST"]),
            ],
            lifespan=lifespan,
        )

    async def page(self, request: Request) -> Response:
        """The page."""
        return Response(document(), media_type="text/html")

    async def script(self, request: Request) -> Response:
        """A module of its script."""
        found = script(request.path_params["name"])
        return Response(found, 404 if found is None else 200, media_type="text/javascript")

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
                "lessons": {name: found(name).title for name in shipped()},
                "beginners": BEGINNERS,
            }
        )

    async def lesson(self, request: Request) -> Response:
        """A lesson that comes along, as its slides have it; steps that the page can run have their lines."""
        name = request.path_params["name"]
        if name not in shipped():
            return PlainTextResponse("there is no such lesson", 404)
        from dlcli.lessons.slides import slide_html

        slides = [slide_html(slide, lambda command: command.pipe) for slide in found(name).slides]
        return JSONResponse({"title": found(name).title, "slides": slides})

    async def picture(self, request: Request) -> Response:
        """An input's picture."""
        found = self.pictures.get(request.path_params["name"].removesuffix(".png"))
        if found is None:
            return PlainTextResponse("it is no longer here", 404)
        return Response(found, media_type="image/png", headers={"cache-control": "private, max-age=86400"})

    async def ask(self, request: Request) -> Response:
        """Run a pipe, explain a cell, read a line, describe a form, or save: see ``dlcli.lab.answer``."""
        full = self.runs.full
        asked = await _json(request, bound=LINE if full else REQUEST)
        if isinstance(asked, Response):
            return _busy({}) if full else asked
        if full:
            return _busy(asked)
        try:
            answer = await self.runs.run({**asked, "known": list(self.pictures)}, _gone(request))
        except Busy:
            return _busy(asked)
        if answer is None:
            return Response(status_code=499)
        self._keep(answer.pop("pictures", {}))
        return JSONResponse(answer)

    def _keep(self, pictures: dict[str, str]) -> None:
        """Keep pictures for the page; the oldest go, but none of these."""
        for name, picture in pictures.items():
            self.pictures[name] = b64decode(picture)
        while len(self.pictures) > len(pictures) and (
            len(self.pictures) > PICTURES or sum(map(len, self.pictures.values())) > KEPT
        ):
            self.pictures.popitem(last=False)

    async def paste(self, request: Request) -> Response:
        """Keep a picture, or a text of tabs or several lines, as a file of the folder of results."""
        asked = await _json(request, PASTING)
        if isinstance(asked, Response):
            return asked
        try:
            data, ending = _written(asked["text"]) if "text" in asked else _picture(asked.get("data"))
        except ValueError as error:
            return JSONResponse({"error": {"text": str(error)}}, 400)
        try:
            path = self.folder.result(f"pasted-{blake2b(data, digest_size=4).hexdigest()}.{ending}")
            place = self.folder.root / path
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(data)
        except (WrongUsage, OSError) as error:
            return JSONResponse({"error": {"text": f"it cannot be kept: {error}"}}, 400)
        return JSONResponse({"path": path})


def _picture(given: object) -> tuple[bytes, str]:
    """The bytes of a picture and its ending; raises ``ValueError`` for what is none."""
    with suppress(ValueError):
        data = b64decode(str(given), validate=True)
        for ending, begins in PASTED.items():
            if begins.match(data):
                return data, ending
    raise ValueError("a PNG, JPEG, GIF, WebP or BMP picture is wanted")


def _written(given: object) -> tuple[bytes, str]:
    """The bytes of a text and its ending: cells of a spreadsheet, numbers with commas, or sentences.

    >>> [_written(text)[1] for text in ("1\\t\\t3", "a,b\\n1,2", "the cat\\n2 dogs, sitting")]
    ['tsv', 'csv', 'txt']

    Raises ``ValueError`` for what is no text of up to ``TEXT`` bytes.
    """
    data = given.encode("utf-8", "replace") if isinstance(given, str) else b""
    if not data.strip() or len(data) > TEXT:
        raise ValueError(f"a text of 1 to {TEXT:,} bytes is wanted")
    rows = data.splitlines()
    if b"\t" in data:
        return data + b"\n", "tsv"
    return data + b"\n", "csv" if NUMBERS.fullmatch(rows[-1]) else "txt"


def _busy(asked: Mapping[str, Any]) -> Response:
    told = {"error": {"text": "too many runs at once"}, **asked_line(asked)}
    return JSONResponse(told, 429, {"retry-after": "1"})


async def _json(
    request: Request, most: str = f"a request has up to {REQUEST:,} bytes", bound: int = REQUEST
) -> dict[str, Any] | Response:
    """The object that a request holds, or what is answered where it holds something else, or too much.

    ``most`` is what is said of too much.
    """
    data = bytearray()
    try:
        async with asyncio.timeout(ARRIVES):
            async for part in request.stream():
                data += part
                if len(data) > bound:
                    return PlainTextResponse(most, 413)
    except TimeoutError:
        return PlainTextResponse(f"a request comes within {ARRIVES} seconds", 408)
    except ClientDisconnect:
        return Response(status_code=499)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else PlainTextResponse("a request is a JSON object", 400)


async def _gone(request: Request) -> None:
    """Return when whoever asked has gone."""
    receive: Callable[[], Awaitable[Message]] = request.receive
    while (await receive())["type"] != "http.disconnect":
        pass
