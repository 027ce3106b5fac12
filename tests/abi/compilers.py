"""C and C++ compilers as the header tests use them: every combination that a program may be compiled with."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
INCLUDE = ROOT / "include"
GUIDS = ROOT / "peerapi" / "abi" / "guids.c"
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")
NO_OLD_ANNOTATIONS = "-DPEERAPI_NO_SAL1"
"In C++ the annotations __in and __out cost a second per compilation (sal.h says why); p2p.h needs only the newer ones."


@dataclass(frozen=True)
class Compiler:
    """One way to compile: program, language standard, width of wchar_t."""

    family: str
    "gcc or clang"
    standard: str
    "c99, c11 or c++17"
    short_wchar: bool

    @property
    def cplusplus(self) -> bool:
        return self.standard.startswith("c++")

    @property
    def label(self) -> str:
        return f"{self.family}-{self.standard}-{'short' if self.short_wchar else 'wide'}"

    @property
    def program(self) -> str:
        name = {"gcc": "g++", "clang": "clang++"}[self.family] if self.cplusplus else self.family
        path = shutil.which(name)
        assert path, (
            f"{name} is not installed, and the headers are to be tested with gcc and clang (apt install {name})"
        )
        return path

    @property
    def command(self) -> list[str]:
        flags = [f"-std={self.standard}", *STRICT, f"-I{INCLUDE}"]
        if self.cplusplus:
            flags.append(NO_OLD_ANNOTATIONS)
        if self.short_wchar:
            flags.append("-fshort-wchar")
        else:
            flags.append("-DPEERAPI_CHAR16")
        return [self.program, *flags]

    def complaints(self, source: str, *options: str) -> str:
        """What the compiler says about ``source``; empty when it accepts it without a warning."""
        command = [*self.command, *options, "-fsyntax-only", "-x", "c++" if self.cplusplus else "c", "-"]
        done = subprocess.run(command, input=source, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0 or done.stderr, f"{' '.join(command)} failed silently"
        return done.stderr

    def build(self, folder: Path, sources: dict[str, str], *options: str) -> Path:
        """A program, or with -c an object, of ``sources`` (file name: text); more files may be among ``options``."""
        for name, text in sources.items():
            (folder / name).write_text(text, encoding="utf-8")
        target = folder / "result"
        files = [str(folder / name) for name in sources]
        command = [*self.command, *files, *options, "-o", str(target)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return target


EVERY = [
    Compiler(family, standard, short_wchar)
    for family in ("gcc", "clang")
    for standard in ("c99", "c11", "c++17")
    for short_wchar in (False, True)
]
PLAIN_C = Compiler("gcc", "c11", short_wchar=True)
PLAIN_CPLUSPLUS = Compiler("gcc", "c++17", short_wchar=True)


def first_complaints(text: str, count: int = 12) -> str:
    """The lines of a compiler's output that say what is wrong, without the source excerpts."""
    lines = [line for line in text.splitlines() if "error" in line or "warning" in line]
    return "\n".join(lines[:count]) + (f"\n... and {len(lines) - count} more" if len(lines) > count else "")
