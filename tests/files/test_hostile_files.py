"""Files that are made up or hostile: each is refused with the sentence that tells why, and takes no memory."""

from __future__ import annotations

import io
import os
import pickle
import random
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from project.test_timeline import small

from bpgui.files import trainable
from bpgui.files.archive import FileError
from bpgui.files.project_file import load, save
from bpgui.network import structure
from bpgui.project.state import of_builtin
from bpgui.training.changes import SetNetwork, SetRecipe
from files.members import Members, document, npy, read_members, with_document, write_members
from files.random_pasts import Recorder


class Bomb:
    """Something that leaves a trace where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self.trace,)


def test_nothing_in_a_file_is_ever_unpickled(tmp_path: Path, members: Members) -> None:
    bomb = np.array([Bomb(tmp_path / "exploded")], object)
    for name in members:
        path = write_members(tmp_path / "bomb.bpgui", members | {name: npy(bomb)})
        with pytest.raises(FileError, match=name.removesuffix(".npy")):
            load(path)
        pickled = members | {name: pickle.dumps(bomb)}
        with pytest.raises(FileError, match=name.removesuffix(".npy")):
            load(write_members(path, pickled))
    assert not (tmp_path / "exploded").exists()


# One by one, with the sentence


def put(value: Any, *path: Any) -> Any:
    """The JSON value with another part at a path."""
    *outer, last, part = path
    holder = value
    for key in outer:
        holder = holder[key]
    holder[last] = part
    return value


LAST = ("network", "layers", -1)
ENDLESS = {"name": "patience", "epochs": 2**60, "min_delta": 0.0, "restore_best": False}

CASES: dict[str, tuple[Callable[[Members], Any], str]] = {
    "newer": (lambda d: d | {"version": 3}, "made by a newer bpgui: version 3, this one reads version 2"),
    "newer, with fields unknown here": (lambda d: {"version": 9, "format": d["format"], "timeline": []}, "version 9"),
    "never": (lambda d: d | {"version": 0}, "version 0 of a project never was, this bpgui reads versions 1"),
    "format": (lambda d: d | {"format": "cake"}, "this is a 'cake', wanted a 'bpgui project'"),
    "unknown field": (lambda d: d | {"surprise": 1}, "contains unknown field `surprise`"),
    "list": (lambda _: [1, 2], "Expected `object`, got `array`"),
    "text": (lambda _: b"hello", "malformed"),
    "deep": (lambda _: b'{"format": "x", "version": 1, "z": ' + b"[" * 100_000, "damaged|malformed|recursion"),
    "activation": (lambda d: put(d, "network", "layers", 1, "activation", "cosh"), "unknown activation 'cosh'; known"),
    "loss": (lambda d: put(d, "recipe", "loss", "hope"), "unknown loss 'hope'; known: "),
    "optimizer": (lambda d: put(d, "recipe", "optimizer", "name", "luck"), r"Invalid value 'luck' - at `\$.recipe.opt"),
    "initialiser": (lambda d: d | {"initialiser": "zen"}, "unknown initialiser 'zen'; known: "),
    "rate": (lambda d: put(d, "recipe", "learning_rate", -1), "learning_rate is a number greater than 0, got -1"),
    "rule": (lambda d: put(d, "recipe", "stop", [ENDLESS]), r"Expected `int` <= 9007199254740992 - at `\$.recipe.stop"),
    "pair": (
        lambda d: put(
            put(put(d, *LAST, "activation", "tanh"), *LAST, "overrides", {}), "recipe", "loss", "cross_entropy"
        ),
        "loss 'cross_entropy' needs 'softmax' outputs, the network has tanh",
    ),
    "position": (lambda d: put(d, "counters", "position", 10**6), "sample 1000000 of the epoch comes next, but there"),
    "count": (lambda d: put(d, "counters", "update", -1), r"Expected `int` >= 0 - at `\$.counters.update`"),
    "same id": (lambda d: put(d, "network", "layers", 0, "id", d["network"]["layers"][1]["id"]), "have the same id"),
    "block": (lambda d: put(d, "network", "blocks", 0, "target", 99), r"from layer \d to layer 99, but there are"),
    "block of nowhere": (lambda d: put(d, "network", "blocks", 0, "source", -1), r">= 0 - at `\$.network.blocks"),
    "samples": (lambda d: put(d, "data", "samples", 2**31), r"data.X is <f8 of shape .*, wanted <f8 of"),
}


def broken(d: Any) -> Any:
    """The document with errors of the first branch in two pieces, of which the second begins before the first."""
    piece = d["past"]["branches"][0]["curves"][0]
    train, held = piece["train"], piece["validation"]
    pieces = [
        {"train": train | {"buckets": train["buckets"] - 5}, "validation": held | {"buckets": 0}},
        {"train": {"first_epoch": 0, "buckets": 5}, "validation": held},
    ]
    return put(d, "past", "branches", 0, "curves", pieces)


def at_the_same_update(d: Any) -> Any:
    """The document with the last two moments of the first branch at one update."""
    kept = d["past"]["branches"][0]["checkpoints"]
    return put(d, "past", "branches", 0, "checkpoints", -1, "counters", "update", kept[-2]["counters"]["update"])


ROOT, BRANCH = ("past", "branches", 0), ("past", "branches", 1)
EVENT, MOMENT = (*ROOT, "events", 0), (*ROOT, "checkpoints", -1)

CASES |= {
    "no present": (lambda d: put(d, "past", "present", 7), "present branch is 7, which past.branches does not have"),
    "other present": (lambda d: put(d, "past", "present", 0), r"past.branches\[0\]: its end is not the state of the"),
    "other end": (lambda d: put(d, *BRANCH, "tip", "counters", "step", 99), "its end is not the state of the project"),
    "other network": (lambda d: put(d, *BRANCH, "network", 1), r"past.branches\[1\]: its end is not the state of the"),
    "no branch": (lambda d: put(d, "past", "branches", []), r"length >= 1 - at `\$.past.branches`"),
    "no parent": (lambda d: put(d, *BRANCH, "parent", "branch", 5), r"past.branches\[1\]: 1b left branch 5, which"),
    "own parent": (lambda d: put(d, *BRANCH, "parent", "branch", 1), "1b left branch 1, which is none of the same run"),
    "later parent": (lambda d: put(d, *ROOT, "parent", {"branch": 1, "update": 0}), "1 left branch 1, which is none"),
    "other run": (lambda d: put(d, *BRANCH, "run", 2), "2b left branch 0, which is none of the same run"),
    "before": (lambda d: put(d, *ROOT, "checkpoints", 0, "counters", "update", 60), r"1b begins at update \d+, wanted"),
    "parting": (lambda d: put(d, *BRANCH, "parent", "update", 1), r"1b begins at update \d+, wanted 1, where it left"),
    "same branch": (lambda d: put(d, *BRANCH, "id", 0), r"past.branches\[1\]: its id is 0, wanted one above 0"),
    "same name": (lambda d: put(put(d, *BRANCH, "letter", ""), *BRANCH, "parent", None), "is called 1 like another"),
    "letter": (lambda d: put(d, *BRANCH, "letter", "B!"), r"matching regex .* at `\$.past.branches\[1\].letter`"),
    "no start": (lambda d: put(d, *ROOT, "checkpoints", []), r"length >= 1 - at `\$.past.branches\[0\].checkpoints"),
    "network": (lambda d: put(d, *EVENT, "network", 9), r"branches\[0\]: events\[0\]: network 9 is wanted, but"),
    "data set": (lambda d: put(d, *ROOT, "data", 9), r"past.branches\[0\]: data set 9 is wanted, but there are 2"),
    "recipe": (lambda d: put(d, *ROOT, "recipe", 9), r"past.branches\[0\]: recipe 9 is wanted, but there are 2"),
    "weights": (lambda d: put(d, *MOMENT, "remembered", 9), "weights 9 is wanted, but there are"),
    "first weights": (lambda d: put(d, *EVENT, "initialiser", "zen"), r"events\[0\]: unknown initialiser 'zen'; known"),
    "events": (lambda d: put(d, *MOMENT, "events", 99), "event 99 is wanted, but there are 4"),
    "events not made": (lambda d: put(d, *MOMENT, "events", 0), r"update \d+ is not between events 0 and 1"),
    "events before": (lambda d: put(d, *ROOT, "checkpoints", 0, "events", 1), r"\d+ is not between events 1 and 2"),
    "events after": (lambda d: put(d, *EVENT, "counters", "update", 999), "its events are not in order"),
    "moments": (lambda d: put(d, *MOMENT, "counters", "update", 1), r"update 1 is not between events|update 1 follows"),
    "places": (lambda d: put(d, *ROOT, "events", 2, "places", 1), r"branches\[0\]: events\[2\]: it changes"),
    "too many places": (lambda d: put(d, *EVENT, "places", 2**40), r"past.places has \d+ numbers, the past has more"),
    "dtype": (lambda d: put(d, *ROOT, "dtype", "float32"), "past.float32 has 0 numbers, the past has more of them"),
    "two moments": (at_the_same_update, r"its moment at update (\d+) follows that at \2"),
    "broken curve": (broken, r"past.ends has epochs from 0 on after those up to \d+"),
    "position of a change": (lambda d: put(d, *EVENT, "counters", "position", 10**6), r"events\[0\]: sample 1000000"),
    "position in the past": (lambda d: put(d, *MOMENT, "counters", "position", 10**6), "sample 1000000 of the epoch"),
    "optimizer of the past": (lambda d: put(d, "past", "recipes", 0, "learning_rate", -1), r"past.recipes\[1\]: "),
    "layer of the past": (lambda d: put(d, "past", "networks", 0, "layers", 1, "activation", None), "past.network.1: "),
    "data of the past": (lambda d: put(d, "past", "data", 0, "samples", 99), r"past.data.1.*\(99,"),
    "shared data": (lambda d: put(d, "past", "data", 0, "shared", "labels", 1), "past.data.1.labels is that of"),
    "epochs": (lambda d: put(d, *ROOT, "curves", 0, "train", "first_epoch", 10**9), "past.ends has epochs that do not"),
    "buckets": (lambda d: put(d, *ROOT, "curves", 0, "train", "buckets", 10**12), r"past.ends has .* the past has"),
    "fewer buckets": (lambda d: put(d, *ROOT, "curves", 0, "train", "buckets", 1), r"past.(ends|errors) has"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_document_that_is_wrong_is_refused_with_the_reason(tmp_path: Path, members: Members, case: str) -> None:
    change, sentence = CASES[case]
    path = write_members(tmp_path / "wrong.bpgui", with_document(members, change(document(members))))
    with pytest.raises(FileError, match=rf"^wrong\.bpgui: .*({sentence})"):
        load(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "this is no bpgui project: it is empty"),
        (b"a,b\n1,2\n", "this is no bpgui project: it is no zip archive$"),
        (random.Random(1).randbytes(5000), "this is no bpgui project: it is no zip archive$"),
        (b"PK\x03\x04", "its end is missing"),
        (b"PK\x03\x04" + random.Random(1).randbytes(5000), "its end is missing"),
        (b"PK\x05\x06" + bytes(18), "this is no bpgui project"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "other.bpgui").write_bytes(content)
    with pytest.raises(FileError, match=rf"^other\.bpgui: {sentence}"):
        load(tmp_path / "other.bpgui")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"^none\.bpgui: there is no such file in "):
        load(tmp_path / "none.bpgui")
    with pytest.raises(FileError, match="this is a folder, wanted a bpgui project"):
        load(tmp_path)
    os.mkfifo(tmp_path / "pipe.bpgui")
    with pytest.raises(FileError, match=r"^pipe\.bpgui: this is no regular file"):
        load(tmp_path / "pipe.bpgui")
    with pytest.raises(FileError, match="File name too long"):
        load(tmp_path / ("x" * 300))


# Archives that lie


def rewritten(path: Path, members: Members, **options: Any) -> Path:
    with zipfile.ZipFile(path, "w", **options) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_a_compressed_member_is_refused_before_it_is_unpacked(tmp_path: Path, members: Members) -> None:
    bomb = members | {"vector.npy": bytes(50_000_000)}
    path = rewritten(tmp_path / "bomb.bpgui", bomb, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1_000_000
    tracemalloc.start()
    with pytest.raises(FileError, match="is compressed, projects are stored as they are; write it with"):
        load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_document_that_claims_the_largest_network_takes_no_memory_for_it(tmp_path: Path, members: Members) -> None:
    claimed = document(members)
    ids = iter(range(10**6))
    claimed["network"]["layers"] = [
        {"id": next(ids), "unit_ids": [next(ids) for _ in range(7000)], "activation": "tanh", "bias": True,
         "overrides": {}, "frozen_bias": False}
        for _ in range(2)
    ]  # fmt: skip
    claimed["network"]["blocks"] = [{"source": 0, "target": 1, "cut": True, "frozen": False}]
    claimed["network"]["next_id"] = 10**6
    lying = npy(np.zeros(3, np.bool_)).replace(b"(3,)", b"(7000, 7000)").replace(b" " * 8 + b"\n", b"\n")
    altered = with_document(members, claimed) | {"block.0.cut.npy": lying}
    path = write_members(tmp_path / "large.bpgui", altered)
    tracemalloc.start()
    with pytest.raises(FileError, match="has not the 49,000,000 bytes that its shape asks for"):
        load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_more_targets_than_fit_are_refused_before_they_are_made(tmp_path: Path, members: Members) -> None:
    save(of_builtin("xor"), tmp_path / "few.bpgui")
    members = read_members(tmp_path / "few.bpgui")
    many = document(members)
    outputs, samples = 60_000, 1_000
    many["network"]["layers"][-1]["unit_ids"] = list(range(1000, 1000 + outputs))
    many["network"]["layers"][-1]["activation"] = "linear"
    many["recipe"]["loss"] = "mse"
    many["network"]["next_id"] = 10**6
    many["data"]["samples"] = samples
    parameters = 2 * 4 + 4 * outputs + 4 + outputs
    zeros = {f"{name}.npy": npy(np.zeros(parameters)) for name in ("vector", "first", "best_vector")}
    arrays = {
        "data.X.npy": npy(np.zeros((samples, 2))),
        "data.labels.npy": npy(np.zeros(samples, np.int64)),
        "data.validation.npy": npy(np.zeros(samples, np.bool_)),
        "slots.npy": npy(np.zeros((0, parameters))),
    }
    path = write_members(tmp_path / "many.bpgui", with_document(members, many) | zeros | arrays)
    with pytest.raises(FileError, match="1,000 samples of 60,000 outputs are too many, at most 50,000,000 in all"):
        load(path)


def patched(path: Path, members: Members, offset: int, form: str, value: int) -> Path:
    """An archive with a number of its last record, or of the first entry of its directory (negative offset) changed."""
    content = bytearray(write_members(path, members).read_bytes())
    end = len(content) - 22
    directory = struct.unpack_from("<I", content, end + 16)[0]
    struct.pack_into(form, content, end + offset if offset >= 0 else directory - offset, value)
    path.write_bytes(content)
    return path


def test_sizes_that_the_directory_claims_are_checked_against_the_file(tmp_path: Path, members: Members) -> None:
    path = tmp_path / "lies.bpgui"
    write_members(path, members)
    content = bytearray(path.read_bytes())
    directory = struct.unpack_from("<I", content, len(content) - 22 + 16)[0]
    struct.pack_into("<II", content, directory + 20, 2**31, 2**31)  # compressed and plain size of the first member
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"its members claim 2,147,\d+,\d+ bytes, but the file has "):
        load(path)
    with pytest.raises(FileError, match=r"its directory has 4,000,000,000 bytes, at most 4,194,304 are read"):
        load(patched(path, members, 12, "<I", 4_000_000_000))
    with pytest.raises(FileError, match="is encrypted"):
        load(patched(path, members, -8, "<H", 1))
    with pytest.raises(FileError, match="is a link, wanted an array"):
        load(patched(path, members, -38, "<I", stat.S_IFLNK << 16))
    whole = write_members(path, members).read_bytes()
    path.write_bytes(whole[:-22] + b"PK\x06\x07" + bytes(16) + whole[-22:])
    with pytest.raises(FileError, match="zip archive for more than 4 GB"):
        load(path)


def test_a_file_that_is_larger_than_any_project_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.bpgui"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(2**40)
    with pytest.raises(FileError, match="it has 1,099,511,627,776 bytes, at most 2,147,483,647 can be read"):
        load(path)


@pytest.mark.parametrize("name", ["../evil.npy", "/etc/passwd", "..\\evil.npy", "vector", "VECTOR.npy", "a/vector.npy"])
def test_members_that_no_project_has_are_refused(tmp_path: Path, members: Members, name: str) -> None:
    path = write_members(tmp_path / "more.bpgui", members | {name: npy(np.zeros(3))})
    with pytest.raises(FileError, match=r"it has a member .*, which no project has"):
        load(path)


def test_a_folder_a_member_twice_and_a_member_missing_are_refused(tmp_path: Path, members: Members) -> None:
    with pytest.raises(FileError, match="is a folder, wanted an array"):
        load(write_members(tmp_path / "a.bpgui", members | {"folder/": b""}))
    write_members(tmp_path / "a.bpgui", members)
    with zipfile.ZipFile(tmp_path / "a.bpgui", "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("vector.npy", members["vector.npy"])
    with pytest.raises(FileError, match=r"two of its members are called 'vector\.npy'"):
        load(tmp_path / "a.bpgui")
    for name in members:
        rest = {other: content for other, content in members.items() if other != name}
        with pytest.raises(FileError, match=f"it has no member {name.removesuffix('.npy')}"):
            load(write_members(tmp_path / "a.bpgui", rest))


@pytest.mark.parametrize(
    ("name", "array", "sentence"),
    [
        ("vector", lambda a: a.astype("<f4"), r"vector is <f4 of shape \(\d+,\), wanted <f8 of shape \(\d+,\)"),
        ("vector", lambda a: a[:-1], r"vector is <f8 of shape \(\d+,\), wanted <f8 of shape"),
        ("slots", lambda a: a * np.nan, r"slots\[0, 0\] is nan, wanted a finite number"),
        ("data.X", lambda a: a * np.inf, r"data.X\[0, 0\] is -?(inf|nan), wanted a finite number"),
        ("data.X", np.asfortranarray, "data.X is no array in C order as numpy.savez writes it"),
        ("data.validation", lambda a: a | True, "samples are held out for validation, wanted at least one"),
        ("remembered.keys", lambda a: a + 1, "it remembers a weight of .*, which is no cut connection"),
        ("past.float64", lambda a: a * np.nan, r"past.float64\[0\] is nan, wanted a finite number"),
        ("past.float64", lambda a: a[:-1], r"past.float64 has [\d,]+ numbers, the past has more of them"),
        ("past.float64", lambda a: np.append(a, 0.0), r"past.float64 has [\d,]+ numbers, the past has [\d,]+ of them"),
        ("past.float64", lambda a: a[None], r"past.float64 is <f8 of shape \(1, \d+\), wanted <f8 of shape \(n,\)"),
        ("past.places", lambda a: a[::-1].copy(), "past.places has places that do not rise from 0 to"),
        ("past.places", lambda a: a - 1000, r"events\[0\]: past.places has places that do not rise from 0 to"),
        ("past.places", lambda a: a + 1000, r"events\[0\]: past.places has places that do not rise from 0 to"),
        ("past.ends", lambda a: a - 1000, "past.ends has epochs that do not rise from"),
        ("past.ends", lambda a: a * 0 + 2**62, "past.ends has epochs that do not rise from"),
        (
            "past.errors",
            lambda a: a * np.nan,
            "past.errors counts errors of an epoch with a number below 0 or with none",
        ),
        ("past.errors", lambda a: a[:, :3].copy(), r"past.errors is <f8 of shape .*, wanted <f8 of shape \(n, 4\)"),
    ],
)
def test_an_array_that_is_wrong_is_named(
    tmp_path: Path, members: Members, name: str, array: Callable[[Any], Any], sentence: str
) -> None:
    whole = np.load(io.BytesIO(members[f"{name}.npy"]))
    path = write_members(tmp_path / "wrong.bpgui", members | {f"{name}.npy": npy(array(whole))})
    with pytest.raises(FileError, match=rf"^wrong\.bpgui: .*{sentence}"):
        load(path)


def test_a_mask_holds_nothing_but_0_and_1(tmp_path: Path, members: Members) -> None:
    name = next(name for name in members if name.endswith(".cut.npy"))
    twos = members[name][:-1] + b"\x02"
    with pytest.raises(FileError, match=r"cut\[.*\] is 2, wanted 0 or 1"):
        load(write_members(tmp_path / "two.bpgui", members | {name: twos}))


# Small files that ask for much


def test_many_data_sets_that_would_take_long_to_look_at_are_refused_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(replace(of_builtin("xor"), past=Recorder(small()).project.past), tmp_path / "one.bpgui")
    members = read_members(tmp_path / "one.bpgui")
    claimed = document(members)
    copy = claimed["data"] | {"shared": dict.fromkeys(("X", "labels", "validation"), 0)}
    claimed["past"]["data"] += [copy] * 2_000
    path = write_members(tmp_path / "many.bpgui", with_document(members, claimed))
    load(path)
    monkeypatch.setattr(trainable, "MAX_COMPARED", 10_000)
    with pytest.raises(FileError, match=r"past.data.\d+: .* have more than 10,000 numbers"):
        load(path)


def test_many_combinations_of_networks_and_data_are_compared_only_as_far_as_they_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[Any] = []
    consistent = trainable.require_consistent
    monkeypatch.setattr(trainable, "require_consistent", lambda one: (compared.append(one), consistent(one)))
    one = Recorder(small())
    for number in range(40):
        one.run(3)
        one.apply(SetNetwork(structure.with_units(one.trainer.network, 1, 2 + number % 3)))
        one.apply(SetRecipe({"learning_rate": 0.001 + number / 1e5}))
    save(one.project, tmp_path / "many.bpgui")
    assert len(compared) == 1
    one.apply(SetRecipe({"loss": "mae"}))
    compared.clear()
    save(one.project, tmp_path / "many.bpgui")
    assert len(compared) == 2
