"""The relay of the command line in a process of its own, and people who speak with it over sockets."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

from peerapi.reach import word
from peerapi.reach.frames import Call, Decoder, Frame, Hello, Join, Met, Ring, Seated, Sit, Welcome, encode, sit_proof
from peerapi.reach.leg import Leg, RelayAccess
from peerapi.reach.seats import Known
from tests.reach.lab import own_seat

PATIENCE = 120.0
ROOT = Path(__file__).parents[2]


class RelayProcess:
    """``peerapi relay``; ``word`` is what it has printed."""

    def __init__(self, home: Path, options: tuple[str, ...] = (), before: tuple[str, ...] = ()) -> None:
        self.home = home
        if not any(option.startswith("--port") for option in options):
            options = ("--port=0", *options)
        if not before and not any(option.startswith("--bind") for option in options):
            options = ("--bind=127.0.0.1", *options)
        if not any(option.startswith("--metrics") for option in options):
            options = ("--metrics=0", *options)
        self.process = subprocess.Popen(
            [*before, sys.executable, "-m", "peerapi", "relay", *options],
            env={**os.environ, "PEERAPI_HOME": str(home)},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.word = self.process.stdout.readline().strip()
        assert self.word.startswith("relay-"), self.process.communicate(timeout=PATIENCE)
        self.said = self.process.stdout.readline()
        assert re.search(r"\d", self.said)

    @property
    def known(self) -> Known:
        return word.read(self.word)

    @property
    def port(self) -> int:
        return self.known.access.endpoint.port

    @property
    def address(self) -> tuple[str, int]:
        return self.known.access.endpoint.host, self.port

    def stop(self) -> str:
        """End it as an operator does; what else it has said."""
        self.process.send_signal(signal.SIGTERM)
        out, error = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, error
        return out

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=PATIENCE)

    @property
    def memory(self) -> int:
        """Bytes of memory that it really has."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    @property
    def computed(self) -> float:
        """Seconds of processors that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Speaker:
    """Somebody with a leg to a relay, who says and hears frames."""

    def __init__(self, relay: RelayProcess, *, tls: bool = True, window: int = 0) -> None:
        """``window``: bytes that its kernel takes for it at most; 0: as many as usual."""
        access = relay.known.access
        self.leg = Leg(RelayAccess(access.endpoint, pin=access.pin if tls else b"", tls=tls))
        self.sock = socket.socket()
        self.sock.settimeout(PATIENCE)
        if window:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self.sock.connect(relay.address)
        self.decoder = Decoder()
        self.plain = b""
        "What has come behind MET."
        self.sock.sendall(self.leg.start())
        while not self.leg.open:
            self._hear()

    def _hear(self) -> None:
        data = self.sock.recv(1 << 16)
        if not data:
            raise ConnectionError("the relay has ended the connection")
        answer, plain = self.leg.receive(data)
        if answer:
            self.sock.sendall(answer)
        self.decoder.feed(plain)

    def say(self, *frames: Frame) -> None:
        self.send(encode(*frames))

    def send(self, data: bytes) -> None:
        self.sock.sendall(self.leg.encrypt(data))

    def next(self) -> Frame:
        """The next frame that comes."""
        while (frame := self.decoder.next()) is None:
            self._hear()
        return frame

    def read(self, size: int) -> bytes:
        """Bytes of a session."""
        while len(self.plain) < size:
            self.plain += self.decoder.rest()
            if len(self.plain) < size:
                self._hear()
        data, self.plain = self.plain[:size], self.plain[size:]
        return data

    def sit(self, relay: RelayProcess, number: int) -> Frame:
        """Say HELLO and take a seat; the answer."""
        self.say(Hello(relay.known.granted))
        welcome = self.next()
        assert isinstance(welcome, Welcome), welcome
        own = own_seat(number, relay.known.access.endpoint)
        signature = own.sign(sit_proof(welcome.challenge, own.address))
        self.say(Sit(own.address.ip, own.modifier, own.spki, signature))
        return self.next()

    def close(self) -> None:
        self.sock.close()


def session(relay: RelayProcess, *, tls: bool = True, number: int = 1) -> tuple[Speaker, Speaker, Speaker]:
    """(Control connection, caller, callee) of a session."""
    control = Speaker(relay, tls=tls)
    assert isinstance(control.sit(relay, number), Seated)
    caller = Speaker(relay, tls=tls)
    caller.say(Call(own_seat(number, relay.known.access.endpoint).address.ip))
    ring = control.next()
    assert isinstance(ring, Ring)
    callee = Speaker(relay, tls=tls)
    callee.say(Join(ring.token))
    for one in (caller, callee):
        assert isinstance(one.next(), Met)
    return control, caller, callee
