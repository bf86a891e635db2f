"""dev.py against machines that lack something, played by executables of our own first in PATH."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the machines are played by shell scripts")

LDD = """\
{file}:
	linux-vdso.so.1 (0x00007ffe5d1f2000)
	libxcb-cursor.so.0 => not found
	libglib-2.0.so.0 => /lib/x86_64-linux-gnu/libglib-2.0.so.0 (0x00007f0000000000)
	libxcb.so.1 => not found
"""

# What stands in for .venv's Python: it keeps a diary and does what a step is judged by.
PYTHON = """\
#!/bin/sh
says="$CYTHON_FORCE_REGEN${LD_PRELOAD##*/} $*"
echo "QT=$QT_QPA_PLATFORM CORE=$BPGUI_CORE BUILDS=${BPGUI_BUILDS-unset} $says" >> "$DIARY"
case "$*" in
  *build_ext*)
    made=$BPGUI_BUILDS
    [ "$made" != shipped ] || made=plain
    touch "bpgui/_core_${made}_float64.fake.so" ;;
esac
case "$*" in
  *"$FAIL_AT"*) echo "it broke at $FAIL_AT"; exit 7 ;;
esac
"""


@pytest.fixture
def dev() -> ModuleType:
    """dev.py as a module of its own for each test, so that its constants may be changed."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH, with no command in it but the shell's own."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def executable(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libGL.so.1", "libgl1"),
        ("libX11-xcb.so.1", "libx11-xcb1"),
        ("libdbus-1.so.3", "libdbus-1-3"),
        ("libfontconfig.so.1", "libfontconfig1"),
        ("libglib-2.0.so.0", "libglib2.0-0"),
        ("libgthread-2.0.so.0", "libglib2.0-0"),
        ("libxcb-cursor.so.0", "libxcb-cursor0"),
        ("libxcb-render-util.so.0", "libxcb-render-util0"),
        ("libxkbcommon.so.0", "libxkbcommon0"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
        ("libgssapi_krb5.so.2", "libgssapi-krb5-2"),
    ],
)
def test_a_library_leads_to_the_package_that_debian_has_it_in(dev: ModuleType, library: str, package: str) -> None:
    assert dev.package_of(library) == package


def test_ldd_names_every_library_once_that_qt_would_not_find(
    dev: ModuleType, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "QT", tmp_path)
    said = "".join(LDD.format(file=name) for name in ("QtGui", "QtWidgets"))
    executable(path / "ldd", f"#!/bin/sh\necho \"$@\" > {tmp_path}/asked\ncat <<'END'\n{said}END\n")
    executable(path / "cat", f'#!/bin/sh\nexec {shutil.which("cat", path="/bin:/usr/bin")} "$@"\n')
    assert dev.missing_libraries(["offscreen", "xcb"]) == ["libxcb-cursor.so.0", "libxcb.so.1"]
    asked = (tmp_path / "asked").read_text().split()
    assert f"{tmp_path}/QtWidgets.abi3.so" in asked
    assert f"{tmp_path}/Qt/plugins/platforms/libqoffscreen.so" in asked
    assert f"{tmp_path}/Qt/plugins/platforms/libqxcb.so" in asked


def test_before_qt_is_installed_the_dynamic_linker_is_asked(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "QT", tmp_path / "absent")
    monkeypatch.setattr(dev, "LIBRARIES", {"offscreen": "libnowhere.so.9", "xcb": "libc.so.6 libneither.so.1"})
    assert dev.missing_libraries(["offscreen"]) == ["libnowhere.so.9"]
    assert dev.missing_libraries(["offscreen", "xcb"]) == ["libnowhere.so.9", "libneither.so.1"]
    assert dev.missing_libraries([]) == []


def test_without_a_compiler_headers_and_ensurepip_all_their_packages_are_named(
    dev: ModuleType, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "VENV", path / "absent")
    monkeypatch.setattr(dev.sysconfig, "get_path", lambda _: str(path))
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda _: None)
    python = f"python3.{sys.version_info.minor}"
    assert dev.missing_tools() == ["gcc", "libc6-dev", f"{python}-dev", f"{python}-venv"]


def test_a_compiler_without_the_headers_of_c_needs_only_these(
    dev: ModuleType, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(path / "our-cc", "#!/bin/sh\necho 'stdio.h: no such file'\nexit 1\n")
    monkeypatch.setenv("CC", "our-cc -pthread")
    monkeypatch.setattr(dev, "venv_is_usable", lambda: True)
    (path / "Python.h").touch()
    monkeypatch.setattr(dev.sysconfig, "get_path", lambda _: str(path))
    assert dev.missing_tools() == ["libc6-dev"]
    executable(path / "our-cc", "#!/bin/sh\nexit 0\n")
    assert dev.missing_tools() == []


@pytest.fixture
def apt(path: Path, tmp_path: Path) -> Path:
    """The diary of an apt-get that always succeeds."""
    diary = tmp_path / "apt"
    executable(path / "apt-get", f'#!/bin/sh\necho "$DEBIAN_FRONTEND $@" >> {diary}\n')
    return diary


def test_root_gets_what_is_missing_installed(dev: ModuleType, apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev.os, "geteuid", lambda: 0)
    monkeypatch.delenv("BPGUI_NO_APT", raising=False)
    monkeypatch.delenv("DEBIAN_FRONTEND", raising=False)
    dev.provide(["gcc", "libgl1", "gcc"])
    update, install = apt.read_text().splitlines()
    assert update.split() == ["update"]
    assert install == "noninteractive install -y --no-install-recommends gcc libgl1"


@pytest.mark.parametrize(("user", "no_apt"), [(1000, ""), (0, "1")])
def test_others_get_the_one_command_and_nothing_is_installed(
    dev: ModuleType, apt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, no_apt: str
) -> None:
    monkeypatch.setattr(dev.os, "geteuid", lambda: user)
    monkeypatch.setenv("BPGUI_NO_APT", no_apt)
    monkeypatch.setattr(dev, "APT_LISTS", tmp_path)
    (tmp_path / "debian_main_Packages").touch()
    with pytest.raises(dev.SetUpError) as refused:
        dev.provide(["gcc", "libgl1", "gcc"])
    command = "sudo apt-get install -y --no-install-recommends gcc libgl1"
    assert [line.strip() for line in str(refused.value).splitlines()[1:]] == [command]
    assert refused.value.status == 3
    assert not apt.exists()


def test_the_command_updates_first_where_apt_knows_no_packages_yet(
    dev: ModuleType, apt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(dev, "APT_LISTS", tmp_path / "absent")
    with pytest.raises(dev.SetUpError, match="sudo apt-get update && sudo apt-get install -y"):
        dev.provide(["gcc"])
    assert not apt.exists()


@pytest.mark.usefixtures("path")
def test_a_system_without_apt_is_told_what_it_lacks(dev: ModuleType) -> None:
    with pytest.raises(dev.SetUpError, match=r"lacks .*: gcc libgl1$") as refused:
        dev.provide(["gcc", "libgl1"])
    assert refused.value.status == 3


def test_when_apt_fails_its_reasons_are_shown(
    dev: ModuleType, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev.os, "geteuid", lambda: 0)
    monkeypatch.delenv("BPGUI_NO_APT", raising=False)
    executable(path / "apt-get", "#!/bin/sh\necho E: Unable to locate package gcc\nexit 100\n")
    with pytest.raises(dev.SetUpError, match="apt-get could not install them"):
        dev.provide(["gcc"])
    assert capsys.readouterr().err.count("Unable to locate package gcc") == 1


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a .venv whose Python only keeps a diary."""
    root = tmp_path / "checkout"
    for name in ("pyproject.toml", "setup.py", "constraints.txt", "dev.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / "bpgui").mkdir()
    (root / "ext").mkdir()
    for name in ("core.pyx", "kernels.pxd", "machine.h", "README.md"):
        (root / "ext" / name).write_text("first")
    executable(root / ".venv/bin/python", PYTHON)
    (root / ".venv/bin/pip").touch()
    version = ".".join(map(str, sys.version_info[:3]))
    (root / ".venv/pyvenv.cfg").write_text(
        f"home = {sys.base_prefix}/bin\nversion = {version}\ncommand = python -m venv {root}/.venv\n"
    )
    (root / f".venv/lib/python3.{sys.version_info.minor}/site-packages/PySide6").mkdir(parents=True)
    executable(tmp_path / "guard/ldd", '#!/bin/sh\ncase "$*" in *libqxcb.so*) echo "$LDD_SAYS" ;; esac\n')
    executable(tmp_path / "guard/apt-get", "#!/bin/sh\nexit 1\n")  # or root's tests would install for real
    return root


def call(checkout: Path, *arguments: str, **variables: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run the checkout's dev.py without a display; return how it went and the Python's diary."""
    diary = checkout / "diary"
    diary.write_text("")
    cleared = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "BPGUI_BUILDS", "BPGUI_CORE")
    environment = {name: value for name, value in os.environ.items() if name not in cleared}
    environment["PATH"] = f"{checkout.parent}/guard{os.pathsep}{environment['PATH']}"
    environment |= {"DIARY": str(diary), "FAIL_AT": "nothing", "LDD_SAYS": "", **variables}
    command = [sys.executable, str(checkout / "dev.py"), *arguments]
    done = subprocess.run(command, cwd=checkout.parent, env=environment, capture_output=True, text=True)
    return done, diary.read_text().splitlines()


def test_the_first_start_installs_and_builds_and_the_second_does_neither(checkout: Path) -> None:
    done, diary = call(checkout, "test", "-k", "gradient")
    assert done.returncode == 0, done.stderr
    requirements, package, core, tests = diary
    assert "-m pip install" in requirements
    assert "setuptools>=77 Cython" in requirements
    assert "BUILDS=  -m pip install" in package
    assert package.endswith("--no-build-isolation -e .[test]")
    assert "-c constraints.txt" in package
    assert core == f"QT= CORE= BUILDS=shipped 1 setup.py build_ext --inplace --force --parallel {os.cpu_count()}"
    assert tests == "QT=offscreen CORE= BUILDS=unset  -m pytest -n auto --dist loadfile -k gradient"
    done, diary = call(checkout, "test")
    assert diary == ["QT=offscreen CORE= BUILDS=unset  -m pytest -n auto --dist loadfile"]
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("edited", "installs", "builds"),
    [
        ("pyproject.toml", True, True),
        ("setup.py", True, True),
        ("constraints.txt", True, True),
        ("ext/core.pyx", False, True),
        ("ext/kernels.pxd", False, True),
        ("ext/machine.h", False, True),
        ("ext/README.md", False, False),
        ("dev.py", False, False),
    ],
)
def test_an_edit_does_again_what_depends_on_it(checkout: Path, edited: str, installs: bool, builds: bool) -> None:
    call(checkout, "test")
    file = checkout / edited
    file.write_text(file.read_text() + "\n")
    _, diary = call(checkout, "test")
    assert any("pip install" in line for line in diary) == installs
    assert any("build_ext" in line for line in diary) == builds


def test_a_newer_date_alone_does_nothing_again_and_a_lost_core_is_rebuilt(checkout: Path) -> None:
    call(checkout, "test")
    os.utime(checkout / "ext/core.pyx", (2_000_000_000, 2_000_000_000))
    assert len(call(checkout, "test")[1]) == 1
    (checkout / "bpgui/_core_plain_float64.fake.so").unlink()
    assert "build_ext" in call(checkout, "test")[1][0]


@pytest.mark.parametrize(
    ("step", "message", "status"),
    [
        ("-e .[test]", "pip could not install them", 3),
        ("build_ext", "The core does not compile", 1),
    ],
)
def test_a_step_that_fails_says_so_shows_why_and_is_tried_again(
    checkout: Path, step: str, message: str, status: int
) -> None:
    for _ in range(2):
        done, diary = call(checkout, "test", FAIL_AT=step)
        assert done.returncode == status
        assert f"it broke at {step}" in done.stderr
        assert message in done.stderr.splitlines()[-1]
        assert step in diary[-1]


@pytest.mark.parametrize(
    ("written", "instead"),
    [("version = 3.", "version = 2."), ("home = /", "home = /elsewhere/"), ("/checkout/.venv", "/moved/.venv")],
)
def test_a_venv_of_another_python_or_another_place_is_not_used(
    dev: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch, written: str, instead: str
) -> None:
    for name, path in (("VENV", ".venv"), ("SCRIPTS", ".venv/bin"), ("PYTHON", ".venv/bin/python")):
        monkeypatch.setattr(dev, name, checkout / path)
    assert dev.venv_is_usable()
    settings = checkout / ".venv/pyvenv.cfg"
    settings.write_text(settings.read_text().replace(written, instead))
    assert not dev.venv_is_usable()


def test_run_starts_bpgui_where_there_is_a_display_or_an_argument(checkout: Path) -> None:
    call(checkout, "test")
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        assert call(checkout, "run", **{variable: ":0"})[1] == ["QT= CORE= BUILDS=unset  -m bpgui"]
    _, diary = call(checkout, "run", "spirals.bpgui")
    assert diary == ["QT= CORE= BUILDS=unset  -m bpgui spirals.bpgui"]


def test_qt_is_not_started_while_a_library_is_missing(checkout: Path) -> None:
    call(checkout, "test")
    missing = "\tlibxcb-shape.so.0 => not found\n\tlibxcb.so.1 => /lib/libxcb.so.1\n"
    done, diary = call(checkout, "run", DISPLAY=":0", LDD_SAYS=missing, BPGUI_NO_APT="1")
    assert done.returncode == 3
    assert done.stderr.endswith("apt-get install -y --no-install-recommends libxcb-shape0\n")
    assert diary == []


def test_a_fresh_machine_is_asked_for_tools_and_libraries_in_one_command(checkout: Path) -> None:
    says = "\tlibxcb-shape.so.0 => not found\n"
    done, diary = call(checkout, "run", DISPLAY=":0", LDD_SAYS=says, BPGUI_NO_APT="1", CC="no-such-compiler")
    assert done.returncode == 3
    assert done.stderr.endswith("apt-get install -y --no-install-recommends gcc libc6-dev libxcb-shape0\n")
    assert diary == []


def test_a_library_that_its_package_did_not_bring_is_named(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for step in ("provide", "make_venv", "install", "build"):
        monkeypatch.setattr(dev, step, lambda *_: None)
    monkeypatch.setattr(dev, "missing_libraries", lambda _: ["libxcb-shape.so.0"])
    with pytest.raises(dev.SetUpError, match=r"still does not find libxcb-shape\.so\.0"):
        dev.set_up("test", ["xcb"])


def test_run_without_a_display_trains_in_the_terminal_and_draws_the_window(checkout: Path) -> None:
    call(checkout, "test")
    done, diary = call(checkout, "run")
    picture = checkout.parent / "bpgui-window.png"
    assert [line.split("unset  ")[1] for line in diary] == [
        "-m bpgui train article",
        f"-m bpgui.gui.picture article -o {picture}",
    ]
    assert diary[1].startswith("QT=offscreen")
    first, last = done.stderr.splitlines()
    assert "no display" in first
    assert str(picture) in last


def test_run_without_a_display_passes_a_failure_on(checkout: Path) -> None:
    call(checkout, "test")
    done, diary = call(checkout, "run", FAIL_AT="train article")
    assert done.returncode == 7
    assert len(diary) == 1


def test_the_sanitized_core_is_built_and_tested_with_its_library_first(checkout: Path) -> None:
    done, diary = call(checkout, "core", "sanitized", "-x", CC="gcc")
    assert done.returncode == 0, done.stderr
    assert "BUILDS=sanitized 1 setup.py build_ext" in diary[-2]
    assert diary[-1].startswith("QT= CORE=sanitized BUILDS=unset libasan.so -m pytest ")
    assert diary[-1].endswith("--capture=sys tests/core -x")


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [([], 2, "dev.py run"), (["build"], 2, "dev.py run"), (["--help"], 0, "dev.py run"), (["core"], 2, "sanitized")],
)
def test_wrong_arguments_show_the_right_ones(checkout: Path, arguments: list[str], status: int, word: str) -> None:
    done, diary = call(checkout, *arguments)
    assert done.returncode == status
    assert word in done.stderr
    assert diary == []


def test_an_old_python_is_told_in_one_line_what_is_needed(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev.sys, "version_info", (3, 10, 13))
    assert dev.main(["run"]) == 3
    assert "needs Python 3.11 or newer" in capsys.readouterr().err.strip()


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt(), 130), (PermissionError(13, "denied"), 3)])
def test_neither_ctrl_c_nor_a_refusal_of_the_system_ends_in_a_traceback(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int
) -> None:
    def raise_it(_: list[str]) -> None:
        raise error

    monkeypatch.setattr(dev, "run", raise_it)
    assert dev.main(["run"]) == status
