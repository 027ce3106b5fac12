"""Folders that the environment names mean one place, wherever the process goes (folders.py, store/data_folder.py)."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from peerapi import folders
from peerapi.abi.exports import write_log
from peerapi.errors import AccessDenied
from peerapi.store.data_folder import data_folder
from tests.conftest import RunC


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A process that has met no path yet, in a folder of its own."""
    monkeypatch.setattr(folders, "_known", {})
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    before = os.getcwd()
    (tmp_path / "elsewhere").mkdir()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


def test_a_relative_home_is_where_it_was_when_it_was_first_asked_for(
    somewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEERAPI_HOME", "data")
    assert data_folder() == somewhere / "data"
    os.chdir("elsewhere")
    assert data_folder() == somewhere / "data"
    folders._known.clear()
    assert data_folder() == somewhere / "elsewhere" / "data", "without that it moves"


@pytest.mark.parametrize("value", ["", "relative", "./x"])
def test_a_relative_data_folder_of_the_desktop_is_ignored(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG Base Directory Specification: all paths have to be absolute."""
    monkeypatch.delenv("PEERAPI_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", value)
    monkeypatch.setenv("HOME", "/home/ann")
    assert data_folder() == Path("/home/ann/.local/share/peerapi")


def test_a_relative_home_of_the_user_stays_too(somewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PEERAPI_HOME")
    monkeypatch.setenv("HOME", "ann")
    assert data_folder() == somewhere / "ann" / ".local" / "share" / "peerapi"
    os.chdir("elsewhere")
    assert data_folder() == somewhere / "ann" / ".local" / "share" / "peerapi"


@pytest.mark.parametrize("word", ["~", "~/peers", "~//peers/"])
def test_a_tilde_that_no_shell_has_expanded_is_expanded(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a file of variables that is not read by a shell."""
    monkeypatch.setenv("PEERAPI_HOME", word)
    monkeypatch.setenv("HOME", "/home/ann")
    assert data_folder() == Path("/home/ann" + word.removeprefix("~"))
    user = pwd.getpwuid(os.getuid())
    monkeypatch.setenv("PEERAPI_HOME", f"~{user.pw_name}/peers")
    assert data_folder() == Path(user.pw_dir) / "peers"


def test_a_home_of_nobody_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERAPI_HOME", "~nobody-of-this-name/peers")
    with pytest.raises(AccessDenied, match=r"no user of this machine.*nobody-of-this-name"):
        data_folder()


def test_a_relative_home_without_a_folder_to_start_from_is_refused_with_a_sentence(
    somewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEERAPI_HOME", "data")
    os.chdir("elsewhere")
    shutil.rmtree(somewhere / "elsewhere")
    with pytest.raises(AccessDenied, match="starts from is gone"):
        data_folder()
    os.chdir(somewhere)
    assert data_folder() == somewhere / "data"


def test_the_log_stays_too(somewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERAPI_LOG", "log")
    write_log("One", ValueError())
    os.chdir("elsewhere")
    write_log("Two", ValueError())
    lines = (somewhere / "log").read_text().splitlines()
    assert [line.partition(" peerapi.api: ")[2].split(":")[0] for line in lines] == ["One", "Two"]


PROGRAM = r"""
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    PEER_VERSION_DATA version;
    PEER_GRAPH_PROPERTIES garden = {.dwSize = sizeof garden, .dwScope = PEER_GRAPH_SCOPE_LOOPBACK};
    PEER_RECORD record = {.dwSize = sizeof record, .type = {0x1001}, .ftExpiration = {0, 1 << 30}};
    HGRAPH graph;
    HPEERENUM records;
    ULONG count = 0;
    GUID id;
    PWSTR me = NULL, name = NULL;

    garden.pwzGraphId = L"garden";
    garden.pwzCreatorId = L"alice";
    if (PeerGraphStartup(PEER_GRAPH_VERSION, &version))
        return 1;
    if (argc > 2 && chdir(argv[1])) /* a daemon, between its first call and its first graph */
        return 2;
    if (PeerGraphCreate(&garden, L"db", NULL, &graph) || PeerIdentityCreate(NULL, L"Ann", 0, &me))
        return 3;
    if (PeerGraphAddRecord(graph, &record, &id) || chdir(argv[1]) || PeerGraphAddRecord(graph, &record, &id))
        return 4;
    if (PeerGraphClose(graph))
        return 5;
    printf("%08X ", (unsigned)PeerGraphOpen(L"garden", L"alice", L"db", NULL, 0, NULL, &graph));
    PeerGraphEnumRecords(graph, NULL, NULL, &records);
    PeerGraphGetItemCount(records, &count);
    printf("%u %08X\n", (unsigned)count, (unsigned)PeerIdentityGetFriendlyName(me, &name));
    return 0;
}
"""


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("variable", ["PEERAPI_HOME", "HOME"])
def test_what_a_program_has_stored_is_found_after_it_has_changed_its_folder(
    run_c: RunC, somewhere: Path, variable: str, early: bool
) -> None:
    args = (str(somewhere / "elsewhere"), *(["early"] if early else []))
    run = run_c(PROGRAM, args=args, env={variable: "data"}, cwd=somewhere)
    assert (run.returncode, run.stdout, run.stderr) == (0, "00000000 2 00000000\n", "")
    assert not any((somewhere / "elsewhere").iterdir())
