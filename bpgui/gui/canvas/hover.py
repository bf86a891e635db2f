"""What the pointer is on, and the chip that tells its value."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, QTimer, Slot
from PySide6.QtWidgets import QWidget

from bpgui.gui.canvas import labels
from bpgui.gui.canvas.neurons import mark_rect
from bpgui.gui.canvas.scene import Mark, Scene
from bpgui.gui.canvas.value_chip import ValueChip
from bpgui.gui.selection import Item

DELAY = 120
"""Milliseconds until the chip appears."""


class Hover(QObject):
    """Keeps the ``item`` under the pointer, and its ``key`` where it is a connection or bias, None where none is."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.item: Item | None = None
        self.chip = ValueChip(canvas)
        self._scene: Scene | None = None
        self._pointer = QPointF()
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(DELAY)
        self._delay.timeout.connect(self._show_chip)

    @property
    def key(self) -> int | None:
        """The key of the connection or bias under the pointer."""
        return self.item.id if self.item is not None and self.item.kind == "entry" else None

    def move(self, scene: Scene, pointer: QPointF) -> bool:
        """Look what lies under the pointer; tell whether that is something else than before."""
        item = scene.item_at(pointer.x(), pointer.y())
        self._scene, self._pointer = scene, pointer
        if item == self.item:
            if not self.chip.isHidden():
                self._show_chip()
            return False
        self.forget()
        self.item = item
        if item is not None:
            self._delay.start()
        return True

    def forget(self) -> None:
        """The pointer is on nothing."""
        self.item = None
        self._delay.stop()
        self.chip.hide()

    def silence(self) -> None:
        """The value stands elsewhere; the chip stays away."""
        self._delay.stop()
        self.chip.hide()

    def refresh(self) -> None:
        """Let the chip say the value of now."""
        if self._scene is not None and self.item is not None and not self.chip.isHidden():
            self.chip.set_text(*_texts(self._scene, self.item))

    @Slot()
    def _show_chip(self) -> None:
        if self._scene is not None and self.item is not None:
            self.chip.set_text(*_texts(self._scene, self.item))
            self.chip.show_at(self._pointer, self._covers_tile)

    def _covers_tile(self, rect: QRectF) -> bool:
        scene = self._scene
        return scene is not None and any(
            rect.intersects(mark_rect(scene, Mark(layer, mark)))
            for layer, column in enumerate(scene.columns)
            for mark in range(len(column.groups))
        )


def _texts(scene: Scene, item: Item) -> tuple[str, str]:
    """Return name and value, of a neuron its activation."""
    if item.kind == "neuron":
        layer, unit = scene.place(item.id).target
        return labels.neuron(scene.network, layer, unit), labels.activation(scene.network, layer, unit)
    key = item.id
    value = labels.tr("cut") if scene.is_cut(key) else labels.value_text(scene.value(key))
    return labels.connection(scene.network, scene.place(key)), value
