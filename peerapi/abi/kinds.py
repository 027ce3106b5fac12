"""What a kind is: it writes the part of a wrapper (``abi.exports``) that is about one parameter."""

from __future__ import annotations

from typing import Any

from peerapi.errors import InvalidArgument


class Call:
    """The source of one wrapper as it grows, in statements and expressions of Python."""

    def __init__(self, owner: object) -> None:
        self.owner = owner
        self.before: list[str] = []  # statements outside the try block, for what the failure statements look at
        self.pointers: list[str] = []  # statements: checks of pointers
        self.handles: list[str] = []  # statements: handles become objects
        self.arguments: list[str] = []  # expressions
        self.results: list[str] = []  # statements after the call
        self.failure: list[str] = []  # statements when it failed
        self.space: dict[str, Any] = {"InvalidArgument": InvalidArgument}
        self.wanted = ""  # the parameter that counts the items of GetNextItem
        self.required: set[str] = set()  # parameters that must not be NULL, whatever the others are

    def bind(self, value: Any) -> str:
        name = f"o{len(self.space)}"
        self.space[name] = value
        return name

    def require(self, pointer: str) -> None:
        self.required.add(pointer)
        self.pointers += [f"if not {pointer}:", "    raise InvalidArgument"]

    def require_all(self, count: str, pointer: str, most: int | None = None) -> None:
        """``pointer`` may be NULL only where ``count`` is 0; not more than ``most`` elements."""
        refusal = "    raise InvalidArgument('a count, but the pointer is NULL')"
        self.pointers += [f"if {count} and not {pointer}:", refusal]
        if most is not None:
            self.pointers += [f"if {count} > {most}:", f"    raise InvalidArgument('more than {most} elements')"]


class Kind:
    """How one parameter travels.

    ``types``: for each C parameter it takes, the C types it fits, without const and spaces.
    """

    types: tuple[tuple[str, ...], ...] = ()

    def take(self, call: Call, *names: str) -> None:
        """Inputs: adds checks and one argument."""
        raise NotImplementedError

    def give(self, call: Call, value: str, *names: str) -> None:
        """Outputs: adds checks, and statements that hand ``value`` out."""
        raise NotImplementedError


class InputKind(Kind):
    """A kind of a parameter."""


class OutputKind(Kind):
    """A kind of a result. ``optional``: the caller may leave it out by NULL, and then gets nothing."""

    optional = False

    def deliver(self, call: Call, pointer: str, statement: str) -> None:
        """Has ``statement`` store the result where ``pointer`` says."""
        if self.optional:
            call.results += [f"if {pointer}:", f"    {statement}"]
        else:
            call.require(pointer)
            call.results.append(statement)
