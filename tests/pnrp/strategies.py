"""Hypothesis strategies for everything that MS-PNRP puts on the wire."""

from __future__ import annotations

from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.pnrp import messages
from peerapi.pnrp.authority import AuthorityBuffer
from peerapi.pnrp.cpa import AppEndpoint
from peerapi.pnrp.messages import FRAGMENT_SIZE, LARGEST_BUFFER, Criteria, SolicitType
from peerapi.ring.route_entry import RouteEntry
from tests.support.strategies import texts, u16, u32, u64

ips = st.binary(min_size=16, max_size=16)
pnrp_ids = st.integers(0, (1 << 256) - 1) | st.integers(0, 3) | st.integers((1 << 256) - 3, (1 << 256) - 1)
nonces = st.binary(min_size=16, max_size=16)
hashes = st.binary(min_size=20, max_size=20)
endpoints = st.builds(Address, ip=ips, port=u16, flow=st.just(0), scope=st.just(0))
app_endpoints = st.builds(AppEndpoint, ip=ips, port=u16, protocol=u16)
routes = st.builds(RouteEntry, id=pnrp_ids, port=u16, addresses=st.lists(ips, min_size=1, max_size=20).map(tuple))
id_lists = st.lists(pnrp_ids, max_size=6).map(tuple)
paths = st.lists(endpoints, min_size=1, max_size=22).map(tuple)
flooded = st.lists(endpoints, max_size=22).map(tuple)


@st.composite
def fragments(draw: st.DrawFn) -> messages.Authority:
    size = draw(st.integers(1, 3000) | st.just(LARGEST_BUFFER))
    offset = draw(st.sampled_from(range(0, size, FRAGMENT_SIZE)))
    length = min(FRAGMENT_SIZE, size - offset)
    return messages.Authority(
        draw(u32), draw(u32), size, offset, draw(st.binary(min_size=1, max_size=8)).ljust(length)[:length]
    )


any_message = st.one_of(
    st.builds(messages.Solicit, u32, hashes, st.none() | routes, st.none() | st.sampled_from(SolicitType)),
    st.builds(messages.Advertise, u32, u32, id_lists, hashes),
    st.builds(messages.Request, u32, nonces, id_lists),
    st.builds(
        messages.Flood, u32, pnrp_ids, st.none() | routes, st.none() | st.binary(max_size=60), flooded, st.booleans()
    ),
    st.builds(messages.Inquire, u32, pnrp_ids, st.booleans(), st.booleans(), st.booleans(), st.none() | nonces),
    fragments(),
    st.builds(messages.Ack, u32, u32, st.booleans()),
    st.builds(
        messages.Lookup,
        u32,
        pnrp_ids,
        pnrp_ids,
        paths,
        st.sampled_from(Criteria),
        st.integers(0, 255),
        st.none() | routes,
        u16,
        st.booleans(),
    ),
)

buffers = st.builds(
    AuthorityBuffer,
    not_found=st.booleans(),
    leaf_set=st.booleans(),
    busy=st.booleans(),
    chain=st.none() | st.binary(max_size=40),
    classifier=st.none() | texts(0, 20),
    payload=st.none() | st.binary(max_size=40),
    route=st.none() | routes,
    cpa=st.none() | st.binary(max_size=40),
)

friendly_names = st.text(
    st.characters(max_codepoint=0xFFFF, exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=39
)
times = u64
