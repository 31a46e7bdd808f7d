"""What stands in the controls of an editor as plain values, to be kept and put back; and a line for what is hidden.

Leaves which controls an editor has to it, keeping to `case_edit`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QPlainTextEdit, QWidget

from desktop.ui.widgets.choices import ComboBox
from desktop.ui.widgets.fields import LineField

Controls = Mapping[str, QWidget]
"""The controls of an editor by names that stay the same from one version of the program to the next."""


class HeldLine(LineField):
    """A line for a value that is held and, unless it was `opened`, hidden: hidden and untouched means that it stays."""

    def __init__(self, name: str, held: str, *, opened: bool) -> None:
        super().__init__(name, held if opened else "")
        self._held = held
        self.hidden = bool(held) and not opened

    def value(self) -> str:
        """What is to stand: what was typed, or what is held and was not touched."""
        typed = self.text().strip()
        return self._held if self.hidden and not typed else typed

    def typed(self) -> str | None:
        """What was typed in place of the held value; None while that one stays, so that it is kept nowhere twice."""
        return None if self.value() == self._held else self.text()

    def put(self, typed: str | None) -> None:
        """Put back what had been typed; it is masked until the person goes to it."""
        if typed is not None:
            self.hidden = False
            self.setText(typed)
            self.setEchoMode(QLineEdit.EchoMode.Password)

    def cover(self) -> None:
        """Put an opened value away again; what was typed stays."""
        if self.typed() is None and self._held:
            self.hidden = True
            self.setText("")

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.setEchoMode(QLineEdit.EchoMode.Normal)
        super().focusInEvent(event)


class Hold(QObject):
    """While `on`, keys and clicks change nothing in these controls: what is being written is what is seen.

    Words typed after "save" and before the answer would go away with their editor. (Disabled controls would hand the
    keyboard to a neighbour, and the next space would press it.)
    """

    def __init__(self, parent: QObject, controls: Iterable[QWidget]) -> None:
        super().__init__(parent)
        self.on = False
        for control in controls:
            control.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        return self.on and event.type() in _TOUCHES


_TOUCHES = frozenset({QEvent.Type.KeyPress, QEvent.Type.InputMethod, QEvent.Type.MouseButtonPress})


def read(control: QWidget) -> str | bool | None:
    """What stands in a control."""
    if isinstance(control, HeldLine):
        return control.typed()
    if isinstance(control, ComboBox):
        return control.value()
    if isinstance(control, QLineEdit):
        return control.text()
    if isinstance(control, QPlainTextEdit):
        return control.toPlainText()
    if isinstance(control, QAbstractButton):
        return control.isChecked()
    raise TypeError(type(control).__name__)


def put(control: QWidget, value: Any) -> None:
    """Put back what stood in a control; a choice that is no longer offered is offered again."""
    if isinstance(control, HeldLine):
        control.put(value)
    elif isinstance(control, ComboBox):
        if value and control.findData(value) < 0:
            control.addItem(str(value), value)
        control.setCurrentIndex(control.findData(value))
    elif isinstance(control, QLineEdit):
        control.setText(str(value))
    elif isinstance(control, QPlainTextEdit):
        control.setPlainText(str(value))
    elif isinstance(control, QAbstractButton):
        control.setChecked(bool(value))


def on_edit(control: QWidget, then: Callable[[], None]) -> None:
    """Have `then` called whenever what stands in a control becomes another."""
    if isinstance(control, ComboBox):
        control.currentIndexChanged.connect(lambda _index: then())
    elif isinstance(control, QLineEdit):
        control.textChanged.connect(lambda _text: then())
    elif isinstance(control, QPlainTextEdit):
        control.textChanged.connect(then)
    elif isinstance(control, QAbstractButton):
        control.toggled.connect(lambda _on: then())
