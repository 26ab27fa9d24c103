"""The page's server under attack: who is let in, what a run may take, and what is left of it."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import secrets
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing, contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from dlcli.cli import COMMANDS
from dlcli.commands.lab.command import listening
from dlcli.lab import server
from dlcli.lab.answer import answer
from dlcli.lab.files import Folder
from dlcli.lab.forms import command_of
from dlcli.lab.messages import packed
from dlcli.lab.runs import Forks, Line, Runs
from dlcli.lab.serve import server as serving
from dlcli.lab.server import TEXT, Door, Lab
from dlcli.lessons.shipped import found, shipped
from dlcli.python.words import split

pytestmark = pytest.mark.xdist_group("lab")

MARKUP = "<img src=x onerror=alert(1)>"

#: A line that would take hours.
ENDLESS = ["td", "random-walk", "--episodes", "10000000"]


@dataclass
class Site:
    """A page that is served by a thread of this process."""

    lab: Lab
    door: Door
    outer: Path

    @property
    def runs(self) -> Runs:
        return self.lab.runs

    def ask(
        self, method: str, target: str, body: Any = None, *, own: bool = True, **headers: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of an answer; with ``own`` as the page itself asks."""
        host = f"127.0.0.1:{self.door.port}"
        given: dict[str, str | None] = {"host": host}
        if own:
            given |= {"cookie": f"{self.door.cookie}={self.door.token}"}
            given |= (
                {"origin": f"http://{host}", "content-type": "application/json"} if method == "POST" else {}
            )
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        line = http.client.HTTPConnection("127.0.0.1", self.door.port, timeout=60)
        with closing(line):
            line.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                if value is not None:
                    line.putheader(name, value)
            data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
            line.putheader("content-length", str(len(data)))
            line.endheaders(data)
            answer = line.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def answer(self, what: Any) -> Any:
        status, _, body = self.ask("POST", "/ask", what)
        assert status == 200, body
        return json.loads(body)

    def run(self, *words: str) -> Any:
        return self.answer({"run": {"stages": [list(words)]}})

    def ready(self) -> Line:
        """The process that waits for the next run."""
        until(lambda: self.runs.workers.next is not None and self.runs.workers.next.done())
        assert self.runs.workers.next is not None
        return self.runs.workers.next.result()

    @contextmanager
    def at_work(self) -> Iterator[int]:
        """A run without end that has been asked for over a connection: the process that works on it.

        The connection is closed at the end.
        """
        number = self.ready().number
        body = json.dumps({"run": {"stages": [ENDLESS]}}).encode()
        head = (
            f"POST /ask HTTP/1.1\r\nhost: 127.0.0.1:{self.door.port}\r\n"
            f"origin: http://127.0.0.1:{self.door.port}\r\ncontent-type: application/json\r\n"
            f"cookie: {self.door.cookie}={self.door.token}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        with closing(socket.create_connection(("127.0.0.1", self.door.port))) as line:
            line.sendall(head.encode() + body)
            until(lambda: seconds_of(number) > 0.3)
            yield number


def seconds_of(number: int) -> float:
    """Seconds of the processor that a process has had."""
    words = Path(f"/proc/{number}/stat").read_text().rpartition(") ")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def alive(number: int) -> bool:
    """Whether a process is there that has not ended."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):  # gone before it was opened, or while it is read
        return False


def until(done: Callable[[], bool], most: float = 30) -> float:
    """Seconds until something is so; fails where it is not within so many."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < most, "it did not come"
        time.sleep(0.01)
    return time.monotonic() - began


def picture(rows: int, columns: int) -> bytes:
    """A black PNG of one bit a pixel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    black = zlib.compress(bytes(rows * (1 + -(-columns // 8))), 9)
    head = struct.pack(">IIBBBBB", columns, rows, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", black) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    outer = tmp_path_factory.mktemp("outer")
    (outer / "secret.csv").write_text("secret\n42\n")
    (outer / "secret.png").write_bytes(picture(8, 8))
    start = outer / "start"
    for label in ("a", "b"):
        (start / "pictures" / label).mkdir(parents=True)
        (start / "pictures" / label / "1.png").symlink_to(outer / "secret.png")
    (start / "table.csv").write_text("a,b\n1,2\n")
    (start / "link.csv").symlink_to(outer / "secret.csv")
    (start / f"{MARKUP}.csv").write_text(f"{MARKUP},<b onclick='x'>b</b>\n1,2\n3,4\n")
    (start / "bomb.png").write_bytes(picture(20_000, 20_000))
    folder = Folder.at(start)
    with listening(0) as listener, closing(Runs(folder)) as runs:
        lab = Lab(folder, [], runs)
        door = Door(lab.application(), listener.getsockname()[1], secrets.token_urlsafe(24), ["once"])
        served = serving(listener, door)
        thread = threading.Thread(target=served.run, args=[[listener]])
        thread.start()
        site = Site(lab, door, outer)
        until(lambda: served.started)
        site.run("softmax", "1 2")
        yield site
        served.should_exit = True
        thread.join()


# ---- the door ---------------------------------------------------------------------------------------------


def test_the_token_opens_the_page_and_leaves_the_address(site: Site) -> None:
    status, headers, _ = site.ask("GET", f"/?token={site.door.token}", own=False)
    assert (status, headers["location"]) == (303, "/")
    name, _, rest = headers["set-cookie"].partition("=")
    assert (name, rest.partition(";")[0]) == (f"dlcli-lab-{site.door.port}", site.door.token)
    assert {"httponly", "path=/", "samesite=strict"} <= set(rest.lower().replace(" ", "").split(";"))
    status, headers, body = site.ask("GET", "/")
    assert (status, headers["referrer-policy"], site.door.token in body.decode()) == (
        200,
        "same-origin",
        False,
    )
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_what_starts_the_browser_opens_the_page_once(site: Site) -> None:
    assert [site.ask("GET", "/?token=once", own=False)[0] for _ in range(2)] == [303, 403]


def test_without_the_token_nobody_comes_in(site: Site) -> None:
    token, cookie = site.door.token, site.door.cookie
    paths = ("/", "/lab.css", "/state", "/picture/x.png", "/nothing", "/?token=", f"/?token={token[:-1]}")
    paths += (f"/?token={token}&token={token}", f"/state?token={token}", f"//?token={token}")
    for path in paths:
        status, headers, body = site.ask("GET", path, own=False)
        assert (status, "key" in body.decode(), "set-cookie" in headers) == (403, True, False), path
    for words in (f"{cookie}=", f"{cookie}={token}x", f"{cookie}x={token}", f"x={token}", f"{cookie}=é"):
        assert site.ask("GET", "/state", own=False, cookie=words.encode().decode("latin-1"))[0] == 403
    assert site.ask("POST", "/ask", {"form": "conv"}, cookie=None)[0] == 403
    tossed = f"{cookie}=other; {cookie}={token}"
    assert site.ask("GET", "/state", own=False, cookie=tossed)[0] == 200, "another port may not shut us out"


def test_the_page_has_two_names(site: Site) -> None:
    port = site.door.port
    forged = ["evil.example", f"evil.example:{port}", "127.0.0.1", "localhost", f"127.0.0.1:{port + 1}", ""]
    forged += [
        f"127.0.0.1.evil.example:{port}",
        f"[::1]:{port}",
        f"0.0.0.0:{port}",
        f"127.1:{port}",
        f"LOCALHOST:{port}",
    ]
    for host in forged:
        assert site.ask("GET", "/state", host=host)[0] in (400, 421), host
    assert site.ask("GET", "/state", host=f"localhost:{port}")[0] == 200
    assert site.ask("GET", f"http://evil.example:{port}/state")[0] == 400
    for head in (
        "GET /state HTTP/1.0\r\n",
        f"GET /state HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nhost: evil\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(f"{head}cookie: {site.door.cookie}={site.door.token}\r\n\r\n".encode())
            assert line.recv(12).split()[1] in (b"400", b"421")


def test_only_the_page_itself_may_ask(site: Site) -> None:
    port = site.door.port
    own = f"http://127.0.0.1:{port}"
    forged = ["null", "http://evil.example", f"http://127.0.0.1:{port + 1}", f"https://127.0.0.1:{port}"]
    forged += [f"http://localhost:{port}", f"{own}/", f"{own}.evil.example", "http://127.0.0.1"]
    for origin in forged:
        assert site.ask("POST", "/ask", {"form": "conv"}, origin=origin)[0] == 403, origin
        assert site.ask("GET", "/state", origin=origin)[0] == 403, origin
    assert site.ask("POST", "/ask", {"form": "conv"}, origin=None)[0] == 403
    for where in ("cross-site", "same-site", ""):
        assert site.ask("GET", "/state", sec_fetch_site=where)[0] == 403
    assert site.ask("POST", "/ask", {"form": "conv"}, sec_fetch_site="same-origin")[0] == 200


def test_only_json_is_taken(site: Site) -> None:
    kinds = (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; x",
        None,
    )
    for kind in kinds:
        assert site.ask("POST", "/ask", {"form": "conv"}, content_type=kind)[0] == 415
    for body in (b"", b"[]", b"{", b"[" * 100_000, b"\xff", b"1" * 5000):
        assert site.ask("POST", "/ask", body)[0] == 400
    assert site.ask("POST", "/ask", b" " * (16 << 20) + b"{}")[0] == 413
    status, _, told = site.ask("POST", "/paste", b" " * (16 << 20) + b"{}")
    assert (status, b"up to about 12 MB" in told) == (413, True)
    for method in ("HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"):
        status, headers, _ = site.ask(method, "/ask")
        assert (status, headers["allow"]) == (405, "GET, POST")


def test_requests_that_are_none_are_told_so(site: Site) -> None:
    bad: tuple[Any, ...] = (
        {}, {"run": 1}, {"run": {}}, {"run": {"stages": []}}, {"run": {"stages": [[]]}}, {"run": {"stages": "conv"}},
        {"run": {"stages": [["conv", 1]]}}, {"run": {"stages": [["lab"]]}}, {"run": {"stages": [["softmax", "1"]] * 13}},
        {"run": {"stages": [["softmax", "1 2"]], "cell": 7}}, {"form": "lab"}, {"parse": 1}, {"save": {"name": "x"}},
        {"matrix": "../x"}, {"run": {"stages": [["softmax", "\ud800"]]}},
    )  # fmt: skip
    for what in bad:
        told = site.answer(what)["error"]["text"]
        assert "fault" not in told, (what, told)


def test_a_body_that_does_not_come_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "ARRIVES", 0.2)
    port = site.door.port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(
            f"POST /ask HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\norigin: http://127.0.0.1:{port}\r\n"
            f"content-type: application/json\r\ncookie: {site.door.cookie}={site.door.token}\r\n"
            "content-length: 100\r\n\r\n{".encode()
        )
        assert line.recv(12).split()[1] == b"408"


# ---- what runs take, and what is left of them -------------------------------------------------------------


def test_a_picture_bomb_is_refused_within_a_second(site: Site) -> None:
    assert (site.lab.folder.root / "bomb.png").stat().st_size < 100_000
    began = time.monotonic()
    told = site.run("show", "bomb.png")["error"]["text"]
    assert time.monotonic() - began < 1
    assert "20000x20000 pixels, more than the 20000000 allowed" in told
    assert "limits of its own" in site.run("show", "bomb.png", "--max-pixels", "999999999")["error"]["text"]


def test_a_run_without_end_is_ended(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site.runs, "seconds", 1)
    number = site.ready().number
    began = time.monotonic()
    found = site.run(*ENDLESS)
    assert found["error"]["text"].startswith("it took longer than 1 seconds and was ended")
    assert found["line"] == " ".join(["dlcli", *ENDLESS])
    until(lambda: not alive(number), most=1)
    assert time.monotonic() - began < 3


def test_a_run_that_wants_too_much_memory_is_ended(site: Site) -> None:
    assert "not enough memory" in site.run("upsample", "1 2", "--size", "30000")["error"]["text"]
    assert "256000000 bytes" in site.run("tensor", "1", "--broadcast", "30000,30000")["error"]["text"]


def test_when_the_page_is_closed_its_run_ends(site: Site) -> None:
    with site.at_work() as number:
        pass
    assert until(lambda: not alive(number)) < 1
    assert "story" in site.run("softmax", "1 2")


def test_fifty_requests_at_once_are_all_answered(site: Site) -> None:
    body = {"run": {"stages": [["softmax", "1 2; 3 4"]]}}
    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda _: site.ask("POST", "/ask", body), range(50)))
    assert {status for status, _, _ in found} == {200, 429}
    assert {json.loads(answer)["line"] for _, _, answer in found} == {"dlcli softmax '1 2; 3 4'"}
    assert site.runs.pending == 0
    assert "story" in site.run("softmax", "1 2")


def test_what_has_died_is_started_again(site: Site) -> None:
    workers = site.runs.workers
    assert isinstance(workers, Forks)
    waiting = site.ready()
    os.kill(waiting.number, 9)
    until(waiting.reader.at_eof)
    assert "story" in site.run("softmax", "1 2")
    with site.at_work() as number:
        waiting = site.ready()
        workers.process.kill()
        until(lambda: not alive(number), most=1)
        until(waiting.reader.at_eof)
    assert "story" in site.run("softmax", "1 2")


def test_where_there_is_no_fork_a_process_waits_for_each_run(tmp_path: Path) -> None:
    async def two() -> tuple[Any, Any, list[int]]:
        async with aclosing(Runs(Folder.at(tmp_path), fork=False)) as runs:
            never = asyncio.Event()
            first = await runs.run({"run": {"stages": [["softmax", "1 2"]]}}, never.wait())
            gone = await runs.run({"run": {"stages": [ENDLESS]}}, asyncio.sleep(0.2))
            return first, gone, [process.pid for process in runs.workers.started]  # type: ignore[attr-defined]

    first, gone, numbers = asyncio.run(two())
    assert ("story" in first, gone) == (True, None)
    assert not any(map(alive, numbers))


def test_a_process_that_waits_ends_with_the_server(tmp_path: Path) -> None:
    """One by itself, whose standard input ends while it is at work."""
    words = [sys.executable, "-m", "dlcli.lab.spare", str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(packed({"run": {"stages": [ENDLESS]}}))
        process.stdin.close()
        assert process.wait(timeout=20) == 1


# ---- files and markup -------------------------------------------------------------------------------------


def test_lessons_are_those_that_come_along_and_no_file_is(site: Site) -> None:
    lessons = json.loads(site.ask("GET", "/state")[2])["lessons"]
    assert lessons == {name: found(name).title for name in shipped()}
    status, _, body = site.ask("GET", "/lesson/tensors")
    assert (status, json.loads(body)["title"]) == (200, found("tensors").title)
    assert len(json.loads(body)["slides"]) == len(found("tensors").slides)
    for name in ("nothing", "..%2fshipped%2f01-tensors.sh", "01-tensors", "%2fetc%2fpasswd"):
        assert site.ask("GET", f"/lesson/{name}")[0] == 404


@pytest.mark.parametrize("name", shipped())
def test_what_a_lesson_offers_to_run_the_page_can_read(name: str, tmp_path: Path) -> None:
    lines = [command.pipe for command in found(name).commands if command.pipe is not None]
    assert len(lines) >= len(found(name).commands) - 1
    tried = re.findall(r"`(dlcli (?!exercise|learn|lesson)[^`]+)`", found(name).source)
    assert len(tried) >= 2
    for line in [*lines, *tried]:
        assert "error" not in answer({"parse": line}, Folder.at(tmp_path)), line


def test_no_word_is_said_of_files_elsewhere(site: Site) -> None:
    for there, nowhere in (("/etc/passwd", "/etc/nothing"), ("../secret.csv", "../nothing.csv")):
        told = [site.run("show", path)["error"]["text"].replace(path, "") for path in (there, nowhere)]
        assert told[0] == told[1]
    for path in ("link.csv", "pictures"):  # links that a command would follow
        told = site.run("show", path)
        assert "error" in told, told
        del told["marks"]  # digits of sizes, times and hashes of what lies in the folder itself
        assert "42" not in json.dumps(told)


class Elements(HTMLParser):
    """The names of all elements and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(name for name, _ in attributes)}
        assert not (tag == "img" and dict(attributes).get("src") == "x")


def test_markup_in_names_headers_and_words_is_text(site: Site) -> None:
    lines = (
        ["show", f"{MARKUP}.csv"], ["softmax", f"{MARKUP}.csv"], ["attn", f"a {MARKUP} <b onclick=x>b</b>"],
        ["rnn", f"{MARKUP} </script><script>x</script>"], ["seq2seq", f"{MARKUP} a", "--target", "<i onload=x> b"],
    )  # fmt: skip
    for words in lines:
        found = site.run(*words)
        assert "alert(1)" in json.dumps(found)
        page = found["story"] + "".join(stage["thumb"] for stage in found["stages"])
        bad = {"script", "style", "iframe", "b", "i"} | {"onerror", "onclick", "onload"}
        assert not Elements(page).found & bad, words
    assert site.ask("GET", f"/picture/{MARKUP.replace(' ', '%20')}")[1]["content-type"].startswith(
        "text/plain"
    )


def test_after_all_that_nothing_lies_outside_the_results(site: Site) -> None:
    """A line of each command, saved; pictures that are pasted; names that lead elsewhere."""
    before = {path for path in site.outer.rglob("*") if "dlcli-lab" not in path.parts}
    for name in COMMANDS:
        line = command_of(name).manual.examples[0].partition("  #")[0].split(" -o ")[0].split(" | ")[0]
        stages = (
            split(line) if name != "train" else [["train", "small-cnn", "sample:digits", "--epochs", "0"]]
        )
        found = site.answer({"save": {"stages": stages, "name": f"{name}.html"}})
        assert found.get("saved") == f"dlcli-lab/{name}.html" or name == "train", (line, found)
    saved = site.answer({"save": {"stages": [["conv", "sample:cat", "--kernel", "diag"]], "name": "map.npz"}})
    assert saved["saved"] == "dlcli-lab/map.npz"
    for bad in ("../x.html", "/tmp/x.html", "a/b.html", "{stem}.html", ".html"):
        assert (
            "plain name"
            in site.answer({"save": {"stages": [["softmax", "1"]], "name": bad}})["error"]["text"]
        )
    data = b64encode(picture(2, 2)).decode()
    kept = json.loads(site.ask("POST", "/paste", {"data": data})[2])["path"]
    assert "story" in site.run("show", kept)
    kept = json.loads(site.ask("POST", "/paste", {"text": "1,5\t2,5\n3\té"})[2])["path"]
    assert kept.endswith(".tsv")
    assert (site.lab.folder.root / kept).read_text(encoding="utf-8") == "1,5\t2,5\n3\té\n"
    for wrong in ("", " \n", 7, "1\n" * (TEXT // 2 + 1)):
        assert site.ask("POST", "/paste", {"text": wrong})[0] == 400
    for bad in ("", "%%%", b64encode(b"<svg onload=x>").decode(), b64encode(b"RIFF1234WAVE").decode()):
        assert site.ask("POST", "/paste", {"data": bad})[0] == 400
    assert {path for path in site.outer.rglob("*") if "dlcli-lab" not in path.parts} == before
    assert len(list((site.lab.folder.root / "dlcli-lab").iterdir())) >= len(COMMANDS)
