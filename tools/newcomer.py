"""What the README says to type, as a shell script: its commands word by word, and after each what it promises.

    python tools/newcomer.py README.md > steps.sh

The script runs in its home, where the clone ``peerapi`` lies, as root of a machine that has nothing yet; apart from
packages it writes nowhere else. It fails when a sentence of the README that it looks for is no longer there: then this
has to follow.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path


class ReadmeChanged(Exception):
    """A passage that is to be followed is not in the README."""


def passage(text: str, pattern: str) -> str:
    """What the group of a pattern matches in the README, in one line."""
    found = re.search(pattern, text, re.S)
    if found is None:
        raise ReadmeChanged(f"the README has nothing like {pattern!r}")
    return " ".join(found[1].split())


def block(text: str, having: str, language: str = "") -> str:
    """The code block of a language in which something stands."""
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.S | re.M):
        if found[1] == language and having in found[2]:
            return found[2]
    raise ReadmeChanged(f"the README has no code with {having!r}")


def commands(code: str) -> list[str]:
    """The lines of a code block without what is said beside them."""
    return [re.split(r"\s{2,}#|\s{4,}", line)[0].rstrip() for line in code.splitlines() if line.strip()]


def steps(text: str) -> str:
    """The script."""
    packages = passage(text, r"\(Debian, Ubuntu: `(apt-get install [^`]*)`\)")
    (install,) = commands(block(text, "pipx install ."))
    path = passage(text, r"Where the shell does not find `peerapi` afterwards: `([^`]*)`")
    new, join = commands(block(text, "peerapi whiteboard --new"))
    if not (new.startswith("peerapi whiteboard --new ") and join.startswith("peerapi whiteboard --join")):
        raise ReadmeChanged("the README opens and joins a board in another way")
    compile_, run = commands(block(text, "gcc $(peerapi config"))
    build_system = commands(block(text, "export PKG_CONFIG_PATH"))
    return "\n".join(
        [
            "set -eu",
            "export DEBIAN_FRONTEND=noninteractive",
            'step() { echo "newcomer: $*"; }',
            "begun=",
            "trap 'kill $begun 2>/dev/null; wait' EXIT",
            "cd ~/peerapi",
            f"step {quoted(packages)}",
            "apt-get update -qq",
            packages.replace("apt-get install", "apt-get install -y -qq --no-install-recommends") + " >/dev/null",
            f"step {quoted(install)}",
            install,
            f"step {quoted(path)} and a new shell",
            path,
            'export PATH="$HOME/.local/bin:$PATH"',
            "step peerapi doctor",
            "peerapi doctor",
            "mkdir -p ~/homes/first ~/homes/second",
            f"step {quoted(new)}",
            f"PEERAPI_HOME=~/homes/first {new} >~/new.out 2>&1 &",
            'begun="$begun $!"',
            waiting("~/new.out", "^  page "),
            "invitation=$(awk '$1 == \"invitation\" {print $2}' ~/new.out)",
            f"step {quoted(join)}",
            f'echo "$invitation" | PEERAPI_HOME=~/homes/second {join} >~/join.out 2>&1 &',
            'begun="$begun $!"',
            waiting("~/join.out", "^  page "),
            "for out in ~/new.out ~/join.out; do",
            "    page=$(awk '$1 == \"page\" {print $2}' $out)",
            "    python3 -c \"import urllib.request as r; assert b'<html' in r.urlopen('$page').read()\"",
            "done",
            "step a first program",
            "cd",
            "cat >first.c <<'FIRST'",
            block(text, "int wmain(void)", "c") + "FIRST",
            *[f"step {quoted(one)}\n{one}" for one in (compile_, run)],
            "rm -rf ~/.local/share/peerapi first",
            "apt-get install -y -qq --no-install-recommends pkg-config >/dev/null",
            *[f"step {quoted(one)}\n{one}" for one in (*build_system, run)],
            "step everything in the README works",
            "",
        ]
    )


def quoted(words: str) -> str:
    return "'" + words.replace("'", "'\\''") + "'"


def waiting(file: str, line: str) -> str:
    """Until a file has a line; a minute at most, and then what it has is shown."""
    return (
        f"n=0; until grep -q '{line}' {file}; do n=$((n + 1)); "
        f"if [ $n -gt 60 ]; then cat {file}; exit 1; fi; sleep 1; done"
    )


if __name__ == "__main__":
    try:
        print(steps(Path(sys.argv[1]).read_text(encoding="utf-8")))
    except ReadmeChanged as error:
        sys.exit(f"newcomer.py: {error}")
