"""First run: who the person is, for a unit that is being founded or joined. Leaves what follows to `first_run`."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.i18n import tr
from desktop.ui.models.entrance import Seating
from desktop.ui.widgets.buttons import Button, button
from desktop.ui.widgets.choices import ComboBox
from desktop.ui.widgets.fields import Field, LineField
from desktop.ui.widgets.layout import column, row
from desktop.ui.widgets.text import label


class SeatPage(QWidget):
    """Who the person is, for a unit that is being founded. `told(Seating)`."""

    told = Signal(object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.name = LineField(tr("Your name"))
        self.unit = LineField(tr("Name of the unit"))
        self.agency = ComboBox(tr("Agency"))
        self.agency.show_choices(
            (
                ("police", tr("Police")),
                ("health", tr("Health")),
                ("support", tr("Victim support")),
                ("social", tr("Social work")),
            ),
            "police",
        )
        self._fields = {
            self.name: Field(tr("Your name"), self.name, help_text=tr("Colleagues see it under what you write.")),
            self.unit: Field(tr("Name of the unit"), self.unit),
        }
        on = button(tr("Continue"), "primary", dense="l")
        on.clicked.connect(self._tell)
        self.name.returnPressed.connect(self.unit.setFocus)
        self.unit.returnPressed.connect(self._tell)
        self.setLayout(
            column(
                label(tr("Your unit"), "display"),
                8,
                *self._fields.values(),
                Field(tr("Agency"), self.agency),
                8,
                row(on, None, back_button(self.left)),
                None,
                space=12,
            )
        )
        self.setFocusProxy(self.name)

    def _tell(self) -> None:
        for line, field in self._fields.items():
            field.set_error("" if line.text().strip() else tr("Please fill this in."))
        if missing := [line for line in self._fields if not line.text().strip()]:
            missing[0].setFocus()
            return
        self.told.emit(Seating(self.name.text().strip(), self.unit.text().strip(), self.agency.value()))


class JoinPage(QWidget):
    """Who joins the unit that the invitation names. `told(name)`."""

    told = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = label("", "display", wrap=True)
        self.name = LineField(tr("Your name"))
        self._field = Field(tr("Your name"), self.name, help_text=tr("Colleagues see it under what you write."))
        on = button(tr("Continue"), "primary", dense="l")
        on.clicked.connect(self._tell)
        self.name.returnPressed.connect(self._tell)
        self.setLayout(
            column(
                self._title,
                label(
                    tr("You can work at once. The unit’s lead approves this laptop; until then nothing leaves it."),
                    "body",
                    "muted",
                    wrap=True,
                ),
                8,
                self._field,
                8,
                row(on, None, back_button(self.left)),
                None,
                space=12,
            )
        )
        self.setFocusProxy(self.name)

    def show_unit(self, name: str) -> None:
        """The unit that invites."""
        self._title.setText(tr("Join {unit}", unit=name))

    def _tell(self) -> None:
        name = self.name.text().strip()
        self._field.set_error("" if name else tr("Please fill this in."))
        if name:
            self.told.emit(name)


def back_button(left: object) -> Button:
    """The quiet way back; `left` is called on a click."""
    made = button(tr("Back"), "quiet", "arrow-left", dense="s")
    made.clicked.connect(left)
    return made
