"""The counters of a relay as Prometheus reads them, at an address of the machine itself."""

from __future__ import annotations

import contextlib

import trio

from peerapi.reach.relay import Relay

MOST_REQUEST = 4 << 10
PATIENCE = 5.0
_PREFIX = "peerapi_relay_"


def text(relay: Relay) -> str:
    """All counters, in Prometheus' text format 0.0.4."""
    lines: list[str] = []

    def write(name: str, kind: str, meaning: str, values: dict[str, int]) -> None:
        lines.extend((f"# HELP {_PREFIX}{name} {meaning}", f"# TYPE {_PREFIX}{name} {kind}"))
        lines.extend(f"{_PREFIX}{name}{label} {value}" for label, value in values.items())

    gauges = {
        "seats": ("Seats that are taken.", len(relay.seating.taken)),
        "open_connections": ("Connections that stand.", len(relay.connections)),
        "open_sessions": ("Pairs of nodes that are connected through it.", len(relay.sessions)),
        "notices": ("Notices that are kept.", len(relay.notices)),
        "month_bytes": ("Bytes carried this month.", relay.volume.total),
        "month_limit_bytes": ("Bytes that it carries in a month.", relay.limits.month),
    }
    for name, (meaning, value) in gauges.items():
        write(name, "gauge", meaning, {"": value})
    for name in ("connections", "calls", "sessions", "bytes"):
        write(f"{name}_total", "counter", f"All {name} since it began.", {"": relay.counted[name]})
    refusals = {f'{{reason="{reason.name.lower()}"}}': count for reason, count in relay.refused.items()}
    write("refused_total", "counter", "What was refused, by reason.", refusals)
    return "\n".join(lines) + "\n"


async def answer(relay: Relay, stream: trio.SocketStream) -> None:
    """One request for the counters."""
    request = b""
    with trio.move_on_after(PATIENCE), contextlib.suppress(trio.BrokenResourceError):
        async with stream:
            while b"\r\n\r\n" not in request and len(request) < MOST_REQUEST:
                data = await stream.receive_some()
                if not data:
                    return
                request += data
            found = request.startswith(b"GET /metrics ")
            body = text(relay).encode() if found else b"The counters are at /metrics.\n"
            status = "200 OK" if found else "404 Not Found"
            head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {len(body)}\r\n"
            await stream.send_all(head.encode() + b"Connection: close\r\n\r\n" + body)
