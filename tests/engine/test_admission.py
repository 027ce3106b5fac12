"""Places for connections that are not through yet: whose is given to whom (``engine.admission``)."""

from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.engine.admission import Admission, PendingConnection


def host(network: int, number: int) -> Address:
    return Address((0x2001_0DB8 << 96 | network << 64 | number).to_bytes(16, "big"), 5000)


class Door:
    """An admission, and who was turned out."""

    def __init__(self, places: int) -> None:
        self.admission = Admission(places)
        self.out: list[object] = []

    def enter(self, remote: Address, name: object) -> PendingConnection:
        return self.admission.enter(remote, lambda: self.out.append(name))


def test_the_oldest_of_the_busiest_host_makes_room() -> None:
    door = Door(4)
    door.enter(host(1, 1), "honest")
    for n in range(3):
        door.enter(host(2, 1), n)
    door.enter(host(3, 1), "new")
    assert door.out == [0]
    assert door.admission.evicted == 1
    assert len(door.admission) == 4


def test_many_addresses_of_one_network_are_one_origin() -> None:
    door = Door(4)
    for n in range(2):
        door.enter(host(1, 1), f"honest {n}")
    for n in range(50):
        door.enter(host(2, n), n)
    assert door.out == list(range(48))


def test_within_a_network_the_busiest_host_makes_room() -> None:
    door = Door(5)
    door.enter(host(1, 1), "honest")
    for n in range(20):
        door.enter(host(1, 2), n)
    assert "honest" not in door.out
    assert len(door.out) == 16


def test_hosts_of_ipv4_are_origins_of_their_own() -> None:
    door = Door(3)
    door.enter(Address.parse("::ffff:192.0.2.1", 1), "honest")
    for n in range(9):
        door.enter(Address.parse("::ffff:192.0.2.2", 1), n)
    assert "honest" not in door.out


def test_where_all_are_one_host_who_is_new_gets_in() -> None:
    door = Door(3)
    for n in range(10):
        door.enter(Address.parse("::1", n), n)
    assert door.out == list(range(7))


def test_who_has_left_is_not_evicted() -> None:
    door = Door(2)
    guests = [door.enter(host(1, 1), n) for n in range(2)]
    guests[0].leave()
    guests[0].leave()
    door.enter(host(1, 1), 2)
    assert door.out == []
    door.enter(host(1, 1), 3)
    assert door.out == [1]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=60), st.integers(1, 8))
def test_a_host_that_has_no_more_than_its_share_is_never_evicted(comings: list[tuple[int, int]], places: int) -> None:
    """However others come: who has less than the places divided by the origins there are stays."""
    door = Door(places)
    door.enter(host(9, 9), "honest")
    for number, (network, machine) in enumerate(comings):
        door.enter(host(network, machine), number)
        assert len(door.admission) <= places
    if places >= 5:  # four busy networks, and one honest host
        assert "honest" not in door.out
