"""Run targets under atheris, or again on the input that a run has left.

python -m fuzz --seconds 600                     every target for its share of ten minutes
python -m fuzz message search --seconds 60
python -m fuzz --replay build/fuzz/message/crash-0123abcd...
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from fuzz.seeds import SEEDS
from fuzz.targets import LARGEST, TARGETS

FOLDER = Path(__file__).resolve().parent.parent / "build" / "fuzz"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="*", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=180, help="for all targets together")
    parser.add_argument("--replay", type=Path, help="one file, as atheris leaves it in the folder of its target")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.targets or list(TARGETS)
    unknown = set(names) - TARGETS.keys()
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if options.replay:
        TARGETS[options.replay.resolve().parent.name](options.replay.read_bytes())
        print("no failure")
        return 0
    if options.inside:
        return inside(options.inside, options.seconds)
    failed = []
    for name in names:
        share = max(1.0, options.seconds / len(names))
        print(f"fuzzing {name} for {share:.0f} s", flush=True)
        command = [sys.executable, "-m", "fuzz", "--inside", name, "--seconds", str(share)]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    for name in failed:
        for crash in sorted((FOLDER / name).glob("*-*")):
            print(f"FAILED  {sys.executable} -m fuzz --replay {crash}")
    return 1 if failed else 0


def inside(name: str, seconds: float) -> int:
    """One target in a process of its own: atheris ends it."""
    try:
        import atheris
    except ImportError:
        sys.exit("peerapi: atheris is missing: pip install 'peerapi[fuzz]' (it exists for CPython on Linux)")
    corpus = FOLDER / name / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]()):
        (corpus / f"seed{number}").write_bytes(seed)
    atheris.instrument_all()
    arguments = [
        f"-max_total_time={max(1, round(seconds))}",
        f"-max_len={LARGEST if name in ('archive', 'database', 'journal') else 1 << 16}",
        f"-artifact_prefix={FOLDER / name}/",
        "-timeout=30",
        "-rss_limit_mb=2048",
        "-verbosity=0",
        "-print_final_stats=1",
        str(corpus),
    ]
    atheris.Setup([sys.argv[0], *arguments], TARGETS[name])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
