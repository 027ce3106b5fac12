"""Small clouds with real keys: both profiles, side by side and apart, and a delegated name from end to end."""

from __future__ import annotations

import random

import pytest

from peerapi.identity import pkcs7
from peerapi.identity.certificates import issue
from peerapi.identity.extensions import CertificateType, Extensions
from peerapi.identity.keys import Algorithm, KeyPair
from peerapi.identity.names import PeerName
from peerapi.pnrp import keys
from peerapi.pnrp.algorithms import MODERN, PUBLISHED, Profile
from peerapi.pnrp.chain import ROLE_MEMBER, check_chain
from peerapi.pnrp.cloud import Cloud
from peerapi.pnrp.state import CloudConfig
from tests.simulation.pnrp_world import EPOCH, Node, World

DAY = 24 * 3600 * 10_000_000


def join(world: World, profile: Profile, *, chains: bool = True) -> Node:
    node = world.add()
    node.signer = keys.generate(profile)  # type: ignore[assignment]
    seeds = (world.nodes[0].address,) if node is not world.nodes[0] else ()
    node.cloud = Cloud(
        CloudConfig(profile=profile, multicast=False, seeds=seeds),
        random=random.Random(node.number),
        signer=node.signer,
        verify=keys.verify,
        check_chain=check_chain if chains else None,
    )
    node.open()
    world.run(1)
    node.register()
    world.run(3)
    return node


@pytest.mark.parametrize("profile", [PUBLISHED, MODERN], ids=lambda profile: profile.name)
def test_nodes_of_one_profile_find_each_other(profile: Profile) -> None:
    world = World(1)
    for _ in range(4):
        join(world, profile)
    world.run(20)
    assert world.leaf_sets_are_whole() == 1.0
    assert world.resolve_some(6).success == 1.0


def test_nodes_of_another_profile_are_not_believed() -> None:
    world = World(2)
    join(world, MODERN)
    join(world, MODERN)
    stranger = join(world, PUBLISHED)
    world.run(60)
    handle = world.nodes[0].resolve(stranger.name)
    world.run(31)
    result = world.nodes[0].result(handle)
    assert result is not None
    assert result.found == ()
    assert stranger.cloud.registrations.ids[0] not in world.nodes[0].cloud.cache


@pytest.mark.parametrize("understood", [True, False])
def test_a_delegate_publishes_a_name_of_another_key(understood: bool) -> None:
    world = World(3)
    asker = join(world, MODERN, chains=understood)
    delegate = join(world, MODERN)
    owner, key = KeyPair.generate(Algorithm.ED25519), KeyPair.generate(Algorithm.ED25519)
    name = PeerName(owner.public.authority, "service")
    signer = keys.load(key.pkcs8())
    chain = pkcs7.encode([one.encoded for one in certificates(owner, key, name)])
    delegate.cloud.at(delegate.moment).register(name, signer=signer, payload=b"delegated", chain=chain)
    delegate.carry_out()
    world.run(20)
    handle = asker.resolve(name)
    world.run(31)
    result = asker.result(handle)
    assert result is not None
    assert [found.payload for found in result.found] == ([b"delegated"] if understood else [])


def certificates(owner: KeyPair, key: KeyPair, name: PeerName) -> list:  # type: ignore[type-arg]
    given = PeerName(key.public.authority, "x")
    root = Extensions(CertificateType.ROOT, subject_name=name, issuer_name=name, group=name)
    member = Extensions(
        CertificateType.MEMBER,
        subject_name=given,
        issuer_name=name,
        group=name,
        roles=(ROLE_MEMBER,),
        classifiers=("service",),
    )
    return [
        issue(owner, holder.public, extensions, subject="a", issuer="b", not_before=EPOCH - DAY, not_after=EPOCH + DAY)
        for holder, extensions in ((owner, root), (key, member))
    ]
