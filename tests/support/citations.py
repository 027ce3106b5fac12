"""What comments, docstrings and pages cite, and what there is to be cited."""

from __future__ import annotations

import ast
import functools
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "peerapi"
DOCS = ROOT / "docs"
OTHERS = {".venv", "build", ".git", "lib", "__pycache__", "node_modules"}
"Folders in which nothing is of our writing."


def files(*endings: str) -> list[Path]:
    """All files of the repository with one of these endings."""
    found = (path for ending in endings for path in ROOT.rglob(f"*{ending}"))
    return sorted(path for path in found if not OTHERS & set(path.relative_to(ROOT).parts))


# ---- what is written -------------------------------------------------------------------------------------------------


def docstrings(text: str) -> Iterator[str]:
    """Strings that stand by themselves: of modules, classes, functions, attributes."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value


@functools.cache
def remarks(path: Path) -> str:
    """What a file says in words: the comments and docstrings of Python, the comments of C, the whole of a page."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        comments = (token.string for token in tokens if token.type == tokenize.COMMENT)
        return "\n".join([*docstrings(text), *comments])
    if path.suffix in (".c", ".h"):
        return "\n".join(re.findall(r"/\*.*?\*/|//[^\n]*", text, re.DOTALL))
    return text


def prose(page: Path) -> str:
    """A page without its blocks of code and drawings."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def quoted(page: Path) -> list[str]:
    """What a page has between backticks."""
    return re.findall(r"`([^`\n]+)`", prose(page))


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """The files of this repository that a page leads to, and the heading in each, if it says one."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if "://" not in target:
            file, _, heading = target.partition("#")
            yield (page.parent / file).resolve() if file else page, heading


# ---- what there is ---------------------------------------------------------------------------------------------------


def numbered(page: str, letter: str) -> list[str]:
    """The readings that a page numbers with a letter, in rows of a table or points of a list."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^(?:\| |- \*\*)({letter}\d+)\b", text, re.MULTILINE)


def headings(page: Path) -> list[str]:
    """The headings of a page, as they are written."""
    return re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)


def anchor(heading: str) -> str:
    """What a link to a heading says behind its #."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


class Names:
    """The modules, classes and functions of the package, and the attributes that classes give themselves."""

    def __init__(self) -> None:
        self.modules: dict[str, list[dict[str, ast.AST | None]]] = {}
        self.classes: dict[str, list[tuple[set[str], list[str]]]] = {}
        self.folders = {"peerapi", *(path.name for path in PACKAGE.rglob("*") if path.is_dir())} - OTHERS
        for path in (*PACKAGE.rglob("*.py"), *ROOT.glob("build_*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            stem = path.parent.name if path.name == "__init__.py" else path.stem
            self.modules.setdefault(stem, []).append(dict.fromkeys(_defined(tree.body)))
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    bases = [name.id for base in node.bases for name in ast.walk(base) if isinstance(name, ast.Name)]
                    self.classes.setdefault(node.name, []).append((_members(node), bases))

    def has_member(self, name: str, member: str) -> bool:
        """Whether a class of this name, or one that it is made from, has an attribute."""
        return any(
            member in members or any(self.has_member(base, member) for base in bases if base != name)
            for members, bases in self.classes.get(name, ())
        )

    def has(self, dotted: str) -> bool:
        """Whether ``module.Class.attribute``, ``module.name``, or ``Class.attribute`` is there."""
        first, *path = dotted.split(".")
        if path and first in self.folders and self.has(".".join(path)):
            return True
        if not path:
            return first in self.modules or first in self.folders or self.is_defined(first)
        if first in self.modules and any(path[0] in names for names in self.modules[first]):
            return len(path) == 1 or self.has_member(path[0], path[1])
        return len(path) == 1 and self.has_member(first, path[0])

    def is_defined(self, name: str) -> bool:
        """Whether a module has this name at its top."""
        return any(name in names for found in self.modules.values() for names in found)


def _targets(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        yield from node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        yield node.target


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        for target in _targets(node):
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    yield name.id


def _members(node: ast.ClassDef) -> set[str]:
    given = {
        name.attr
        for inner in ast.walk(node)
        for target in _targets(inner)
        for name in ast.walk(target)
        if isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name) and name.value.id == "self"
    }
    return {*_defined(node.body), *given}


names = functools.cache(Names)


def is_there(citation: str) -> bool:
    """Whether what a page cites between backticks exists: ``room/module.Class.method``, any of its ends, or a file of
    which it is the end of the path."""
    path = citation.rstrip("/").removesuffix("()")
    if path in paths() or f"{path}.py" in paths():
        return True
    folder, _, dotted = path.rpartition("/")
    if folder and f"{folder}/{dotted.partition('.')[0]}.py" not in paths():
        return False
    return names().has(dotted)


@functools.cache
def paths() -> set[str]:
    """All files and folders of the repository, each by every end of its path."""
    found = [path.relative_to(ROOT).parts for path in ROOT.rglob("*")]
    return {"/".join(parts[at:]) for parts in found if not OTHERS & set(parts) for at in range(len(parts))}
