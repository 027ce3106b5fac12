"""People for the tests of collaboration, spoken for through the C functions only.

A `Person` is one program of one user, with a home folder of its own. Of one user in this process `Person` itself is
used; `apart` runs one in a child process, where each method of it can be called all the same. Structures come and go as
dictionaries whose keys are the names of C.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import itertools
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from peerapi.collab import local
from peerapi.engine.collab.places import Places
from peerapi.engine.collab.program import Program
from peerapi.errors import PeerError
from tests.support import native
from tests.support.collab_structs import ALL, MEMBERS, Fields, made, plain
from tests.support.native import GUID, Library, code, expect, text_at, wide
from tests.support.ports import free_range

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0

# ---- one program of one person ----


class Person:
    """The functions, for one process. Each method asserts S_OK; ``code_of`` calls one and gives its code."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.queues: dict[int, tuple[int, int]] = {}

    def code_of(self, function: str, *arguments: Any) -> int:
        return int(getattr(self.library, function)(*arguments))

    def good(self, function: str, *arguments: Any) -> None:
        expect(self.code_of(function, *arguments), "S_OK")

    def names_of(self, function: str, *arguments: Any) -> str:
        """The names of the code that a function gives, its strings as text and its structures as pairs (name,
        fields)."""
        given = [self._given(one) for one in arguments]
        return native.names(self.code_of(function, *given))

    def _given(self, argument: Any) -> Any:
        if isinstance(argument, str):
            return wide(argument)
        if isinstance(argument, uuid.UUID):
            return ctypes.byref(GUID.of(argument))
        if isinstance(argument, tuple):
            return ctypes.byref(made(*argument))
        return argument

    def block(self, function: str, *arguments: Any, name: str = "") -> Any:
        """What a function hands out as its last output: a structure of that name, or a string."""
        pointer = ctypes.c_void_p(0x10)
        result = self.code_of(function, *[self._given(one) for one in arguments], ctypes.byref(pointer))
        if result:
            assert not pointer.value, "an output that is to be freed although the call failed"
        expect(result, "S_OK")
        assert pointer.value
        found = plain(native.structure(name).from_address(pointer.value)) if name else text_at(pointer.value)
        self.library.PeerFreeData(pointer)
        return found

    def items(self, function: str, *arguments: Any, name: str) -> list[Any]:
        """All items of an enumeration."""
        handle, items, count = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_uint32(100_000)
        self.good(function, *[self._given(one) for one in arguments], ctypes.byref(handle))
        total = ctypes.c_uint32()
        self.good("PeerGetItemCount", handle, ctypes.byref(total))
        self.good("PeerGetNextItem", handle, ctypes.byref(count), ctypes.byref(items))
        assert count.value == total.value
        kind = native.structure(name)
        array = (ctypes.c_void_p * count.value).from_address(items.value) if items.value else []
        found = [plain(kind.from_address(one)) for one in array if one]
        self.library.PeerFreeData(items)
        self.good("PeerEndEnumeration", handle)
        return found

    # the functions, by the names that a program's author would use

    def start(self) -> None:
        self.good("PeerCollabStartup", 1)

    def shutdown(self) -> None:
        self.good("PeerCollabShutdown")

    def sign_in(self, flags: int = ALL) -> None:
        self.good("PeerCollabSignin", None, flags)

    def sign_out(self, flags: int = ALL) -> None:
        self.good("PeerCollabSignout", flags)

    def options(self) -> int:
        found = ctypes.c_uint32()
        self.good("PeerCollabGetSigninOptions", ctypes.byref(found))
        return found.value

    def export(self, name: str | None = None) -> str:
        return str(self.block("PeerCollabExportContact", name))

    def me(self) -> Fields:
        return dict(self.block("PeerCollabGetContact", None, name="PEER_CONTACT"))

    def contact(self, name: str) -> Fields:
        return dict(self.block("PeerCollabGetContact", name, name="PEER_CONTACT"))

    def contacts(self) -> list[Fields]:
        return self.items("PeerCollabEnumContacts", name="PEER_CONTACT")

    def add(self, document: str) -> Fields:
        return dict(self.block("PeerCollabAddContact", document, name="PEER_CONTACT"))

    def update(self, contact: Fields, **changes: Any) -> None:
        self.good("PeerCollabUpdateContact", ctypes.byref(made("PEER_CONTACT", contact | changes)))

    def delete(self, name: str) -> None:
        self.good("PeerCollabDeleteContact", wide(name))

    def presence(self, endpoint: Fields | None = None) -> Fields:
        given = None if endpoint is None else ("PEER_ENDPOINT", endpoint)
        return dict(self.block("PeerCollabGetPresenceInfo", given, name="PEER_PRESENCE_INFO"))

    def set_presence(self, status: int, text: str | None) -> None:
        struct = made("PEER_PRESENCE_INFO", {"status": status, "pwzDescriptiveText": text})
        self.good("PeerCollabSetPresenceInfo", ctypes.byref(struct))

    def set_object(self, id_: uuid.UUID, data: bytes, scope: int = ALL) -> None:
        struct = made("PEER_OBJECT", {"id": id_, "data": data, "dwPublicationScope": scope})
        self.good("PeerCollabSetObject", ctypes.byref(struct))

    def delete_object(self, id_: uuid.UUID) -> None:
        self.good("PeerCollabDeleteObject", ctypes.byref(GUID.of(id_)))

    def objects(self, endpoint: Fields | None = None, id_: uuid.UUID | None = None) -> list[Fields]:
        given = None if endpoint is None else ("PEER_ENDPOINT", endpoint)
        return self.items("PeerCollabEnumObjects", given, id_, name="PEER_OBJECT")

    def applications(self, endpoint: Fields | None = None, id_: uuid.UUID | None = None) -> list[Fields]:
        given = None if endpoint is None else ("PEER_ENDPOINT", endpoint)
        return self.items("PeerCollabEnumApplications", given, id_, name="PEER_APPLICATION")

    def register(
        self,
        id_: uuid.UUID,
        path: str = "/bin/true",
        arguments: str = "",
        scope: int = ALL,
        type_: int = 0,
        **more: Any,
    ) -> None:
        application = {"id": id_, "data": b"", "pwzDescription": "A program"} | more
        fields = {
            "application": application,
            "pwzApplicationToLaunch": path,
            "pwzApplicationArguments": arguments,
            "dwPublicationScope": scope,
        }
        struct = made("PEER_APPLICATION_REGISTRATION_INFO", fields)
        self.good("PeerCollabRegisterApplication", ctypes.byref(struct), type_)

    def unregister(self, id_: uuid.UUID, type_: int = 0) -> None:
        self.good("PeerCollabUnregisterApplication", ctypes.byref(GUID.of(id_)), type_)

    def registered(self, type_: int = 0) -> list[Fields]:
        name = "PEER_APPLICATION_REGISTRATION_INFO"
        return self.items("PeerCollabEnumApplicationRegistrationInfo", type_, name=name)

    def endpoint_name(self) -> str:
        return str(self.block("PeerCollabGetEndpointName"))

    def rename(self, name: str) -> None:
        self.good("PeerCollabSetEndpointName", wide(name))

    # others

    def people(self) -> list[Fields]:
        return self.items("PeerCollabEnumPeopleNearMe", name="PEER_PEOPLE_NEAR_ME")

    def endpoints(self, contact: Fields | None = None) -> list[Fields]:
        given = None if contact is None else ("PEER_CONTACT", contact)
        return self.items("PeerCollabEnumEndpoints", given, name="PEER_ENDPOINT")

    def refresh(self, endpoint: Fields) -> None:
        self.good("PeerCollabRefreshEndpointData", self._given(("PEER_ENDPOINT", endpoint)))

    def forget(self, endpoint: Fields) -> None:
        self.good("PeerCollabDeleteEndpointData", self._given(("PEER_ENDPOINT", endpoint)))

    def subscribe(self, endpoint: Fields) -> str:
        return self.names_of("PeerCollabSubscribeEndpointData", ("PEER_ENDPOINT", endpoint))

    def unsubscribe(self, endpoint: Fields) -> str:
        return self.names_of("PeerCollabUnsubscribeEndpointData", ("PEER_ENDPOINT", endpoint))

    def contact_data(self, endpoint: Fields | None = None) -> str:
        given = None if endpoint is None else ("PEER_ENDPOINT", endpoint)
        return str(self.block("PeerCollabQueryContactData", given))

    # invitations

    def invite(self, contact: Fields | str | None, endpoint: Fields, application: uuid.UUID, **more: Any) -> int:
        """An invitation, by a number. ``contact``: "" for whoever is there."""
        event = self.library.CreateEventW(None, 1, 0, None)
        handle = ctypes.c_void_p()
        fields = {"applicationId": application, "applicationData": b"", "pwzMessage": None} | more
        rest = (
            self._given(("PEER_ENDPOINT", endpoint)),
            self._given(("PEER_INVITATION", fields)),
            event,
            ctypes.byref(handle),
        )
        if contact == "":
            self.good("PeerCollabAsyncInviteEndpoint", *rest)
        else:
            given = None if contact is None else ("PEER_CONTACT", contact)
            self.good("PeerCollabAsyncInviteContact", self._given(given), *rest)
        assert handle.value
        self.queues[len(self.queues)] = (handle.value, event)
        return len(self.queues) - 1

    def await_answer(self, number: int) -> str | Fields:
        """What the invitation has come to: the response, or the names of a code."""
        event = self.queues[number][1]
        assert self.library.WaitForSingleObject(event, int(PATIENCE * 1000)) == native.WAIT_OBJECT_0
        return self.response(number)

    def response(self, number: int) -> str | Fields:
        pointer = ctypes.c_void_p(0x10)
        result = self.code_of("PeerCollabGetInvitationResponse", self.queues[number][0], ctypes.byref(pointer))
        if result:
            assert not pointer.value
            return native.names(result)
        assert pointer.value
        found = plain(native.structure("PEER_INVITATION_RESPONSE").from_address(pointer.value))
        self.library.PeerFreeData(pointer)
        return dict(found)

    def cancel(self, number: int) -> str:
        return self.names_of("PeerCollabCancelInvitation", self.queues[number][0])

    def close(self, number: int) -> str:
        return self.names_of("PeerCollabCloseHandle", self.queues[number][0])

    def launch_info(self) -> Fields:
        return dict(self.block("PeerCollabGetAppLaunchInfo", name="PEER_APP_LAUNCH_INFO"))

    # events

    def listen(self, *wanted: int | tuple[int, uuid.UUID]) -> int:
        """A registration, by a number."""
        kind = native.structure("PEER_COLLAB_EVENT_REGISTRATION")
        array = (kind * len(wanted))()
        guids = [GUID.of(one[1]) for one in wanted if isinstance(one, tuple)]
        left = iter(guids)
        for slot, one in zip(array, wanted, strict=True):
            slot.eventType = one[0] if isinstance(one, tuple) else one
            if isinstance(one, tuple):
                slot.pInstance = ctypes.addressof(next(left))
        event = self.library.CreateEventW(None, 0, 0, None)
        handle = ctypes.c_void_p()
        self.good("PeerCollabRegisterEvent", event, len(wanted), array, ctypes.byref(handle))
        assert handle.value
        self.queues[len(self.queues)] = (handle.value, event)
        return len(self.queues) - 1

    def unlisten(self, number: int) -> None:
        handle, event = self.queues[number]
        self.good("PeerCollabUnregisterEvent", handle)
        assert self.library.CloseHandle(event)

    def next(self, number: int) -> Fields | None:
        """The oldest event, with its ``type``; None when there is none."""
        pointer = ctypes.c_void_p(0x10)
        result = self.code_of("PeerCollabGetEventData", self.queues[number][0], ctypes.byref(pointer))
        if result == code("PEER_S_NO_EVENT_DATA"):
            assert not pointer.value
            return None
        expect(result, "S_OK")
        assert pointer.value
        data = native.structure("PEER_COLLAB_EVENT_DATA").from_address(pointer.value)
        found = {"type": data.eventType} | plain(getattr(data, MEMBERS[data.eventType]))
        self.library.PeerFreeData(pointer)
        return found

    def drain(self, number: int) -> list[Fields]:
        return list(iter(lambda: self.next(number), None))

    def wait(self, number: int, **wanted: Any) -> Fields:
        """The first event, from now on, that has these fields; ``type`` is one of them."""
        end = time.monotonic() + PATIENCE
        seen = []
        while True:
            while (event := self.next(number)) is not None:
                if all(event.get(name) == value for name, value in wanted.items()):
                    return event
                seen.append(event)
            left = end - time.monotonic()
            assert left > 0, f"no event {wanted}, but {seen}"
            self.library.WaitForSingleObject(self.queues[number][1], int(left * 1000) + 1)

    def ping(self) -> int:
        return os.getpid()


class Apart:
    """A Person in a child process. Methods are called with values, and give values."""

    def __init__(self, library: Path, home: Path, environment: dict[str, str], before: Sequence[str] = ()) -> None:
        """``before``: what runs a program on the person's machine."""
        ours, theirs = Pipe()
        self.home = home
        self.port = environment["PEERAPI_COLLAB_PORT"]
        self.process = subprocess.Popen(
            [*before, sys.executable, "-m", "tests.support.collab", str(theirs.fileno()), str(library)],
            cwd=ROOT,
            env=dict(os.environ, PEERAPI_HOME=str(home), **environment),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        self.pipe = ours
        atexit.register(self.kill)
        self.start()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            __tracebackhide__ = True
            self.pipe.send((name, arguments, named))
            failed, value = self.pipe.recv()
            if failed:
                raise AssertionError(f"{self.home.name}.{name}: {value}")
            return value

        return call

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()


def stop_host(home: Path) -> None:
    """End the host of a home folder, if there is one, and wait until it is gone."""
    places = Places(home / "collab")
    process = host_process(home)
    program = Program(lambda: places)
    with contextlib.suppress(PeerError):
        program.ask(local.STOP, None, lambda: None)
    program.close()
    if process is not None:
        wait_until(lambda: is_gone(process))


def host_process(home: Path) -> int | None:
    """The process ID of the host of a home folder."""
    try:
        return int(json.loads((home / "collab" / "host.json").read_text())["process"])
    except (OSError, ValueError):
        return None


def is_gone(process: int) -> bool:
    """Whether a process has ended; a zombie has, once none of its threads is left that keeps its sockets open."""
    try:
        is_zombie = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        return is_zombie and len(os.listdir(f"/proc/{process}/task")) == 1
    except OSError:
        return True


def wait_until(condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.01)


@contextlib.contextmanager
def people(
    library: Path, folder: Path, *names: str, at: Sequence[Sequence[str]] = (), **environment: str
) -> Iterator[list[Apart]]:
    """One program for each of several people. ``at``: what runs programs on their machines, where they have some."""
    environment = {"PEERAPI_COLLAB_PORT": str(free_range()), "PEERAPI_PNRP_PORT": str(free_range())} | environment
    places = itertools.zip_longest(names, at, fillvalue=())
    made = [Apart(library, folder / str(name), environment, before) for name, before in places]
    try:
        yield made
    finally:
        for person in made:
            person.kill()
        for person in made:
            stop_host(person.home)


def main() -> None:
    """The child process of an `Apart`."""
    pipe = Connection(int(sys.argv[1]))
    person = Person(Library(Path(sys.argv[2])))
    while True:
        try:
            name, arguments, named = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((False, getattr(person, name)(*arguments, **named)))
        except Exception as error:
            pipe.send((True, f"{type(error).__name__}: {error}"))


if __name__ == "__main__":
    main()
