"""The conformance facts as C text: one static assertion, or one typed assignment, for each fact.

The text is accepted by C99, C11 and C++17 alike and defines nothing but checks, so a compiler that accepts it has
proved every fact. A failure names the fact: assertions carry a sentence, and an assignment stands in a "file" whose
name (#line) says what it checks.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

PROLOGUE = """
#include <stddef.h>
#include <p2p.h>
#include <drt.h>
#ifdef __cplusplus
#define FACT(condition, sentence) static_assert(condition, sentence)
#else
#define FACT(condition, sentence) __extension__ _Static_assert(condition, sentence)
#endif
"""

SYSTEM_STRUCTS = {"SOCKADDR", "SOCKADDR_IN6", "SOCKADDR_STORAGE"}
"The system's own structures: same layout, but the members' types have other names and signedness."

PRIVATE_FIELDS = {"sin6_scope_struct", "__ss_pad1", "__ss_align", "__ss_pad2"}
"Members of those that only Windows has; each overlays or pads a member that is checked."

WIDTHS = {"long unsigned int": "unsigned int", "u_long": "unsigned int"}
"long has 32 bits on Windows, 64 here; so our headers write int where the facts say long."

SECTIONS = {
    "about", "callbacks", "constants", "enums", "external_structs", "external_types", "notes", "structs", "typedefs",
}  # fmt: skip
"Everything in abi_x64.json. A test compares, so that a section which is added there cannot be overlooked here."

Facts = Mapping[str, Any]


def pointer_to(kind: str, name: str) -> str:
    """The declaration of ``name`` as a pointer to ``kind``, which may be an array or a function pointer."""
    kind = WIDTHS.get(kind, kind)
    if match := re.fullmatch(r"(.*?)\s*(\[\d+\])", kind):
        return f"{match[1]} (*{name}){match[2]}"
    if match := re.fullmatch(r"(.*)\(\*\)(\(.*\))", kind):
        return f"{match[1]}(**{name}){match[2]}"
    return f"{kind} *{name}"


def labelled(label: str, line: str) -> str:
    """``line`` with complaints about it reported as ``label:1``."""
    return f'#line 1 "{label}"\n{line}'


def checking_function(label: str, kind: str, checks: list[str]) -> str:
    """A function that makes ``checks`` on ``it``, a pointer to ``kind``."""
    prototype = f"void check_{label.replace(' ', '_')}({kind} *it)"
    body = "\n".join(checks)
    return f"{prototype};\n{prototype}\n{{\n(void)it;\n{body}\n}}"


def assigned(label: str, declaration: str, variable: str, value: str) -> str:
    """An initialization that compiles only when ``value`` has exactly the declared type."""
    return labelled(label, f"{{ {declaration} = {value}; (void){variable}; }}")


def size_and_alignment(name: str, facts: Facts) -> Iterator[str]:
    yield f'FACT(sizeof({name}) == {facts["size"]}, "{name} has {facts["size"]} bytes");'
    if "align" in facts:
        yield f'FACT(__alignof__({name}) == {facts["align"]}, "{name} is aligned to {facts["align"]}");'


def members(fields: list[Facts], prefix: str = "") -> Iterator[tuple[str, Facts]]:
    """Every member with its path, those of nested structures and unions included."""
    for field in fields:
        path = prefix if field.get("anonymous") else prefix + field["name"]
        if not field.get("anonymous"):
            yield path, field
        yield from members(field.get("members", []), path if field.get("anonymous") else path + ".")


def struct(name: str, facts: Facts) -> Iterator[str]:
    """Size, alignment, and of every member offset, size and type; the tag and the pointer types."""
    yield from size_and_alignment(name, facts)
    checks = []
    for path, field in members(facts["fields"]):
        if path in PRIVATE_FIELDS:
            continue
        whole = f"{name}.{path}"
        yield f'FACT(offsetof({name}, {path}) == {field["offset"]}, "{whole} is at {field["offset"]}");'
        yield f'FACT(sizeof((({name} *)0)->{path}) == {field["size"]}, "{whole} has {field["size"]} bytes");'
        if "members" not in field and name not in SYSTEM_STRUCTS:
            checks.append(
                assigned(f"{whole} is {field['type']}", pointer_to(field["type"], "member"), "member", f"&it->{path}")
            )
    if "tag" in facts:
        checks.append(assigned(f"tag of {name}", f"{facts['kind']} {facts['tag']} *tagged", "tagged", "it"))
    for alias in facts.get("pointer_typedefs", []):
        checks.append(assigned(f"{alias} points to {name}", f"{alias} alias", "alias", "it"))
    yield checking_function(name, name, checks)


def enum(name: str, facts: Facts) -> Iterator[str]:
    yield from size_and_alignment(name, facts)
    for member in facts["member_order"]:
        value = facts["members"][member]
        yield f'FACT((long long)({member}) == {value}LL, "{member} is {value}");'
    yield checking_function(name, name, [assigned(f"tag of {name}", f"enum {facts['tag']} *tagged", "tagged", "it")])


def constant(name: str, facts: Facts) -> Iterator[str]:
    """Value and width of a number, length of a string. What strings and GUIDs contain is for values_program."""
    if facts["kind"] == "integer":
        value = facts["value"]
        assert int(facts["hex"], 16) == value & 0xFFFFFFFF, f"the facts contradict themselves about {name}"
        yield f'FACT((long long)({name}) == {value}LL, "{name} is {facts["hex"]}");'
        yield f'FACT(sizeof({name}) == {facts["size"]}, "{name} has {facts["size"]} bytes");'
    elif facts["kind"] == "wide string":
        length = 2 * (len(facts["value"]) + 1)
        yield f'FACT(sizeof({name}) == {length}, "{name} takes {length} bytes");'
    else:
        check = assigned(f"{name} is a GUID", "const GUID *guid", "guid", f"&{name}")
        yield checking_function(f"{name} constant", "void", [check])


def typedef(name: str, facts: Facts) -> Iterator[str]:
    yield from size_and_alignment(name, facts)
    check = assigned(f"{name} is {facts['type']}", pointer_to(facts["type"], "meaning"), "meaning", "it")
    yield checking_function(name, name, [check])


def parameter_types(parameters: list[Facts] | None) -> str:
    return ", ".join(parameter["type"] for parameter in parameters or []) or "void"


def callback(name: str, facts: Facts) -> Iterator[str]:
    """A function of exactly that type fits into the pointer type."""
    yield f'FACT(sizeof({name}) == {facts["size_of_pointer"]}, "{name} is a pointer");'
    yield f"{facts['return']} CALLBACK example_of_{name}({parameter_types(facts['params'])});"
    yield f"extern {name} pointer_to_{name};"
    yield labelled(f"signature of {name}", f"{name} pointer_to_{name} = example_of_{name};")


def function(name: str, facts: Facts) -> Iterator[str]:
    """The prototype fits into a pointer of exactly the documented type."""
    pointer = f"{facts['return']} (WINAPI *pointer_to_{name})({parameter_types(facts['params'])})"
    yield f"extern {pointer};"
    yield labelled(f"prototype of {name}", f"{pointer} = &{name};")


def code(name: str, facts: Facts) -> Iterator[str]:
    """One entry of error_codes.json; ``name`` may be an expression such as HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)."""
    yield f'FACT((unsigned int)({name}) == {facts["value"]}u, "{name} is {facts["value"]}");'
    if "decimal" in facts:
        yield f'FACT(({name}) == {facts["decimal"]}, "{name} is {facts["decimal"]}");'
    if match := re.fullmatch(r"HRESULT_FROM_WIN32\((\w+)\)", name):
        yield f'FACT({match[1]} == {facts["win32"]}, "{match[1]} is {facts["win32"]}");'


def layout(abi: Facts) -> str:
    """Everything of abi_x64.json but what needs a running program."""
    lines = [PROLOGUE]
    for section, write in (
        ("external_types", size_and_alignment),
        ("external_structs", struct),
        ("structs", struct),
        ("enums", enum),
        ("constants", constant),
        ("typedefs", typedef),
        ("callbacks", callback),
    ):
        for name, facts in abi[section].items():
            lines.extend(write(name, facts))
    return "\n".join(lines) + "\n"


def prototypes(functions: Facts) -> str:
    """Every function of functions.json."""
    lines = [PROLOGUE]
    for section in ("functions", "drt_functions"):
        for name, facts in functions[section].items():
            lines.extend(function(name, facts))
    return "\n".join(lines) + "\n"


def codes(errors: Facts) -> str:
    """Every code of error_codes.json."""
    lines = [PROLOGUE]
    for name, facts in errors["codes"].items():
        lines.extend(code(name, facts))
    return "\n".join(lines) + "\n"


def older_layout(abi: Facts) -> str:
    """What is different for a program written for a system before Vista."""
    notes = abi["notes"]["older_sizes"]
    lines = [PROLOGUE]
    for name, size in notes["sizes"].items():
        lines.append(f'FACT(sizeof({name}) == {size}, "{name} has {size} bytes before Vista");')
    version = notes["PEER_GROUP_VERSION"]
    lines.append(f'FACT(PEER_GROUP_VERSION == {version}, "PEER_GROUP_VERSION is {version} before Vista");')
    return "\n".join(lines) + "\n"


def undeclared(names: list[str]) -> str:
    """Accepted only when the headers declare none of ``names``: each becomes a type here."""
    return PROLOGUE + "".join(f"typedef int {name};\n" for name in names)


PRINTER = """
#include <p2p.h>
#include <stdio.h>
static void bytes(const char *name, const void *at, size_t size)
{
    fputs(name, stdout);
    putchar(' ');
    for (size_t i = 0; i < size; i++) {
        putchar("0123456789abcdef"[((const unsigned char *)at)[i] >> 4]);
        putchar("0123456789abcdef"[((const unsigned char *)at)[i] & 15]);
    }
    putchar('\\n');
}
"""
"Without printf, which comes from the library under -fshort-wchar; these programs are linked without it."


def values_program(constants: Facts, *, main: bool = True) -> str:
    """Prints name and content of every GUID and string, as the bytes that lie in memory."""
    lines = [PRINTER]
    lines.append(f"int {'main' if main else 'print_values'}(void);\nint {'main' if main else 'print_values'}(void)\n{{")
    for name, facts in constants.items():
        if facts["kind"] == "GUID":
            lines.append(f'    bytes("{name}", &{name}, sizeof {name});')
        elif facts["kind"] == "wide string":
            lines.append(
                f'    const WCHAR *text_of_{name} = {name};\n    bytes("{name}", text_of_{name}, sizeof {name});'
            )
    lines.append("    return 0;\n}")
    return "\n".join(lines) + "\n"
