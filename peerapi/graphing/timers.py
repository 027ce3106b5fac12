"""Named deadlines of a machine, on its elapsed clock."""

from __future__ import annotations

from collections.abc import Callable, Hashable

Action = Callable[[], None]
RETRY = 5.0
"Seconds after which an action that failed, as on a full disk, is tried again."


class Timers:
    """Each key has at most one deadline (seconds of ``Moment.elapsed``) and what to do then."""

    def __init__(self) -> None:
        self._deadlines: dict[Hashable, tuple[float, Action]] = {}
        self.next: float | None = None
        "The earliest deadline."

    def set(self, key: Hashable, at: float, action: Action) -> None:
        standing = self._deadlines.get(key)
        self._deadlines[key] = (at, action)
        if self.next is None or at <= self.next:
            self.next = at
        elif standing is not None and standing[0] == self.next:
            self._refresh()

    def set_earlier(self, key: Hashable, at: float, action: Action) -> None:
        """Set the deadline unless an earlier one stands."""
        standing = self._deadlines.get(key)
        if standing is None or at < standing[0]:
            self.set(key, at, action)

    def cancel(self, key: Hashable) -> None:
        standing = self._deadlines.pop(key, None)
        if standing is not None and standing[0] == self.next:
            self._refresh()

    def cancel_all(self) -> None:
        self._deadlines.clear()
        self.next = None

    def at(self, key: Hashable) -> float | None:
        standing = self._deadlines.get(key)
        return standing[0] if standing else None

    def fire(self, elapsed: float) -> None:
        """Run what is due, earliest first. An action may set its own key again; one that fails is due again soon."""
        while self.next is not None and self.next <= elapsed:
            key = min(self._deadlines, key=lambda key: self._deadlines[key][0])
            _, action = self._deadlines.pop(key)
            self._refresh()
            try:
                action()
            except BaseException:
                self.set_earlier(key, elapsed + RETRY, action)
                raise

    def _refresh(self) -> None:
        self.next = min(at for at, _ in self._deadlines.values()) if self._deadlines else None
