"""Deviations for the conformance kit to notice: each is one change of the library's own source, in a copy of it.

    python -m tests.conformance.planted [NAME ...]      tries each and says which fact has noticed it

The library takes its Python from the folder it lies in, so a copied folder with a changed file is another library;
nothing in the product knows of this.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

import peerapi
from peerapi.cli import conformance_api
from peerapi.cli.conformance_results import Fact

PACKAGE = Path(peerapi.__file__).parent


@dataclass(frozen=True)
class Deviation:
    """``old`` stands once in the library and becomes ``new``; one of ``sections`` has to notice it."""

    kind: str
    old: str
    new: str
    sections: tuple[str, ...]


DEVIATIONS = {
    "a-deleted-record-has-another-code": Deviation(
        "wrong code",
        'hresult = 0x80630301\n    name = "PEER_E_RECORD_NOT_FOUND"',
        'hresult = 0x80630108\n    name = "PEER_E_RECORD_NOT_FOUND"',
        ("graph.records",),
    ),
    "a-closed-graph-is-an-invalid-argument": Deviation(
        "wrong code",
        "HGRAPH = Handle(handles.GRAPHS, InvalidGraph)",
        "HGRAPH = Handle(handles.GRAPHS)",
        ("graph.handles",),
    ),
    "a-block-is-not-cleared": Deviation(
        "output not cleared",
        'call.failure += [f"if {names[0]}:", f"    {put}({names[0]}, 0)"]\n        self.deliver(call, names[0], f',
        "self.deliver(call, names[0], f",
        ("graph.pointers",),
    ),
    "the-largest-record-is-a-byte-smaller": Deviation(
        "off by one",
        "if attributes is not None or (data is not None and len(data) > self._state.max_record_size):",
        "if len(data or b'') >= self._state.max_record_size:\n            raise RecordTooBig\n"
        "        if attributes is not None:",
        ("graph.limits",),
    ),
    "names-of-attributes-have-41-characters": Deviation(
        "off by one",
        '{1,40}")\n_INT',
        '{1,41}")\n_INT',
        ("graph.xml",),
    ),
    "1025-attributes": Deviation("off by one", "== MAX_ATTRIBUTES", "> MAX_ATTRIBUTES", ("graph.xml",)),
    "reserved-names-are-not": Deviation(
        "missing check",
        "and not self._internal:",
        "and self._internal:",
        ("graph.xml",),
    ),
    "an-update-may-end-earlier": Deviation(
        "missing check",
        "if not record.expiration <= expiration <= LAST_TIME:",
        "if not expiration <= LAST_TIME:",
        ("graph.records",),
    ),
    "an-update-forgets-the-attributes": Deviation(
        "wrong value",
        "attributes = record.attributes if draft.attributes is None else draft.attributes",
        "attributes = draft.attributes",
        ("graph.records",),
    ),
    "an-update-tells-added": Deviation(
        "wrong event",
        "changed, RecordChange.UPDATED, bool(flags",
        "changed, RecordChange.ADDED, bool(flags",
        ("graph.events",),
    ),
    "the-port-is-turned": Deviation(
        "byte order", "{port}.to_bytes(2, 'big')", "{port}.to_bytes(2, 'little')", ("graph.life",)
    ),
    "a-second-startup-does-not-count": Deviation(
        "wrong state",
        "with self._lock:\n            self._count += 1",
        "with self._lock:\n            self._count = 1",
        ("graph.startups",),
    ),
    "a-second-listen-is-a-success": Deviation(
        "wrong code", "hresult = 0x80630107", "hresult = 0x80630115", ("graph.life",)
    ),
    "zero-lifetime-comes-back-as-zero": Deviation(
        "wrong default",
        "presence_lifetime=info.presence_lifetime or DEFAULT_PRESENCE",
        "presence_lifetime=info.presence_lifetime",
        ("graph.properties",),
    ),
    "comments-have-512-characters": Deviation(
        "off by one", "MAX_COMMENT = 511", "MAX_COMMENT = 512", ("graph.limits",)
    ),
    "items-that-were-taken-do-not-count": Deviation(
        "wrong count",
        "return len(self._ids) // 16",
        "return len(self._ids) // 16 - self._at // 16",
        ("graph.enumerations",),
    ),
    "a-registration-does-not-choose-by-type": Deviation(
        "wrong event",
        "types[kind] = before | {record_type}",
        "types[kind] = None",
        ("graph.events",),
    ),
    "unknown-flags-of-connections": Deviation(
        "missing check",
        "if not flags or flags & ~(CONNECTION_NEIGHBOR | CONNECTION_DIRECT):",
        "if not flags:",
        ("graph.pairs",),
    ),
    "a-time-before-1601": Deviation(
        "missing check", "if not 0 <= time < 1 << 63:", "if time >= 1 << 64:", ("graph.life",)
    ),
    "a-connection-is-told-after-the-status": Deviation(
        "event too early",
        "state.notify(ConnectionChanged(link.direct, ConnectionStatus.CONNECTED",
        "from peerapi.graphing.events import StatusChanged; state.notify(StatusChanged(int(state.status))); "
        "state.notify(ConnectionChanged(link.direct, ConnectionStatus.CONNECTED",
        ("graph.pairs",),
    ),
    "a-connection-that-ends-has-failed": Deviation(
        "wrong event", "ConnectionStatus.DISCONNECTED, link.id", "ConnectionStatus.FAILED, link.id", ("graph.pairs",)
    ),
    "an-identity-with-groups-is-deleted": Deviation(
        "missing check", "if self.groups(name):", "if False:", ("group.founding",)
    ),
    "classifiers-have-150-characters": Deviation(
        "off by one", "MAX_CLASSIFIER = 149", "MAX_CLASSIFIER = 150", ("identity.names",)
    ),
    "friendly-names-have-254-characters": Deviation(
        "off by one", 'MAX_FRIENDLY_NAME = 255\n"', 'MAX_FRIENDLY_NAME = 254\n"', ("identity.people",)
    ),
    "an-unknown-identity-has-another-code": Deviation(
        "wrong code", 'raise InvalidHandle("No identity has that name.") from error', "raise", ("identity.people",)
    ),
    "comments-of-peer-names-have-38-characters": Deviation(
        "off by one", "MOST_COMMENT = 39", "MOST_COMMENT = 38", ("pnrp.names",)
    ),
    "an-update-changes-the-number-of-addresses": Deviation(
        "missing check", " or _count(publication) != _count(before):", ":", ("pnrp.names",)
    ),
    "no-endpoint-may-be-wanted": Deviation(
        "wrong code", 'raise InvalidArgument("No endpoint is wanted.")', "return []", ("pnrp.names",)
    ),
    "a-lookup-finds-the-names-of-its-process": Deviation(
        "wrong value", "own=criteria in (ANY, NEAREST),", "own=True,", ("winsock.lookups",)
    ),
    "a-lookup-may-take-601-seconds": Deviation(
        "off by one", "LONGEST_TIMEOUT = 600", "LONGEST_TIMEOUT = 601", ("winsock.lookups",)
    ),
    "the-first-version-gets-a-blob": Deviation(
        "wrong output",
        "blob = query.service_class == structs.CLASS_NAME_V2 and wanted",
        "blob = wanted",
        ("winsock.lookups",),
    ),
    "the-password-of-a-group-is-given-out": Deviation(
        "wrong output",
        "int(properties.authentication),\n        None,",
        'int(properties.authentication),\n        "secret",',
        ("group.founding",),
    ),
    "a-member-s-name-chooses-nobody": Deviation(
        "wrong value", "members = group.members(identity)", "members = group.members(None)", ("group.members",)
    ),
    "an-open-group-has-any-cloud": Deviation(
        "missing check",
        "if cloud:\n                    self._cloud(cloud)\n                known",
        "known",
        ("group.founding",),
    ),
    "a-classifier-of-a-group-changes": Deviation(
        "missing check", 'fixed = ("cloud", "classifier", "group",', 'fixed = ("cloud", "group",', ("group.founding",)
    ),
    "an-object-has-16383-bytes": Deviation("off by one", "MAX_DATA = 16384", "MAX_DATA = 16383", ("collab.objects",)),
    "any-flag-signs-in": Deviation(
        "missing check", "if not flags or flags & ~int(Signin.ALL):", "if not flags:", ("collab.signing",)
    ),
    "presence-comes-before-the-endpoint": Deviation(
        "wrong order",
        "events += [_my_endpoint(), _my_presence(Change.ADDED, self.presence)]",
        "events += [_my_presence(Change.ADDED, self.presence), _my_endpoint()]",
        ("collab.signing",),
    ),
}


def notice(program: Path, deviation: Deviation, folder: Path) -> list[Fact]:
    """The facts that do not hold in a copy of the library with the deviation in it. ``folder`` is made anew."""
    rmtree(folder, ignore_errors=True)
    package = folder / "peerapi"
    copytree(PACKAGE, package, ignore=ignore_patterns("whiteboard", "cli", "python", "*.c", "*.h"))
    texts = {path: path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    assert (times := sum(text.count(deviation.old) for text in texts.values())) == 1, f"{times} times: {deviation.old}"
    for path, text in texts.items():
        if deviation.old in text:
            path.write_text(text.replace(deviation.old, deviation.new), encoding="utf-8")
    run = folder / "run"
    run.mkdir()
    library = package / "lib" / "libpeerapi.so.0"
    return [
        fact for fact in conformance_api.ask([str(program)], deviation.sections, run, library).facts if not fact.holds
    ]


def main(names: list[str]) -> int:
    """Prints what has noticed each; 1 when something was not noticed."""
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = conformance_api.build(folder)
        for deviation in names or DEVIATIONS:
            facts = notice(program, DEVIATIONS[deviation], folder / "copy")
            missed += not facts
            seen = f"{len(facts)} facts, as {facts[0].page}: {facts[0].text}" if facts else "MISSED"
            print(f"{deviation}: {seen}", flush=True)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
