"""Changing a person or an incident that is there: field by field, each over what was shown of it.

A protected value stays hidden in its line unless it was opened; what is not touched is not written, and a field in
dispute is decided elsewhere.
"""

from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.i18n import tr
from desktop.model.protection import base_field, default_marks, is_marked
from desktop.model.record import FieldView, RecordView, ValueId
from desktop.store.edits import Begun
from desktop.ui.models.case_words import part_word
from desktop.ui.views.case_edit import DateField, Editor
from desktop.ui.views.case_typed import Controls, HeldLine, read
from desktop.ui.widgets.choices import CheckBox
from desktop.ui.widgets.fields import Field, LineField, TextArea
from desktop.ui.widgets.flow import Beside, flow
from desktop.ui.widgets.layout import column, holder
from desktop.ui.widgets.text import label

REACH = ("address", "phone")
Changes = dict[str, tuple[Any, tuple[ValueId, ...]]]


class RecordEditor(Editor):
    """Base: one control for each field. `values()` is field → (value, the ids that were shown), of what was changed."""

    def __init__(self, name: str, title: str, record: RecordView, fields: tuple[str, ...]) -> None:
        watched = {field: record.fields.get(field) for field in fields}
        about = (record.kind, record.id)
        super().__init__(f"{name} {record.id}", title, tr("Save the changes"), about, watched, _newer)
        self.record = record
        self.inputs: dict[str, QWidget] = {}

    def controls(self) -> Controls:
        return {name: made for name, made in self.inputs.items() if made.isEnabled()}

    def values(self) -> Changes | None:
        if not self.complete():
            return None
        return {name: (self.value_of(name), self.over(name)) for name in sorted(self.changed_fields())}

    def complete(self) -> bool:
        """Whether what is typed can be written; says beside its field what cannot."""
        return True

    def changed_fields(self) -> set[str]:
        """The fields that are to be written."""
        return {name for name, value in self.typed().items() if value != self._before.get(name)}

    def value_of(self, name: str) -> Any:
        """What a field is to say; None when it was emptied."""
        made = self.inputs[name]
        if isinstance(made, HeldLine):
            return made.value() or None
        value = read(made)
        return value if isinstance(value, bool) else str(value or "").strip() or None

    def save(self) -> None:
        if self.changed():
            super().save()
        else:
            self.closed.emit()

    def begun(self) -> Begun:
        """Only what was changed: taken up again, every other field shows what stands then."""
        typed = self.typed()
        changed = {name for name, value in typed.items() if value != self._before.get(name)}
        named = {name: self.over(name) for name in changed}
        return Begun(self.code, {name: typed[name] for name in sorted(changed)}, named)

    def line(self, name: str, words: str, *, required: bool = False) -> Field:
        """A line for a field of plain words."""
        self.inputs[name] = made = LineField(words, self.record.text(name))
        return self.framed(name, words, made, required=required)

    def framed(self, name: str, words: str, control: QWidget, *, required: bool = False) -> Field:
        """A control under its label; closed while two values of its field are in dispute."""
        view = self.record.fields.get(name)
        contested = view is not None and view.contested
        control.setEnabled(not contested)
        return Field(
            words, control, help_text=tr("Contested: decide it first.") if contested else "", required=required
        )


class ChangePerson(RecordEditor):
    """Name, language, interpreter, and how to reach a person with the marks of each. `opened`: hidden values show."""

    def __init__(self, record: RecordView, role: str, *, opened: bool) -> None:
        marks = tuple(f"{name}_{mark}" for name in REACH for mark in ("protected", "burnt"))
        fields = ("name", "born", "language", "interpreter", *REACH, *marks)
        super().__init__("person", tr("Change {name}", name=record.spoken("name")), record, fields)
        self._role, self._opened = role, opened
        self._name = self.line("name", tr("Name"), required=True)
        born = self.line("born", tr("Born"))
        language = self.line("language", tr("Language"))
        interpreter = self.line("interpreter", tr("Interpreter"))
        self.body.addWidget(Beside([(self._name, 2), (born, 1)], least=320, space=12))
        self.body.addWidget(Beside([(language, 1), (interpreter, 1)], least=320, space=12))
        for name in REACH:
            self.body.addWidget(self._reach(name))

    def first(self) -> QWidget:
        return self.inputs["name"] if self.inputs["name"].isEnabled() else self._save

    def complete(self) -> bool:
        name = self.value_of("name") or not self.inputs["name"].isEnabled()
        self._name.set_error("" if name else tr("Give a name, or what the person is called."))
        return bool(name)

    def changed_fields(self) -> set[str]:
        """A value that is new here carries the mark that stands beside it, ticked by a person or from the start."""
        changed = super().changed_fields()
        for name in REACH:
            mark = f"{name}_protected"
            unmarked = self.value_of(mark) is True and not is_marked(self.record.get(mark))
            if name in changed and unmarked and self.inputs[mark].isEnabled():
                changed.add(mark)
        return changed

    def _reach(self, name: str) -> QWidget:
        held = self.record.text(name)
        protected, burnt = (is_marked(self.record.get(f"{name}_{mark}")) for mark in ("protected", "burnt"))
        made = HeldLine(part_word(name), held, opened=self._opened or not (protected or burnt))
        fresh = not held and f"{name}_protected" not in self.record.fields
        from_start = fresh and bool(default_marks(self._role, separated=True))
        boxes = {
            f"{name}_protected": CheckBox(tr("Protected: never in lists or searches"), on=protected or from_start),
            f"{name}_burnt": CheckBox(tr("Burnt: he knows it"), on=burnt),
        }
        for mark, tick in boxes.items():
            tick.setAccessibleName(f"{part_word(name)}: {tick.text()}")
            view = self.record.fields.get(mark)
            tick.setEnabled(not (view is not None and view.contested))
        self.inputs |= {name: made, **boxes}
        hint = label(tr("It is held and hidden. Type only to replace it."), "caption", "muted", wrap=True)
        parts: list[QWidget] = [self.framed(name, part_word(name), made), flow(*boxes.values(), space=12)]
        if made.hidden:
            parts.insert(1, hint)
        return holder(column(*parts, space=4))


class ChangeIncident(RecordEditor):
    """What happened, when, where, and the account of it."""

    def __init__(self, record: RecordView) -> None:
        super().__init__("incident", tr("Change an incident"), record, ("incident_kind", "on", "place", "account"))
        self._what = self.line("incident_kind", tr("What happened, in a few words"), required=True)
        self.on = DateField(tr("When"), record.text("on"))
        view = record.fields.get("on")
        self.on.line.setEnabled(not (view is not None and view.contested))
        self.inputs["on"] = self.on.line
        self.inputs["account"] = account = TextArea(tr("Account"), record.text("account"), least=3)
        self.body.addWidget(self._what)
        self.body.addWidget(Beside([(self.on, 1), (self.line("place", tr("Where")), 1)], least=320, space=12))
        self.body.addWidget(self.framed("account", tr("Account"), account))

    def first(self) -> QWidget:
        made = self.inputs["incident_kind"]
        return made if made.isEnabled() else self._save

    def complete(self) -> bool:
        what = self.value_of("incident_kind") or not self.inputs["incident_kind"].isEnabled()
        self._what.set_error("" if what else tr("Say in a few words what happened."))
        return bool(what) and self.on.iso() is not None

    def value_of(self, name: str) -> Any:
        return (self.on.iso() or None) if name == "on" else super().value_of(name)


def _newer(name: str, view: FieldView) -> str:
    """A newer value in words; one that may be protected is only said to be another."""
    if base_field(name) or name.endswith(("_protected", "_burnt")):
        return tr("It is about the address or phone; open it to see. What you typed is kept.")
    if view.contested:
        return tr("It is contested now: {values}", values=" / ".join(str(side.value) for side in view.alternatives))
    return tr("It now says: {value}", value=str(view.value or ""))
