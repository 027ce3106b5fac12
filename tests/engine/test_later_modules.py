"""What a process has only when it uses it: OpenSSL in one whose graphs have no security."""

import subprocess
import sys
from pathlib import Path

import pytest

from peerapi.engine.later_modules import imported_later

ROOT = Path(__file__).parents[2]
GRAPHS = """
import sys
import peerapi.api.graph, peerapi.api.graph_events, peerapi.api.graph_records
from peerapi.engine.graphs.node import Node
from peerapi.engine.runtime import Engine
from tests.engine.support import GRAPH, LOOPBACK, draft, info, until

engine = Engine()
node, other = Node(engine), Node(engine)
alice = node.create(info(), "database")
record = alice.add_record(draft())
node.listen(alice, LOOPBACK, 0, 0)
bob = other.open(GRAPH, "bob", "database", ())
other.connect(bob, alice.graph.addresses[0], None)
until(lambda: bob.record_ids(None, None))
loaded = set(sys.modules)
node.close_all()
other.close_all()
print("trio" in loaded, *sorted(loaded & set(sys.argv[1:])))
"""
TLS = """
import sys
from peerapi.engine.runtime import Engine

engine = Engine()
engine.ready()
assert "ssl" not in sys.modules

import ssl, hmac, trio, trio.testing

async def talk_to(garbage):
    ours, theirs = trio.testing.memory_stream_pair()
    stream = trio.SSLStream(ours, ssl.create_default_context(), server_hostname="example.org")
    await theirs.send_all(garbage)
    try:
        await stream.do_handshake()
    except trio.BrokenResourceError as error:
        return type(error.__cause__)

assert issubclass(trio.run(talk_to, bytes(100)), ssl.SSLError)
from trio import _dtls, _ssl
assert _dtls.hmac.compare_digest is hmac.compare_digest
assert _ssl._stdlib_ssl.SSLContext is ssl.SSLContext
print("works")
"""


def run(script: str, folder: Path, *words: str) -> list[str]:
    environment = {"PEERAPI_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script, *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_graphs_without_security_do_not_load_what_only_others_use(tmp_path: Path) -> None:
    """OpenSSL is an eighth of the memory of such a process, under whatever name it comes."""
    openssl = ("ssl", "_ssl", "hashlib", "_hashlib", "hmac", "cryptography")
    others = ("peerapi.grouping", "peerapi.pnrp", "peerapi.drt", "peerapi.collab", "peerapi.sharing", "peerapi.ring")
    beside = ("xml", "pyexpat", "asyncio", "json", "http", "email", "cffi", "multiprocessing", "concurrent")
    assert run(GRAPHS, tmp_path, *openssl, *others, *beside) == ["True"]


def test_trio_has_tls_as_soon_as_it_is_wanted(tmp_path: Path) -> None:
    assert run(TLS, tmp_path) == ["works"]


def test_a_stand_in_becomes_the_module_when_something_of_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "this_one", raising=False)
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with imported_later("colorsys", "this_one"):
        import colorsys as early

        assert sys.modules["colorsys"] is early
        assert not hasattr(early, "__path__"), "whoever looks at all modules does not import them"
    assert "colorsys" not in sys.modules
    import colorsys

    assert colorsys is not early
    assert early.rgb_to_hsv is colorsys.rgb_to_hsv
    assert sys.modules["colorsys"] is colorsys
    with pytest.raises(AttributeError):
        early.no_such_thing  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ModuleNotFoundError), imported_later("this_one"):
        import this_one  # type: ignore[import-not-found]

        this_one.anything  # noqa: B018


def test_who_has_a_module_keeps_it_and_who_needs_it_meanwhile_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with imported_later("sys", "colorsys"):
        import sys as same

        assert same is sys
        from colorsys import rgb_to_hsv
    import colorsys

    assert colorsys.rgb_to_hsv is rgb_to_hsv
