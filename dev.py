#!/usr/bin/env python3
"""Set this checkout up from nothing and use it; needs Python 3.11 or newer and nothing else.

    python3 dev.py run [ARGUMENTS]    the window, or `bpgui ARGUMENTS`
    python3 dev.py test [ARGUMENTS]   the tests, or `pytest ARGUMENTS`, on all processors; needs no display
    python3 dev.py lint               style, types and layers
    python3 dev.py core BUILD         tests/core on the core's checked or sanitized build

Everything is installed into .venv, again only after a change. On Debian and Ubuntu root also gets
the system packages that are missing; BPGUI_NO_APT=1 makes root be told the command instead.
Exit status: that of what was started; 2 wrong arguments; 3 this machine lacks something.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
QT = VENV / "lib/python{}.{}/site-packages/PySide6".format(*sys.version_info)
APT_LISTS = Path("/var/lib/apt/lists")
LINUX = sys.platform == "linux"

# What each of Qt's platforms takes from the system beyond what these bring along. It is asked for
# before Qt is installed, so that one command can name everything; afterwards ldd has the word.
LIBRARIES = {
    "offscreen": "libGL.so.1 libEGL.so.1 libglib-2.0.so.0 libxkbcommon.so.0 libdbus-1.so.3 libfontconfig.so.1",
    "xcb": "libxkbcommon-x11.so.0 libxcb-cursor.so.0 libxcb-icccm.so.4 libxcb-keysyms.so.1 libxcb-shape.so.0",
    "wayland": "libwayland-cursor.so.0 libwayland-egl.so.1",
}
# Debian names a library's package after the library (see package_of); these are the exceptions.
PACKAGES = {"libglib-2.0.so.0": "libglib2.0-0", "libgthread-2.0.so.0": "libglib2.0-0"}


class SetUpError(Exception):
    """Ends the script with a message for its reader and an exit status."""

    def __init__(self, message: str, status: int = 3) -> None:
        super().__init__(message)
        self.status = status


def say(message: str) -> None:
    """Tell what happens, on stderr: stdout belongs to what is started."""
    print(message, file=sys.stderr, flush=True)


def succeeds(command: list[str], show: bool = True, **variables: str) -> bool:
    """Run a command without its words, which are shown only if it fails; tell how it went."""
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True)
    if done.returncode and show:
        say((done.stdout + done.stderr).decode(errors="replace"))
    return done.returncode == 0


def compiler() -> str:
    """Return the C compiler that setuptools will call."""
    return (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]


def missing_tools() -> list[str]:
    """Return the packages without which neither .venv nor the core can be made here."""
    python = "python{}.{}".format(*sys.version_info)
    packages = [] if shutil.which(compiler()) else ["gcc", "libc6-dev"]
    if not packages and not succeeds([compiler(), "-E", "-include", "stdio.h", "-xc", os.devnull], show=False):
        packages += ["libc6-dev"]
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        packages += [f"{python}-dev"]
    if not venv_is_usable() and importlib.util.find_spec("ensurepip") is None:
        packages += [f"{python}-venv"]
    return packages


def missing_libraries(platforms: list[str]) -> list[str]:
    """Return the names of the shared libraries that Qt would not find on this Linux."""
    if not platforms or not QT.is_dir():
        foreseen = " ".join(LIBRARIES[platform] for platform in platforms).split()
        return [library for library in foreseen if not loads(library)]
    files = [QT / f"Qt{module}.abi3.so" for module in ("Core", "Gui", "Widgets", "Svg", "Test")]
    files += [QT / f"Qt/plugins/platforms/libq{platform}.so" for platform in platforms]
    linked = subprocess.run(["ldd", *map(str, files)], capture_output=True, text=True).stdout
    return sorted(set(re.findall(r"^\s*(\S+) => not found$", linked, re.MULTILINE)))


def loads(library: str) -> bool:
    """Tell whether the dynamic linker finds a library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def package_of(library: str) -> str:
    """Name a library's package: libxcb.so.1 is in libxcb1, libdbus-1.so.3 in libdbus-1-3."""
    name, _, version = library.partition(".so.")
    dash = "-" if name[-1].isdigit() else ""
    return PACKAGES.get(library, f"{name}{dash}{version}".lower().replace("_", "-"))


def provide(packages: list[str]) -> None:
    """Install system packages as root on Debian and its kin, else say which command does."""
    if not packages:
        return
    names = " ".join(dict.fromkeys(packages))
    install = f"apt-get install -y --no-install-recommends {names}"
    if not shutil.which("apt-get"):
        raise SetUpError(f"This machine lacks what Debian has in these packages: {names}")
    if os.geteuid() != 0 or os.environ.get("BPGUI_NO_APT"):
        update = "" if any(APT_LISTS.glob("*_Packages*")) else "sudo apt-get update && "
        raise SetUpError(f"System packages are missing. Please run\n  {update}sudo {install}")
    say(f"Installing system packages: {names}")
    succeeds(["apt-get", "update"], show=False)  # if this matters, the installation will say so
    if not succeeds(install.split(), DEBIAN_FRONTEND="noninteractive"):
        raise SetUpError("apt-get could not install them; its reasons are above.")


def fingerprint(*patterns: str) -> str:
    """Return a hash of the project's settings and of the files that match."""
    digest = hashlib.sha256()
    for pattern in ("pyproject.toml", "setup.py", "constraints.txt", *patterns):
        for path in sorted(ROOT.glob(pattern)):
            digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def is_done(step: str, now: str) -> bool:
    """Tell whether a step of the set-up was last done with the same fingerprint."""
    stamp = VENV / f"{step}.stamp"
    return stamp.is_file() and stamp.read_text() == now


def venv_is_usable() -> bool:
    """Tell whether .venv is complete, made in this place and for the Python that runs."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text().splitlines()
    except OSError:
        return False
    settings = dict(line.split(" = ", 1) for line in lines if " = " in line)
    return (
        settings.get("version") == ".".join(map(str, sys.version_info[:3]))
        and settings.get("home", "").startswith(sys.base_prefix)
        and settings.get("command", "").endswith(str(VENV))
        and PYTHON.exists()
        and any(SCRIPTS.glob("pip*"))
    )


def make_venv() -> None:
    """Make .venv unless it is there and fits."""
    if venv_is_usable():
        return
    say("Making a virtual environment in .venv")
    if not succeeds([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        raise SetUpError("Python could not make .venv; its reasons are above.")


def install(extra: str) -> None:
    """Install bpgui in place with an extra of pyproject.toml, again only after a change."""
    import tomllib  # not at the top: an older Python has to reach the message about its version

    now = fingerprint()
    if is_done(extra, now):
        return
    say("Installing Python packages into .venv")
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    pip += ["-c", "constraints.txt", *([] if sys.stderr.isatty() else ["--quiet"])]
    environment = {**os.environ, "BPGUI_BUILDS": ""}  # building the core is the next step
    for what in (needed, ["--no-build-isolation", "-e", f".[{extra}]"]):
        if subprocess.run([*pip, *what], cwd=ROOT, env=environment, stdout=sys.stderr).returncode:
            raise SetUpError("pip could not install them; its reasons are above.")
    (VENV / f"{extra}.stamp").write_text(now)


def build(core: str) -> None:
    """Compile a build of the core, or those that are "shipped", again only after a change of the sources."""
    now = fingerprint("ext/*.p*", "ext/*.h")
    made = "plain" if core == "shipped" else core
    if is_done(f"core-{core}", now) and any(ROOT.glob(f"bpgui/_core_{made}_*")):
        return
    say(f"Compiling the core ({core})")
    command = [str(PYTHON), "setup.py", "build_ext", "--inplace", "--force", "--parallel", str(os.cpu_count() or 1)]
    if not succeeds(command, BPGUI_BUILDS=core, CYTHON_FORCE_REGEN="1"):
        raise SetUpError("The core does not compile; the reasons are above.", 1)
    (VENV / f"core-{core}.stamp").write_text(now)


def set_up(extra: str, platforms: list[str]) -> None:
    """Provide what is missing; whatever of the system can be foreseen is asked for at once."""
    if LINUX and not (VENV / "core-shipped.stamp").is_file():
        provide(missing_tools() + [package_of(name) for name in missing_libraries(platforms)])
    make_venv()
    install(extra)
    build("shipped")
    if LINUX:
        provide([package_of(name) for name in missing_libraries(platforms)])
        missing = missing_libraries(platforms)
        if missing:
            raise SetUpError(f"Qt still does not find {', '.join(missing)}.")


def run(arguments: list[str]) -> None:
    """Open the window; where there is no display, do its first job in the terminal."""
    displays = {"xcb": "DISPLAY", "wayland": "WAYLAND_DISPLAY"}
    shown = [platform for platform, variable in displays.items() if os.environ.get(variable)]
    set_up("test", ["offscreen", *shown])
    if shown or arguments or not LINUX:
        become("-m", "bpgui", *arguments)
    say("There is no display here, so the article's network is trained in the terminal.")
    picture = Path.cwd() / "bpgui-window.png"
    train = [str(PYTHON), "-m", "bpgui", "train", "article"]
    draw = [str(PYTHON), "-m", "bpgui.gui.picture", "article", "-o", str(picture)]
    for command in (train, draw):
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        status = subprocess.run(command, env=environment).returncode
        if status:
            raise SetUpError(f"{' '.join(command[1:])} ended with exit status {status}.", status)
    say(f"The window after that run is drawn in {picture}")


SIDE_BY_SIDE = ("-n", "auto", "--dist", "loadfile")
"""Each processor takes a file of tests; ``-n 0`` among the arguments runs them one after the other."""


def test(arguments: list[str]) -> None:
    """Run the tests, without a display unless QT_QPA_PLATFORM asks for one."""
    platform = os.environ.get("QT_QPA_PLATFORM", "offscreen")
    set_up("test", [platform if platform in LIBRARIES else "offscreen"])
    become("-m", "pytest", *SIDE_BY_SIDE, *arguments, cwd=ROOT, QT_QPA_PLATFORM=platform)


def lint(_: list[str]) -> None:
    """Check style, types and layers, all of them even after a failure."""
    set_up("dev", [])
    environment = {**os.environ, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    tools = (["ruff", "check"], ["mypy"], ["cython-lint", "ext"], ["lint-imports", "--no-logo"])
    failed = []
    for tool, *options in tools:
        say(f"- {tool}")
        if subprocess.run([str(SCRIPTS / tool), *options], cwd=ROOT, env=environment).returncode:
            failed.append(tool)
    if failed:
        raise SetUpError(f"Not in order: {', '.join(failed)}", 1)


def core(arguments: list[str]) -> None:
    """Run the tests of the core on one of its checking builds, with what C writes on stderr to be seen."""
    if arguments[:1] not in (["checked"], ["sanitized"]):
        raise SetUpError("python3 dev.py core checked|sanitized [ARGUMENTS OF pytest]", 2)
    set_up("test", [])
    name, *options = arguments
    build(name)
    variables = {"BPGUI_CORE": name}
    if name == "sanitized":  # Python itself is not, so the sanitizer's library has to come first
        find = [compiler(), "-print-file-name=libasan.so"]
        library = subprocess.run(find, capture_output=True, text=True, check=True).stdout.strip()
        variables |= {"LD_PRELOAD": library, "ASAN_OPTIONS": "detect_leaks=0"}
    plain = ("-p", "no:pytest-qt", "--capture=sys", "tests/core")
    become("-m", "pytest", *SIDE_BY_SIDE, *plain, *options, cwd=ROOT, **variables)


def become(*arguments: str, cwd: Path | None = None, **variables: str) -> NoReturn:
    """Go on as .venv's Python with further environment variables."""
    os.environ.update(variables)
    os.chdir(cwd or ".")
    if os.name == "nt":  # where exec would return to the prompt at once
        sys.exit(subprocess.run([str(PYTHON), *arguments]).returncode)
    os.execv(PYTHON, [str(PYTHON), *arguments])


def main(arguments: list[str]) -> int:
    """Run the command that the arguments name and return the exit status."""
    commands = {"run": run, "test": test, "lint": lint, "core": core}
    try:
        if sys.version_info < (3, 11):  # noqa: UP036 - it is the older Python that needs telling
            raise SetUpError(f"bpgui needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        if not arguments or arguments[0] not in commands:
            say(__doc__.strip())
            return 0 if arguments[:1] in (["-h"], ["--help"]) else 2
        commands[arguments[0]](arguments[1:])
        return 0
    except SetUpError as error:
        say(str(error))
        return error.status
    except (OSError, subprocess.CalledProcessError) as error:
        say(f"dev.py: {error}")
        return 3
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
