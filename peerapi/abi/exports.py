"""@export: a Python function becomes the C function of the same name.

    @export(needs=GRAPH)
    def PeerGraphGetStatus(graph: GraphHandle) -> UlongOut:
        return graph.status

At its first call each exported function is compared with its prototype in the header, and a wrapper is generated for
it: Python source with nothing in it but the steps of that one call, because every call pays for every step. The order
of steps is always

1. the family's Startup (``needs``): PEER_E_NOT_INITIALIZED;
2. pointers: E_INVALIDARG for NULL where something is wanted;
3. handles: the error of their kind;
4. the content of strings and structs (E_INVALIDARG), then the function;
5. the outputs.

No exception leaves a wrapper: PeerError becomes its HRESULT, MemoryError E_OUTOFMEMORY, anything else, a bug,
E_UNEXPECTED and a visit to ``on_bug``. Nothing is printed.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast, overload

from peerapi.abi import failures, library
from peerapi.abi.kinds import Call, InputKind, Kind, OutputKind
from peerapi.errors import NotInitialized, PeerError
from peerapi.log import set_up
from peerapi.signals import deferred

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

E_NOTIMPL = 0x80004001
E_OUTOFMEMORY = 0x8007000E
E_UNEXPECTED = 0x8000FFFF
HOOK_FAILED = 10107
"WSASYSCALLFAILURE"


class Gate:
    """A family of functions that want their Startup first.

    ``ready`` is all a call looks at; who counts Startups sets it. ``codes``: what the family says instead of an
    error of what lies beneath it.
    """

    def __init__(
        self,
        name: str,
        error: type[PeerError] = NotInitialized,
        codes: Mapping[type[PeerError], type[PeerError]] | None = None,
    ) -> None:
        self.name = name
        self.error = error
        self.codes = {below: own.hresult for below, own in (codes or {}).items()}
        self.ready = False


class Success:
    """A success that is not S_OK, such as PEER_S_NO_EVENT_DATA.

    ``success`` makes one that a type checker lets through.
    """

    __slots__ = ("hresult", "value")

    def __init__(self, hresult: int, value: Any) -> None:
        self.hresult = hresult
        self.value = value


def success(hresult: int, value: T) -> T:
    """``return success(PEER_S_GRAPH_DATA_CREATED, graph)``:

    the outputs are those of ``value``, the HRESULT is another one. None is no value: a block that is not there.
    """
    return cast(T, Success(hresult, value))


class Export:
    """One exported function."""

    def __init__(self, function: Callable[..., Any], needs: Gate | None, waits: bool = False) -> None:
        self.function = function
        self.name = function.__name__
        self.needs = needs
        self.waits = waits


class HeaderMismatch(TypeError):
    """A Python function does not fit its C prototype; the text says where."""


REGISTRY: dict[str, Export] = {}


@overload
def export(function: F, /) -> F: ...
@overload
def export(*, needs: Gate | None, waits: bool = False) -> Callable[[F], F]: ...
def export(function: Any = None, /, *, needs: Gate | None = None, waits: bool = False) -> Any:
    """Registers a function; it stays callable from Python as it is.

    ``needs``: the family whose Startup must have been called. ``waits``: it may take long, for what others do, so
    Ctrl-C in a Python program ends it; other functions are done in one go.
    """

    def register(function: F) -> F:
        if function.__name__ in REGISTRY:
            raise HeaderMismatch(f"{function.__name__} is exported twice")
        REGISTRY[function.__name__] = Export(function, needs, waits)
        return function

    return register if function is None else register(function)


HOOKS: dict[str, Callable[..., int]] = {}


def hook(name: str) -> Callable[[F], F]:
    """Registers what the functions written in C ask Python for: a name of ``HOOKS`` in build_trampolines.py.

    It gets numbers and addresses as they are, answers a number, and lets no exception out.
    """

    def register(function: F) -> F:
        HOOKS[name] = function
        return function

    return register


GIVEN: dict[str, Callable[..., None]] = {}


def given(name: str) -> Callable[[F], F]:
    """Registers what a function asks that programs are given a pointer of: ``DRT_SECURITY_PROVIDER_Attach``, or the
    name of a callback's type.

    It gets numbers and addresses as they are; what it raises becomes the HRESULT.
    """

    def register(function: F) -> F:
        GIVEN[name] = function
        return function

    return register


# ---- what happens to a bug ----


def write_log(name: str, error: BaseException) -> None:
    """One line into the log (PEERAPI_LOG), with the place at which it happened."""
    trace, place = error.__traceback__, "?"
    while trace is not None:
        place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
        trace = trace.tb_next
    set_up()
    text = str(error).replace("\n", " ")
    failures.log.error("%s: %s: %s (%s)", name, type(error).__name__, text, place)


on_bug: Callable[[str, BaseException], None] = write_log
"Called with the function's name and what it raised, on the calling thread; what it raises itself is ignored."


def failed(name: str, error: BaseException, gate: Gate | None = None) -> int:
    """The HRESULT for an exception, whose sentence is kept for PeerxGetLastErrorText."""
    code = _hresult(name, error, gate)
    with contextlib.suppress(Exception):  # out of memory, for example; the code is what counts
        failures.remember(name, error, code)
    return code


def _hresult(name: str, error: BaseException, gate: Gate | None) -> int:
    if isinstance(error, PeerError) and error.hresult & 0x80000000:
        code = error.hresult if gate is None else gate.codes.get(type(error), error.hresult)
        return code & 0xFFFFFFFF
    if isinstance(error, MemoryError):
        return E_OUTOFMEMORY
    if isinstance(error, KeyboardInterrupt):
        # Ctrl-C in a program that is Python itself: its main thread sees it again as soon as this call is over.
        import _thread

        _thread.interrupt_main()
        return E_UNEXPECTED
    with contextlib.suppress(BaseException):  # there is nobody left to tell
        on_bug(name, error)
    return E_UNEXPECTED


# ---- attaching ----


@functools.cache
def prototypes() -> dict[str, tuple[int, list[str]]]:
    """Function -> (its index among the trampolines, the C types of its parameters without const and spaces)."""
    ffi, lib = library.load()
    result = {}
    for index, line in enumerate(ffi.string(lib.peerapi_prototypes).decode().splitlines()):
        head, _, parameters = line.rstrip(")").partition("(")
        kinds = [
            part.rpartition(" ")[0].replace("const ", "").replace(" ", "") for part in parameters.split(",") if part
        ]
        result[head.split()[1]] = (index, kinds)
    return result


@functools.cache
def _parameter_names() -> dict[str, list[str]]:
    """What the headers call the parameters of each function."""
    ffi, lib = library.load()
    lines = [line.rstrip(")").partition("(") for line in ffi.string(lib.peerapi_prototypes).decode().splitlines()]
    return {
        head.split()[1]: [part.rpartition(" ")[2] for part in parameters.split(",") if part]
        for head, _, parameters in lines
    }


def attach(names: Iterable[str] | None = None) -> None:
    """Attaches the registered functions (or those of ``names``) to their trampolines. Raises HeaderMismatch."""
    _, lib = library.load()
    table = prototypes()
    for name in list(REGISTRY) if names is None else names:
        if name not in table:
            raise HeaderMismatch(f"{name} is not a function of the headers")
        _attached(name)
        lib.peerapi_attached[table[name][0]] = 1


def attach_later(families: Mapping[str, Iterable[str]]) -> None:
    """Attaches the registered functions, and those whose names begin like one of ``families``; the modules that this
    names register them, and are imported when one of them is called. What a call takes is made at its first time: for
    all functions at once it would be a good part of the first call of every program, which uses few of them."""
    ffi, lib = library.load()
    for name, (index, _) in prototypes().items():
        modules = [module for start, its in families.items() if name.startswith(start) for module in its]
        if modules or name in REGISTRY:
            ffi.def_extern(name=f"py_{name}", error=E_UNEXPECTED, onerror=_swallow)(_first_call(name, modules))
            lib.peerapi_attached[index] = 1


def _first_call(name: str, modules: Iterable[str]) -> Callable[..., int]:
    def make() -> Callable[..., int] | None:
        for module in modules:
            __import__(module)
        return _attached(name) if name in REGISTRY else None

    def call(*values: Any) -> int:
        try:
            made = deferred(make)()
        except BaseException as error:
            return failed(name, error)
        return E_NOTIMPL if made is None else made(*values)

    return call


def _attached(name: str) -> Callable[..., int]:
    """What is now behind the trampoline of a registered function. Other threads may be in it."""
    ffi, _ = library.load()
    wrapper = wrap(REGISTRY[name], prototypes()[name][1])
    if not REGISTRY[name].waits:
        wrapper = deferred(wrapper)
    ffi.def_extern(name=f"py_{name}", error=E_UNEXPECTED, onerror=_swallow)(wrapper)
    return wrapper


def attach_hooks() -> None:
    """Has the functions written in C ask the functions registered with ``hook``."""
    ffi, lib = library.load()
    for name, function in HOOKS.items():
        ffi.def_extern(name=f"py_hook_{name}", error=HOOK_FAILED, onerror=_swallow)(function)
    lib.peerapi_hook()


def attach_given(modules: Iterable[str]) -> None:
    """Has the functions that programs are given pointers of ask those registered with ``given``. Few programs ever see
    one, so ``modules``, which register them, are imported at the first such call."""
    ffi, lib = library.load()
    prefix = "py_given_"
    for whole in dir(lib):
        if whole.startswith(prefix):
            answer = _answering(whole.removeprefix(prefix), tuple(modules))
            ffi.def_extern(name=whole, error=E_UNEXPECTED, onerror=_swallow)(answer)


def _answering(name: str, modules: tuple[str, ...]) -> Callable[..., int]:
    def answer(*values: int) -> int:
        try:
            if name not in GIVEN:
                for module in modules:
                    __import__(module)
            GIVEN[name](*values)
        except BaseException as error:
            return failed(name, error)
        return 0

    return answer


def _swallow(*_: object) -> None:
    """cffi calls this instead of printing a traceback; the caller gets E_UNEXPECTED."""


def required(name: str) -> set[int]:
    """Which parameters of a registered function must not be NULL, whatever the others are, by their positions."""
    types = prototypes()[name][1]
    needed = _steps(REGISTRY[name], types)[0].required
    return {position for position in range(len(types)) if f"a{position}" in needed}


def _steps(export: Export, types: list[str]) -> tuple[Call, list[str], list[str], bool]:
    """The steps of a call; the names of its C parameters, those of its results, and whether it has outputs."""
    inputs, outputs = _kinds(export)
    names = [f"a{i}" for i in range(len(types))]
    call = Call(export.needs)
    taken = 0

    def parameters(kind: Kind) -> list[str]:
        nonlocal taken
        mine = slice(taken, taken + len(kind.types))
        for allowed, found in zip(kind.types, types[mine], strict=False):
            if found not in allowed:
                raise HeaderMismatch(
                    f"{export.name}: parameter {taken + 1} is {found} in the header, {' or '.join(allowed)} here"
                )
        taken += len(kind.types)
        if taken > len(types):
            raise HeaderMismatch(f"{export.name}: more parameters than the header's {len(types)}")
        return names[mine]

    for kind in inputs:
        kind.take(call, *parameters(kind))
    values = ["r"] if len(outputs) == 1 else [f"r{i}" for i in range(len(outputs))]
    for value, result in zip(values, outputs, strict=True):
        result.give(call, value, *parameters(result))
    if taken != len(types):
        raise HeaderMismatch(f"{export.name}: {taken} parameters here, {len(types)} in the header")
    return call, names, values, bool(outputs)


def wrap(export: Export, types: list[str]) -> Callable[..., int]:
    """The function that C calls: C parameters in, HRESULT out."""
    call, names, values, has_outputs = _steps(export, types)
    body = [*call.pointers, *call.handles, f"r = function({', '.join(call.arguments)})", "code = 0"]
    if export.needs is not None:
        body[:0] = ["if not gate.ready:", "    raise gate.error"]
    if has_outputs:
        body += ["if type(r) is Success:", "    code = r.hresult", "    r = r.value"]
        body += [f"{', '.join(values)} = r"] if len(values) > 1 else []
        body += call.results
    else:
        body += ["if r is not None:", "    code = r.hresult"]
    lines = [f"def wrapper({', '.join(names)}):"]
    lines += [f"    {line}" for line in call.before]
    lines += ["    try:", *(f"        {line}" for line in body), "        return code"]
    lines += ["    except BaseException as error:", *(f"        {line}" for line in call.failure)]
    lines += [f"        return failed({export.name!r}, error, gate)"]
    space = call.space | {"function": export.function, "gate": export.needs, "Success": Success, "failed": failed}
    file = f"<{export.name}>"
    failures.generated(file, lines, dict(zip(names, _parameter_names().get(export.name, ()), strict=False)))
    exec(compile("\n".join(lines), file, "exec"), space)
    made: Callable[..., int] = space["wrapper"]
    return made


def _kinds(export: Export) -> tuple[list[InputKind], list[OutputKind]]:
    """What the annotations of a function say."""
    function = export.function
    notes = {
        name: eval(note, function.__globals__) if isinstance(note, str) else note
        for name, note in function.__annotations__.items()
    }
    if "return" not in notes:
        raise HeaderMismatch(f"{export.name}: no annotation for its result")
    result = notes.pop("return")
    code = function.__code__
    if list(notes) != list(code.co_varnames[: code.co_argcount]):
        raise HeaderMismatch(f"{export.name}: every parameter needs an annotation")
    inputs = [_kind(export, name, note, InputKind) for name, note in notes.items()]
    if result is None:
        return inputs, []
    several = getattr(result, "__args__", ()) if getattr(result, "__origin__", None) is tuple else (result,)
    return inputs, [_kind(export, "its result", note, OutputKind) for note in several]


def _kind(export: Export, name: str, note: Any, wanted: type[Any]) -> Any:
    found = [kind for kind in getattr(note, "__metadata__", ()) if isinstance(kind, wanted)]
    if len(found) != 1:
        raise HeaderMismatch(f"{export.name}: {name} is annotated {note}, which is not an {wanted.__name__}")
    return found[0]
