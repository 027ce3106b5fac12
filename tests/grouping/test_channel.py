"""TLS on memory buffers: what it needs from the system, and what it costs to import."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from peerapi.grouping.channel import ChannelFailed, Credential, Frames
from peerapi.identity.keys import Profile
from tests.grouping.values import BOTH, MODERN, NOW, Pair, carol, credential, member, security

both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)


@both
def test_without_files_in_memory_a_private_one_is_used_and_removed(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    modes = []
    opened = os.open

    def watching(path: str, flags: int, mode: int = 0o777, **more: int) -> int:
        if flags & os.O_CREAT:
            modes.append(mode)
        return opened(path, flags, mode, **more)

    monkeypatch.setattr(os, "open", watching)
    node = security(profile, "alice", member(profile, "alice"))
    old = credential(profile, "alice")
    node.credential = Credential(old.key, old.identity, NOW)
    assert Pair(node, carol(profile)).run().complete
    assert modes and set(modes) == {0o600}
    assert list(tmp_path.iterdir()) == []


def test_the_certificate_that_is_shown_in_the_clear_names_the_peer_name_only() -> None:
    one = credential(MODERN, "alice")
    assert one.identity.subject == "Alice"
    assert one.certificate.subject == str(one.name) and b"Alice" not in one.certificate.encoded


@pytest.mark.parametrize("size", [0, 32769])
def test_a_frame_has_a_size(size: int) -> None:
    with pytest.raises(ChannelFailed):
        Frames().feed(size.to_bytes(2, "big"))


def test_importing_it_costs_neither_ssl_nor_cryptography() -> None:
    """A program that opens no group never pays for them."""
    script = (
        "import sys, peerapi.grouping.provider, peerapi.grouping.invitation, peerapi.grouping.configuration\n"
        "print([name for name in ('ssl', 'cryptography', 'xml', 'trio') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.strip() == "[]"


def test_who_has_a_credential_has_tls_at_hand() -> None:
    """A connection is made in a turn of the network, or of whoever waits for one."""
    script = (
        "import sys\n"
        "from peerapi.grouping.channel import Credential\n"
        "from peerapi.identity.certificates import issue_identity\n"
        "from peerapi.identity.keys import Algorithm, KeyPair\n"
        "from peerapi.identity.names import peer_name\n"
        "print('ssl' in sys.modules)\n"
        "pair = KeyPair.generate(Algorithm.ED25519)\n"
        "name = peer_name(pair.public.authority, 'alice')\n"
        "Credential(pair, issue_identity(pair, name, 'Alice', 1 << 57), 1 << 57)\n"
        "print('ssl' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.split() == ["False", "True"]
