"""The source itself: who imports whom, what a module may know, and that the tables of the docs tell the truth."""

from __future__ import annotations

import ast
import functools
import importlib
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import citations

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "peerapi"
MODULES = sorted(PACKAGE.rglob("*.py"))
PROTOCOL = ROOT / "docs" / "protocol.md"

BELOW: dict[str, set[str]] = {
    "home": {"activities", "whiteboard", "files", "pages", "python", ""},
    "activities": {"whiteboard", "files", "pages", "python", ""},
    "whiteboard": {"pages", "python", ""},
    "files": {"python", "store", ""},
    "pages": {""},
    "python": {"api", "drt", "ring", "engine"}
    | {"grouping", "graphing", "pnrp", "collab", "reach", "identity", "store", "abi", ""},
    "api": {"drt", "ring", "engine", "grouping", "graphing", "pnrp", "collab", "identity", "store", "abi", ""},
    "host": {"drt", "ring", "engine", "grouping", "graphing", "pnrp", "collab", "identity", "store", ""},
    "engine": {"sharing", "drt", "ring", "grouping", "graphing", "pnrp", "collab", "reach", "identity", "store", ""},
    "sharing": {"grouping", "graphing", "collab", "identity", "store", ""},
    "grouping": {"graphing", "identity", "store", ""},
    "graphing": {"identity", "store", ""},
    "pnrp": {"ring", "identity", "store", ""},
    "drt": {"ring", "identity", "store", ""},
    "ring": {""},
    "collab": {"identity", "store", ""},
    "reach": {"identity", "store", ""},
    "identity": {"store", ""},
    "store": {""},
    "abi": {""},
    "conformance_wire": set(),
    "": set(),
}
"""What each room may import besides itself; "" are the modules beside the rooms: address, errors, moment. The wire
conformance kit imports nothing, so that it shares no error with what it checks. The command line may look into every
room."""
BELOW["cli"] = set(BELOW)
OUTSIDE = {Path("__init__.py"), Path("__main__.py"), Path("abi/embedding.py")}
"""What a Python program imports and what ``python -m`` runs lead to the top of the house, and the embedding starts it
from there. None of them imports anything before it is asked to."""
NAME = re.compile(r"`([^`]+)`")
BESIDE = {"errors"}
"A module beside the rooms that is a folder."


def room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 and parts[0] not in BESIDE else ""


@functools.cache
def imports(path: Path) -> list[tuple[str, int]]:
    """Every module that a file imports, wherever in it, for type checking too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            found.append((node.module, node.lineno))
            found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
    return found


def test_every_room_is_known() -> None:
    assert {room(path) for path in MODULES} - {"lib"} == set(BELOW)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards(path: Path) -> None:
    if path.relative_to(PACKAGE) in OUTSIDE:
        return
    allowed = BELOW[room(path)] | {room(path)}
    for name, line in imports(path):
        parts = name.split(".")
        if parts[0] != "peerapi" or len(parts) == 1:
            continue
        target = parts[1] if (PACKAGE / parts[1]).is_dir() and parts[1] not in BESIDE else ""
        assert target in allowed, f"{path.relative_to(ROOT)}:{line} imports {name}"


STUBS = sorted(PACKAGE.rglob("*.pyi"))
Graph = dict[str, dict[str, int]]
"""Module -> module that it imports -> line."""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def import_graph(paths: dict[str, Path]) -> Graph:
    """Who imports whom, wherever in a file, for type checking too; C modules are known by their stubs.

    ``from package import module`` is an import of both, since the package's own ``__init__`` may lead anywhere: that of
    ``peerapi`` leads to the whole Python API. Below that a module is ``import peerapi.module as module``.

    An import with a comment in the line above is left out: the comment says why it stands although it closes a circle.
    """
    graph: Graph = {}
    for name, path in paths.items():
        text = path.read_text(encoding="utf-8")
        lines, found = text.splitlines(), graph.setdefault(name, {})
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                targets = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
            else:
                continue
            if not lines[node.lineno - 2].lstrip().startswith("#"):
                found.update((target, node.lineno) for target in targets if target in paths and target != name)
    return graph


def circles(graph: Graph) -> list[list[str]]:
    """What is left when modules that import nothing, or that nothing imports, are taken away again and again."""
    left = {name: set(targets) for name, targets in graph.items()}
    while True:
        imported = set[str]().union(*left.values())
        gone = {name for name, targets in left.items() if not targets or name not in imported}
        if not gone:
            return sorted([name, *sorted(targets)] for name, targets in left.items())
        left = {name: targets - gone for name, targets in left.items() if name not in gone}


def test_no_imports_go_in_a_circle() -> None:
    paths = {module_name(path): path for path in [*STUBS, *MODULES]}
    assert circles(import_graph(paths)) == []


def test_a_circle_of_imports_is_found_and_a_comment_at_the_import_allows_it(tmp_path: Path) -> None:
    def found(*, comment: str) -> list[list[str]]:
        texts = {
            "first": "import second",
            "second": f"if TYPE_CHECKING:\n    import other\n{comment}    from third import thing",
            "third": "def late():\n    import first",
            "other": "import lower",
            "lower": "",
            "upper": "import first",
        }
        for name, text in texts.items():
            (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        return circles(import_graph({name: tmp_path / f"{name}.py" for name in texts}))

    assert found(comment="") == [["first", "second"], ["second", "third"], ["third", "first"]]
    assert found(comment="    # The two describe each other.\n") == []


@pytest.mark.parametrize("name", ["trio", "threading", "socket", "time", "select"])
@pytest.mark.parametrize("below", ["graphing", "grouping", "pnrp", "collab", "reach", "sharing", "store"])
def test_the_world_outside_is_the_engines_business(below: str, name: str) -> None:
    """Machines read no clock, open no socket and start no thread (architecture, decision 8)."""
    for path in (PACKAGE / below).rglob("*.py"):
        assert name not in {found.partition(".")[0] for found, _ in imports(path)}, path


def test_trio_is_known_to_the_engine_the_host_the_python_api_and_the_pages_only() -> None:
    guilty = {
        str(path.relative_to(ROOT))
        for path in MODULES
        if room(path) not in ("engine", "host", "python", "pages", "whiteboard", "files", "activities", "home", "cli")
        and "trio" in {name.partition(".")[0] for name, _ in imports(path)}
    }
    assert guilty == set()


def test_only_the_border_knows_c() -> None:
    """And the renderer, which is a program of its own, imports nothing of ours, and asks the kernel itself."""
    renderer = ROOT / "peerapi" / "activities" / "renderer.py"
    assert not [name for name, _ in imports(renderer) if name.startswith("peerapi")]
    guilty = {
        str(path.relative_to(ROOT))
        for path in MODULES
        if room(path) not in ("abi", "api", "cli")
        and path != renderer
        and {"cffi", "ctypes"} & {name.partition(".")[0] for name, _ in imports(path)}
    }
    assert guilty == set()


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py" and room(path)], ids=str)
def test_every_folder_says_what_it_may_import(path: Path) -> None:
    """In one sentence, which names no room that the table of rooms forbids."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    sentences = [part for part in re.split(r"(?<=[.:;])\s+", docstring) if re.search(r"\b[Ii]mports\b", part)]
    assert len(sentences) == 1
    named = {name.partition(".")[0] for name in NAME.findall(sentences[0].replace("``", "`"))} & set(BELOW)
    assert named <= BELOW[room(path)] | {room(path)}
    assert named or BELOW[room(path)] <= {""} or room(path) == "cli"


LONGEST, MEDIAN = 450, 150
"Lines of a file of Python: of the longest one, and of what lies in the middle when they are ordered."


def written(*folders: str) -> list[Path]:
    """The files of Python in these folders of the repository, and what stands beside them."""
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))] + sorted(ROOT.glob("*.py"))


def test_no_file_is_too_long_to_be_one_idea() -> None:
    """Of tests, figures, fuzzers and C neither, but for rows and nothing else, and headers as Windows has them."""
    c = [path for path in citations.files(".c", ".h", ".cpp") if not {"include", "tables"} & set(path.parts)]
    python = written("peerapi", "tests", "benchmarks", "fuzz", "conformance", "samples_c", "tools")
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in python}
    too_long = {path.name for path in c if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST}
    assert {str(path): length for path, length in lengths.items() if length > LONGEST} == {}
    assert too_long == {"win32_message_table.h"}
    assert statistics.median(lengths.values()) < MEDIAN


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, path
    assert len(docstring.split()) >= 3, path


def loaded_by(module: str) -> set[str]:
    """The top-level modules that a fresh interpreter has after importing one."""
    code = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=99, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("module", ["peerapi.api.graph", "peerapi.api.graph_records", "peerapi.engine.graphs.node"])
def test_the_first_call_does_not_wait_for_what_it_does_not_need(module: str) -> None:
    """trio costs as much as all the rest, cryptography half of that."""
    assert loaded_by(module) & {"trio", "ssl", "cryptography", "xml", "pyexpat", "asyncio", "cffi"} == set()


def test_importing_peerapi_costs_nothing() -> None:
    """A C program's first call imports it too, and a Python program may only want ``__version__``."""
    code = "import sys, peerapi; print(*sorted(name for name in sys.modules if name.startswith('peerapi')))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=99, check=True)
    assert run.stdout.split() == ["peerapi"]
    assert loaded_by("peerapi") & {"trio", "asyncio", "dataclasses", "typing_extensions", "cffi"} == set()


@pytest.mark.parametrize("library", ["trio", "asyncio"])
def test_only_one_module_of_the_python_api_knows_an_event_loop(library: str) -> None:
    guilty = {
        path.name
        for path in (PACKAGE / "python").rglob("*.py")
        if library in {name.partition(".")[0] for name, _ in imports(path)}
    }
    assert guilty == {f"on_{library}.py"}


# ---- what is cited ---------------------------------------------------------------------------------------------------

READINGS = {"A": "readings.md", "G": "grouping.md", "N": "pnrp.md"}
"Which page numbers the readings of MS-PPGRH, MS-PPSEC and MS-PNRP, and by which letter."
WRITTEN = [path for path in citations.files(".py", ".c", ".h", ".md") if ROOT / "include" not in path.parents]
PAGES = [path for path in WRITTEN if path.suffix == ".md"]
OF_THE_CODE = (
    *("architecture", "c", "collaboration", "decisions", "grouping", "identity", "pnrp", "protocol", "readings"),
    *("relay", "threat_model"),
)
"Pages about the code; what others have between backticks is for users."
NAME_OR_PATH = re.compile(r"(?:\w+/)*[A-Za-z_]\w*(?:\.\w+)+(?:\(\))?|(?:\w+/)+\w*")
NAME_IN_CODE = re.compile(r"``?([A-Za-z_]\w*(?:\.\w+)+)(?:\(\))?``?")
FOREIGN = {
    *("u.Byte", "u.Word", "fs.protected_regular", "fs.protected_symlinks", "JohnDoe.pnrp.net", "pnrp.net", "Windows.h"),
    *("libpeerapi.so", "peerapi.pc", "peerapi.lib", "peerapi.ffi", "collab/host.lock", "collab/host.json"),
}
"Of C, of the system, of the network, or made by the build or at run time."


def readings() -> set[str]:
    """Every reading that a page numbers, and none twice."""
    found = [number for letter, page in READINGS.items() for number in citations.numbered(page, letter)]
    assert len(found) == len(set(found)) > 70
    return set(found)


def test_a_reading_that_is_cited_is_on_its_page() -> None:
    known = readings()
    cited = [(path, number) for path in WRITTEN for number in re.findall(r"\b[AGN]\d{1,2}\b", citations.remarks(path))]
    assert [(str(path), number) for path, number in cited if number not in known] == []
    assert len(cited) > 200


def test_a_decision_that_is_cited_is_on_its_page() -> None:
    page = citations.prose(citations.DOCS / "architecture.md").partition("## Decisions")[2].partition("\n## ")[0]
    known = re.findall(r"^(\d+)\. \*\*", page, re.MULTILINE)
    cited = [(path, number) for path in WRITTEN for number in re.findall(r"\bdecision (\d+)", citations.remarks(path))]
    assert [(str(path), number) for path, number in cited if number not in known] == []
    assert known == [str(number) for number in range(1, len(known) + 1)]
    assert len(cited) > 3


def test_a_page_that_is_cited_is_there_with_its_heading() -> None:
    cited = [
        (path, page, heading)
        for path in WRITTEN
        for page, heading in re.findall(r"\bdocs/(\w+\.md)(?:, \"([^\"]+)\")?", citations.remarks(path))
    ]
    for path, page, heading in cited:
        assert (citations.DOCS / page).exists(), f"{path}: {page}"
        assert not heading or heading in citations.headings(citations.DOCS / page), f"{path}: {page}, {heading}"
    assert len([heading for _, _, heading in cited if heading]) > 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_leads_somewhere(page: Path) -> None:
    for target, heading in citations.links(page):
        assert target.exists(), target
        assert not heading or heading in map(citations.anchor, citations.headings(target)), f"{target}#{heading}"


@pytest.mark.parametrize("page", OF_THE_CODE)
def test_what_a_page_names_of_the_code_is_there(page: str) -> None:
    cited = [text for text in citations.quoted(citations.DOCS / f"{page}.md") if NAME_OR_PATH.fullmatch(text)]
    assert [text for text in cited if text not in FOREIGN and not citations.is_there(text)] == []
    assert len(cited) > 2


def test_what_the_code_names_of_itself_is_there() -> None:
    """Names that begin with a room or a class; others are of the standard library, or of values at hand."""
    cited = [
        (path, name)
        for path in WRITTEN
        if path.suffix != ".md" and (PACKAGE in path.parents or path.parent == ROOT)
        for name in NAME_IN_CODE.findall(citations.remarks(path))
        if name.partition(".")[0] in {"peerapi", *BELOW} or re.match("[A-Z][a-z]", name)
    ]
    missing = [(str(path), name) for path, name in cited if name not in FOREIGN and not citations.is_there(name)]
    assert missing == []
    assert len(cited) > 50


@pytest.mark.parametrize(
    ("citation", "there"),
    [
        ("Driver.input", True),
        ("driver.Driver.input", True),
        ("engine/graphs/driver.Driver.input", True),
        ("graphing/machine/bounds.py", True),
        ("graphing.machine", True),
        ("Graph.outputs", True),  # given in another class, which it is made from
        ("Driver._set_direct", False),
        ("driver.Driver.set_direct", False),
        ("engine/groups/driver.Driver.gone", False),
        ("engine/elsewhere/driver.Driver.input", False),
        ("graphing/machine/gone.py", False),
    ],
)
def test_a_citation_of_what_is_gone_is_found(citation: str, there: bool) -> None:
    assert citations.is_there(citation) is there


# ---- docs/protocol.md ------------------------------------------------------------------------------------------------

ROW = re.compile(r"^\| (?P<section>[\d.]+) (?P<title>[^|]+) \| (?P<code>[^|]+) \| (?P<tests>[^|]+) \|$")
GROUP_ROW = re.compile(ROW.pattern.replace("(?P<section>", "PPSEC (?P<section>", 1))


def rows(form: re.Pattern[str] = ROW) -> list[tuple[str, list[str], list[str]]]:
    """Section, functions and tests of every row of a table."""
    found = []
    for line in PROTOCOL.read_text(encoding="utf-8").splitlines():
        match = form.match(line)
        if match:
            found.append((match["section"], NAME.findall(match["code"]), NAME.findall(match["tests"])))
    return found


def sections() -> list[str]:
    """Those of MS-PPGRH that say what a node sends or does."""
    messages = [f"2.2.2.{n}" for n in range(1, 15)]
    parts = [f"2.2.1.{n}" for n in range(1, 10)] + [f"2.2.3.{n}" for n in range(1, 6)] + ["2.2.4.1"]
    events = [f"3.1.4.{n}" for n in range(1, 13)]
    received = ["3.1.5.1.1", "3.1.5.1.2"] + [f"3.1.5.2.{n}" for n in range(1, 14)]
    timers = [f"3.1.6.{n}" for n in range(1, 10)]
    local = [f"3.1.7.{n}" for n in range(1, 34)] + [f"3.1.7.10.{n}" for n in range(1, 6)]
    return [*parts, *messages, "3.1.1", "3.1.2", *events, *received, *timers, *local]


def test_every_section_of_the_protocol_has_its_row() -> None:
    listed = [section for section, _, _ in rows()]
    assert sorted(set(sections()) - set(listed)) == []
    assert len(listed) == len(set(listed))
    assert set(listed) <= set(sections())


def test_a_section_that_the_machine_cites_has_its_row() -> None:
    """In ``graphing`` a bare number is a section of MS-PPGRH."""
    known = {section for section, _, _ in rows()}
    above = {section.rsplit(".", depth)[0] for section in known for depth in range(1, section.count(".") + 1)}
    others = re.compile(r"MS-(?!PPGRH)\w+ [\d., ()a-z]+")
    cited = [
        (path, section)
        for path in sorted((PACKAGE / "graphing").rglob("*.py"))
        for section in re.findall(r"(?<![\d.])[23](?:\.\d+){2,}\b", others.sub("", citations.remarks(path)))
    ]
    assert [(str(path), section) for path, section in cited if section not in known | above] == []
    assert len(cited) > 200


@pytest.mark.parametrize("form", [ROW, GROUP_ROW], ids=["MS-PPGRH", "MS-PPSEC"])
def test_the_rows_are_in_the_order_of_the_sections(form: re.Pattern[str]) -> None:
    listed = [[int(part) for part in section.split(".")] for section, _, _ in rows(form)]
    assert listed == sorted(listed)
    assert len(listed) > 40


def reached(found: object, path: list[str]) -> bool:
    """Whether an object has this attribute of an attribute."""
    for part in path:
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True


ALL_ROWS = [*rows(), *((f"PPSEC {section}", code, tests) for section, code, tests in rows(GROUP_ROW))]


@pytest.mark.parametrize(("section", "code", "tests"), ALL_ROWS, ids=[section for section, _, _ in ALL_ROWS])
def test_a_row_of_the_protocol_table_names_what_exists(section: str, code: list[str], tests: list[str]) -> None:
    assert code, section
    assert tests, section
    for name in code:
        module, *path = name.split(".")
        groups = section.startswith("PPSEC")
        rooms = ("grouping", "identity", "engine") if groups else ("graphing", "engine", "store")
        files = [file for folder in rooms for file in (PACKAGE / folder).rglob(f"{module}.py")]
        assert files, f"{section}: no module {module}"
        modules = [importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts)) for file in files]
        assert any(reached(found, path) for found in modules), f"{section}: {name}"
    for name in tests:
        program, _, test = name.partition("::")
        text = (ROOT / "tests" / program).read_text(encoding="utf-8")
        assert re.search(rf"^def {re.escape(test)}\(", text, re.MULTILINE), f"{section}: {name}"
