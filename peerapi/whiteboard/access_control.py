"""Who is let in to the page: those who know the token, from this machine's own address, and no other site's scripts.

A page of another site can make a browser send requests to the loopback address. It does not know the token; it cannot
choose the Origin that the browser states; and a name of its own that it lets point to 127.0.0.1 (DNS rebinding) shows
in Host.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from typing import Protocol

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"On every answer."


class Headers(Protocol):
    """Of a request; names in any case."""

    def get(self, key: str, /) -> str | None: ...


@dataclass(frozen=True)
class AccessControl:
    """Of one server. ``host`` is the address to which it is bound."""

    host: str
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def url(self) -> str:
        return f"http://{_in_url(self.host)}:{self.port}/{self.token}/"

    @property
    def hosts(self) -> frozenset[str]:
        """What may stand in Host."""
        names = {_in_url(self.host)} | ({"localhost", "127.0.0.1", "[::1]"} if is_loopback(self.host) else set())
        return frozenset(f"{name}:{self.port}" for name in names)

    def refusal(self, path: str, headers: Headers, websocket: bool) -> tuple[int, str] | None:
        """Status and reason; None for who may come in. A websocket has to say where it comes from."""
        host = headers.get("Host")
        if host is None or host not in self.hosts:
            return 403, "This board is known under another name."
        origin = headers.get("Origin")
        if (origin is None and websocket) or (origin is not None and origin != f"http://{host}"):
            return 403, "Only the board's own page may ask for that."
        token = path.removeprefix("/").partition("/")[0]
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode()):
            return 404, "There is nothing here. The board's address, with its token, is printed where it was started."
        return None


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
