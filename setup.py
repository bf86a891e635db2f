"""Build the core; all metadata is in pyproject.toml.

Each build of the core is the same Cython source, ext/core.pyx, compiled another way into a module
of its own. The environment variable BPGUI_BUILDS names those to build, separated by commas; the
default is the one that is shipped.
"""

from __future__ import annotations

import os
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


FAST = {"boundscheck": False, "wraparound": False, "initializedcheck": False, "cdivision": True}
CAREFUL = {"boundscheck": True, "wraparound": False, "initializedcheck": True, "cdivision": False}
# Python's own flags may hold -DNDEBUG, which drops C assertions, and -fwrapv, which hides overflow.
ASSERTING = ["-O1", "-g", "-UNDEBUG"]
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")

# Never -march=native, since a wheel must run on other machines, nor -ffast-math, which deletes the
# tests for NaN and reproducibility. Giving up errno and traps changes no bit of a result.
BUILDS = {
    "plain": Build(
        flags=["-O3", "-g0", "-fno-math-errno", "-fno-trapping-math"],
        msvc=["/O2", "/fp:precise"],
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
        name = ext.name.removeprefix("bpgui._core_")
        build = BUILDS[name]
        microsoft = self.compiler.compiler_type == "msvc"
        ext.define_macros = [("BPGUI_BUILD", f'"{name}"'), build.macro]
        ext.extra_compile_args = build.msvc if microsoft else build.flags
        ext.extra_link_args = [] if microsoft else list(build.link)
        super().build_extension(ext)


def extension(name: str) -> Extension:
    """Return the extension of one build, with generated C of its own: directives differ."""
    source = Extension(
        f"bpgui._core_{name}",
        ["ext/core.pyx"],
        include_dirs=["ext"],
        depends=[*SOURCES, "setup.py"],
    )
    [generated] = cythonize(
        [source],
        build_dir=f"build/cython/{name}",
        include_path=["ext"],
        compiler_directives={"language_level": 3, **BUILDS[name].directives},
    )
    return generated


def chosen_builds() -> list[str]:
    """Return the builds that BPGUI_BUILDS names; an empty value builds none."""
    names = [name for name in os.environ.get("BPGUI_BUILDS", "plain").split(",") if name]
    if unknown := [name for name in names if name not in BUILDS]:
        raise SystemExit(f"BPGUI_BUILDS names {', '.join(unknown)}; known: {', '.join(BUILDS)}")
    return names


setup(
    ext_modules=[extension(name) for name in chosen_builds()],
    cmdclass={"build_ext": BuildCore},
)
