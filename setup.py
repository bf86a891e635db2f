"""Build the core; all metadata is in pyproject.toml.

Each build of the core is the same Cython source, ext/core.pyx, compiled another way into a module of its own. The
environment variable BPGUI_BUILDS names those to build, separated by commas; the default is the one that is shipped.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

SOURCE = "ext/core.pyx"
DEPENDS = sorted(str(path) for pattern in ("*.pyx", "*.pxd", "*.h") for path in Path("ext").glob(pattern))


class Build(NamedTuple):
    """One way to compile the core; flags are for GCC and Clang, `msvc` for Microsoft's compiler."""

    flags: list[str]
    msvc: list[str]
    directives: dict[str, bool]
    macros: list[tuple[str, str]]
    link: list[str] = []


FAST = {"boundscheck": False, "wraparound": False, "initializedcheck": False, "cdivision": True}
CAREFUL = {"boundscheck": True, "wraparound": False, "initializedcheck": True, "cdivision": False}
# Python's own flags may hold -DNDEBUG, which drops assertions, and -fwrapv, which hides signed overflow.
ASSERTING = ["-O1", "-g", "-UNDEBUG"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]

# Never -march=native (a wheel must run on other machines) nor -ffast-math (it deletes the tests for NaN and the
# reproducibility). Without errno and traps the results keep every bit and more loops vectorise.
BUILDS = {
    "plain": Build(
        flags=["-O3", "-g0", "-fno-math-errno", "-fno-trapping-math"],
        msvc=["/O2", "/fp:precise"],
        directives=FAST,
        macros=[("CYTHON_WITHOUT_ASSERTIONS", "1")],
    ),
    "checked": Build(
        flags=ASSERTING,
        msvc=["/Od", "/fp:precise"],
        directives=CAREFUL,
        macros=[("BPGUI_CHECKED", "1")],
    ),
    "sanitized": Build(
        flags=[*ASSERTING, *SANITIZE, "-fno-omit-frame-pointer", "-fno-wrapv"],
        msvc=["/Od", "/fp:precise", "/fsanitize=address"],
        directives=CAREFUL,
        macros=[("BPGUI_CHECKED", "1")],
        link=SANITIZE,
    ),
}


class BuildCore(build_ext):
    """Gives each extension the flags of its build in the dialect of the compiler at hand."""

    def build_extension(self, ext: Extension) -> None:
        """Compile one build of the core."""
        build = BUILDS[ext.name.removeprefix("bpgui._core_")]
        microsoft = self.compiler.compiler_type == "msvc"
        ext.extra_compile_args = build.msvc if microsoft else build.flags
        ext.extra_link_args = [] if microsoft else build.link
        super().build_extension(ext)


def extensions(names: list[str]) -> list[Extension]:
    """Return one extension per build; each has generated C of its own, since they share their source."""
    found = []
    for name in names:
        build = BUILDS[name]
        extension = Extension(
            f"bpgui._core_{name}",
            [SOURCE],
            include_dirs=["ext"],
            depends=[*DEPENDS, "setup.py"],
            define_macros=[("BPGUI_BUILD", f'"{name}"'), *build.macros],
        )
        found += cythonize(
            [extension],
            build_dir=f"build/cython/{name}",
            include_path=["ext"],
            compiler_directives={"language_level": 3, **build.directives},
        )
    return found


def chosen_builds() -> list[str]:
    """Return the builds that BPGUI_BUILDS names; an empty value builds none."""
    names = [name for name in os.environ.get("BPGUI_BUILDS", "plain").split(",") if name]
    if unknown := [name for name in names if name not in BUILDS]:
        raise SystemExit(f"BPGUI_BUILDS names {', '.join(unknown)}; the builds are {', '.join(BUILDS)}")
    return names


setup(ext_modules=extensions(chosen_builds()), cmdclass={"build_ext": BuildCore})
