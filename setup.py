"""The part of the packaging that pyproject.toml cannot say:

the library and the modules in C are built by build_ffi.py and travel in the package.
"""

from __future__ import annotations

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.dist import Distribution

sys.path.insert(0, str(Path(__file__).resolve().parent))
import build_ffi


class BuildWithLibrary(build_py):
    """Python files first, then library, modules, headers and peerapi.pc; in place for an editable install."""

    editable_mode = False

    def run(self) -> None:
        super().run()
        try:
            if self.editable_mode:
                build_ffi.build()
            else:
                package = Path(self.build_lib).resolve() / "peerapi"
                build_ffi.install(package, package.parent.parent / "ffi-wheel")
        except build_ffi.BuildError as error:
            raise SystemExit(f"\npeerapi cannot be built: {error}\n") from None


class BinaryDistribution(Distribution):
    """A wheel for this platform and Python only."""

    def has_ext_modules(self) -> bool:
        return True


setup(cmdclass={"build_py": BuildWithLibrary}, distclass=BinaryDistribution)
