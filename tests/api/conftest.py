"""What the tests of several families begin with: the library as C loads it, names, identities and a club."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.identities import Identities, Keys
from tests.api.pnrp_functions import Pnrp
from tests.support.groups import Club
from tests.support.groups import club as started
from tests.support.native import Library, code, expect
from tests.support.ports import free_range


@pytest.fixture(scope="module")
def loaded(library: Path) -> Library:
    return Library(library)


@pytest.fixture
def stopped(loaded: Library) -> Iterator[Pnrp]:
    """Before PeerPnrpStartup."""
    pnrp = Pnrp(loaded)
    yield pnrp
    assert pnrp.stop() == code("PEER_E_NOT_INITIALIZED"), "Startup and Shutdown are not paired"


@pytest.fixture
def pnrp(stopped: Pnrp) -> Iterator[Pnrp]:
    """After PeerPnrpStartup."""
    expect(stopped.start(), "S_OK")
    yield stopped
    expect(stopped.stop(), "S_OK")


@pytest.fixture
def peer(loaded: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Identities:
    """The functions of identities, over a home where nobody is yet."""
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    return Identities(loaded, tmp_path / "home")


@pytest.fixture
def keys(loaded: Library) -> Keys:
    return Keys(loaded)


@pytest.fixture
def club(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Club]:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PEERAPI_PNRP_PORT", str(free_range()))
    with started(library) as made:
        yield made
