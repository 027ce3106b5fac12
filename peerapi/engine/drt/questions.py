"""Questions to providers on threads of their own: foreign code, which may wait and call us (architecture, decision 9).

Questions about one peer are asked one after the other, in their order; those about others go on meanwhile. The threads
are begun by the engine's, so all signals are blocked on them, as they belong to the host program.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable

MOST_THREADS = 8
IDLE = 5.0
"Seconds after which a thread without work ends."

Work = Callable[[], None]


class Lanes:
    """Work in lanes: one piece of a lane at a time."""

    def __init__(self, begin: Callable[[Callable[[], None]], None], most: int = MOST_THREADS) -> None:
        """``begin`` has a thread begun that runs what it is given."""
        self._begin = begin
        self._most = most
        self._changed = threading.Condition()
        self._lanes: dict[Hashable, deque[Work]] = {}
        "Lanes with work, the one under way included."
        self._ready: deque[Hashable] = deque()
        self._threads: set[int] = set()
        self._count = 0
        self._idle = 0
        self._busy = 0
        self._closed = False

    def put(self, lane: Hashable, work: Work) -> None:
        """Have it done, unless everything has been closed."""
        with self._changed:
            if self._closed:
                return
            waiting = self._lanes.get(lane)
            if waiting is not None:
                waiting.append(work)
                return
            self._lanes[lane] = deque([work])
            self._ready.append(lane)
            if self._idle:
                self._changed.notify()
                return
            if self._count >= self._most:
                return
            self._count += 1
        self._begin(self._run)

    def inside(self) -> bool:
        """Whether this thread is one of those that ask."""
        return threading.get_ident() in self._threads

    def _run(self) -> None:
        own = threading.get_ident()
        with self._changed:
            self._threads.add(own)
        while True:
            with self._changed:
                while not self._ready:
                    self._idle += 1
                    told = self._changed.wait(IDLE) or bool(self._ready)
                    self._idle -= 1
                    if not told or (self._closed and not self._ready):
                        self._count -= 1
                        self._threads.discard(own)
                        self._changed.notify_all()
                        return
                lane = self._ready.popleft()
                work = self._lanes[lane][0]
                self._busy += 1
            try:
                work()
            finally:
                with self._changed:
                    self._busy -= 1
                    waiting = self._lanes.get(lane)
                    if waiting is not None:
                        waiting.popleft()
                        if waiting:
                            self._ready.append(lane)
                        else:
                            del self._lanes[lane]
                    self._changed.notify_all()

    def close(self) -> None:
        """Nothing new is begun; what is under way is waited for, unless this thread is in the middle of it."""
        with self._changed:
            self._closed = True
            self._ready.clear()
            self._lanes.clear()
            self._changed.notify_all()
            if threading.get_ident() not in self._threads:
                self._changed.wait_for(lambda: not self._busy)
