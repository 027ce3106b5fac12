"""A client that is no browser: it says what it likes in its headers, and sends what it likes."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Message,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)


def ask(url: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> tuple[int, dict[str, str], str]:
    """Status, headers and text of the answer."""
    parts = urlsplit(url)
    assert parts.hostname
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=120)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


class Socket:
    """One websocket."""

    def __init__(self, url: str, headers: Mapping[str, str], target: str = "live") -> None:
        parts = urlsplit(url)
        assert parts.hostname
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=120)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        extra = [(key.encode(), value.encode()) for key, value in headers.items() if key != "Host"]
        host = headers.get("Host", parts.netloc)
        self._send(Request(host=host, target=f"{parts.path}{target}", extra_headers=extra))
        self._news: deque[dict[str, Any]] = deque()
        self.status = 0
        answer = next(self._events())
        if isinstance(answer, RejectConnection):
            self.status = answer.status_code
        else:
            assert isinstance(answer, AcceptConnection)
            self.status = 101

    def close(self) -> None:
        self._socket.close()

    def send(self, text: str | bytes) -> None:
        message: Message[Any] = TextMessage(text) if isinstance(text, str) else BytesMessage(text)
        self._send(message)

    def do(self, what: str, **fields: object) -> None:
        self.send(json.dumps({"do": what, **fields}))

    def wait_for(self, kind: str, seconds: float = 300) -> dict[str, Any]:
        """The next news of that kind; what came before it is dropped. The program's signs of life are no reason to go
        on waiting."""
        end = time.monotonic() + seconds
        while (news := self.next(kind))["is"] != kind:
            assert time.monotonic() < end, f"waited {seconds:.0f} s in vain for {kind}"
        return news

    def next(self, kind: str = "any news") -> dict[str, Any]:
        """The next news; ``kind`` is what is waited for, if it comes to nothing."""
        if self._news:
            return self._news.popleft()
        whole = ""
        for event in self._events():
            if isinstance(event, Ping):
                self._send(event.response())
                continue
            assert isinstance(event, TextMessage), event
            whole += event.data
            if event.message_finished:
                for news in json.loads(whole):
                    self._news.extend(one_by_one(news))
                return self._news.popleft()
        raise AssertionError(f"the websocket has ended before {kind}")

    def wait_until(self, kind: str, wanted: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        """The first news of that kind that is as wanted."""
        end = time.monotonic() + seconds
        while not wanted(news := self.wait_for(kind, seconds)):
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds:.0f} s in vain; the last was {news}")
        return news

    def wait_for_end(self) -> int:
        """The code with which the server has closed it."""
        for event in self._events():
            if isinstance(event, CloseConnection):
                return int(event.code)
        return 1006

    def _send(self, event: Any) -> None:
        self._socket.sendall(self._protocol.send(event))

    def _events(self) -> Iterator[Any]:
        while True:
            yield from self._protocol.events()
            try:
                data = self._socket.recv(65536)
            except ConnectionError:
                return
            if not data:
                return
            self._protocol.receive_data(data)


def one_by_one(news: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a page makes of a piece of news about many strokes: one about each."""
    if news["is"] != "strokes":
        yield news
        return
    for number, order, by, at, page, gesture, colour, width, dots in news["rows"]:
        for at in range(2, len(dots)):
            dots[at] += dots[at - 2]
        whole = order if len(order) > 20 else order + UUID(number).bytes_le.hex()
        said = {"id": number, "order": whole, "by": news["shared"][by], "at": at, "page": news["shared"][page]}
        look = {"gesture": gesture, "colour": news["shared"][colour], "width": width, "dots": dots}
        yield {"is": "mark", **said, **look}


@contextmanager
def websocket(url: str, **headers: str) -> Iterator[Socket]:
    """As a page of that address opens it; ``headers`` (Origin, Host) are what a stranger would say instead."""
    parts = urlsplit(url)
    socket = Socket(url, {"Origin": f"http://{parts.netloc}", **headers})
    try:
        yield socket
    finally:
        socket.close()
