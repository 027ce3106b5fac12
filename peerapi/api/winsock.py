"""The hooks of the Winsock functions that are written in C. What stands behind them waits for the first name."""

from __future__ import annotations

from collections.abc import Callable

from peerapi.abi import exports


def _later(name: str) -> Callable[..., int]:
    def hook(*arguments: int) -> int:
        from peerapi.api.name_space import HOOKS

        return HOOKS[name](*arguments)

    return hook


for _name in ("set_service", "begin", "next", "notify", "end", "cleanup", "resolve"):
    exports.hook(_name)(_later(_name))
