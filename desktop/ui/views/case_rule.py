"""The fields of a safe-contact rule: all its parts at once, because they make sense only together.

Used in the case and where two rules are in dispute. Leaves writing to whoever asked for the rule.
"""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QWidget

from desktop.i18n import tr
from desktop.model.contact import can_send
from desktop.ui.models.case_words import EVERY_DAY, channels, levels
from desktop.ui.views.case_edit import DateField
from desktop.ui.views.case_typed import Controls, HeldLine
from desktop.ui.widgets.buttons import Button, filter_button
from desktop.ui.widgets.choices import CheckBox, ComboBox
from desktop.ui.widgets.fields import ErrorLine, Field, LineField
from desktop.ui.widgets.flow import Beside, flow
from desktop.ui.widgets.layout import column, reveal
from desktop.ui.widgets.text import label

_TEXTS = ("via", "who_may_answer", "if_another_answers")
_ALLOWED = ("voicemail", "sms", "letter", "email")
_OWN = frozenset({"level", "channel", "number", "days", "from", "to", "verified_on", "expires", *_TEXTS, *_ALLOWED})


class RuleFields(QWidget):
    """The parts of a rule. A number that is held but not opened stays as it is unless another is typed."""

    def __init__(self, rule: Mapping[str, Any], *, number: str | None = None) -> None:
        """`number` is what was opened; None while it is hidden."""
        super().__init__()
        self._rule = dict(rule)
        self.level = ComboBox(tr("May she be contacted?"))
        self.level.show_choices(levels(), str(rule.get("level") or "restricted"))
        self.channel = ComboBox(tr("Way"))
        self.channel.show_choices(self._ways(), str(rule.get("channel") or "mobile"))
        self.number = HeldLine(tr("Number"), str(rule.get("number") or ""), opened=number is not None)
        self.days = self._make_days(str(rule.get("days") or EVERY_DAY))
        self.start = LineField(tr("From"), str(rule.get("from") or ""), placeholder="09:00")
        self.end = LineField(tr("To"), str(rule.get("to") or ""), placeholder="12:00")
        self.texts = {name: LineField(words, str(rule.get(name) or "")) for name, words in self._text_words()}
        self.allowed = {name: CheckBox(words, on=rule.get(name) == "yes") for name, words in self._allowed_words()}
        self.expires = DateField(tr("Valid until"), str(rule.get("expires") or ""))
        self.verified = DateField(tr("Checked with her on"), str(rule.get("verified_on") or ""))
        self._fault = ErrorLine()
        self._lay_out()
        self.level.currentIndexChanged.connect(lambda _index: self._fold())
        self._fold()

    def rule(self) -> dict[str, Any] | None:
        """The whole rule; None, and said in words, while something is missing or unreadable."""
        dates = {"expires": self.expires.iso(), "verified_on": self.verified.iso()}
        if None in dates.values():
            return None
        kept = {name: part for name, part in self._rule.items() if name not in _OWN and name != "undecided"}
        rule = kept | {"level": self.level.value()} | {name: part for name, part in dates.items() if part}
        rule |= {name: field.text().strip() for name, field in self.texts.items() if field.text().strip()}
        rule |= {name: "yes" if box.isChecked() else "no" for name, box in self.allowed.items()}
        if self.level.value() not in ("none", "via"):
            rule |= self._way()
        fault = self._wrong(rule)
        self._fault.show_error(fault)
        return None if fault else rule

    def controls(self) -> Controls:
        """Everything that can be typed into or ticked."""
        fixed = {
            "level": self.level,
            "channel": self.channel,
            "number": self.number,
            "from": self.start,
            "to": self.end,
        }
        dates = {"expires": self.expires.line, "verified_on": self.verified.line}
        days = {f"day{number}": made for number, made in enumerate(self.days, 1)}
        return {**fixed, **dates, **days, **self.texts, **self.allowed}

    def _way(self) -> dict[str, Any]:
        number = self.number.value()
        days = "".join(str(day) for day, made in enumerate(self.days, 1) if made.isChecked())
        way = {"channel": self.channel.value(), "number": number, "from": _time(self.start), "to": _time(self.end)}
        way["days"] = "" if days == EVERY_DAY else days
        return {name: part for name, part in way.items() if part}

    def _wrong(self, rule: Mapping[str, Any]) -> str:
        """What to do before this can be a rule; empty when it can be followed."""
        if self.level.value() == "via" and not rule.get("via"):
            return tr("Say through whom she can be reached.")
        if self.level.value() in ("none", "via"):
            return ""
        if not any(made.isChecked() for made in self.days):
            return tr("Choose at least one day, or “Do not contact”.")
        if not all(_is_time(field) for field in (self.start, self.end)):
            return tr("Write times as 09:00.")
        if rule.get("channel") == "in_person":
            return ""
        return "" if can_send(rule) else tr("Give the number, or choose “Only through someone else”.")

    def _ways(self) -> list[tuple[str, str]]:
        """The known ways, and the one that is held though this version does not know it."""
        held = str(self._rule.get("channel") or "")
        known = list(channels())
        return known if not held or held in dict(known) else [*known, (held, held)]

    def _make_days(self, days: str) -> list[Button]:
        names = [QLocale().dayName(day, QLocale.FormatType.ShortFormat) for day in range(1, 8)]
        made = [filter_button(name, on=str(day) in days) for day, name in enumerate(names, 1)]
        for day, one in enumerate(made, 1):
            one.setAccessibleName(QLocale().dayName(day))
        return made

    def _lay_out(self) -> None:
        ways = Beside([(Field(tr("Way"), self.channel), 1), (Field(tr("Number"), self.number), 1)], least=420, space=12)
        held = label(self._number_words(), "caption", "muted", wrap=True)
        reveal(held, self.number.hidden)
        hours = Beside([(Field(tr("From"), self.start), 1), (Field(tr("To"), self.end), 1)], least=260, space=12)
        self._reach = QWidget()
        self._reach.setLayout(column(ways, held, label(tr("Days"), "small_strong"), flow(*self.days, space=6), hours))
        self._texts = {name: Field(words, self.texts[name]) for name, words in self._text_words()}
        dates = Beside([(self.verified, 1), (self.expires, 1)], least=420, space=12)
        allowed = column(label(tr("Allowed"), "small_strong"), flow(*self.allowed.values(), space=16), space=2)
        level = Field(tr("May she be contacted?"), self.level)
        parts = (level, self._texts["via"], self._reach, self._texts["who_may_answer"])
        self.setLayout(column(*parts, self._texts["if_another_answers"], allowed, dates, self._fault, space=10))

    def _number_words(self) -> str:
        return tr("The number that is held stays; it is hidden. Type only to replace it.") if self.number.hidden else ""

    def _fold(self) -> None:
        """Only the parts that this level needs."""
        level = self.level.value()
        reveal(self._texts["via"], level == "via")
        reveal(self._reach, level in ("free", "restricted"))
        for name in ("who_may_answer", "if_another_answers"):
            reveal(self._texts[name], level in ("free", "restricted"))

    @staticmethod
    def _text_words() -> tuple[tuple[str, str], ...]:
        return (
            ("via", tr("Through whom")),
            ("who_may_answer", tr("Who may answer")),
            ("if_another_answers", tr("If anyone else answers, say")),
        )

    @staticmethod
    def _allowed_words() -> tuple[tuple[str, str], ...]:
        return (
            ("voicemail", tr("Voicemail")),
            ("sms", tr("Text messages")),
            ("letter", tr("Letters")),
            ("email", tr("E-mail")),
        )


def _time(field: LineField) -> str:
    """The time typed, as HH:MM."""
    hours, _, minutes = field.text().strip().partition(":")
    return f"{hours.zfill(2)}:{minutes}" if hours else ""


def _is_time(field: LineField) -> bool:
    hours, colon, minutes = _time(field).partition(":")
    if not hours:
        return True
    whole = bool(colon) and hours.isdigit() and minutes.isdigit() and len(minutes) == 2
    return whole and (int(hours) < 24 or (hours, minutes) == ("24", "00")) and int(minutes) < 60
