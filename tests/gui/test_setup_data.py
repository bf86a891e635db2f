"""The Data section of the setup panel: real keys and clicks, real files."""

from __future__ import annotations

import sys
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from setup_person import TABLE, answer_file_dialog, is_error, panels, values
from whole_window import windows

from bpgui.data.builtin import DATASETS, load
from bpgui.data.importers import read
from bpgui.gui.docks import setup_data
from bpgui.gui.widgets.slider import ValueSlider
from bpgui.gui.widgets.tile import Tile, TileGrid
from bpgui.project import edits
from bpgui.project.state import of_builtin, of_data


@pytest.fixture
def sit_down(qtbot, qapp):
    """Open a panel on a built-in data set."""
    yield from panels(qtbot, qapp)


def test_a_tile_sets_up_its_data_network_recipe_and_pace_in_one_step_that_undo_takes_back(qtbot, sit_down):
    person = sit_down("spirals")
    person.session.edit(edits.set_units, 1, 5)
    mine = person.project
    person.click("XOR", Tile)
    qtbot.waitUntil(lambda: person.project.data.name == "xor")
    entry = next(e for e in DATASETS if e.name == "xor")
    assert person.project.network.sizes == entry.layers
    assert person.project.recipe.learning_rate == entry.recipe["learning_rate"]
    assert person.project.pace == entry.pace
    assert person.steps == 2
    assert person.find(Tile, "XOR").isChecked()
    assert person.caption("Data") == "200 samples"
    assert person.find(QLineEdit, "Learning rate").text() == "0.3"
    assert person.all(QLineEdit, "Neurons of layer 2")
    assert not person.all(QLineEdit, "Neurons of layer 3")
    person.undo()
    assert person.project.network.sizes == mine.network.sizes == (2, 5, 8, 1)
    assert person.project.pace == mine.pace
    assert person.find(Tile, "Spirals").isChecked()
    assert person.caption("Data") == "300 samples"
    assert person.stepper(1).value == 5


def test_the_article_has_one_sample(sit_down):
    person = sit_down("article")
    assert person.caption("Data") == "1 sample"
    assert person.find(Tile, "Article").isChecked()


def test_a_csv_file_is_opened_and_what_was_guessed_stands_in_the_panel(qtbot, sit_down, monkeypatch, tmp_path):
    path = tmp_path / "spirals.csv"
    path.write_text(TABLE)
    answer_file_dialog(monkeypatch, path)
    person = sit_down("spirals")
    person.click("Open CSV…", Tile)
    qtbot.waitUntil(lambda: person.project.data.names == ("height", "width"))
    assert person.project.network.outputs == 2
    assert person.caption("Data") == "40 samples"
    (line,) = person.lines()
    assert line.startswith("spirals.csv: ")
    for note in read(path).notes:
        assert note in line
    assert person.dock.findChild(TileGrid).value == ""  # a file of that name is not the built-in set
    person.undo()
    assert person.lines() == []
    assert person.find(Tile, "Spirals").isChecked()
    person.session.undo_stack.redo()
    assert person.lines() == [line]


def test_data_of_ones_own_that_were_not_opened_here_are_named(sit_down, tmp_path):
    path = tmp_path / "good.csv"
    path.write_text(TABLE)
    person = sit_down("spirals")
    person.session.edit(edits.use_project, of_data(read(path).data))
    assert person.lines() == ["Data: good"]


@pytest.mark.parametrize(
    ("text", "found"),
    [("", "bad.csv: "), ("1,2,3\n4,5\n6,7,8\n", "line 2"), ("1,2,3\n4,nan,5\n6,7,8\n", "nan")],
)
def test_a_csv_file_that_cannot_be_used_is_refused_in_the_panel_and_changes_nothing(
    qtbot, sit_down, monkeypatch, tmp_path, text, found
):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    answer_file_dialog(monkeypatch, path)
    person = sit_down("spirals")
    before = person.project
    person.click("Open CSV…", Tile)
    qtbot.waitUntil(lambda: person.lines() != [])
    (line,) = person.lines()
    assert found in line
    assert line.startswith("bad.csv")
    assert is_error(person, line)
    assert person.project is before
    assert person.steps == 0


def test_digits_without_scikit_learn_say_how_to_get_it(qtbot, sit_down, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    person = sit_down("spirals")
    person.click("Digits", Tile)
    qtbot.waitUntil(lambda: person.lines() != [])
    assert "pip install" in person.lines()[0]
    assert person.find(Tile, "Spirals").isChecked()
    assert not person.find(Tile, "Digits").isChecked()
    assert person.steps == 0


def test_a_slow_file_holds_nothing_up_and_a_later_wish_counts_instead(qtbot, sit_down, monkeypatch, tmp_path):
    path = tmp_path / "slow.csv"
    path.write_text(TABLE)
    answer_file_dialog(monkeypatch, path)
    go_on = Event()

    def slow(asked: str):
        assert go_on.wait(20)
        return read(asked)

    monkeypatch.setattr(setup_data, "read", slow)
    person = sit_down("spirals")
    person.run()
    person.click("Open CSV…", Tile)
    qtbot.waitUntil(lambda: person.lines() == ["Reading slow.csv…"])
    person.goes_on()
    person.click("Circles", Tile)
    qtbot.waitUntil(lambda: person.project.data.name == "circles")
    go_on.set()
    qtbot.wait(150)
    assert person.project.data.name == "circles"
    assert person.lines() == []


def test_a_data_set_and_a_file_are_chosen_while_training_runs(qtbot, sit_down, monkeypatch, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(TABLE)
    answer_file_dialog(monkeypatch, path)
    person = sit_down("spirals")
    person.run()
    person.click("Moons", Tile)
    qtbot.waitUntil(lambda: person.project.data.name == "moons")
    person.click("Open CSV…", Tile)
    qtbot.waitUntil(lambda: person.project.data.name == "own")
    trainer = person.session.bridge.worker.trainer
    qtbot.waitUntil(lambda: trainer.training.data.name == "own")
    qtbot.waitUntil(lambda: person.session.progress.update > 0)


def test_the_pictures_of_the_data_sets_follow_the_theme(sit_down):
    person = sit_down("spirals")
    pictures = {}
    for choice in ("light", "dark"):
        person.theme.set_choice(choice)
        for entry in DATASETS:
            tile = person.find(Tile, entry.label)
            image = tile.grab().toImage()
            pictures[choice, entry.name] = image
            colours = {image.pixel(x, y) for x in range(12, image.width() - 12) for y in range(8, 38)}
            assert len(colours) > 1, f"{entry.name} is blank"
    for entry in DATASETS:
        assert pictures["light", entry.name] != pictures["dark", entry.name]
    each = [pictures["light", entry.name] for entry in DATASETS]
    assert all(a != b for i, a in enumerate(each) for b in each[:i])


def test_noise_samples_and_seed_draw_the_data_anew_and_the_weights_stay(sit_down):
    person = sit_down("spirals")
    person.train(1)
    before, weights = person.project.data, values(person.project)
    person.type_in("Noise", "0.1")
    assert person.project.data.origin == (300, 0.1)
    assert not np.array_equal(person.project.data.X, before.X)
    person.type_in("Samples", "120")
    assert person.project.data.samples == 120
    assert person.caption("Data") == "120 samples"
    person.type_in("Data seed", "5")
    wanted = load("spirals", 120, 0.1, seed=5)
    assert np.array_equal(person.project.data.X, wanted.X)
    assert np.array_equal(person.project.data.validation, wanted.validation)
    person.settle()
    assert values(person.project) == weights
    assert person.session.progress.epoch == 1
    for _ in range(3):
        person.undo()
    assert person.project.data is before


def test_the_tile_of_the_present_data_shows_their_noise_and_the_others_stay_as_they_are(sit_down):
    person = sit_down("spirals")
    before = {name: person.find(Tile, name).grab().toImage() for name in ("Spirals", "Moons")}
    person.type_in("Noise", "0.2")
    assert person.find(Tile, "Spirals").grab().toImage() != before["Spirals"]
    assert person.find(Tile, "Moons").grab().toImage() == before["Moons"]
    person.undo()
    assert person.find(Tile, "Spirals").grab().toImage() == before["Spirals"]


def test_the_share_held_out_is_drawn_from_the_same_samples(sit_down):
    person = sit_down("spirals")
    person.type_in("Validation %", "50")
    assert np.count_nonzero(person.project.data.validation) == 150
    assert np.array_equal(person.project.data.X, load("spirals").X)
    slider = person.find(ValueSlider, "Validation %, slider")
    assert slider.value == 50
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(slider, Qt.Key.Key_Home)
    assert not person.project.data.validation.any()
    person.undo()
    assert slider.value == 50


def test_what_cannot_be_chosen_is_not_there(qtbot, sit_down, monkeypatch, tmp_path):
    person = sit_down("article")
    for name in ("Noise", "Samples", "Validation %", "Data seed"):
        assert person.all(QLineEdit, name) == [], name
    table = tmp_path / "table.csv"
    table.write_text(TABLE)
    answer_file_dialog(monkeypatch, table)
    person.click("Open CSV…")
    qtbot.waitUntil(lambda: person.project.data.samples == 40)
    for name in ("Noise", "Samples"):
        assert person.all(QLineEdit, name) == [], name
    person.type_in("Validation %", "10")
    assert np.count_nonzero(person.project.data.validation) == 4
    person.type_in("Data seed", "3")
    assert np.array_equal(person.project.data.validation, person.project.data.with_split(0.1, 3).validation)


@pytest.mark.parametrize(
    ("name", "typed"), [("Noise", "0.5"), ("Samples", "3"), ("Validation %", "100"), ("Data seed", "-1")]
)
def test_a_setting_out_of_its_range_is_refused_below_it(sit_down, name, typed):
    person = sit_down("spirals")
    before = person.project.data
    person.type_in(name, typed)
    assert len(person.lines()) == 1
    assert person.lines()[0].startswith("This is a ")
    assert person.project.data is before


def test_what_was_guessed_of_a_file_stays_to_be_read_however_it_was_opened(qtbot, qapp, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(TABLE)
    opening = windows(qtbot, qapp, tmp_path)
    window = next(opening)(of_builtin("article"))
    window.open_path(str(path))
    qtbot.waitUntil(lambda: window.session.project.data.name == "mine")
    assert "commas" in window.train.setup.data._line.text()
    window.session.edit(edits.set_recipe, learning_rate=0.5)
    assert "commas" in window.train.setup.data._line.text()
    next(opening, None)
