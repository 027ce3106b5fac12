"""What the build, the tests and the fuzzing download is pinned by version and hash, and nothing else is downloaded."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
LOCKS = ROOT / "tools" / "locks"
EXTRAS = {"test": ("test", "whiteboard"), "fuzz": ("fuzz",), "peers": ("peers",)}
"Which of pyproject's extras a lock is for."
PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; (?P<marker>[^\\]+))?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pins(lock: str) -> dict[str, set[str]]:
    """The versions of each package; every line is understood, and every version has a hash."""
    found: dict[str, set[str]] = {}
    for entry in (LOCKS / f"{lock}.txt").read_text().replace("\\\n", " ").splitlines():
        pin, *hashes = re.split(r"\s+(?=--hash)", entry.strip())
        match = PIN.fullmatch(pin.strip())
        assert match, entry
        assert hashes and all(HASH.fullmatch(each) for each in hashes), entry
        found.setdefault(match["name"], set()).add(match["version"])
    return found


def wanted(lock: str) -> list[Requirement]:
    """What pyproject asks for: to build, to run, and in the lock's extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = [*project["project"]["dependencies"]]
    if lock == "test":
        lines += project["build-system"]["requires"]
    for extra in EXTRAS[lock]:
        lines += project["project"]["optional-dependencies"][extra]
    found = [Requirement(line) for line in lines]
    return [each for each in found if each.name != "peerapi"]


@pytest.mark.parametrize("lock", EXTRAS)
def test_lock_and_pyproject_agree(lock: str) -> None:
    pinned = pins(lock)
    for requirement in wanted(lock):
        versions = pinned.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement} is not in the lock; tools/lock.sh writes it anew"
        assert all(requirement.specifier.contains(version, prereleases=True) for version in versions), requirement


def test_what_a_pinned_package_needs_is_pinned() -> None:
    pinned, seen = pins("test"), set()
    todo = [canonicalize_name(requirement.name) for requirement in wanted("test")]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        for line in importlib.metadata.requires(name) or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                assert canonicalize_name(requirement.name) in pinned, f"{name} needs {requirement}"
                todo.append(canonicalize_name(requirement.name))
    assert len(seen) > 20


@pytest.mark.parametrize("other", [lock for lock in EXTRAS if lock != "test"])
def test_no_other_lock_contradicts_that_of_the_tests(other: str) -> None:
    test, more = pins("test"), pins(other)
    assert {name: (test[name], more[name]) for name in test.keys() & more.keys() if test[name] != more[name]} == {}


def test_no_lock_names_where_packages_come_from() -> None:
    for lock in EXTRAS:
        assert "/" not in (LOCKS / f"{lock}.txt").read_text()


# ---- what the scripts do with them ----


FAKE = """#!/bin/sh
echo "$0 $*" >>"$LOG"
case "$*" in
    *venv*) for last; do :; done; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
esac
"""


@pytest.mark.parametrize("has_uv", [False, True], ids=["pip", "uv"])
@pytest.mark.parametrize("script", ["environment", "extra"])
def test_nothing_is_installed_but_what_is_pinned(script: str, has_uv: bool, tmp_path: Path) -> None:
    """Whichever installer there is; and what it is for is said before."""
    programs, log, target = tmp_path / "programs", tmp_path / "log", tmp_path / "target"
    programs.mkdir()
    for name in ("python", "uv") if has_uv else ("python",):
        (programs / name).write_text(FAKE)
        (programs / name).chmod(0o755)
    arguments = [str(programs / "python"), str(target)] if script == "environment" else [str(target), "fuzz"]
    if script == "extra":
        (target / "bin").mkdir(parents=True)
        (target / "bin" / "python").write_text(FAKE)
        (target / "bin" / "python").chmod(0o755)
    done = subprocess.run(
        ["sh", str(ROOT / "tools" / f"{script}.sh"), *arguments],
        cwd=ROOT,
        env={"PATH": f"{programs}:/usr/bin:/bin", "LOG": str(log)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    installing = [line for line in log.read_text().splitlines() if " install " in line]
    lock = "test" if script == "environment" else "fuzz"
    assert installing
    for line in installing:
        pinned = "--require-hashes --only-binary :all:" in line and line.endswith(f"-r tools/locks/{lock}.txt")
        assert pinned or "--no-deps --no-build-isolation -e ." in line, line
        assert ("/uv " in line) == has_uv, line
    assert f"tools/locks/{lock}.txt" in done.stdout and "install" in done.stdout


def wheel(folder: Path, body: str) -> Path:
    """The only file of a package that ``pip`` takes."""
    folder.mkdir()
    path = folder / "trusted-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        info = "trusted-1.0.dist-info"
        archive.writestr("trusted.py", body)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: trusted\nVersion: 1.0\n")
        kind = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        archive.writestr(f"{info}/WHEEL", kind)
        archive.writestr(f"{info}/RECORD", "")
    return path


def test_a_package_that_was_exchanged_is_refused(tmp_path: Path) -> None:
    """Same name, same version, other content: without the hash it is installed."""
    good, bad = wheel(tmp_path / "good", "x = 1\n"), wheel(tmp_path / "bad", "x = 'not what you think'\n")
    lock = tmp_path / "lock.txt"
    lock.write_text(f"trusted==1.0 --hash=sha256:{hashlib.sha256(good.read_bytes()).hexdigest()}\n")

    def install(source: Path, target: str, *options: str) -> subprocess.CompletedProcess[str]:
        pip = [sys.executable, "-m", "pip", "--isolated", "install", "--no-index", "--find-links", str(source.parent)]
        env = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        command = [*pip, "--target", str(tmp_path / target), *options]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)

    assert install(bad, "unpinned", "trusted==1.0").returncode == 0
    assert "not what you think" in (tmp_path / "unpinned" / "trusted.py").read_text()
    refused = install(bad, "pinned", "--require-hashes", "-r", str(lock))
    assert refused.returncode != 0
    assert "hash" in refused.stderr.lower()
    assert not (tmp_path / "pinned" / "trusted.py").exists()
    assert install(good, "good", "--require-hashes", "-r", str(lock)).returncode == 0


def test_make_test_says_what_the_system_is_asked_for_and_why() -> None:
    """The sentence stands before the first installation."""
    script = (ROOT / "tools" / "preflight.sh").read_text()
    before, _, after = script.partition("apt-get install -y")
    assert after
    (said,) = re.findall(r'^ +echo "(peerapi: make test installs [^"]+)"$', before, re.MULTILINE)
    assert "apt-get" in said and "$wanted" in said and "for" in said


def test_versions_are_versions() -> None:
    assert all(Version(version) for lock in EXTRAS for versions in pins(lock).values() for version in versions)
