"""Distributed Routing Tables from Python: nodes of this machine, under both loops."""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import socket
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

import peerapi
from peerapi import ChangeKind, DerivedKeys, Scope, SecurityMode, TableStatus, errors
from peerapi.python.table import Table
from peerapi.python.table_searches import Reading
from tests.python.conftest import Run
from tests.python.loops import cancelled, turns
from tests.support.authority import Issued, p256_key
from tests.support.ports import free_range

KEYS = [hashlib.sha256(bytes((number,))).digest() for number in range(4)]
NOBODYS = hashlib.sha256(b"nobody").digest()
Call = Callable[[Any], Any]
WRONG: Any = 5


def by_number(keys: list[bytes]) -> list[bytes]:
    return sorted(keys, key=lambda key: int.from_bytes(key, "little"))


def distance(key: bytes, other: bytes) -> int:
    return abs(int.from_bytes(key, "little") - int.from_bytes(other, "little"))


async def until_found(table: Table, *keys: bytes) -> None:
    """Until others have told the table of keys that were registered a moment ago."""
    await table.wait_active()
    for key in keys:
        while await table.find(key) is None:
            await turns()


def test_what_one_node_registers_others_find(run: Run) -> None:
    async def main() -> None:
        async with peerapi.open_table() as first, peerapi.open_table(bootstrap=f"[::1]:{first.port}") as second:
            assert [one.port for one in first.addresses] == [first.port]
            changes = first.events(peerapi.LeafSetChange)
            for number, key in enumerate(KEYS):
                await first.register(key, f"number {number}")
            with pytest.raises(errors.DuplicateKey):
                await first.register(KEYS[0], "again")
            await until_found(second, *KEYS)
            assert second.status is TableStatus.ACTIVE
            assert await second.find(KEYS[1]) == peerapi.Found(KEYS[1], b"number 1", True)
            assert await second.find(NOBODYS) is None
            assert await first.find(KEYS[0]) is None
            assert await first.find(KEYS[0], own=True) == (KEYS[0], b"number 0", True)

            nearest = sorted(KEYS, key=lambda key: distance(key, NOBODYS))
            assert [found.key async for found in second.search(NOBODYS, nearest=3)] == nearest[:3]
            low, inside, other, high = by_number(KEYS)
            assert {found.key for found in await second.search(inside, nearest=9, between=(inside, other))} == {
                inside, other,
            }  # fmt: skip
            (any_one,) = await second.search(low, between=(low, high), any_match=True)
            assert any_one.key in KEYS
            assert [found.exact for found in await second.search(low, between=(low, low))] == [True]

            async with second.register(NOBODYS, b"somebody") as held:
                change = await anext(changes)
                assert (change.kind, change.key in KEYS, change.neighbor) == (ChangeKind.ADDED, True, NOBODYS)
                await until_found(first, NOBODYS)
                await held.update("another")
                assert (held.key, held.data, held.closed) == (NOBODYS, b"another", False)
                found = await first.find(NOBODYS)
                assert found is not None
                assert found.data == b"another"
            assert held.closed
            with pytest.raises(errors.InvalidHandle):
                await held.update("more")
            async for change in changes:
                if change.kind is ChangeKind.DELETED:
                    break
            assert change.neighbor == NOBODYS

    run(main)


def test_a_table_closes_with_its_block_and_with_it_all_that_it_has(run: Run) -> None:
    async def main() -> None:
        async with peerapi.open_table(scope=Scope.LOOPBACK, prefix="garden") as table:
            assert table.name.startswith("garden.")
            assert f"port {table.port}" in repr(table)
            with pytest.raises(errors.WrappedWin32Error):
                await peerapi.open_table(port=table.port)
            key = await table.register(KEYS[0], "x")
            events, search = table.events(peerapi.TableStatusChange), table.search(KEYS[1])
            if table.status is None:
                await anext(events)
            assert table.status is TableStatus.ALONE
        await table.aclose()
        await key.aclose()
        assert (table.closed, key.closed) == (True, True)
        assert TableStatus.ACTIVE not in [one.status async for one in events]
        calls: list[Callable[[], Any]] = [
            search.__anext__, table.wait_active,
            lambda: table.find(KEYS[0]), lambda: table.register(KEYS[0], "x"), lambda: key.update("x"),
        ]  # fmt: skip
        for call in calls:
            with pytest.raises(errors.InvalidHandle):
                await call()
        with pytest.raises(errors.InvalidHandle):
            table.events()
        async with peerapi.open_table(port=table.port) as again:
            assert again.port == table.port

    run(main)


def test_who_is_cancelled_leaves_nothing_open(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        opened: list[Table] = []

        async def in_a_block() -> None:
            async with peerapi.open_table() as table, table.register(KEYS[0], "x"):
                opened.append(table)
                await table.wait_active()

        async def until_opened() -> None:
            while not opened:
                await turns()

        assert await cancelled(in_a_block, until_opened)
        assert opened[0].closed
        async with peerapi.open_table() as first, peerapi.open_table(bootstrap=first.addresses) as second:
            await first.register(KEYS[0], "x")
            await until_found(second, KEYS[0])

            async def find() -> object:
                return await second.find(KEYS[0], timeout=1000)

            with monkeypatch.context() as silent:
                silent.setattr(first._transport, "send", lambda *_: None)
                assert await cancelled(find, turns)
            assert not second._instance._searches

    run(main)


def test_nobody_reached_is_not_nobody_has_it(run: Run) -> None:
    async def main() -> None:
        async with peerapi.open_table() as alone:
            assert await alone.find(NOBODYS) is None  # the first node of all
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as silent:
            silent.bind(("::1", 0))
            async with peerapi.open_table(bootstrap=f"[::1]:{silent.getsockname()[1]}") as table:
                with pytest.raises(errors.NobodyReached) as raised:
                    await table.find(NOBODYS)
                assert raised.value.hresult == 0x80622105
                await table.register(NOBODYS, "mine")
                assert await table.find(NOBODYS, own=True) == (NOBODYS, b"mine", True)

    run(main)


def test_the_first_key_of_all_is_found_at_once(run: Run) -> None:
    async def main() -> None:
        async with peerapi.open_table() as first, peerapi.open_table(bootstrap=first.addresses) as second:
            await first.wait_active()
            await second.wait_active()
            await first.register(KEYS[0], "x")
            assert await second.find(KEYS[0]) is not None

    run(main)


def test_a_search_goes_step_by_step_and_tells_whom_it_has_asked(run: Run) -> None:
    async def main() -> None:
        async with contextlib.AsyncExitStack() as stack:
            tables: list[Table] = []
            for number, key in enumerate(KEYS):
                first = [one for table in tables[:1] for one in table.addresses]
                tables.append(await stack.enter_async_context(peerapi.open_table(bootstrap=first)))
                await tables[-1].register(key, f"number {number}")
            asker = tables[0]
            await until_found(asker, *KEYS[1:])
            async with asker.steps(KEYS[3]) as search:
                steps = [step async for step in search]
            assert steps[-1] == peerapi.Found(KEYS[3], b"number 3", True)
            assert all(isinstance(step, peerapi.Step) and step.key in KEYS for step in steps[:-1])
            places = {address: key for table, key in zip(tables, KEYS, strict=True) for address in table.addresses}
            assert len(search.path) >= len(steps) - 1
            for node in search.path:
                assert places[node.address] in KEYS[1:]
                assert node.latency is not None
                assert 0 <= node.latency < 60
            assert search.path[-1].outcome & peerapi.PathFlag.INQUIRE
            assert search.path[-1].nearness == 256
            left = asker.steps(NOBODYS)
            async for step in left:
                assert isinstance(step, peerapi.Found | peerapi.Step)
                break
            left.close()
            assert [step async for step in left] == []
            assert not asker._instance._searches
            with pytest.raises(errors.SearchTimedOut):
                async for step in asker.steps(NOBODYS, timeout=0.05):
                    if isinstance(step, peerapi.Step):
                        await turns_until_over(asker)

    async def turns_until_over(table: Table) -> None:
        """Until the search that waits for its next step has run out of time."""
        (held,) = table._instance._searches.values()
        while not held.ended:
            await turns()

    run(main)


def test_a_search_that_is_left_is_ended(run: Run) -> None:
    async def main() -> None:
        async with peerapi.open_table() as first, peerapi.open_table(bootstrap=first.addresses) as second:
            for key in KEYS:
                await first.register(key, "x")
            await until_found(second, *KEYS)
            held = second._instance._searches
            async with second.search(KEYS[0], nearest=4) as search:
                await anext(search)
                assert len(held) == 1
            assert [one async for one in search] == []
            assert not held
            lost = second.search(KEYS[0], nearest=4)
            await anext(lost)
            del lost
            assert await second.find(KEYS[0]) is not None
            assert not held

    run(main)


def test_a_search_that_runs_out_of_time_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with peerapi.open_table() as first, peerapi.open_table(bootstrap=first.addresses) as second:
            await first.register(KEYS[0], "x")
            await until_found(second, KEYS[0])
            with monkeypatch.context() as silent:
                silent.setattr(first._transport, "send", lambda *_: None)
                with pytest.raises(errors.SearchTimedOut):
                    await second.find(KEYS[0], timeout=0.1)

    run(main)


@pytest.mark.parametrize("mode", list(SecurityMode))
def test_keys_of_certificates(run: Run, mode: SecurityMode) -> None:
    root = Issued("Root", p256_key())
    issued = [root.member("node", p256_key()) for _ in range(2)]
    pem = issued[1].key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    der = issued[0].key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    security = [
        DerivedKeys(root.der, issued[0].der, der),
        DerivedKeys(root.certificate, issued[1].certificate.public_bytes(Encoding.PEM), pem, password="secret"),
    ]

    async def main() -> None:
        async with peerapi.open_table(security=security[0], mode=mode) as first:
            assert first.key == security[0].key
            assert first.key is not None
            async with (
                first.register(first.key, "mine"),
                peerapi.open_table(bootstrap=first.addresses, security=security[1], mode=mode) as second,
            ):
                await until_found(second, first.key)
                assert second.key is not None
                assert await second.find(first.key) == (first.key, b"mine", True)
                with pytest.raises(errors.InvalidKey):
                    await second.register(KEYS[0], "mine as well")

    run(main)


def test_certificates_that_do_not_do(run: Run) -> None:
    root, node = Issued("Root", p256_key()), Issued("Another root", p256_key()).member("node", p256_key())

    async def main() -> None:
        with pytest.raises(errors.InvalidCertificateChain):
            await peerapi.open_table(security=DerivedKeys(root.der, node.certificate, node.key))
        with pytest.raises(errors.CapabilityMismatch):
            await peerapi.open_table(security=DerivedKeys(root.der), mode=SecurityMode.MEMBERSHIP)
        assert DerivedKeys(root.der).key is None

    run(main)
    with pytest.raises(ValueError, match="root is no certificate"):
        DerivedKeys(b"x")
    with pytest.raises(ValueError, match="go together"):
        DerivedKeys(root.der, node.der)
    with pytest.raises(ValueError, match="not that of the certificate"):
        DerivedKeys(root.der, node.der, root.key)
    with pytest.raises(ValueError, match="private_key cannot be read"):
        DerivedKeys(root.der, node.der, b"x")
    with pytest.raises(TypeError, match="root is a certificate"):
        DerivedKeys(WRONG)
    with pytest.raises(TypeError, match="chain is an iterable"):
        DerivedKeys(root.der, chain=WRONG)


def test_first_nodes_by_a_peer_name(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERAPI_PNRP_PORT", str(free_range()))

    async def main() -> None:
        name = peerapi.PeerName("0.garden", cloud="Loopback_", publish=True)
        async with (
            peerapi.open_table(bootstrap=name) as first,
            first.register(KEYS[0], "x"),
            peerapi.open_table(bootstrap=name) as second,
        ):
            await until_found(second, KEYS[0])

    run(main)


HERE = "[::1]:4001"
OF_OPENING: dict[str, tuple[type[Exception], str, dict[str, Any]]] = {
    "a scope by number": (TypeError, "scope is a peerapi.Scope", {"scope": 1}),
    "a port in words": (TypeError, "port is an int", {"port": "x"}),
    "a port of root's": (ValueError, "port is 0 or from 1024", {"port": 80}),
    "a port too high": (ValueError, "port is from 0 to 65535", {"port": 70000}),
    "security by name": (TypeError, "security is a peerapi.DerivedKeys", {"security": "null"}),
    "a mode by number": (TypeError, "mode is a peerapi.SecurityMode", {"mode": 1}),
    "a version": (TypeError, "version is a pair", {"version": 1}),
    "half a version": (ValueError, "a part of version is from 0 to 255", {"version": (1, 256)}),
    "too many addresses": (ValueError, "max_addresses is from 1 to 20", {"max_addresses": 21}),
    "a prefix": (TypeError, "prefix is a str", {"prefix": b"x"}),
    "a long prefix": (ValueError, "prefix has at most 128", {"prefix": "x" * 129}),
    "an interface without a link": (ValueError, "interface belongs to", {"interface": 1}),
    "a link without an interface": (ValueError, "interface belongs to", {"scope": Scope.LINK}),
    "no such interface": (ValueError, "there is no 'none'", {"scope": Scope.LINK, "interface": "none"}),
    "first nodes by number": (TypeError, "bootstrap is a peerapi.PeerName", {"bootstrap": 4001}),
    "first nodes in bytes": (TypeError, "bootstrap is", {"bootstrap": b"::1"}),
    "one of the first by number": (TypeError, "a place of bootstrap", {"bootstrap": [HERE, 4001]}),
    "a place without a port": (ValueError, "names no port", {"bootstrap": "localhost"}),
    "a place of IPv4": (ValueError, "an address of IPv4", {"bootstrap": "127.0.0.1:4001"}),
}
OF_A_TABLE: dict[str, tuple[type[Exception], str, Call]] = {
    "a key of text": (TypeError, "key is 32 bytes, such as", lambda table: table.register("x", b"x")),
    "a short key": (ValueError, "key is 32 bytes", lambda table: table.register(b"x", b"x")),
    "no data": (ValueError, "data have 1 to 5120 bytes", lambda table: table.register(KEYS[0], "")),
    "data by number": (TypeError, "data is bytes or str", lambda table: table.register(KEYS[0], 5)),
    "too many data": (ValueError, "data have", lambda table: table.register(KEYS[0], bytes(5121))),
    "a key to find": (TypeError, "key is 32 bytes", lambda table: table.find(5)),
    "own in words": (TypeError, "own is a bool", lambda table: table.find(KEYS[0], own="yes")),
    "no time": (ValueError, "timeout is more than 0", lambda table: table.find(KEYS[0], timeout=0)),
    "not a time": (ValueError, "timeout is more than 0", lambda table: table.find(KEYS[0], timeout=float("nan"))),
    "a key to go to": (TypeError, "key is 32 bytes", lambda table: table.steps("x")),
    "a time in words": (TypeError, "timeout is a number", lambda table: table.search(KEYS[0], timeout="1 s")),
    "none": (ValueError, "nearest is from 1", lambda table: table.search(KEYS[0], nearest=0)),
    "half a range": (TypeError, "between is a pair", lambda table: table.search(KEYS[0], between=KEYS[0])),
    "outside of a range": (
        ValueError, "key lies between", lambda table: table.search(KEYS[0], between=(KEYS[1], KEYS[1])),
    ),
    "a match in no range": (ValueError, "any_match is for", lambda table: table.search(KEYS[0], any_match=True)),
    "events": (TypeError, "events takes classes", lambda table: table.events("status")),
    "events of graphs": (TypeError, "events takes classes", lambda table: table.events(peerapi.Change)),
    "no room": (ValueError, "limit is from 1", lambda table: table.events(limit=0)),
}  # fmt: skip


@pytest.mark.parametrize("kind, said, given", OF_OPENING.values(), ids=list(OF_OPENING))
def test_opening_says_what_was_wanted(kind: type[Exception], said: str, given: dict[str, Any]) -> None:
    with pytest.raises(kind, match=said):
        peerapi.open_table(**given)


def test_a_peer_name_is_one() -> None:
    with pytest.raises(ValueError, match="name is a peer name"):
        peerapi.PeerName("garden")
    with pytest.raises(TypeError, match="publish is a bool"):
        peerapi.PeerName("0.garden", publish=WRONG)


def test_calls_say_what_was_wanted(run: Run) -> None:
    async def main() -> None:
        async with peerapi.open_table() as table:
            for kind, said, call in OF_A_TABLE.values():
                with pytest.raises(kind, match=said):
                    found = call(table)
                    if inspect.isawaitable(found) and not isinstance(found, Reading):
                        await found

    run(main)
