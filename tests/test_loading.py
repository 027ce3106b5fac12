"""The library finds its interpreter wherever it is loaded, and says so in one line when it cannot."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import build_trampolines
from peerapi.abi import library as abi_library
from tests.conftest import RunC
from tests.support import facts

# First calls that need nothing but the interpreter: E_INVALIDARG comes from Python code, E_UNEXPECTED from the
# trampoline.
CALLS = r"""
#include <p2p.h>
#include <stdio.h>
int main(void)
{
    ULONG count = 7;
    printf("%08X", (unsigned)PeerGetItemCount((HPEERENUM)5, &count));
    printf(" %08X", (unsigned)PeerGraphShutdown());
    printf(" %08X\n", (unsigned)PeerEndEnumeration(NULL));
    PeerFreeData(NULL);
    PeerGraphFreeData(NULL);
    return 0;
}
"""
WORKS = "80070057 80630002 80070057\n"
BROKEN = "8000FFFF 8000FFFF 8000FFFF\n"

# Loads the library by path and calls one function of it.
# argv: library, RTLD_LOCAL or RTLD_GLOBAL, a folder to go to in between.
DLOPEN = r"""
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    void *library = dlopen(argv[1], RTLD_NOW | (strcmp(argv[2], "RTLD_GLOBAL") ? RTLD_LOCAL : RTLD_GLOBAL));
    if (!library || (argc > 3 && chdir(argv[3])))
        return puts(dlerror()), 1;
    unsigned count = 0;
    unsigned (*call)(void *, unsigned *) = (unsigned (*)(void *, unsigned *))dlsym(library, "PeerGetItemCount");
    printf("%08X\n", call((void *)5, &count));
    return 0;
}
"""


def same_python(executable: str) -> bool:
    """Whether another Python has our version, so that it may load the library."""
    code = f"import sys; print(sys.version_info[:2] == {sys.version_info[:2]})"
    try:
        run = subprocess.run([executable, "-I", "-c", code], capture_output=True, text=True, timeout=300, check=False)
    except OSError:
        return False
    return run.stdout.strip() == "True"


# ---- a C program ----


def test_a_program_starts_the_engine_with_an_empty_environment(run_c: RunC) -> None:
    run = run_c(CALLS)
    assert (run.stdout, run.stderr) == (WORKS, "")


def test_a_program_starts_the_engine_in_another_folder(run_c: RunC, tmp_path: Path) -> None:
    (tmp_path / "peerapi").mkdir()
    (tmp_path / "peerapi" / "__init__.py").write_text("raise SystemExit('the wrong package')")
    (tmp_path / "sys.py").write_text("raise SystemExit('the wrong module')")
    run = run_c(CALLS, cwd=tmp_path)
    assert (run.stdout, run.stderr) == (WORKS, "")


def test_another_python_first_in_path_changes_nothing(run_c: RunC, tmp_path: Path) -> None:
    for name in ("python", "python3", f"python{sysconfig.get_python_version()}"):
        (tmp_path / name).write_text("#!/bin/sh\necho wrong python >&2\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    run = run_c(CALLS, env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert (run.stdout, run.stderr) == (WORKS, "")


def test_python_variables_of_the_user_change_nothing(run_c: RunC, tmp_path: Path) -> None:
    (tmp_path / "peerapi.py").write_text("raise SystemExit('the wrong package')")
    (tmp_path / "cffi.py").write_text("raise SystemExit('the wrong package')")
    wrong = {
        "PYTHONHOME": "/nonexistent",
        "PYTHONPATH": str(tmp_path),
        "PYTHONSTARTUP": "/nonexistent",
        "PYTHONDEVMODE": "1",
    }
    run = run_c(CALLS, env={**wrong, "VIRTUAL_ENV": "/nonexistent"})
    assert (run.stdout, run.stderr) == (WORKS, "")


def test_a_program_in_a_foreign_locale_keeps_it(run_c: RunC) -> None:
    source = r"""
#include <p2p.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
int main(void)
{
    char before[100];
    strcpy(before, setlocale(LC_ALL, NULL));
    PeerEndEnumeration(NULL);
    return puts(setlocale(LC_ALL, NULL)), strcmp(before, setlocale(LC_ALL, NULL));
}
"""
    run = run_c(source, env={"LC_ALL": "C.UTF-8"})
    assert (run.returncode, run.stdout) == (0, "C\n")


def test_signals_of_the_program_stay_its_own(run_c: RunC) -> None:
    source = r"""
#include <p2p.h>
#include <signal.h>
#include <stdio.h>
static void mine(int number) { (void)number; }
int main(void)
{
    struct sigaction before[32], now;
    signal(SIGTERM, mine);
    for (int number = 1; number < 32; number++)
        sigaction(number, NULL, &before[number]);
    PeerEndEnumeration(NULL);
    for (int number = 1; number < 32; number++)
        if (number != SIGKILL && number != SIGSTOP && !sigaction(number, NULL, &now))
            if (now.sa_handler == mine || now.sa_handler != before[number].sa_handler)
                printf("%d%s ", number, now.sa_handler == mine ? " mine" : " changed");
    sigset_t blocked;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    return printf("%d\n", sigisemptyset(&blocked)), 0;
}
"""
    assert run_c(source, flags=("-D_GNU_SOURCE",)).stdout == "15 mine 1\n"


def test_four_threads_may_make_the_first_call_at_once(run_c: RunC) -> None:
    source = r"""
#include <p2p.h>
#include <pthread.h>
#include <stdio.h>
static pthread_barrier_t line;
static void *call(void *result)
{
    ULONG count = 0;
    pthread_barrier_wait(&line);
    for (int i = 0; i < 1000; i++)
        *(HRESULT *)result = PeerGetItemCount((HPEERENUM)5, &count);
    return NULL;
}
int main(void)
{
    pthread_t threads[4];
    HRESULT results[4] = {0};
    pthread_barrier_init(&line, NULL, 4);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, call, &results[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++)
        printf("%08X ", (unsigned)results[i]);
    return 0;
}
"""
    run = run_c(source, flags=("-pthread",))
    assert (run.stdout, run.stderr) == ("80070057 " * 4, "")


def test_another_thread_may_call_when_the_first_caller_is_gone(run_c: RunC) -> None:
    source = r"""
#include <p2p.h>
#include <pthread.h>
#include <stdio.h>
static void *call(void *nothing) { printf("%08X ", (unsigned)PeerEndEnumeration(NULL)); return nothing; }
int main(void)
{
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, call, NULL);
        pthread_join(thread, NULL);
    }
    return 0;
}
"""
    run = run_c(source, flags=("-pthread",))
    assert (run.returncode, run.stdout, run.stderr) == (0, "80070057 " * 3, "")


@pytest.mark.parametrize("scope", ["RTLD_LOCAL", "RTLD_GLOBAL"])
def test_a_program_may_load_the_library_with_dlopen(run_c: RunC, library: Path, scope: str) -> None:
    run = run_c(DLOPEN, args=(str(library), scope), bare=True)
    assert (run.stdout, run.stderr) == ("80070057\n", "")


def test_a_relative_path_survives_a_change_of_folder(run_c: RunC, library: Path, tmp_path: Path) -> None:
    args = (f"./{library.name}", "RTLD_LOCAL", str(tmp_path))
    run = run_c(DLOPEN, args=args, bare=True, cwd=library.parent)
    assert (run.stdout, run.stderr) == ("80070057\n", "")


@pytest.mark.parametrize("name", ["peerapi", "p2p", "p2pgraph", "ws2_32", "ole32", "rpcrt4"])
def test_library_names_of_windows_resolve_to_ours(run_c: RunC, name: str) -> None:
    run = run_c(CALLS, flags=(f"-L{abi_library.FOLDER}", f"-l{name}"))
    assert (run.stdout, run.stderr) == (WORKS, "")


# ---- when it cannot start ----


def test_a_start_that_fails_says_so_once_and_every_call_fails(run_c: RunC) -> None:
    run = run_c(CALLS, env={"PEERAPI_PYTHON": "/nonexistent/python3"})
    assert run.stdout == BROKEN
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("peerapi: cannot start: Python /nonexistent/python3, library /")


def test_a_python_without_standard_library_is_one_line(run_c: RunC, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "pyvenv.cfg").write_text("home = /nonexistent/bin\n")
    (tmp_path / "bin" / "python3").symlink_to(os.path.realpath(sys.executable))
    run = run_c(CALLS, env={"PEERAPI_PYTHON": str(tmp_path / "bin" / "python3")})
    assert (run.stdout, run.stderr.count("\n")) in ((WORKS, 0), (BROKEN, 1))
    assert "Traceback" not in run.stderr


def test_a_library_outside_its_package_is_one_line(run_c: RunC, library: Path, tmp_path: Path) -> None:
    copy = tmp_path / "somewhere" / "libpeerapi.so"
    copy.parent.mkdir()
    copy.write_bytes(library.read_bytes())
    run = run_c(DLOPEN, args=(str(copy), "RTLD_LOCAL"), bare=True)
    assert run.stdout == "8000FFFF\n"
    assert run.stderr.count("\n") == 1
    assert str(copy) in run.stderr


def test_a_broken_package_is_one_line_without_traceback(run_c: RunC, library: Path, tmp_path: Path) -> None:
    package = tmp_path / "peerapi"
    (package / "lib").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('first\\nsecond')")
    (package / "lib" / library.name).write_bytes(library.read_bytes())
    run = run_c(DLOPEN, args=(str(package / "lib" / library.name), "RTLD_LOCAL"), bare=True)
    assert run.stdout == "8000FFFF\n"
    assert run.stderr.count("\n") == 1
    assert "RuntimeError: first second" in run.stderr


def test_the_line_is_printed_although_stderr_is_wide(run_c: RunC, library: Path) -> None:
    source = DLOPEN.replace("#include <unistd.h>", "#include <unistd.h>\n#include <wchar.h>").replace(
        "unsigned count = 0;", "unsigned count = fwide(stderr, 1);"
    )
    run = run_c(source, args=(str(library), "RTLD_LOCAL"), env={"PEERAPI_PYTHON": "/nonexistent/python3"}, bare=True)
    assert (run.stdout, run.stderr.count("\n")) == ("8000FFFF\n", 1)


def test_a_child_of_fork_gets_an_error_instead_of_a_deadlock(run_c: RunC) -> None:
    source = r"""
#include <p2p.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
    printf("%08X\n", (unsigned)PeerEndEnumeration(NULL));
    fflush(stdout);
    if (fork() == 0) {
        printf("%08X", (unsigned)PeerEndEnumeration(NULL));
        printf(" %08X\n", (unsigned)PeerEndEnumeration(NULL));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    printf("%08X\n", (unsigned)PeerEndEnumeration(NULL));
    return 0;
}
"""
    run = run_c(source)
    assert run.stdout == "80070057\n8000FFFF 8000FFFF\n80070057\n"
    assert run.stderr.count("\n") == 1
    assert "fork" in run.stderr


# ---- inside Python ----

INSIDE = """
import ctypes, json, sys
library = ctypes.CDLL(sys.argv[1])
count = ctypes.c_uint32()
before = list(sys.path)
unknown = library.PeerGetItemCount(ctypes.c_void_p(5), ctypes.byref(count)) & 0xFFFFFFFF
from peerapi.abi import handles
handle = handles.ENUMERATIONS.insert(handles.Snapshot(None, [1, 2, 3]))
known = library.PeerGetItemCount(ctypes.c_void_p(handle), ctypes.byref(count)) & 0xFFFFFFFF
print(json.dumps([unknown, known, count.value, sys.path[: len(before)] == before]))
"""


def run_inside(executable: str, library: Path, *, code: str = INSIDE, env: dict[str, str] | None = None) -> str:
    command = [executable, "-c", code, str(library)]
    run = subprocess.run(command, env=env or {}, cwd="/", capture_output=True, text=True, timeout=300, check=False)
    assert run.stderr == ""
    return run.stdout


def test_ctypes_shares_the_interpreter_and_its_handles(library: Path) -> None:
    assert json.loads(run_inside(sys.executable, library)) == [0x80070057, 0, 3, True]


def test_cffi_shares_the_interpreter_and_its_handles(library: Path) -> None:
    code = """
import json, sys, cffi
ffi = cffi.FFI()
ffi.cdef("unsigned PeerGetItemCount(void *, unsigned *);")
library = ffi.dlopen(sys.argv[1])
count = ffi.new("unsigned *")
unknown = library.PeerGetItemCount(ffi.cast("void *", 5), count)
from peerapi.abi import handles
handle = handles.ENUMERATIONS.insert(handles.Snapshot(None, [1, 2, 3]))
print(json.dumps([unknown, library.PeerGetItemCount(ffi.cast("void *", handle), count), count[0]]))
"""
    assert json.loads(run_inside(sys.executable, library, code=code)) == [0x80070057, 0, 3]


def test_the_system_python_loads_the_library_when_its_version_is_ours(library: Path) -> None:
    """Debian's python3 has libpython built in, and knows nothing of our packages."""
    executable = "/usr/bin/python3" if same_python("/usr/bin/python3") else sys.executable
    assert json.loads(run_inside(executable, library)) == [0x80070057, 0, 3, True]


def test_a_call_that_keeps_the_gil_does_not_deadlock_the_start(library: Path) -> None:
    code = """
import ctypes, sys, threading
quiet, loud = ctypes.CDLL(sys.argv[1]), ctypes.PyDLL(sys.argv[1])
results = []
threads = [threading.Thread(target=lambda f=f: results.append(f(None) & 0xFFFFFFFF)) for f in
           [quiet.PeerEndEnumeration, loud.PeerEndEnumeration] * 2]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*map(hex, results))
"""
    assert run_inside(sys.executable, library, code=code) == " ".join(["0x80070057"] * 4) + "\n"


def test_load_gives_the_same_library_as_ctypes(library: Path) -> None:
    ffi, lib = abi_library.load()
    assert abi_library.load() == (ffi, lib)
    assert lib.PEER_RECORD_UPDATED == 2
    loaded = ctypes.CDLL(str(library))
    assert ctypes.c_ubyte.in_dll(loaded, "peerapi_state").value == 2 if hasattr(loaded, "peerapi_state") else True
    assert loaded.peerapi_start() == 1


# ---- what is exported ----


def exported(library: Path) -> set[str]:
    run = subprocess.run(
        ["nm", "-D", "--defined-only", str(library)], capture_output=True, text=True, timeout=300, check=True
    )
    return {line.split()[-1] for line in run.stdout.splitlines()}


def test_every_function_of_p2p_is_exported(library: Path) -> None:
    wanted = set(facts.load("functions.json")["functions"])
    assert len(wanted) == 145
    assert wanted - exported(library) == set()


def test_every_function_of_drt_is_exported(library: Path) -> None:
    assert set(facts.load("functions.json")["drt_functions"]) - exported(library) == set()


def test_nothing_of_python_or_cffi_is_exported(library: Path) -> None:
    assert {name for name in exported(library) if name.startswith(("_cffi", "py_", "w32_"))} == set()


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        ("HRESULT", "return E_NOTIMPL;"),
        (
            "BOOL",
            "return peerapi_done(!peerapi_ready() ? (uint32_t)E_UNEXPECTED : !peerapi_attached[0] ? (uint32_t)E_NOTIM",
        ),
    ],
)
def test_a_function_without_python_behind_it_answers_e_notimpl(result: str, answer: str) -> None:
    """There is none in the headers at present."""
    assert answer in build_trampolines.trampolines([build_trampolines.Prototype(result, "Later", ())], set())


LEAKING = r"""
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
int main(void)
{
    PEER_VERSION_DATA version;
    PEER_GRAPH_PROPERTIES properties = {.dwSize = sizeof properties, .dwScope = PEER_GRAPH_SCOPE_LOOPBACK};
    PEER_GRAPH_PROPERTIES *found;
    HGRAPH graph;

    properties.pwzGraphId = L"garden";
    properties.pwzCreatorId = L"alice";
    if (FAILED(PeerGraphStartup(PEER_GRAPH_VERSION, &version)) ||
        FAILED(PeerGraphCreate(&properties, L"garden", NULL, &graph)) ||
        FAILED(PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0)) ||
        FAILED(PeerGraphGetProperties(graph, &found)))
        return 2;
    if (FREE)
        PeerGraphFreeData(found);
    found = NULL;
    PeerGraphClose(graph);
    PeerGraphShutdown();
    puts("done");
    fflush(stdout);
    return 0;
}
"""


@pytest.mark.parametrize("leaks", [False, True])
def test_a_program_under_leaksanitizer_is_told_of_its_own_leaks_only(run_c: RunC, tmp_path: Path, leaks: bool) -> None:
    flags = ("-fsanitize=address", f"-DFREE={int(not leaks)}")
    done = run_c(LEAKING, env={"PEERAPI_HOME": str(tmp_path)}, flags=flags)
    assert done.stdout.startswith("done")
    assert ("LeakSanitizer" in done.stderr) is leaks, done.stderr[-2000:]
    assert done.stderr.count("Direct leak") == int(leaks)
    assert (done.returncode != 0) is leaks
