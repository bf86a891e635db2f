"""The command line: what was typed, what is refused, and the exit status.

0 done, 1 the run failed, 2 what was asked for cannot be, 3 this machine lacks something, 130 interrupted by Ctrl+C.
Results go to stdout, everything else to stderr. Nothing heavy is imported before it is known to be needed.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

DONE, FAILED, USAGE, LACKING, INTERRUPTED = 0, 1, 2, 3, 130

CATALOGUES = ("datasets", "activations", "losses", "optimizers", "schedules", "initialisers", "importers", "lessons")

EXAMPLES = """\
bpgui train NAME|FILE … trains without a window, bpgui lesson NAME|FILE opens a lesson, bpgui list WHAT …
names what there is to choose from; each of them explains itself with --help. A file called as one of them is opened as
./train."""

KEYS = """\
KEY=VALUE sets a field of the recipe (loss, optimizer, learning_rate, batch_size, epochs, shuffle, seed, l1, l2,
dropout, clip_norm, clip_value, schedule), a setting of its optimizer (optimizer.momentum=0.8) or schedule
(schedule.gamma=0.9; schedule.then=cosine after a warm_up), its stop rules
(stop=error_below:0.001,patience:20,seconds:60), the type of numbers (dtype=float32), the network (layers=2-8-8-1,
activation=relu for the hidden layers, output=softmax), or built-in data (data.noise=0.1, data.samples=500). An unknown
key lists the known ones.

A loss that does not fit the output activation brings the fitting one along, and the other way round.

The error is that of the parameters at the end, over the samples trained on; the validation error over those held out.
Exit status: 0 done, 1 the run failed, 2 refused, 3 the machine lacks something, 130 Ctrl+C: what was trained until then
is still told and saved."""


class UsageError(Exception):
    """What was asked for cannot be; the message is for the person who asked."""


class Parser(argparse.ArgumentParser):
    """A parser that leaves it to ``main`` how a refusal is told."""

    def error(self, message: str) -> NoReturn:
        """Raise it."""
        raise UsageError(message)


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say (those of the process by default) and return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # an old terminal's encoding is no reason to fail
    try:
        status = _command(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return status
    except UsageError as error:
        return fail(str(error), USAGE)
    except (ImportError, MemoryError) as error:
        return fail(str(error) or "there is not enough memory for this", LACKING)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the results has closed the pipe; what is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except SystemExit as done:  # argparse, after --help and --version
        return int(done.code or 0)


def fail(sentence: str, status: int) -> int:
    """Tell a person in one line why it ends with that status, and return it."""
    line = " ".join(sentence.splitlines())
    print(f"bpgui: error: {line}", file=sys.stderr)
    return status


def _command(arguments: list[str]) -> int:
    commands: dict[str, Callable[[list[str]], int]] = {"train": _train, "lesson": _lesson, "list": _list}
    if arguments and arguments[0] in commands:
        return commands[arguments[0]](arguments[1:])
    parser = Parser(
        prog="bpgui",
        description="Back-propagation that one can take in the hand: opens the window.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="a project (.bpgui) or a table (.csv) to open")
    parser.add_argument("--version", action="version", version=f"bpgui {version('bpgui')}")
    return _window(parser.parse_args(arguments).file)


def _window(path: str | None = None, lesson: str | None = None) -> int:
    """Open the window and return when it is closed."""
    if path is not None and not Path(path).is_file():
        met = "is a folder" if Path(path).is_dir() else "is neither a file nor a command; commands: train, list, lesson"
        raise UsageError(f"{path!r} {met}")
    from bpgui.cli import display

    if reason := display.missing():
        return fail(f"{reason}; `bpgui train` needs none", LACKING)
    try:
        from bpgui.gui.application import main as show
    except ImportError as error:
        return fail(f"the window does not start here: {error}; `bpgui train` works without", LACKING)
    return show(path, lesson)


def _list(arguments: list[str]) -> int:
    parser = Parser(prog="bpgui list", description="Names what there is to choose from.")
    parser.add_argument("what", metavar="WHAT", choices=CATALOGUES, help=", ".join(CATALOGUES))
    from bpgui.cli.listing import lines

    for line in lines(parser.parse_args(arguments).what):
        print(line)
    return DONE


def _lesson(arguments: list[str]) -> int:
    parser = Parser(
        prog="bpgui lesson", description="Opens a lesson, or looks it over and tells by line what is wrong."
    )
    add = parser.add_argument
    add("source", metavar="NAME|FILE", help="a lesson that comes with bpgui, or a Markdown file")
    add("--check", action="store_true", help="open no window; tell all problems, status 2 where there are any")
    given = parser.parse_args(arguments)
    from bpgui.cli.lesson import check, path_of

    return check(given.source) if given.check else _window(lesson=str(path_of(given.source)))


def _train(arguments: list[str]) -> int:
    parser = Parser(
        prog="bpgui train",
        description="Trains a network without a window.",
        epilog=KEYS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("source", metavar="NAME|FILE", help="a built-in data set, a project (.bpgui) or a table (.csv)")
    add("--epochs", metavar="N", type=_whole(10**12), help="how many to train; for a project, how many more")
    add("--seed", metavar="S", type=_whole(2**64 - 1), help="of first weights, order of samples and dropout")
    add("--set", metavar="KEY=VALUE", action="append", default=[], help="change the recipe or the network; see below")
    add("--trace", action="store_true", help="print a line for each epoch; outputs too where there is one sample")
    add("--as-printed", action="store_true", help="train the article by the rule it prints, slip included")
    add("--restart", action="store_true", help="begin a project again at its first parameters")
    add("--json", action="store_true", help="print the result as one JSON object")
    add("-o", "--output", metavar="OUT.bpgui", help="save what was trained as a project")
    given = parser.parse_args(arguments)
    from bpgui.cli.train import train

    return train(given)


def _whole(largest: int) -> Callable[[str], int]:
    """Return what reads a whole number from 0 to ``largest``."""

    def read(text: str) -> int:
        # Python refuses to read thousands of digits in words of its own.
        if not (text.isascii() and text.isdigit() and len(text) <= 20) or int(text) > largest:
            raise argparse.ArgumentTypeError(f"wanted a whole number from 0 to {largest:,}, got {text[:40]!r}")
        return int(text)

    return read
