"""Build the core; all metadata is in pyproject.toml.

Each build of the core is the same Cython source, ext/core.pyx, compiled another way into two
modules, one for float64 and one for float32. The environment variable BPGUI_BUILDS names those to
build, separated by commas; the default is those that are "shipped".
"""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import NamedTuple

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

SOURCES = sorted(str(path) for kind in ("*.p*", "*.h") for path in Path("ext").glob(kind))


class Build(NamedTuple):
    """One way to compile the core; flags are for GCC and Clang, `msvc` for Microsoft's compiler."""

    flags: list[str]
    msvc: list[str]
    directives: dict[str, bool]
    macro: tuple[str, str]
    link: tuple[str, ...] = ()


# Division is always C's: Cython's own asks whether the divisor is 0, which a register of numbers cannot answer.
FAST = {"boundscheck": False, "wraparound": False, "initializedcheck": False, "cdivision": True}
CAREFUL = {"boundscheck": True, "wraparound": False, "initializedcheck": True, "cdivision": True}
# Python's own flags may hold -DNDEBUG, which drops C assertions, and -fwrapv, which hides overflow.
ASSERTING = ["-O1", "-g", "-UNDEBUG", "-Wno-psabi"]
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")

# Never -march=native, since a wheel must run on other machines, nor -ffast-math, which deletes the
# tests for NaN and reproducibility. Giving up errno and traps changes no bit of a result. Registers
# are handed over in no call, so that what GCC remarks about that does not matter.
QUICK = ["-O3", "-g0", "-fno-math-errno", "-fno-trapping-math", "-Wno-psabi"]
X86_64 = platform.machine().lower() in ("x86_64", "amd64")
SHIPPED = ["plain", "v3"] if X86_64 else ["plain"]
DTYPES = {"float64": [], "float32": [("BPGUI_SINGLE", "1")]}
BUILDS = {
    "plain": Build(
        flags=[*QUICK, *(["-march=x86-64-v2"] if X86_64 else [])],
        msvc=["/O2", "/fp:precise"],
        directives=FAST,
        macro=("CYTHON_WITHOUT_ASSERTIONS", "1"),
    ),
    "v3": Build(
        flags=[*QUICK, "-march=x86-64-v3"],
        msvc=["/O2", "/fp:precise", "/arch:AVX2"],
        directives=FAST,
        macro=("CYTHON_WITHOUT_ASSERTIONS", "1"),
    ),
    "checked": Build(
        flags=ASSERTING,
        msvc=["/Od", "/fp:precise"],
        directives=CAREFUL,
        macro=("BPGUI_CHECKED", "1"),
    ),
    "sanitized": Build(
        flags=[*ASSERTING, *SANITIZE, "-fno-omit-frame-pointer", "-fno-wrapv"],
        msvc=["/Od", "/fp:precise", "/fsanitize=address"],
        directives=CAREFUL,
        macro=("BPGUI_CHECKED", "1"),
        link=SANITIZE,
    ),
}


class BuildCore(build_ext):
    """Gives each extension what is its build's own, in the dialect of the compiler at hand."""

    def build_extension(self, ext: Extension) -> None:
        """Compile one build of the core.

        The macros are set here and not in the Extension, because cythonize gives all extensions
        that share a source the macros of the first.
        """
        name, dtype = ext.name.removeprefix("bpgui._core_").rsplit("_", 1)
        build = BUILDS[name]
        microsoft = self.compiler.compiler_type == "msvc"
        ext.define_macros = [("BPGUI_BUILD", f'"{name}"'), build.macro, *DTYPES[dtype]]
        ext.extra_compile_args = build.msvc if microsoft else build.flags
        ext.extra_link_args = [] if microsoft else list(build.link)
        super().build_extension(ext)


def extension(name: str, dtype: str) -> Extension:
    """Return the extension of one build and type of numbers, with generated C of its own."""
    source = Extension(
        f"bpgui._core_{name}_{dtype}",
        ["ext/core.pyx"],
        include_dirs=["ext"],
        depends=[*SOURCES, "setup.py"],
    )
    [generated] = cythonize(
        [source],
        build_dir=f"build/cython/{name}_{dtype}",
        include_path=["ext"],
        compiler_directives={"language_level": 3, **BUILDS[name].directives},
    )
    return generated


def chosen_builds() -> list[str]:
    """Return the builds that BPGUI_BUILDS names; an empty value builds none."""
    names = [name for name in os.environ.get("BPGUI_BUILDS", "shipped").split(",") if name]
    if names == ["shipped"]:
        return SHIPPED
    if unknown := [name for name in names if name not in BUILDS]:
        raise SystemExit(f"BPGUI_BUILDS names {', '.join(unknown)}; known: {', '.join(BUILDS)}")
    return names


setup(
    ext_modules=[extension(name, dtype) for name in chosen_builds() for dtype in DTYPES],
    cmdclass={"build_ext": BuildCore},
)
