"""What build systems read to find the library: pkg-config's file (Meson reads it, too) and CMake's package.

All paths in them are relative to where they lie, so that the package may be moved and installed anywhere.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from build_link_names import SONAME

PKGCONFIG = """\
libdir=${{pcfiledir}}/..
includedir=${{pcfiledir}}/{headers}

Name: peerapi
Description: Peer-to-Peer API (p2p.h) for Linux
Version: {version}
Cflags: -fshort-wchar -I${{includedir}} -I${{libdir}}/spellings
Libs: -L${{libdir}} -lpeerapi_wmain -l:{soname} -Wl,-rpath,${{libdir}}
"""

CMAKE = """\
# find_package(peerapi) gives peerapi::peerapi, for programs with main, and peerapi::wmain, for those with wmain.
get_filename_component(peerapi_LIBRARY_DIR "${{CMAKE_CURRENT_LIST_DIR}}/../.." ABSOLUTE)
get_filename_component(peerapi_INCLUDE_DIR "${{CMAKE_CURRENT_LIST_DIR}}/{headers}" ABSOLUTE)
if(NOT TARGET peerapi::peerapi)
  add_library(peerapi::peerapi SHARED IMPORTED)
  set_target_properties(peerapi::peerapi PROPERTIES
    IMPORTED_LOCATION "${{peerapi_LIBRARY_DIR}}/{soname}"
    IMPORTED_SONAME "{soname}"
    INTERFACE_INCLUDE_DIRECTORIES "${{peerapi_INCLUDE_DIR}};${{peerapi_LIBRARY_DIR}}/spellings"
    INTERFACE_COMPILE_OPTIONS "-fshort-wchar")
  add_library(peerapi::wmain STATIC IMPORTED)
  set_target_properties(peerapi::wmain PROPERTIES
    IMPORTED_LOCATION "${{peerapi_LIBRARY_DIR}}/libpeerapi_wmain.a"
    INTERFACE_LINK_LIBRARIES peerapi::peerapi)
endif()
"""

CMAKE_FORWARD = """\
# So that the folder of the library is enough as CMAKE_PREFIX_PATH.
include("${{CMAKE_CURRENT_LIST_DIR}}/peerapi/{name}")
"""

CMAKE_VERSION = """\
set(PACKAGE_VERSION {version})
if(PACKAGE_FIND_VERSION VERSION_LESS_EQUAL PACKAGE_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
  if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
endif()
"""


def version(root: Path) -> str:
    found = re.search(r'__version__ = "([^"]+)"', (root / "peerapi" / "__init__.py").read_text())
    assert found
    return found[1]


def write(library_folder: Path, headers: Path, root: Path) -> None:
    """Writes the files below ``library_folder``. ``headers``: where programs will find them, seen from there."""
    for name, text in (
        ("pkgconfig/peerapi.pc", PKGCONFIG),
        ("cmake/peerapi/peerapi-config.cmake", CMAKE),
        ("cmake/peerapi/peerapi-config-version.cmake", CMAKE_VERSION),
        ("cmake/peerapi-config.cmake", CMAKE_FORWARD),
        ("cmake/peerapi-config-version.cmake", CMAKE_FORWARD),
    ):
        target = library_folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        relative = os.path.relpath(headers, target.parent)
        target.write_text(text.format(headers=relative, version=version(root), soname=SONAME, name=target.name))
