"""Who is let in to the page: those who know the token, from this machine's own address, and no other site's scripts.

A page of another site can make a browser send requests to the loopback address. It does not know the token; it cannot
choose the Origin that the browser states; and a name of its own that it lets point to 127.0.0.1 (DNS rebinding) shows
in Host.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
import socket
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
"Headers of every answer."
_HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?", re.ASCII)


class Headers(Protocol):
    """The headers of a request; names in any case."""

    def get(self, key: str, /) -> str | None: ...


@dataclass(frozen=True)
class AccessControl:
    """Who may ask one server. ``host`` is the address to which it is bound, or a name of this machine."""

    host: str
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    address: str = ""
    "The address to which it is bound, where ``host`` is a name."

    @property
    def is_local(self) -> bool:
        """Whether only this machine gets there."""
        return is_loopback(self.address or self.host)

    @property
    def url(self) -> str:
        """The page's address for a browser on this machine."""
        return self.url_at({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host))

    def url_at(self, host: str) -> str:
        """The page's address for a browser that reaches this machine at ``address``."""
        return f"http://{_in_url(host)}:{self.port}/{self.token}/"

    def is_own(self, host: str) -> bool:
        """Whether that may stand in Host: an address at which this server is. Where it is bound to every address of
        the machine, that is any address, on any port (it may be behind another one's, as of a container), and the
        machine's own name; a name that somebody else has given to our address is none."""
        name, port = _split(host)
        if is_wildcard(self.host):
            return _is_address(name) or name.lower() in {"localhost", *own_names()}
        names = {self.host, self.address} | ({"localhost", "127.0.0.1", "::1"} if self.is_local else set())
        return port == self.port and name.lower() in names - {""}

    def refusal(self, path: str, headers: Headers, websocket: bool) -> tuple[int, str] | None:
        """Status and reason; None for who may come in. A websocket has to say where it comes from."""
        host = headers.get("Host")
        if host is None or not self.is_own(host):
            return 403, "This page is known under another name."
        origin = headers.get("Origin")
        if (origin is None and websocket) or (origin is not None and origin != f"http://{host}"):
            return 403, "Only the page itself may ask for that."
        token = path.removeprefix("/").partition("/")[0]
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode()):
            return 404, "There is nothing here. The page's address, with its token, is printed where it was started."
        return None


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_wildcard(host: str) -> bool:
    """Whether it stands for every address of the machine."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def own_names() -> set[str]:
    """What this machine is called by itself, and in the network without a name server."""
    name = socket.gethostname().lower()
    return {name, f"{name.partition('.')[0]}.local"}


def _split(host: str) -> tuple[str, int | None]:
    """Name and port of a Host; a browser leaves out port 80. The port is None when it is no number."""
    found = _HOST.fullmatch(host)
    if found is None:
        return "", None
    return found["address"] or found["name"], int(found["port"] or 80)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
