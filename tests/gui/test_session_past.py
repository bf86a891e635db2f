"""Whatever a person does in a session, each moment that it rested at is found again to the last bit."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from support import tries
from training.cases import training_bits

from bpgui.files.project_file import load, save
from bpgui.gui.session import Session
from bpgui.project import edits
from bpgui.project.state import of_builtin
from bpgui.project.timeline import Timeline, seek
from bpgui.training.changes import Place

OPTIMIZERS = ("sgd", "momentum", "adam", "nadam", "rprop")


class Someone:
    """Does one thing after another by chance, and waits now and then until all is quiet."""

    def __init__(self, qtbot, session, seed):
        self.qtbot, self.session, self.chance = qtbot, session, random.Random(seed)
        self.seen = {}

    def quiet(self):
        session = self.session
        session.pause()
        self.qtbot.waitUntil(
            lambda: session.settled and not session.running and not session.viewing.replaying, timeout=20_000
        )

    def act(self):
        chance, session = self.chance, self.session
        act = chance.choice([self.train, self.train, self.train, self.edit, self.edit, self.look, self.look, self.way])
        act()
        if chance.random() < 0.3:
            return  # the next comes while this one is on its way
        self.quiet()
        if session.view is None:
            training = session.bridge.worker.trainer.training
            self.qtbot.waitUntil(lambda: session.reached.update == training.state.update)
            assert session.document.training.state.vector.tobytes() == training.state.vector.tobytes()
            place = session.timeline.here(training)
            self.seen[place] = training_bits(training), made_at(session.past, place)

    def train(self):
        chance, session = self.chance, self.session
        if chance.random() < 0.3:
            session.run()
            self.qtbot.wait(chance.randint(1, 30))
        elif chance.random() < 0.3:
            session.step(chance.choice(["update", "epoch"]))
        else:
            session.continue_here()
            self.quiet()
            session.bridge.worker.step(updates=chance.randint(1, 200))
            self.qtbot.waitUntil(lambda: not session.bridge.worker.busy, timeout=20_000)

    def edit(self):
        chance, session = self.chance, self.session
        key = int(chance.choice(session.project.network.keys.tolist()))
        chance.choice(
            [
                lambda: session.edit(edits.set_parameter, key, chance.uniform(-1.0, 1.0)),
                lambda: session.edit(edits.set_recipe, learning_rate=chance.choice([0.01, 0.02, 0.05])),
                lambda: session.edit(edits.set_recipe, optimizer=chance.choice(OPTIMIZERS)),
                lambda: session.edit(edits.set_units, 1, chance.randint(2, 9)),
                lambda: session.edit(edits.cut, [key]),
                lambda: session.edit(edits.remake_data, noise=chance.choice([0.0, 0.02, 0.05])),
                lambda: session.edit(edits.set_recipe, dropout=chance.choice([0.0, 0.2])),
            ]
        )()

    def look(self):
        chance, session = self.chance, self.session
        branch = chance.choice(list(session.past.branches))
        if chance.random() < 0.5:
            session.look(branch, chance.randint(0, session.reached.epoch + 1))
        else:
            session.look_at(Place(branch, chance.randint(0, session.past.branches[branch].tip.update)))

    def way(self):
        chance, session = self.chance, self.session
        chance.choice(
            [
                session.undo,
                session.undo,
                session.redo,
                session.redo,
                session.reset,
                session.new_seed,
                session.viewing.end,
                lambda: session.name_moment(chance.choice(["here", ""])),
                session.continue_here,
            ]
        )()


def made_at(past, place):
    """The changes made at the very update of a place: later ones make another moment of it."""
    branch = past.branches.get(place.branch)
    return [event for event in branch.events if event.update == place.update] if branch is not None else None


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", tries(40))
def test_every_moment_at_which_a_session_rested_is_found_again_also_from_its_file(qtbot, qapp, tmp_path, seed):
    assert qapp is not None
    session = Session(of_builtin("xor", seed))
    session.set_pace(None)
    someone = Someone(qtbot, session, seed)
    for _ in range(60):
        someone.act()
    someone.quiet()
    captured = []
    session.capture(captured.append)
    qtbot.waitUntil(lambda: bool(captured))
    past, document = captured[0].past, session.document
    session.close()
    session.deleteLater()
    path = tmp_path / "a.bpgui"
    save(replace(document, training=past.here.tip.training, past=past), path)
    again = load(path)
    there = {
        place: bits
        for place, (bits, made) in someone.seen.items()
        if past.reaches(place) and place.update <= past.branches[place.branch].tip.update
        # The same objects, as two changes may look alike.
        if list(map(id, made)) == list(map(id, made_at(past, place)))
    }
    assert len(there) > 1
    for found in (past, again.past, Timeline(again.training, again.remembered, again.past).past):
        for place, bits in there.items():
            assert training_bits(seek(found, place).training) == bits, place
