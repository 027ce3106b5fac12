"""What `pip install .` gives: a wheel whose library, headers and command work in an environment of their own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import build_ffi
import build_link_names
from peerapi.cli import main

pytestmark = pytest.mark.long(minutes=2)

ROOT = Path(__file__).parents[1]
PROGRAM = r"""
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
int main(void)
{
    ULONG count = 0;
    WCHAR text[] = L"16 bits";
    printf("%08X %d\n", (unsigned)PeerGetItemCount((HPEERENUM)5, &count), (int)(sizeof text / 8));
    return 0;
}
"""
OUTPUT = "80070057 2\n"


def run(*command: str | Path, **options: object) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of a copy of the source tree, so that nothing is left in ours. How fast its library is matters to nobody
    here, so the compiler takes as little time as it can."""
    folder = tmp_path_factory.mktemp("wheel")
    compiler = folder / "compiler"
    compiler.write_text('#!/bin/sh\nexec gcc "$@" -O0 -g0\n')
    compiler.chmod(0o755)
    left_out = shutil.ignore_patterns(
        ".*", "build", "lib", "__pycache__", "*.egg-info", "tests", "benchmarks", "samples_c"
    )
    shutil.copytree(ROOT, folder / "source", ignore=left_out)
    if not (folder / "source" / "README.md").exists():
        (folder / "source" / "README.md").write_text("peerapi\n")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-build-isolation", "--no-deps"]
    words = [*pip, "--wheel-dir", str(folder), str(folder / "source")]
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "CC": str(compiler)}
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=300, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "deprecated" not in said, "who builds it for the first time has to read what is no fault of theirs"
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel in it; cffi and the rest come from the environment of the tests."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, symlinks=True)
    packages = next((folder / "lib").glob("python*")) / "site-packages"
    (packages / "tests.pth").write_text(sysconfig.get_paths()["platlib"] + "\n")
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps", wheel)
    return folder


def test_the_wheel_has_everything_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    headers = {f"peerapi/include/{path.relative_to(ROOT / 'include')}" for path in (ROOT / "include").rglob("*.h")}
    library = {"libpeerapi.so.0", "libpeerapi_wmain.a", "pkgconfig/peerapi.pc", "cmake/peerapi/peerapi-config.cmake"}
    library |= {f"lib{name}.so" for name in build_link_names.NAMES}
    assert {*headers, *(f"peerapi/lib/{name}" for name in library), "peerapi/py.typed", "peerapi/api/graph.py"} <= names
    modules = {build_ffi.module_file(path, path.relative_to(ROOT).parent) for path in build_ffi.module_sources()}
    assert {"peerapi/graphing/codec/_records.pyi", *map(str, modules)} <= names
    static = {f"peerapi/whiteboard/static/{path.name}" for path in (ROOT / "peerapi/whiteboard/static").iterdir()}
    assert static <= names
    assert {f"peerapi/whiteboard/static/{name}" for name in ("index.html", "main.js", "style.css")} <= static
    named = f"peerapi-{wheel.name.split('-')[1]}"
    assert {name.split("/")[0] for name in names} == {"peerapi", f"{named}.dist-info", f"{named}.data"}
    data = {name.removeprefix(f"{named}.data/") for name in names if name.startswith(f"{named}.data/")}
    assert data == {"data/share/man/man1/peerapi.1"}
    programs = {str(Path("peerapi") / path.relative_to(ROOT)) for path in (ROOT / "conformance").rglob("*.[ch]")}
    assert programs <= names
    assert not [name for name in names - programs if name.endswith((".c", ".o"))]


def test_the_wheel_is_for_this_python_and_platform(wheel: Path) -> None:
    version = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert wheel.name.endswith(f"-{version}-{version}-{sysconfig.get_platform().replace('-', '_')}.whl")


def test_a_program_is_built_with_nothing_but_the_flags_of_config_and_runs_alone(
    installed: Path, tmp_path: Path
) -> None:
    command = installed / "bin" / "peerapi"
    cflags, libs = (shlex.split(run(command, "config", option, cwd="/")) for option in ("--cflags", "--libs"))
    assert [flag for flag in cflags + libs if str(ROOT) in flag] == []
    (tmp_path / "prog.c").write_text(PROGRAM)
    run("gcc", *cflags, tmp_path / "prog.c", *libs, "-o", tmp_path / "prog", cwd=tmp_path)
    assert run(tmp_path / "prog", env={}, cwd="/") == OUTPUT


def test_a_program_is_built_with_the_pkgconfig_file(installed: Path, tmp_path: Path) -> None:
    folder = Path(run(installed / "bin" / "peerapi", "config", "--pkgconfigdir").strip())
    text = (folder / "peerapi.pc").read_text()
    values = {"pcfiledir": str(folder)}
    for name, value in re.findall(r"^(\w+)(?:=|: )(.*)$", text, re.MULTILINE):
        values[name] = re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], value)
    assert (Path(values["includedir"]) / "p2p.h").exists()
    (tmp_path / "prog.c").write_text(PROGRAM)
    flags, libs = shlex.split(values["Cflags"]), shlex.split(values["Libs"])
    run("gcc", *flags, tmp_path / "prog.c", *libs, "-o", tmp_path / "prog")
    assert run(tmp_path / "prog", env={}) == OUTPUT


LOOKED_UP = r"""
#include <dlfcn.h>
#include <stdio.h>
typedef int startup_function(unsigned short, void *);
int main(int count, char **paths)
{
    startup_function *first = NULL;
    for (int i = 1; i < count; i++) {
        void *library = dlopen(paths[i], RTLD_NOW | RTLD_LOCAL);
        startup_function *startup = library ? (startup_function *)dlsym(library, "PeerGraphStartup") : NULL;
        unsigned short version[2];
        if (!startup)
            return printf("%s\n", dlerror()), 1;
        first = first ? first : startup;
        if (startup != first || startup(0x1000, version) != (int)0x80632090)
            return printf("%s has another PeerGraphStartup\n", paths[i]), 1;
    }
    return puts("one"), 0;
}
"""


def test_programs_that_load_the_api_at_run_time_find_one_library_under_all_its_names(
    installed: Path, tmp_path: Path
) -> None:
    """As LoadLibrary("p2p.dll") and P/Invoke do."""
    folder = Path(run(installed / "bin" / "peerapi", "config", "--libdir").strip())
    (tmp_path / "look.c").write_text(LOOKED_UP)
    run("gcc", tmp_path / "look.c", "-o", tmp_path / "look", "-ldl")
    paths = [folder / f"lib{name}.so" for name in build_link_names.NAMES]
    assert run(tmp_path / "look", *paths, folder / "libpeerapi.so.0", env={}, cwd="/") == "one\n"


@pytest.mark.parametrize("position", [(), ("-no-pie", "-fno-pic")], ids=["pie", "no-pie"])
def test_build_files_of_windows_programs_name_the_libraries_that_they_name_there(
    installed: Path, tmp_path: Path, position: tuple[str, ...]
) -> None:
    """-lp2p -lp2pgraph -ldrt -ldrtprov -ldrttransport; constants (GUIDs) are found through them as well."""
    command = installed / "bin" / "peerapi"
    include, libdir = (run(command, "config", option).strip() for option in ("--includedir", "--libdir"))
    constant = "(unsigned)PEER_GROUP_ROLE_MEMBER.Data1"
    (tmp_path / "prog.c").write_text(PROGRAM.replace("return 0;", f'printf("%08x\\n", {constant}); return 0;'))
    names = [f"-l{name}" for name in ("p2p", "p2pgraph", "drt", "drtprov", "drttransport", "ws2_32", "ole32", "rpcrt4")]
    before = [*position, "-fshort-wchar", f"-I{include}", tmp_path / "prog.c"]
    run("gcc", *before, f"-L{libdir}", *names, f"-Wl,-rpath,{libdir}", "-o", tmp_path / "prog")
    assert run(tmp_path / "prog", env={}, cwd="/") == OUTPUT + "f12dc4c7\n"


def test_a_program_remembers_the_number_of_the_library_it_was_linked_with(installed: Path, tmp_path: Path) -> None:
    command = installed / "bin" / "peerapi"
    cflags, libs = (shlex.split(run(command, "config", option)) for option in ("--cflags", "--libs"))
    (tmp_path / "prog.c").write_text(PROGRAM)
    run("gcc", *cflags, tmp_path / "prog.c", *libs, "-o", tmp_path / "prog")
    assert re.findall(r"NEEDED.*\[(libpeerapi[^]]*)\]", run("readelf", "-d", tmp_path / "prog")) == ["libpeerapi.so.0"]


CMAKE = """
cmake_minimum_required(VERSION 3.16)
project(first C CXX)
find_package(peerapi 0.1 REQUIRED)
add_executable(prog prog.c)
target_link_libraries(prog PRIVATE peerapi::peerapi)
add_executable(wide wide.c)
target_link_libraries(wide PRIVATE peerapi::wmain)
"""
WIDE = r"""
#include <windows.h>
#include <stdio.h>
int wmain(int argc, wchar_t **argv)
{
    (void)argv;
    wprintf(L"%d %s\n", argc, L"wide");
    return 0;
}
"""


@pytest.mark.parametrize(("option", "variable"), [("--cmakedir", "peerapi_DIR"), ("--libdir", "CMAKE_PREFIX_PATH")])
def test_cmake_finds_the_package_wherever_it_lies(installed: Path, tmp_path: Path, option: str, variable: str) -> None:
    folder = run(installed / "bin" / "peerapi", "config", option).strip()
    for name, text in (("CMakeLists.txt", CMAKE), ("prog.c", PROGRAM), ("wide.c", WIDE)):
        (tmp_path / name).write_text(text)
    run("cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-D{variable}={folder}")
    run("cmake", "--build", tmp_path / "build")
    assert run(tmp_path / "build" / "prog", env={}, cwd="/") == OUTPUT
    assert run(tmp_path / "build" / "wide", env={}, cwd="/") == "1 wide\n"


MESON = """
project('first', 'c')
peerapi = dependency('peerapi')
executable('prog', 'prog.c', dependencies: peerapi)
"""


def test_meson_finds_the_package_by_pkgconfig(installed: Path, tmp_path: Path) -> None:
    folder = run(installed / "bin" / "peerapi", "config", "--pkgconfigdir").strip()
    for name, text in (("meson.build", MESON), ("prog.c", PROGRAM)):
        (tmp_path / name).write_text(text)
    where = {**os.environ, "PKG_CONFIG_PATH": folder}
    run("meson", "setup", tmp_path / "build", tmp_path, env=where)
    run("meson", "compile", "-C", tmp_path / "build", env=where)
    assert run(tmp_path / "build" / "prog", env={}, cwd="/") == OUTPUT


def test_an_installed_library_starts_the_python_of_its_environment(installed: Path) -> None:
    report = run(installed / "bin" / "peerapi", "doctor", cwd="/")
    found = re.search(r"Python of C programs: (\S+)", report)
    assert found
    assert Path(found[1]).parent == installed / "bin"
    assert "FAIL" not in report


def test_the_installed_package_finds_its_library_in_python(installed: Path) -> None:
    code = "from peerapi.abi import library; print(library.load()[1].PEER_RECORD_DELETED, library.PATH)"
    value, path = run(installed / "bin" / "python", "-c", code, cwd="/").split()
    assert value == "3"
    assert Path(path).is_relative_to(installed)


# ---- getting it ----

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_one_line_installs_all_that_a_person_needs(wheel: Path) -> None:
    """The command, its tables and the page of its whiteboard are no extras."""
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        lines = archive.read(metadata).decode().splitlines()
    needed = [line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: ")]
    always = {re.split(r"[^\w-]", line)[0] for line in needed if "extra ==" not in line}
    assert {"cffi", "trio", "sniffio", "cryptography", "click", "rich", "quart-trio", "hypercorn"} == always


def test_the_readme_says_how_to_install_before_anything_else() -> None:
    blocks = re.findall(r"^```\n(.*?)^```$", README, re.M | re.S)
    assert blocks[0].startswith("pipx install . ")
    assert "peerapi[" not in README


def test_a_build_ends_by_saying_where_the_command_is() -> None:
    done = run("make", "-C", ROOT, "build")
    said = done.splitlines()
    command, pkg_config = said[-3:-1] if said[-1].startswith("make") else said[-2:]
    found = re.search(r"The command is (\S+);", command)
    assert found and Path(found[1]).exists()
    assert f'export PATH="{Path(found[1]).parent}:$PATH"' in command
    folder = re.search(r'PKG_CONFIG_PATH="([^"]+)"', pkg_config)
    assert folder and (Path(folder[1]) / "peerapi.pc").exists()


def test_the_first_program_is_built_by_pkg_config_as_the_readme_has_it(installed: Path, tmp_path: Path) -> None:
    program = re.search(r"```c\n(.*?)```", README, re.S)
    lines = re.search(r"^export PKG_CONFIG_PATH=.*?(?=^```)", README, re.M | re.S)
    assert program and lines
    (tmp_path / "first.c").write_text(program[1])
    env = {**os.environ, "PATH": f"{installed / 'bin'}:{os.environ['PATH']}", "PEERAPI_HOME": str(tmp_path / "home")}
    run("sh", "-ec", lines[0], cwd=tmp_path, env=env)
    assert run(tmp_path / "first", env={"PEERAPI_HOME": str(tmp_path / "home")}) == "PeerGraphCreate: 00000000\n"


# ---- the command ----


def test_config_knows_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    for option, wanted in {
        "--cflags": "-fshort-wchar -I",
        "--libs": "-L",
        "--includedir": str(ROOT / "include"),
        "--libdir": str(ROOT / "peerapi" / "lib"),
        "--pkgconfigdir": str(ROOT / "peerapi" / "lib" / "pkgconfig"),
    }.items():
        assert main(["config", option]) == 0
        assert capsys.readouterr().out.startswith(wanted)


@pytest.mark.parametrize("words", [["config"], ["config", "--nothing"], ["nothing"], []])
def test_wrong_use_of_the_command_is_exit_code_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "peerapi" in captured.err


def test_doctor_names_a_data_folder_that_cannot_be_written_and_how_to_mend_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEERAPI_HOME", "/proc/nowhere")
    assert main(["doctor"]) == 1
    report = capsys.readouterr().out
    assert "FAIL  data folder: /proc/nowhere" in report
    assert "to mend it: set PEERAPI_HOME" in report


# ---- the build ----


def test_a_python_without_shared_libpython_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_config_var", {"INSTSONAME": "libpython3.11.a"}.get)
    with pytest.raises(build_ffi.BuildError, match=r"no shared libpython.*--enable-shared"):
        build_ffi.check_python()


def test_a_python_without_headers_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_paths", lambda: {"include": "/nonexistent"})
    with pytest.raises(build_ffi.BuildError, match=r"Python\.h .* is missing: install python3-dev"):
        build_ffi.check_python()


def preflight(purpose: str, python: str, **environment: str) -> tuple[int, str]:
    command = ["sh", str(ROOT / "tools" / "preflight.sh"), purpose, python]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stderr


def test_preflight_lets_a_complete_system_pass() -> None:
    assert preflight("build", sys.executable, PATH=os.environ["PATH"]) == (0, "")


@pytest.mark.parametrize(
    ("purpose", "python", "compiler", "named"),
    [
        ("build", "/nonexistent/python3", "gcc", "/nonexistent/python3"),
        ("build", sys.executable, "no-such-gcc", "apt-get install gcc"),
    ],
)
def test_preflight_stops_and_names_what_is_missing(purpose: str, python: str, compiler: str, named: str) -> None:
    code, text = preflight(purpose, python, PATH=os.environ["PATH"], CC=compiler)
    assert code == 1
    assert text.startswith("peerapi: ")
    assert named in text
    assert text.count("\n") == 1


def test_preflight_names_the_programs_that_only_tests_need(tmp_path: Path) -> None:
    for name in ("sh", "g++"):
        found = shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    code, text = preflight("test", sys.executable, PATH=str(tmp_path))
    assert (code, "apt-get install clang" in text) == (1, True)


def test_make_build_ends_by_saying_where_the_command_is() -> None:
    done = subprocess.run(["make", "-n", "build"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    said = [line for line in done.stdout.splitlines() if line.startswith("echo")][-2:]
    assert "/bin/peerapi; so that the shell finds it, and man its page: export PATH=" in said[0]
    assert "export PKG_CONFIG_PATH=" in said[1]
