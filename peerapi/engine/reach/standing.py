"""The links of this process that calls have led to, by their tickets: who comes back from another network says by the
old ticket that its old link is over. Nobody would notice otherwise, while a relay acknowledges what is sent.

Engine thread.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence

from peerapi.address import Address
from peerapi.reach.greeting import Ticket

MOST_ADDRESSES, MOST_CALLS = 64, 4
"Of calls from here that are remembered."
_standing: dict[Ticket, Callable[[], object]] = {}
_called: OrderedDict[Address, deque[Ticket]] = OrderedDict()


def stands(ticket: Ticket, end: Callable[[], object]) -> None:
    """A link stands; ``end`` ends it."""
    _standing[ticket] = end


def over(ticket: Ticket) -> None:
    _standing.pop(ticket, None)


def replace(replaced: Iterable[Callable[[Ticket], bool]]) -> None:
    """End those that a later call is in the place of."""
    for is_it in replaced:
        for ticket, end in list(_standing.items()):
            if is_it(ticket):
                over(ticket)
                end()


def remember(address: Address, ticket: Ticket) -> None:
    """A call from here to a seat has led to a link."""
    _called.setdefault(address, deque(maxlen=MOST_CALLS)).append(ticket)
    _called.move_to_end(address)
    while len(_called) > MOST_ADDRESSES:
        _called.popitem(last=False)


def before(address: Address) -> Sequence[Ticket]:
    """The tickets of the latest calls to a seat whose links stand no longer."""
    return [one for one in _called.get(address, ()) if one not in _standing]
