"""A relay behind a server of web pages, set up as docs/reach.md says: the examples are read from that page.

nginx and Caddy are no part of the tests' requirements: where one is not installed its test is not collected, and the
header of the test run says so.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from peerapi.reach.frames import Call, Join, Met, Ring, Seated
from tests.reach.lab import own_seat
from tests.relay.conftest import StartRelay
from tests.relay.process import PATIENCE, ROOT, RelayProcess, Speaker
from tests.relay.test_netcheck import netcheck
from tests.support.ports import free_ports

HOST = "relay.example.org"


def example(beginning: str) -> str:
    """The block of the page that begins so."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", (ROOT / "docs" / "reach.md").read_text(), re.MULTILINE | re.DOTALL)
    (found,) = [one for one in blocks if one.startswith(beginning)]
    return str(found)


def missing(program: str) -> str:
    """Why a front cannot be tried."""
    return "" if shutil.which(program) else f"{program} is not installed"


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """(Certificate, key) for the host's name, which nobody trusts who is not told to."""
    paths = tmp_path / "front.pem", tmp_path / "front.key"
    subject = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run(
        [*made, *subject, "-out", str(paths[0]), "-keyout", str(paths[1])], check=True, capture_output=True, timeout=120
    )
    return paths


@contextmanager
def serving(command: list[str], port: int, folder: Path, certificate: Path) -> Iterator[None]:
    """A server in the foreground, when it answers at the port with the certificate."""
    context = ssl.create_default_context(cafile=certificate)
    environment = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with (folder / "front.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as sock:
                    context.wrap_socket(sock, server_hostname=HOST).close()
                break
            except OSError:
                said = (folder / "front.log").read_text()
                assert server.poll() is None, said
                assert time.monotonic() < end, said
        yield
    finally:
        server.kill()
        server.wait(PATIENCE)


def try_out(relay: RelayProcess, certificate: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node takes a seat, another one calls it, and bytes go both ways; with a good certificate only."""
    code, found = netcheck(relay.word, home, (), "--no-routers")
    assert code == 1
    assert found["relays"][0]["trouble"], "nobody vouches for the certificate"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    code, found = netcheck(relay.word, home, (), "--no-routers")
    assert (code, found["relays"][0]["trouble"]) == (0, None)
    assert found["relays"][0]["observed"].startswith("127.0.0.1:"), "as the front says"
    called, caller, answering = (Speaker(relay) for _ in range(3))
    assert isinstance(called.sit(relay, 1), Seated)
    caller.say(Call(own_seat(1, relay.known.access.endpoint).address.ip))
    ring = called.next()
    assert isinstance(ring, Ring)
    answering.say(Join(ring.token))
    for one in (answering, caller):
        assert isinstance(one.next(), Met)
    caller.send(b"hello")
    assert answering.read(5) == b"hello"
    answering.send(b"there" * 40_000)
    assert caller.read(200_000) == b"there" * 40_000
    for one in (called, caller, answering):
        one.close()


Front = Callable[[int, int, tuple[Path, Path], Path], list[str]]


def nginx(port: int, onward: int, certificate: tuple[Path, Path], folder: Path) -> list[str]:
    """The command that serves the example."""
    site = (
        example("server {").replace("443 ssl", f"127.0.0.1:{port} ssl").replace("127.0.0.1:3541", f"127.0.0.1:{onward}")
    )
    for name, path in zip(("fullchain.pem", "privkey.pem"), certificate, strict=True):
        site = site.replace(f"/etc/letsencrypt/live/{HOST}/{name}", str(path))
    temporary = "".join(f"{one}_temp_path {folder};" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\n{site}\n}}\n"
    )
    return ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(port: int, onward: int, certificate: tuple[Path, Path], folder: Path) -> list[str]:
    """The same; Caddy would get a certificate by itself, which needs the internet."""
    (plain,) = free_ports(1)
    said = example("# Caddyfile").replace("127.0.0.1:3541", f"127.0.0.1:{onward}")
    said = said.replace("default_sni", f"admin off\n    https_port {port}\n    http_port {plain}\n    default_sni")
    said = said.replace(f"{HOST}, :443 {{", f"{HOST}, :{port} {{\n    tls {certificate[0]} {certificate[1]}")
    (folder / "Caddyfile").write_text(said)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


FRONTS = [front for front in (nginx, caddy) if not missing(front.__name__)]

if FRONTS:

    @pytest.mark.parametrize("front", FRONTS)
    def test_the_example_of_the_page(
        front: Front,
        certificate: tuple[Path, Path],
        start_relay: StartRelay,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        port, onward = free_ports(2)
        relay = start_relay(
            "--bind=127.0.0.1", f"--port={onward}", f"--address=127.0.0.1:{port}", f"--host={HOST}", "--front=127.0.0.1"
        )
        with serving(front(port, onward, certificate, tmp_path), port, tmp_path, certificate[0]):
            try_out(relay, certificate[0], tmp_path / "home", monkeypatch)


if shutil.which("systemd-analyze"):

    def test_systemd_takes_the_unit_of_the_page(tmp_path: Path) -> None:
        unit = tmp_path / "peerapi-relay.service"
        unit.write_text(example("# /etc/systemd").replace("/opt/peerapi/bin/peerapi", "/bin/true"))
        command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, done.stderr) == (0, "")
