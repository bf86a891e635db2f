"""The session: the document follows the worker, runs end where they should, nothing remembered is lost."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import numpy as np
import pytest

from bpgui.gui import undo
from bpgui.gui.session import Session
from bpgui.network.names import weight_key
from bpgui.network.parameters import places
from bpgui.project import edits, timeline
from bpgui.project.changes import Changes
from bpgui.project.state import of_builtin
from bpgui.project.timeline import seek
from bpgui.training import trainer as trainer_module
from bpgui.training.changes import Place
from bpgui.training.trainer import Trainer


@pytest.fixture
def open_session(qapp):
    assert qapp is not None  # timers and queued signals need it
    sessions: list[Session] = []

    def opened(name: str) -> Session:
        session = Session(of_builtin(name))
        session.set_pace(None)
        sessions.append(session)
        return session

    yield opened
    for session in sessions:
        session.close()
        session.deleteLater()


def wait_settled(qtbot, session: Session) -> None:
    qtbot.waitUntil(lambda: session.settled, timeout=10_000)


def run_to(qtbot, session: Session, epochs: int) -> None:
    session.edit(edits.set_recipe, epochs=epochs)
    session.run()
    qtbot.waitUntil(lambda: session.progress.epoch == epochs and not session.running, timeout=10_000)


def test_reset_and_run_trains_the_recipes_epochs_and_no_more(qtbot, open_session):
    session = open_session("xor")
    run_to(qtbot, session, 40)
    session.reset()
    session.run()
    qtbot.waitUntil(lambda: session.running or session.progress.epoch == 40, timeout=10_000)
    qtbot.waitUntil(lambda: not session.running, timeout=10_000)
    assert session.progress.epoch == 40


def test_another_document_opened_while_training_does_not_train(qtbot, open_session):
    session = open_session("spirals")
    session.edit(edits.set_recipe, epochs=10**9)
    session.run()
    qtbot.waitUntil(lambda: session.progress.epoch > 5, timeout=10_000)
    session.replace(of_builtin("xor"))
    wait_settled(qtbot, session)
    qtbot.waitUntil(lambda: not session.running, timeout=10_000)
    qtbot.wait(100)
    assert session.progress.update == 0
    assert session.bridge.worker.trainer.update == 0


def test_a_data_set_chosen_while_training_trains_to_its_own_epochs(qtbot, open_session):
    session = open_session("spirals")
    session.edit(edits.set_recipe, epochs=10**9)
    session.run()
    qtbot.waitUntil(lambda: session.progress.epoch > 5, timeout=10_000)
    session.edit(edits.use_project, of_builtin("xor"))
    session.set_pace(None)
    qtbot.waitUntil(lambda: not session.running and session.progress.epoch == 300, timeout=10_000)


def test_undo_of_reset_brings_the_run_back_with_its_errors(qtbot, open_session):
    session = open_session("xor")
    run_to(qtbot, session, 40)
    errors = session.curves().train.last
    session.reset()
    wait_settled(qtbot, session)
    assert (session.curves().train.epochs, len(session.others()), session.branch.run) == (0, 1, 2)
    session.undo()
    wait_settled(qtbot, session)
    assert np.array_equal(session.curves().train.last, errors)
    assert (session.progress.epoch, len(session.others()), session.branch.run) == (40, 0, 1)


def test_undo_of_resets_while_training_runs_comes_back_to_the_first_run_beside_the_others(qtbot, open_session):
    session = open_session("spirals")
    session.set_pace(None)
    for _ in range(3):
        session.run()
        qtbot.waitUntil(lambda: session.bridge.progress().update > 100)
        session.reset()
        wait_settled(qtbot, session)
    assert (len(session.others()), session.branch.run) == (3, 4)
    for _ in range(3):
        session.undo()
    qtbot.waitUntil(lambda: session.settled)
    assert [other.branch.run for other in session.others()] == [2, 3]
    assert session.branch.run == 1


def test_runs_on_other_data_are_no_earlier_runs_to_compare_with(qtbot, open_session):
    session = open_session("xor")
    run_to(qtbot, session, 5)
    session.reset()
    wait_settled(qtbot, session)
    assert len(session.others()) == 1
    session.edit(edits.use_project, of_builtin("circles"))
    wait_settled(qtbot, session)
    assert session.others() == []


def test_a_connection_cut_while_training_remembers_what_it_had_at_that_update(qtbot, open_session):
    session = open_session("spirals")
    key = weight_key(session.project.network, (1, 2), (2, 3))
    session.edit(edits.set_recipe, epochs=10**9)
    session.run()
    qtbot.waitUntil(lambda: session.progress.epoch > 5, timeout=10_000)
    session.edit(edits.cut, [key])
    session.pause()
    wait_settled(qtbot, session)
    update = session.past.here.events[-1].update
    before = Trainer.of(seek(session.past, Place(0, update - 1)).training)
    before.run(updates=1)
    place = int(places(session.project.network, np.array([key]))[0])
    assert session.project.remembered == {key: before.params.vector[place]}
    session.edit(edits.restore, [key])
    wait_settled(qtbot, session)
    assert session.project.parameters.vector[place] == before.params.vector[place]


def test_what_a_cut_connection_remembers_survives_removing_its_layer_and_undo(qtbot, open_session):
    session = open_session("spirals")
    key = weight_key(session.project.network, (1, 2), (2, 3))
    session.edit(edits.cut, [key])
    wait_settled(qtbot, session)
    remembered = dict(session.project.remembered)
    session.edit(edits.remove_layer, 1)
    wait_settled(qtbot, session)
    assert session.project.remembered == {}
    session.undo()
    wait_settled(qtbot, session)
    assert session.project.remembered == remembered


def test_cut_and_undone_at_once_leaves_nothing_remembered(qtbot, open_session):
    session = open_session("spirals")
    key = weight_key(session.project.network, (1, 2), (2, 3))
    session.edit(edits.cut, [key])
    session.undo()
    wait_settled(qtbot, session)
    assert session.project.remembered == {}


def test_a_document_opened_keeps_what_its_own_cut_connections_remember(qtbot, open_session):
    session = open_session("spirals")
    key = weight_key(session.project.network, (1, 2), (2, 3))
    session.edit(edits.cut, [key])
    wait_settled(qtbot, session)
    other = of_builtin("spirals", seed=9)
    place = int(places(other.network, np.array([key]))[0])
    weight = other.training.state.vector[place]
    other, _, _ = edits.apply(other, edits.cut(other, [key]))
    session.replace(other)
    wait_settled(qtbot, session)
    assert session.project.remembered == {key: weight}


def test_edits_that_can_be_undone_keep_no_training_in_memory(qtbot, open_session):
    session = open_session("xor")
    kept = []
    for number in range(3):
        session.edit(edits.set_recipe, learning_rate=0.5 + number)
        if number == 1:
            session.undo()
            session.redo()
        tickets = list(session._tickets)
        while not all(ticket.done for ticket in tickets):
            time.sleep(0.001)
        kept += [weakref.ref(each.state.vector) for ticket in tickets for each in (ticket.before, ticket.after)]
        del tickets
        session.step("update")
        qtbot.waitUntil(lambda number=number: session.reached.update == number + 1 and session.settled)
    session.forget_others()
    session.edit(edits.set_recipe, learning_rate=0.1)
    wait_settled(qtbot, session)
    gc.collect()
    assert len(kept) >= 10
    assert not any(vector() is not None for vector in kept)


def test_what_is_captured_remembers_the_weight_that_a_connection_had_when_it_was_cut(qtbot, open_session):
    session = open_session("xor")
    key = int(session.document.network.keys[0])
    session.bridge.worker.step(updates=50)
    while session.bridge.worker.trainer.update < 50:
        time.sleep(0.001)  # the window does something else
    exact = float(session.bridge.worker.trainer.params.vector[0])
    session.edit(edits.cut, [key])
    captured, document = [], session.document
    assert document.remembered[key] != exact
    session.capture(captured.append)
    session.edit(edits.restore, [key])
    qtbot.waitUntil(lambda: bool(captured))
    assert captured[0].project(document).remembered == {key: exact}


def test_edits_that_hold_whole_trainings_are_kept_for_undo_as_long_as_there_is_room(qtbot, open_session, monkeypatch):
    session = open_session("xor")
    nbytes = 3 * session.document.training.state.vector.nbytes
    monkeypatch.setattr(undo, "BYTES", 10 * nbytes)  # for three that begin a run
    for number in range(6):
        session.edit(edits.set_recipe, learning_rate=0.5 + number)
        session.new_seed()
        session.step("update")
        qtbot.waitUntil(lambda: session.settled and session.reached.update == 1 and not session.running)
    assert sum(session.undo_stack.command(at).nbytes for at in range(session.undo_stack.count())) <= 10 * nbytes
    undone = 0
    while session.undo_stack.canUndo():
        session.undo()
        wait_settled(qtbot, session)
        undone += 1
    assert undone == 6
    assert (session.document.recipe.seed, session.document.recipe.learning_rate) == (3, 2.5)
    while session.undo_stack.canRedo():
        session.redo()
        wait_settled(qtbot, session)
    assert (session.document.recipe.seed, session.document.recipe.learning_rate) == (6, 5.5)


def test_small_edits_are_all_kept_for_undo(open_session):
    session = open_session("xor")
    for number in range(undo.MOST + 5):
        session.edit(edits.set_recipe, learning_rate=0.5 + number)
    assert session.undo_stack.count() == undo.MOST
    assert not any(session.undo_stack.command(at).isObsolete() for at in range(undo.MOST))


def test_that_a_run_diverged_is_not_said_of_one_that_was_begun_since(qtbot, open_session):
    session = open_session("regression")
    session.edit(edits.set_recipe, learning_rate=100.0)
    wait_settled(qtbot, session)
    said = []
    session.said.connect(lambda kind, _: said.append(kind))
    happened = session.bridge.worker._events

    def until(kind: str) -> None:
        while kind not in [event.kind for event in list(happened)]:
            time.sleep(0.001)  # the window does something else

    session.bridge.worker.run()
    until("diverged")
    session.edit(edits.reset)
    until("began")
    wait_settled(qtbot, session)
    assert "warning" not in said


def test_at_rest_the_document_has_the_parameters_of_the_worker_after_many_changes_of_engine(qtbot, open_session):
    session = open_session("xor")
    for number in range(60):
        session.edit(edits.set_units, 1, 2 + number % 3)
        session.step("update")
        if number % 3 == 0:
            session.reset()
            session.step("update")
        qtbot.waitUntil(lambda: session.settled and not session.bridge.worker.busy and not session.running)
        trained = session.bridge.worker.trainer.training.state
        qtbot.waitUntil(lambda trained=trained: session.reached.update == trained.update)
        assert session.document.training.state.vector.tobytes() == trained.vector.tobytes()


def test_a_weight_that_one_comes_back_to_after_training_is_undone_to_what_it_was_then(qtbot, open_session, monkeypatch):
    session = open_session("xor")
    key = int(session.document.network.keys[0])

    def now() -> float:
        return float(session.bridge.worker.trainer.params.vector[0])

    session.edit(edits.set_parameter, key, 0.5, merge=True)
    session.edit(edits.set_parameter, key, 0.6, merge=True)
    assert session.undo_stack.count() == 1
    monkeypatch.setattr(undo, "BURST", -1.0)
    session.bridge.worker.step(updates=50)
    qtbot.waitUntil(lambda: session.reached.update == 50 and not session.running)
    trained = now()
    session.edit(edits.set_parameter, key, 0.9, merge=True)
    wait_settled(qtbot, session)
    assert session.undo_stack.count() == 2
    session.undo()
    wait_settled(qtbot, session)
    assert now() == trained


def test_a_run_on_other_data_is_called_by_them_looked_at_and_gone_on_with(qtbot, open_session):
    session = open_session("spirals")
    run_to(qtbot, session, 3)
    session.edit(edits.use_project, of_builtin("xor"))
    wait_settled(qtbot, session)
    assert session.project.name == "XOR"
    session.look(0, 2)
    qtbot.waitUntil(lambda: session.view is not None and session.view.exact)
    assert session.project.name == "Spirals"
    session.continue_here()
    wait_settled(qtbot, session)
    assert (session.view, session.document.name) == (None, "Spirals")
    session.undo()
    wait_settled(qtbot, session)
    assert session.document.name == "XOR"


def test_the_sample_that_was_chosen_comes_back_with_data_that_have_it(qtbot, open_session):
    session = open_session("spirals")
    run_to(qtbot, session, 3)
    session.edit(edits.use_project, of_builtin("article"))
    wait_settled(qtbot, session)
    session.look(0, 2)
    qtbot.waitUntil(lambda: session.view is not None and session.view.exact)
    session.show_sample(150)
    told = []
    session.changed.connect(lambda changes, _: told.append(bool(changes & Changes.SAMPLE)))
    session.look_live()
    assert session.sample == 0
    assert any(told)
    session.look(0, 2)
    qtbot.waitUntil(lambda: session.view is not None and session.view.exact)
    assert session.sample == 150


def test_a_change_that_fails_leaves_the_document_as_what_is_trained(qtbot, open_session, monkeypatch):
    session = open_session("xor")
    units = [layer.units for layer in session.document.network.layers]
    said = []
    session.said.connect(lambda kind, sentence: said.append((kind, sentence)))
    with monkeypatch.context() as patch:

        def no_memory(*_: object) -> None:
            raise MemoryError

        patch.setattr(trainer_module, "make_engine", no_memory)
        session.edit(edits.set_units, 1, 7)
        wait_settled(qtbot, session)
    assert ("error", "MemoryError") in said
    assert [layer.units for layer in session.document.network.layers] == units
    session.step("update")
    qtbot.waitUntil(lambda: session.progress.update == 1 and session.settled)
    assert session.document.training.state.vector.tobytes() == session.bridge.worker.trainer.params.vector.tobytes()


def test_a_moment_that_was_let_go_meanwhile_is_no_longer_looked_at_and_gets_no_name(qtbot, open_session, monkeypatch):
    monkeypatch.setattr(timeline, "MOST_EVENTS", 20)
    monkeypatch.setattr(timeline, "SHORTEST", 0.0)
    session = open_session("xor")
    for number in range(15):
        session.edit(edits.set_recipe, learning_rate=0.5 + number)
        session.step("update")
        qtbot.waitUntil(lambda number=number: session.reached.update == number + 1 and not session.running)
    session.look_at(Place(0, 2))
    qtbot.waitUntil(lambda: session.view is not None and session.view.exact)
    monkeypatch.setattr(timeline, "MOST_EVENTS", 4)
    gate = threading.Event()
    session.bridge.worker.ask(lambda _trainer: gate.wait())
    said = []
    session.said.connect(lambda _kind, sentence: said.append(sentence))
    session.set_budget(2**20)
    session.name_moment("gone")
    gate.set()
    qtbot.waitUntil(lambda: any("could not be named" in sentence for sentence in said))
    assert session.view is None
    assert session.past.here.start.update > 2
    assert not any(kept.name for kept in session.past.here.checkpoints)


def test_what_was_set_up_and_never_trained_is_no_run(qtbot, open_session):
    session = open_session("article")
    session.edit(edits.use_project, of_builtin("xor"))
    session.new_seed()
    run_to(qtbot, session, 3)
    assert session.branch.run == 1
    session.reset()
    wait_settled(qtbot, session)
    assert session.branch.run == 2
    session.undo()
    wait_settled(qtbot, session)
    assert (session.branch.run, len(session.past.branches)) == (1, 1)
