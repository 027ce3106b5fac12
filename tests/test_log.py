"""PEERAPI_LOG: level[:file], by the standard logging module."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from peerapi import log
from tests.conftest import RunC

TWO_GRAPHS = r"""
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
int main(void)
{
    PEER_VERSION_DATA version;
    PEER_GRAPH_PROPERTIES properties = {.dwSize = sizeof properties, .dwScope = PEER_GRAPH_SCOPE_LOOPBACK};
    HGRAPH alice, bob;
    DWORD status = 0;
    ULONGLONG connection;
    HPEERENUM list;
    PEER_NODE_INFO *info;
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    PEER_GRAPH_EVENT_REGISTRATION wanted = {PEER_GRAPH_EVENT_STATUS_CHANGED, NULL};
    HPEEREVENT registration;

    properties.pwzGraphId = L"garden";
    properties.pwzCreatorId = L"alice";
    PeerGraphStartup(PEER_GRAPH_VERSION, &version);
    PeerGraphCreate(&properties, L"db", NULL, &alice);
    PeerGraphGetStatus(alice, NULL);
    PeerGraphListen(alice, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0);
    PeerGraphOpen(L"garden", L"bob", L"db", NULL, 0, NULL, &bob);
    PeerGraphRegisterEvent(bob, event, 1, &wanted, &registration);
    PeerGraphGetNodeInfo(alice, 0, &info);
    PeerGraphConnect(bob, NULL, &info->pAddresses[0], &connection);
    while (PeerGraphGetStatus(bob, &status) == S_OK && !(status & PEER_GRAPH_STATUS_HAS_CONNECTIONS))
        WaitForSingleObject(event, 120000);
    PeerGraphClose(bob);
    PeerGraphClose(alice);
    (void)list;
    puts("done");
    return 0;
}
"""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    level = logging.getLogger("peerapi").level
    yield
    os.environ.pop("PEERAPI_LOG", None)
    log.set_up()
    logging.getLogger("peerapi").setLevel(level)


def lines(run_c: RunC, tmp_path: Path, value: str) -> list[tuple[str, str, str]]:
    """(level, logger, text) of what the program's run has left in the file."""
    env = {"PEERAPI_HOME": str(tmp_path / "home"), "PEERAPI_LOG": value.replace("FILE", str(tmp_path / "log"))}
    done = run_c(TWO_GRAPHS, env=env)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    text = (tmp_path / "log").read_text() if "FILE" in value else done.stderr
    found = []
    for line in text.splitlines():
        _, _, level, logger, said = line.split(" ", 4)
        found.append((level, logger.rstrip(":"), said))
    return found


def test_info_tells_of_graphs_and_connections_that_come_and_go(run_c: RunC, tmp_path: Path) -> None:
    said = lines(run_c, tmp_path, "info:FILE")
    texts = [text for _, _, text in said]
    assert any(text.startswith("garden: open as alice, ") for text in texts)
    assert any(text.startswith("garden: listens at port ") for text in texts)
    met = [text for text in texts if text.startswith("garden: connection 1 to bob at [::1]:")]
    assert any(text.endswith(": connected") for text in met)
    assert any(text == "garden: closed as bob" for text in texts)
    assert {level for level, _, _ in said} == {"INFO"}


def test_debug_tells_why_calls_failed_and_whom_a_graph_calls(run_c: RunC, tmp_path: Path) -> None:
    said = lines(run_c, tmp_path, "debug:FILE")
    wrong = "PeerGraphGetStatus: E_INVALIDARG (0x80070057): pdwStatus is NULL."
    assert ("DEBUG", "peerapi.api", wrong) in said
    assert any(text.startswith("garden: calls [::1]:") for _, _, text in said)


def test_without_a_file_it_goes_to_stderr(run_c: RunC, tmp_path: Path) -> None:
    assert any(text == "garden: closed as alice" for _, _, text in lines(run_c, tmp_path, "info"))


def test_a_command_says_what_the_engine_does(tmp_path: Path) -> None:
    environment = {"PEERAPI_HOME": str(tmp_path / "home"), "PEERAPI_LOG": f"debug:{tmp_path / 'log'}"}
    words = ["graph", "create", "garden", "--peer", "alice"]
    command = [sys.executable, "-m", "peerapi", *words]
    subprocess.run(command, env=os.environ | environment, check=True, timeout=120, stdout=subprocess.PIPE)
    assert "garden: open as alice, " in (tmp_path / "log").read_text()


@pytest.mark.parametrize("value", ["", "error", "warning"])
def test_nothing_is_said_when_nothing_is_wrong(run_c: RunC, tmp_path: Path, value: str) -> None:
    assert lines(run_c, tmp_path, value) == []


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("debug:/nowhere/at/all", "'/nowhere/at/all' cannot be written: No such file or directory"),
        ("/dev/null/log", "'/dev/null/log' cannot be written: Not a directory"),
        ("warning:/", "'/' cannot be written: Is a directory"),
    ],
)
def test_a_file_that_cannot_be_written_is_said_once_and_disturbs_nobody(
    run_c: RunC, tmp_path: Path, value: str, sentence: str
) -> None:
    done = run_c(TWO_GRAPHS, env={"PEERAPI_HOME": str(tmp_path / "home"), "PEERAPI_LOG": value})
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert done.stderr == f"peerapi: PEERAPI_LOG: {sentence}; nothing is logged there\n"


def test_a_level_that_is_none_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PEERAPI_LOG", "loud")
    log.set_up()
    log.set_up()
    expected = "'loud' is none of the levels debug, info, warning, error, critical; errors are written to a file of"
    assert capfd.readouterr().err == f"peerapi: PEERAPI_LOG: {expected} that name\n"


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("info", ("info", "")),
        ("DEBUG:peers.log", ("debug", "peers.log")),
        ("/var/log/peers", ("error", "/var/log/peers")),
        ("warning:a:b", ("warning", "a:b")),
        ("peers:info", ("error", "peers:info")),
    ],
)
def test_a_value_is_a_level_a_file_or_both(value: str, meant: tuple[str, str]) -> None:
    assert log.destination(value) == meant


def test_a_python_program_that_logs_hears_of_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="peerapi"):
        log.Log("engine").info("garden: %s", "open")
    assert caplog.record_tuples == [("peerapi.engine", logging.INFO, "garden: open")]


def test_the_variable_adds_to_what_a_python_program_has_set_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PEERAPI_LOG", f"warning:{tmp_path / 'log'}")
    log.set_up()
    with caplog.at_level(logging.DEBUG, logger="peerapi"):
        log.Log("engine").debug("for the program only")
        log.Log("engine").warning("for both")
    assert [text for _, _, text in caplog.record_tuples] == ["for the program only", "for both"]
    assert [line.split(": ", 1)[1] for line in (tmp_path / "log").read_text().splitlines()] == ["for both"]


def test_nothing_is_written_where_a_program_has_set_up_no_logging() -> None:
    """The module logging writes warnings without a handler to stderr."""
    script = (
        "import logging; from peerapi.log import Log; log = Log('x'); print(log.wants('error')); log.error('words')"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PEERAPI_LOG"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert (done.stdout, done.stderr) == ("False\n", "")
    script = script.replace("import logging;", "import logging; logging.basicConfig();")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert (done.stdout, done.stderr) == ("True\n", "ERROR:peerapi.x:words\n")
