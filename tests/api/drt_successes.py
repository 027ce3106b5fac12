"""Calls of drt.h that succeed, and what goes wrong with certificates."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable

from tests.api.drt_nodes import RESULT, Nodes
from tests.api.drt_table import DRT, A, provokes
from tests.support.authority import Issued, p256_key

PATIENCE = 120.0
"Seconds until three nodes know each other."

# ---- succeeding ------------------------------------------------------------------------------------------------------


def with_own(call: Callable[[Nodes, int], int]) -> Callable[[Nodes], int]:
    """On a search that has a result."""

    def provoke(nodes: Nodes) -> int:
        return call(nodes, nodes.own(nodes.open())[0])

    return provoke


def size_of(nodes: Nodes, name: str, handle: int) -> int:
    size = ctypes.c_uint32()
    assert getattr(nodes.c, name)(handle, A(size)) == 0
    return size.value


@provokes("DrtCreateIpv6UdpTransport", "S_OK")
def _(nodes: Nodes) -> int:
    assert nodes.transport()
    assert nodes.port >= 1024
    return 0


@provokes("DrtDeleteIpv6UdpTransport", "S_OK")
def _(nodes: Nodes) -> int:
    port = ctypes.c_uint16(0)
    return int(nodes.c.DrtDeleteIpv6UdpTransport(nodes.made("DrtCreateIpv6UdpTransport", 1, 0, 0, A(port))))


@provokes("DrtCreateNullSecurityProvider", "S_OK")
def _(nodes: Nodes) -> int:
    return 0 if nodes.security() else 1


@provokes("DrtCreateDnsBootstrapResolver", "S_OK")
def _(nodes: Nodes) -> int:
    return 0 if nodes.bootstrap(4711) else 1


@provokes("DrtOpen", "S_OK")
def _(nodes: Nodes) -> int:
    return 0 if nodes.open() else 1


@provokes("DrtRegisterKey", "S_OK")
def _(nodes: Nodes) -> int:
    return 0 if nodes.registered(nodes.open()) else 1


@provokes("DrtUpdateKey", "S_OK")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtUpdateKey(nodes.registered(nodes.open()), A(nodes.data(b"other"))))


@provokes("DrtStartSearch", "S_OK")
def _(nodes: Nodes) -> int:
    return 0 if nodes.search(nodes.open()) else 1


@provokes("DrtContinueSearch", "S_OK")
def _(nodes: Nodes) -> int:
    """Two others have keys; a search for what is between them stops before the second of them is asked."""
    first = nodes.transport()
    place = nodes.port
    nodes.registered(nodes.open(hTransport=first, pBootstrapProvider=nodes.bootstrap(4711)), b"a" * 32)
    nodes.registered(nodes.open(pBootstrapProvider=nodes.bootstrap(place)), b"z" * 32)
    asker = nodes.open(pBootstrapProvider=nodes.bootstrap(place))
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        event = nodes.event()
        search = nodes.search(asker, b"m" * 32, nodes.info(fIterative=1), event)
        nodes.wait(event)
        answer = int(nodes.c.DrtContinueSearch(search))
        assert nodes.c.DrtEndSearch(search) == 0
        if answer == 0:
            return answer  # until it knows both of them, nothing waits
    return answer


DRT.provoked["DrtEndSearch", "S_OK"] = with_own(lambda nodes, search: int(nodes.c.DrtEndSearch(search)))


@with_own
def path_size(nodes: Nodes, search: int) -> int:
    return 0 if size_of(nodes, "DrtGetSearchPathSize", search) else 1


@with_own
def path(nodes: Nodes, search: int) -> int:
    size = size_of(nodes, "DrtGetSearchPathSize", search)
    return int(nodes.c.DrtGetSearchPath(search, size, ctypes.create_string_buffer(size)))


@with_own
def result_size(nodes: Nodes, search: int) -> int:
    return 0 if size_of(nodes, "DrtGetSearchResultSize", search) > RESULT.SIZE else 1


@with_own
def result(nodes: Nodes, search: int) -> int:
    size = size_of(nodes, "DrtGetSearchResultSize", search)
    room = ctypes.create_string_buffer(size)
    answer = int(nodes.c.DrtGetSearchResult(search, size, room))
    found = RESULT.from_buffer(room)
    assert ctypes.string_at(found.registration.key.pb, 32) == b"k" * 32
    assert ctypes.string_at(found.registration.appData.pb, found.registration.appData.cb) == b"payload"
    return answer


DRT.provoked["DrtGetSearchPathSize", "S_OK"] = path_size
DRT.provoked["DrtGetSearchPath", "S_OK"] = path
DRT.provoked["DrtGetSearchResultSize", "S_OK"] = result_size
DRT.provoked["DrtGetSearchResult", "S_OK"] = result


@provokes("DrtGetInstanceNameSize", "S_OK")
def _(nodes: Nodes) -> int:
    return 0 if size_of(nodes, "DrtGetInstanceNameSize", nodes.open()) % 2 == 0 else 1


@provokes("DrtGetInstanceName", "S_OK")
def _(nodes: Nodes) -> int:
    prefix = ctypes.create_string_buffer("garden\0".encode("utf-16-le"))
    node = nodes.open(pwzDrtInstancePrefix=ctypes.addressof(prefix))
    size = size_of(nodes, "DrtGetInstanceNameSize", node)
    room = ctypes.create_string_buffer(size)
    answer = int(nodes.c.DrtGetInstanceName(node, size, room))
    assert room.raw.decode("utf-16-le").startswith("garden.")
    return answer


def with_event(nodes: Nodes) -> int:
    """A node that has something to tell."""
    event = nodes.event()
    node = nodes.open(event)
    nodes.wait(event)
    return node


@provokes("DrtGetEventDataSize", "S_OK")
def _(nodes: Nodes) -> int:
    return 0 if size_of(nodes, "DrtGetEventDataSize", with_event(nodes)) else 1


@provokes("DrtGetEventData", "S_OK")
def _(nodes: Nodes) -> int:
    node = with_event(nodes)
    size = size_of(nodes, "DrtGetEventDataSize", node)
    return int(nodes.c.DrtGetEventData(node, size, ctypes.create_string_buffer(size)))


# ---- certificates ----------------------------------------------------------------------------------------------------


def context(nodes: Nodes, issued: Issued, *, key: bool = False) -> int:
    """A certificate context: of the bytes, or of a PFX with the key."""
    nodes.c.CertCreateCertificateContext.restype = ctypes.c_void_p
    if not key:
        return int(nodes.c.CertCreateCertificateContext(1, issued.der, len(issued.der)))
    data = issued.pfx("secret")
    blob = (ctypes.c_uint64 * 2)(len(data), ctypes.addressof(buffer := ctypes.create_string_buffer(data, len(data))))
    nodes.c.PFXImportCertStore.restype = nodes.c.CertEnumCertificatesInStore.restype = ctypes.c_void_p
    store = nodes.c.PFXImportCertStore(blob, "secret\0".encode("utf-16-le"), 0)
    found = nodes.c.CertEnumCertificatesInStore(ctypes.c_void_p(store), None)
    assert buffer
    return int(found)


def derived(nodes: Nodes, root: Issued, local: int | None) -> int:
    provider = nodes.made("DrtCreateDerivedKeySecurityProvider", context(nodes, root), local)
    nodes.end_with(lambda: nodes.c.DrtDeleteDerivedKeySecurityProvider(provider))
    return provider


def family() -> tuple[Issued, Issued]:
    root = Issued("Root", p256_key())
    return root, root.member("node", p256_key())


@provokes("DrtCreateDerivedKey", "S_OK")
def _(nodes: Nodes) -> int:
    key = nodes.data(bytes(32))
    answer = int(nodes.c.DrtCreateDerivedKey(context(nodes, family()[1]), A(key)))
    assert ctypes.string_at(key.pb, 32) != bytes(32)
    return answer


@provokes("DrtCreateDerivedKey", "E_INVALIDARG")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtCreateDerivedKey(context(nodes, family()[1]), A(nodes.data(bytes(8)))))


def dsa() -> Issued:
    from cryptography.hazmat.primitives.asymmetric import ec

    return Issued("Root", ec.generate_private_key(ec.SECP384R1()))


@provokes("DrtCreateDerivedKey", "DRT_E_CAPABILITY_MISMATCH")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtCreateDerivedKey(context(nodes, dsa()), A(nodes.data(bytes(32)))))


@provokes("DrtCreateDerivedKeySecurityProvider", "S_OK")
def _(nodes: Nodes) -> int:
    root, member = family()
    return 0 if derived(nodes, root, context(nodes, member, key=True)) else 1


def create_derived(nodes: Nodes, root: int | None, local: int | None) -> int:
    return int(nodes.c.DrtCreateDerivedKeySecurityProvider(root, local, A(ctypes.c_void_p())))


@provokes("DrtCreateDerivedKeySecurityProvider", "E_INVALIDARG")
def _(nodes: Nodes) -> int:
    return create_derived(nodes, None, None)


@provokes("DrtCreateDerivedKeySecurityProvider", "DRT_E_CAPABILITY_MISMATCH")
def _(nodes: Nodes) -> int:
    """A certificate without its private key."""
    root, member = family()
    return create_derived(nodes, context(nodes, root), context(nodes, member))


@provokes("DrtCreateDerivedKeySecurityProvider", "DRT_E_INVALID_CERT_CHAIN")
def _(nodes: Nodes) -> int:
    return create_derived(nodes, context(nodes, family()[0]), context(nodes, family()[1], key=True))


@provokes("DrtOpen", "DRT_E_CAPABILITY_MISMATCH")
def _(nodes: Nodes) -> int:
    """Membership mode without a certificate of this node."""
    return nodes.try_open(nodes.settings(eSecurityMode=1, pSecurityProvider=derived(nodes, family()[0], None)))[0]


@provokes("DrtRegisterKey", "DRT_E_INVALID_KEY")
def _(nodes: Nodes) -> int:
    root, member = family()
    node = nodes.open(pSecurityProvider=derived(nodes, root, context(nodes, member, key=True)))
    return nodes.try_register(node, nodes.registration())[0]


@provokes("DrtRegisterKey", "DRT_E_INVALID_CERT_CHAIN")
def _(nodes: Nodes) -> int:
    """With a certificate of another authority."""
    root, member = family()
    node = nodes.open(pSecurityProvider=derived(nodes, root, context(nodes, member, key=True)))
    return nodes.try_register(node, nodes.registration(), context(nodes, family()[1], key=True))[0]


@provokes("DrtRegisterKey", "DRT_E_CAPABILITY_MISMATCH")
def _(nodes: Nodes) -> int:
    node = nodes.open(pSecurityProvider=derived(nodes, family()[0], None))
    return nodes.try_register(node, nodes.registration())[0]
