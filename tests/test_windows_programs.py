"""Programs with windows, used by hand: one of ours, and the SDK's two chats where somebody has fetched them.

The windows are those of tests/windows_shim, whose README says how to point at the samples; without them only ours runs,
and the header of the test run says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.collab import host_process, stop_host
from tests.support.ports import free_range
from tests.test_win32 import PROGRAMS
from tests.windows_shim import Person, build, missing, numbers, samples

Sit = Callable[[Path, dict[str, int], str], Person]

NAMES = {"IDOK": 1, "MENU_NAME": 10, "NAME_DIALOG": 100, "NAME": 101, "GLOBAL": 102, "LOCAL": 103, "BROWSE": 104}
NAMES |= {"FILE_NAME": 105, "TEXT": 200, "SEND": 201, "LIST": 202}


@pytest.fixture
def sit(tmp_path: Path) -> Iterator[Sit]:
    """``sit(program, names, who)``: somebody with an own account starts a program; all share the PNRP ports."""
    ports = {name: str(free_range()) for name in ("PEERAPI_PNRP_PORT", "PEERAPI_COLLAB_PORT")}
    there: list[Person] = []

    def sit(program: Path, names: dict[str, int], who: str) -> Person:
        folder = tmp_path / who
        folder.mkdir()
        there.append(Person(program, names, {"PEERAPI_HOME": str(folder)} | ports, folder))
        there[-1].sees("window", 0)
        return there[-1]

    yield sit
    for person in there:
        person.kill()
        if host_process(person.folder) is not None:
            stop_host(person.folder)  # who has signed in stays so when the program ends


def test_a_program_with_windows_is_used_without_any(sit: Sit, tmp_path: Path) -> None:
    program = build(tmp_path / "windowed", PROGRAMS / "windowed.c", flags=("-Wall", "-Wextra", "-Werror"))
    anna = sit(program, NAMES, "anna")
    anna.does("click", "MENU_NAME")
    anna.sees("dialog", "NAME_DIALOG")
    anna.does("click", "IDOK")
    anna.sees("refused", "IDOK")  # nothing has been typed
    anna.does("path", 0, str(tmp_path / "a file"))
    anna.does("click", "BROWSE")
    assert anna.sees("text", "FILE_NAME") == str(tmp_path / "a file")
    anna.does("mark", "LOCAL", str(NAMES["GLOBAL"]))
    anna.does("type", "NAME", "Änna")
    anna.does("click", "IDOK")
    assert anna.sees("status", 1) == "Änna"
    anna.sees("closed", "NAME_DIALOG")
    for line in ("second", "first"):
        anna.does("type", "TEXT", line)
        anna.does("click", "SEND")
        assert anna.sees("item", "LIST") == line
    anna.does("open", "LIST", "first")
    assert anna.sees("gone", "LIST") == "first"
    anna.does("choose", "LIST", "first")
    assert anna.sees("missing", "LIST") == "first"
    many = [f"line {number:02}" for number in range(30)]
    for line in many:  # the events of the first ones arrive meanwhile
        anna.does("type", "TEXT", line)
        anna.does("click", "SEND")
    for line in many:
        anna.sees("item", "LIST", line)
    assert anna.complaints() == []
    assert anna.leaves() == (0, "")


if not missing():
    GENERATIONS = ("xp", "vista")
    PASSWORD = "Sesame-99-open!"

    def program_of(kind: str, generation: str, folder: Path, compiler: str) -> tuple[Path, dict[str, int]]:
        top = samples()
        assert top is not None
        sources = sorted((top / kind / generation).glob("*.c"))
        flags: tuple[str, ...] = ()
        if (kind, generation) == ("graphchat", "vista"):
            flags = ("-D_WIN32_WINNT=0x0600",)
        program = build(folder / f"{kind}_{generation}", *sources, flags=flags, compiler=compiler)
        return program, numbers(top / kind / generation / "resource.h")

    def says(speaker: Person, line: str, *listeners: Person) -> None:
        speaker.does("type", "IDC_TEXTBOX", line)
        speaker.does("click", "IDC_SEND")
        for each in (speaker, *listeners):
            each.sees("append", "IDC_MESSAGES", f"]: {line}")

    @pytest.mark.parametrize("compiler", ["gcc", "clang"])
    @pytest.mark.parametrize("generation", GENERATIONS)
    def test_graph_chat(generation: str, compiler: str, sit: Sit, tmp_path: Path) -> None:
        program, names = program_of("graphchat", generation, tmp_path, compiler)
        alice = sit(program, names, "alice")
        named = ("type", "IDC_EDT_GRAPHNAME", "friends"), ("type", "IDC_EDT_CREATORID", "alice")
        alice.answers("IDM_NEWGRAPH", "IDD_NEWGRAPH", *named)
        alice.sees("append", "IDC_MESSAGES", "New graph created.  GraphName = friends")

        def joins(who: str) -> Person:
            person = sit(program, names, who)
            named = ("type", "IDC_EDT_GRAPHID", "friends"), ("type", "IDC_EDT_PEERID", who)
            person.answers("IDM_OPENGRAPH", "IDD_OPENGRAPH", *named)
            person.sees("status", 1, "Synchronized")
            return person

        bob = joins("bob")
        says(alice, "hello bob", bob)
        says(bob, "hello alice", alice)
        carol = joins("carol")
        carol.sees("append", "IDC_MESSAGES", "[alice]: hello bob")
        carol.sees("append", "IDC_MESSAGES", "[bob]: hello alice")
        says(carol, "I am late", alice, bob)
        carol.sees("item", "IDC_MEMBERS", "alice")
        carol.does("open", "IDC_MEMBERS", "alice")
        carol.sees("dialog", "IDD_WHISPER")
        carol.does("type", "IDC_EDT_WHISPER", "a secret")
        carol.does("click", "IDOK")
        alice.sees("append", "IDC_MESSAGES", "[Whisper from carol]: a secret")
        carol.sees("append", "IDC_MESSAGES", "[Whisper to alice]: a secret")
        for each in (alice, carol):
            each.sees("item", "IDC_MEMBERS", "bob")
        bob.does("click", "IDM_DISCONNECT")
        bob.sees("status", 4 if generation == "xp" else 5, "Disconnected")
        for each in (alice, carol):
            each.sees("append", "IDC_MESSAGES", "<bob> has left the Chat")
        assert [each.leaves() for each in (alice, bob, carol)] == [(0, "")] * 3
        assert not any("secret" in line for line in bob.seen)
        assert [each.complaints() for each in (alice, bob, carol)] == [[]] * 3

    @pytest.mark.parametrize("compiler", ["gcc", "clang"])
    @pytest.mark.parametrize(("generation", "password"), [("xp", False), ("vista", False), ("vista", True)])
    def test_group_chat(generation: str, password: bool, compiler: str, sit: Sit, tmp_path: Path) -> None:
        program, names = program_of("groupchat", generation, tmp_path, compiler)

        def begins(who: str) -> Person:
            person = sit(program, names, who)
            person.answers("IDM_CREATEIDENTITY", "IDD_NEWIDENTITY", ("type", "IDC_EDT_FRIENDLYNAME", who))
            return person

        def file_is(path: Path, button: str) -> tuple[tuple[str, int, str], tuple[str, str]]:
            return ("path", 0, str(path)), ("click", button)

        with_password = (
            ("mark", "IDC_RADIO_AUTH_PASSW", str(names.get("IDC_RADIO_AUTH_INVITE"))),
            ("type", "IDC_EDIT_PASSWORD", PASSWORD),
        )
        alice = begins("alice")
        alice.answers(
            "IDM_CREATEGROUP",
            "IDD_CREATEGROUP",
            ("type", "IDC_EDT_GROUPNAME", "friends"),
            ("choose", "IDC_CB_IDENTITY", "alice"),
            *(with_password if password else ()),
        )
        alice.sees("text", "IDC_STATIC_MEMBERS", "Waiting to chat in friends")

        def joins(who: str) -> Person:
            person = begins(who)
            identity, invitation = tmp_path / f"{who}.idt", tmp_path / f"{who}.inv"
            if not password:
                chosen = ("choose", "IDC_CB_IDENTITY", who)
                person.answers(
                    "IDM_SAVEIDENTITYINFO", "IDD_SAVEIDENTITYINFO", chosen, *file_is(identity, "IDC_BTN_BROWSE")
                )
            alice.answers(
                "IDM_CREATEINVITATION",
                "IDD_CREATEINVITATION",
                *(() if password else file_is(identity, "IDC_BTN_IDENT_BROWSE")),
                *file_is(invitation, "IDC_BTN_INV_BROWSE"),
            )
            entered = ("mark", "IDC_CHECK_PASSWORD"), ("type", "IDC_EDT_PASSWORD", PASSWORD)
            person.answers(
                "IDM_JOINGROUP",
                "IDD_JOINGROUP",
                ("choose", "IDC_CB_IDENTITY", who),
                *file_is(invitation, "IDC_BTN_BROWSE"),
                *(entered if password else ()),
            )
            person.sees("text", "IDC_STATIC_MEMBERS", "Chatting in friends")
            return person

        bob = joins("bob")
        says(alice, "hello bob", bob)
        says(bob, "hello alice", alice)
        carol = joins("carol")
        carol.sees("append", "IDC_MESSAGES", "[alice]: hello bob")
        carol.sees("append", "IDC_MESSAGES", "[bob]: hello alice")
        says(carol, "I am late", alice, bob)
        carol.sees("item", "IDC_MEMBERS", "alice")
        carol.does("open", "IDC_MEMBERS", "alice")
        carol.sees("dialog", "IDD_WHISPERMESSAGE")
        carol.does("type", "IDC_EDT_MESSAGE", "a secret")
        # The program opens the direct connection with the dialog: until it stands, sending is refused, and a user sends
        # again.
        while True:
            before = len(carol.complaints())
            carol.does("click", "IDSEND")
            if carol.sees_either(("closed", "IDD_WHISPERMESSAGE"), ("box", 0)) == "closed":
                break
            assert "No connection has that identifier" in carol.complaints()[before]
        alice.sees("append", "IDC_MESSAGES", "<Whisper from carol>: a secret")
        carol.sees("append", "IDC_MESSAGES", "<Whisper to alice>: a secret")
        for each in (alice, carol):
            each.sees("item", "IDC_MEMBERS", "bob")
        bob.does("click", "IDM_CLOSEGROUP")
        bob.sees("status", 1, "Closed group")
        for each in (alice, carol):
            each.sees("append", "IDC_MESSAGES", "[bob]: has left the group")
        assert [each.leaves() for each in (alice, bob, carol)] == [(0, "")] * 3
        assert not any("secret" in line for line in bob.seen)
        assert [each.complaints() for each in (alice, bob)] == [[], []]

    @pytest.mark.parametrize("local", [False, True], ids=["global", "local"])
    @pytest.mark.parametrize("generation", GENERATIONS)
    def test_who_leaves_a_graph_comes_back(generation: str, local: bool, sit: Sit, tmp_path: Path) -> None:
        program, names = program_of("graphchat", generation, tmp_path, "gcc")
        scope = [("mark", "IDC_RADIO_LOCAL_SCOPE", str(names["IDC_RADIO_GLOBAL_SCOPE"]))] if local else []
        new = [*scope, ("type", "IDC_EDT_GRAPHNAME", "friends")]
        message_part = 4 if generation == "xp" else 5

        def opens(person: Person, who: str) -> None:
            chosen = [*scope, ("type", "IDC_EDT_GRAPHID", "friends"), ("type", "IDC_EDT_PEERID", who)]
            person.answers("IDM_OPENGRAPH", "IDD_OPENGRAPH", *chosen)
            person.sees("status", 1, "Synchronized")

        def leaves(person: Person) -> None:
            person.does("click", "IDM_DISCONNECT")
            person.sees("status", message_part, "Disconnected")

        alice, bob, carol = (sit(program, names, who) for who in ("alice", "bob", "carol"))
        alice.answers("IDM_NEWGRAPH", "IDD_NEWGRAPH", *new, ("type", "IDC_EDT_CREATORID", "alice"))
        opens(bob, "bob")
        says(alice, "one", bob)
        carol.answers("IDM_NEWGRAPH", "IDD_NEWGRAPH", *new, ("type", "IDC_EDT_CREATORID", "carol"))
        assert carol.complaints()[-1].startswith("GraphName already in use")
        leaves(bob)
        says(alice, "two")
        opens(bob, "bob")
        bob.sees("append", "IDC_MESSAGES", "[alice]: two")
        opens(carol, "carol")
        leaves(alice)
        says(carol, "three", bob)
        opens(alice, "alice")
        alice.sees("append", "IDC_MESSAGES", "[carol]: three")
        bob.does("open", "IDC_MEMBERS", "bob")
        bob.sees("dialog", "IDD_WHISPER")
        bob.does("type", "IDC_EDT_WHISPER", "who are you")
        bob.does("click", "IDOK")
        bob.sees("box", 0, "Cannot Whisper to Self")
        bob.sees("closed", "IDD_WHISPER")
        assert [each.leaves() for each in (alice, bob, carol)] == [(0, "")] * 3

    @pytest.mark.parametrize("generation", GENERATIONS)
    def test_an_identity_that_is_not_named_a_group_that_is_opened_again_and_deleted(
        generation: str, sit: Sit, tmp_path: Path
    ) -> None:
        program, names = program_of("groupchat", generation, tmp_path, "gcc")
        identity, invitation = tmp_path / "bob.idt", tmp_path / "bob.inv"
        the_identity = ("path", 0, str(identity)), ("click", "IDC_BTN_IDENT_BROWSE")
        the_invitation = ("path", 0, str(invitation)), ("click", "IDC_BTN_INV_BROWSE")
        invited = ("path", 0, str(invitation)), ("click", "IDC_BTN_BROWSE")

        def opens(person: Person, friend: str) -> None:
            """A line of the list that is new has a part of the friend's name."""
            person.forgets()
            person.answers("IDM_OPENGROUP", "IDD_OPENGROUP", ("choose", "IDC_CB_GROUP", "friends"))
            person.sees("text", "IDC_STATIC_MEMBERS", "Chatting in friends")
            person.sees("item", "IDC_MEMBERS", friend)

        def is_refused(person: Person, dialog: str, why: str) -> None:
            person.does("click", "IDOK")
            person.sees("box", 0, why)
            person.does("click", "IDCANCEL")
            person.sees("closed", dialog)

        alice, bob, carol = (sit(program, names, who) for who in ("alice", "bob", "carol"))
        alice.answers("IDM_CREATEGROUP", "IDD_CREATEGROUP", ("type", "IDC_EDT_GROUPNAME", "friends"))
        bob.answers("IDM_CREATEIDENTITY", "IDD_NEWIDENTITY", ("type", "IDC_EDT_FRIENDLYNAME", "bob"))
        saved = ("path", 0, str(identity)), ("click", "IDC_BTN_BROWSE")
        bob.answers("IDM_SAVEIDENTITYINFO", "IDD_SAVEIDENTITYINFO", *saved)
        alice.answers("IDM_CREATEINVITATION", "IDD_CREATEINVITATION", *the_identity, *the_invitation)
        bob.answers("IDM_JOINGROUP", "IDD_JOINGROUP", *invited)
        says(alice, "one", bob)
        bob.does("click", "IDM_CLOSEGROUP")
        bob.sees("status", 1, "Closed group")
        says(alice, "two")
        opens(bob, ".")  # the default identity's friendly name is its peer name
        bob.sees("append", "IDC_MESSAGES", "]: two")
        alice.does("click", "IDM_CLOSEGROUP")
        alice.sees("status", 1, "Closed group")
        says(bob, "three")
        opens(alice, "bob")
        alice.sees("append", "IDC_MESSAGES", "[bob]: three")

        bob.does("click", "IDM_CREATEINVITATION")
        bob.sees("dialog", "IDD_CREATEINVITATION")
        for step in (*the_identity, *the_invitation):
            bob.does(*step)
        is_refused(bob, "IDD_CREATEINVITATION", "0x80632020")  # PEER_E_NOT_AUTHORIZED: a member, no administrator
        carol.does("click", "IDM_JOINGROUP")
        carol.sees("dialog", "IDD_JOINGROUP")
        for step in invited:
            carol.does(*step)
        is_refused(carol, "IDD_JOINGROUP", "0x80630701")  # PEER_E_INVITATION_NOT_TRUSTED: it is bob's

        bob.does("click", "IDM_CLOSEGROUP")
        bob.answers("IDM_DELETEGROUP", "IDD_DELETEGROUP", ("choose", "IDC_CB_GROUP", "friends"))
        bob.sees("status", 1, "Deleted group")
        bob.answers("IDM_DELETEIDENTITY", "IDD_DELETEIDENTITY", ("choose", "IDC_CB_IDENTITY", "bob"))
        bob.sees("status", 1, "Deleted identity")
        assert [each.leaves() for each in (alice, bob, carol)] == [(0, "")] * 3
        assert alice.complaints() == []
