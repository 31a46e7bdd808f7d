"""A new value for a field in dispute, typed with the same editor as in the case: rule, grade, consent, date, words."""

from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.i18n import tr
from desktop.model.conflict import ConflictView
from desktop.model.consent import ConsentState
from desktop.model.grade import Grade
from desktop.ui.models.case_words import consent_word
from desktop.ui.models.conflict_words import TEXTS, field_title, is_hidden, is_rule
from desktop.ui.views.case_edit import DateField
from desktop.ui.views.case_rule import RuleFields
from desktop.ui.views.case_typed import Controls
from desktop.ui.widgets.choices import ComboBox
from desktop.ui.widgets.fields import Field, LineField
from desktop.ui.widgets.grade import grade_word
from desktop.ui.widgets.layout import column

DATES = frozenset({"due", "ends", "starts", "renew_by", "on", "review_on", "opened_on", "closed_on"})


class NewValue(QWidget):
    """Base: `value()` is what was typed, None while it is incomplete (and then says so)."""

    def value(self) -> Any:
        """The new value."""
        return None

    def controls(self) -> Controls:
        """What can be typed into, by name."""
        return {}

    def first(self) -> QWidget:
        """Where the keyboard goes."""
        return self


class NewRule(NewValue):
    """A whole safe-contact rule, beginning with the one that stands."""

    def __init__(self, view: ConflictView, *, opened: bool) -> None:
        super().__init__()
        rule = dict(view.stands) if isinstance(view.stands, dict) else {}
        number = str(rule.get("number") or "") if opened or "number" in rule.get("undecided", ()) else None
        self.fields = RuleFields(rule, number=number)
        self.setLayout(column(self.fields))

    def value(self) -> dict[str, Any] | None:
        return self.fields.rule()

    def controls(self) -> Controls:
        return self.fields.controls()

    def first(self) -> QWidget:
        return self.fields.level


class NewWord(NewValue):
    """One of a fixed list of words."""

    def __init__(self, title: str, choices: list[tuple[str, str]]) -> None:
        super().__init__()
        self.box = ComboBox(title)
        self.box.show_choices(choices)
        self._field = Field(title, self.box, required=True)
        self.setLayout(column(self._field))

    def value(self) -> str | None:
        self._field.set_error("" if self.box.value() else tr("Choose one."))
        return self.box.value() or None

    def controls(self) -> Controls:
        return {"word": self.box}

    def first(self) -> QWidget:
        return self.box


class NewText(NewValue):
    """Free words."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.line = LineField(title, text)
        self._field = Field(title, self.line, required=True)
        self.setLayout(column(self._field))

    def value(self) -> str | None:
        typed = self.line.text().strip()
        self._field.set_error("" if typed else tr("Type the new value."))
        return typed or None

    def controls(self) -> Controls:
        return {"text": self.line}

    def first(self) -> QWidget:
        return self.line


class NewDate(NewValue):
    """A date."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.date = DateField(title, required=True)
        self.setLayout(column(self.date))

    def value(self) -> str | None:
        typed = self.date.iso()
        if typed == "":
            self.date.set_error(tr("Give a date."))
        return typed or None

    def controls(self) -> Controls:
        return {"date": self.date.line}

    def first(self) -> QWidget:
        return self.date.line


def can_type(view: ConflictView) -> bool:
    """Whether a third value makes sense: a yes or no has none."""
    typed = view.field in TEXTS | DATES or is_hidden(view) or _words(view)
    return is_rule(view) or (bool(typed) and not any(isinstance(side.value, bool) for side in view.sides))


def new_value(view: ConflictView, *, opened: bool) -> NewValue:
    """The editor of a new value for this field. `opened`: hidden values were opened, and may be shown in it."""
    title = tr("New value: {field}", field=field_title(view))
    if is_rule(view):
        return NewRule(view, opened=opened)
    words = _words(view)
    if words:
        return NewWord(title, words)
    return NewDate(title) if view.field in DATES else NewText(title, "")


def _words(view: ConflictView) -> list[tuple[str, str]]:
    if (view.kind, view.field) == ("agreed_grade", "grade"):
        return [(grade.value, grade_word(grade.value)) for grade in Grade if grade is not Grade.UNGRADED]
    if (view.kind, view.field) == ("consent", "state"):
        return [(state.value, consent_word(state.value)) for state in ConsentState]
    return []
