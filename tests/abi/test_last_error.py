"""PeerxGetLastErrorText (peerapi.h): why the last call that failed in this thread did so, in one sentence."""

from __future__ import annotations

import ctypes
import threading
from pathlib import Path

from tests.conftest import RunC
from tests.support.native import text_at

MISTAKES = r"""
#include <windows.h>
#include <p2p.h>
#include <peerapi.h>
#include <stdio.h>

static void tell(HRESULT hr)
{
    PWSTR text = NULL;
    if (PeerxGetLastErrorText(&text) != S_OK || !text) {
        printf("no text\n");
        return;
    }
    wprintf(L"%08X %s\n", (unsigned)hr, text);
    PeerFreeData(text);
}

int main(void)
{
    PEER_VERSION_DATA version;
    PEER_GRAPH_PROPERTIES properties = {.dwSize = sizeof properties, .dwScope = PEER_GRAPH_SCOPE_LOOPBACK};
    WCHAR half[] = {0xD800, 'x', 0};
    HGRAPH graph = NULL;
    PEER_RECORD record = {.dwSize = sizeof record};
    PEER_RECORD *none = NULL;
    GUID id, ids[2];
    HPEEREVENT events;
    DWORD status;

    tell(S_OK);
    tell(PeerGraphGetStatus(NULL, &status));
    PeerGraphStartup(PEER_GRAPH_VERSION, &version);
    tell(PeerGraphGetStatus((HGRAPH)12345, &status));
    tell(PeerGraphCreate(NULL, L"db", NULL, &graph));
    tell(PeerGraphCreate(&properties, NULL, NULL, &graph));
    tell(PeerGraphCreate(&properties, L"db", NULL, NULL));
    tell(PeerGraphCreate(&properties, L"db", NULL, &graph));
    properties.pwzGraphId = L"";
    properties.pwzCreatorId = L"me";
    tell(PeerGraphCreate(&properties, L"db", NULL, &graph));
    properties.pwzGraphId = half;
    tell(PeerGraphCreate(&properties, L"db", NULL, &graph));
    properties.pwzGraphId = L"garden";
    properties.dwScope = 77;
    tell(PeerGraphCreate(&properties, L"db", NULL, &graph));
    properties.dwScope = PEER_GRAPH_SCOPE_LOOPBACK;
    properties.dwMaxRecordSize = 1;
    tell(PeerGraphCreate(&properties, L"db", NULL, &graph));
    properties.dwMaxRecordSize = 0;
    properties.dwSize = 1;
    tell(PeerGraphCreate(&properties, L"db", NULL, &graph));
    properties.dwSize = sizeof properties;
    PeerGraphCreate(&properties, L"db", NULL, &graph);
    record.data.cbData = 5;
    tell(PeerGraphAddRecord(graph, &record, &id));
    record.data.cbData = 0;
    record.dwFlags = 64;
    tell(PeerGraphAddRecord(graph, &record, &id));
    tell(PeerxGraphAddRecords(graph, 1, &none, ids));
    tell(PeerGraphRegisterEvent(graph, NULL, 5, NULL, &events));
    tell(PeerGraphOpen(L"other", L"me", L"db", NULL, 0, ids, &graph));
    tell(PeerGraphGetRecord(graph, &(GUID){1}, &none));
    tell(PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, 70000 & 0xFFFF) ? E_FAIL : S_OK);
    PeerGraphClose(graph);
    tell(PeerGraphGetStatus(graph, &status));
    printf("%08X\n", (unsigned)PeerxGetLastErrorText(NULL));
    tell(S_OK);
    return 0;
}
"""

SENTENCES = """\
80630002 PeerGraphGetStatus: PEER_E_NOT_INITIALIZED (0x80630002): The matching Startup call has not been made.
80630010 PeerGraphGetStatus: PEER_E_INVALID_GRAPH (0x80630010): The handle is not a live graph handle.
80070057 PeerGraphCreate: E_INVALIDARG (0x80070057): pGraphProperties is NULL.
80070057 PeerGraphCreate: E_INVALIDARG (0x80070057): pwzDatabaseName is NULL.
80070057 PeerGraphCreate: E_INVALIDARG (0x80070057): phGraph is NULL.
80070057 PeerGraphCreate: E_INVALIDARG (0x80070057): pGraphProperties->pwzGraphId: a string is wanted, not NULL
80070057 PeerGraphCreate: E_INVALIDARG (0x80070057): The graph ID has 1 to 255 characters.
80070057 PeerGraphCreate: E_INVALIDARG (0x80070057): pGraphProperties->pwzGraphId: a string is not UTF-16
80070057 PeerGraphCreate: E_INVALIDARG (0x80070057): dwScope is none of the values of PEER_GRAPH_SCOPE.
80070057 PeerGraphCreate: E_INVALIDARG (0x80070057): dwMaxRecordSize: 0, or 1024 to 62914560 bytes.
80070057 PeerGraphCreate: E_INVALIDARG (0x80070057): pGraphProperties: dwSize is not the size of the struct
"""


def test_each_mistake_has_a_sentence_of_its_own_that_names_what_was_wrong(run_c: RunC, tmp_path: Path) -> None:
    done = run_c(MISTAKES, env={"PEERAPI_HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    first, _, told = done.stdout.partition("\n")
    assert first == "00000000 ", "nothing has failed yet"
    assert told.startswith(SENTENCES), told
    rest = told.removeprefix(SENTENCES).splitlines()
    assert [line.split(": ", 2)[2] for line in rest[:6]] == [
        "pRecord->data: a count, but the pointer is NULL",
        "dwFlags of a record: PEER_RECORD_FLAG_AUTOREFRESH, PEERX_RECORD_LOCAL, both, or 0.",
        "ppRecords, cRecords: a struct is wanted, not NULL",
        "cEventRegistrations, pEventRegistrations: a count, but the pointer is NULL",
        "pRecordTypeSyncPrecedence, cRecordTypeSyncPrecedence: a pointer, but the count is 0",
        "No record has that ID.",
    ], rest
    assert rest[-2:] == [
        "80070057",
        "00000000 PeerxGetLastErrorText: E_INVALIDARG (0x80070057): ppwzText is NULL.",
    ], rest


def test_every_thread_has_its_own(library: Path) -> None:
    api = ctypes.CDLL(str(library))
    seen: list[str] = []

    def other() -> None:
        seen.append(text_of(api))

    api.PeerGraphGetStatus(None, None)
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert seen == [""]
    assert text_of(api).startswith("PeerGraphGetStatus: ")


def text_of(api: ctypes.CDLL) -> str:
    out = ctypes.c_void_p()
    assert api.PeerxGetLastErrorText(ctypes.byref(out)) == 0
    text = text_at(out.value)
    api.PeerFreeData(out)
    assert text is not None
    return text


def test_a_library_that_cannot_start_says_why(run_c: RunC, library: Path, tmp_path: Path) -> None:
    """Its other functions answer E_UNEXPECTED; the line on stderr may have gone nowhere."""
    program = MISTAKES.replace("tell(S_OK);", "tell(PeerGetItemCount(NULL, NULL)); return 0;", 1)
    done = run_c(program, env={"PEERAPI_PYTHON": str(tmp_path / "none")})
    assert done.returncode == 0
    assert done.stdout.startswith("8000FFFF peerapi: cannot start: "), done.stdout
    assert done.stdout.partition(" ")[2] == done.stderr
