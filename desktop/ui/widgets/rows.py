"""Rows that are buttons: what needs me (Today), a section of a form, a thing in a list column.

The whole row is the target and Enter does its act; a row paints itself in one go, so a long list stays light.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from desktop.ui.theme.theme import current_theme
from desktop.ui.theme.tokens import RADIUS, SIZES
from desktop.ui.widgets.grade import badge_size, grade_word, paint_badge
from desktop.ui.widgets.painted import Brush, PaintedButton, text_height, text_width


@dataclass(frozen=True)
class RowFacts:
    """What a row of Today shows, all in the caller's words. `grade` empty means that the row has none."""

    title: str
    text: str
    why: str
    act: str
    icon: str = "circle"
    tone: str = "muted"
    grade: str = ""
    when: str = ""
    when_tone: str = "muted"


class ListRow(PaintedButton):
    """One thing that needs me: sign, case and what, why, grade, by when, and the act. Columns line up across rows.

    Where the row is too narrow for columns it takes a third line and drops no word but the act, which stays its name.
    """

    def __init__(self, facts: RowFacts) -> None:
        super().__init__("", SIZES.row)
        self._facts = facts
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.show_facts(facts)

    def show_facts(self, facts: RowFacts) -> None:
        """Show other facts in the same row."""
        self._facts = facts
        grade = grade_word(facts.grade) if facts.grade else ""
        said = (facts.title, grade, facts.text, facts.why, facts.when, facts.act)
        self.setAccessibleName(", ".join(part for part in said if part))
        self.update()

    def facts(self) -> RowFacts:
        """What is now shown."""
        return self._facts

    def heightForWidth(self, width: int) -> int:
        lines = text_height("body") + text_height("small") + 14
        if self._narrow(width) and (self._facts.grade or self._facts.when):
            lines += current_theme().px(24) + 6
        return max(lines, current_theme().px(SIZES.row))

    def sizeHint(self) -> QSize:
        width = max(self.width(), 320)
        return QSize(320, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(max(self.width(), 200)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        facts, width, height = self._facts, self.width(), self.height()
        with Brush(self) as brush:
            lit = self.hasFocus() or self.underMouse()
            if lit:
                ground = "accent_soft" if self.hasFocus() else "hover"
                brush.panel(QRectF(2, 2, width - 4, height - 4), ground, None, RADIUS.m)
            brush.icon(16, 14, facts.icon, facts.tone, SIZES.icon_m)
            left = 16 + brush.theme.px(SIZES.icon_m) + 14
            right = self._paint_columns(brush, left) if not self._narrow(width) else self._paint_below(brush, left)
            self._paint_words(brush, left, right - left)

    def _narrow(self, width: int) -> bool:
        return width < current_theme().px(660)

    def _paint_words(self, brush: Brush, left: int, room: int) -> None:
        top, body = 6, text_height("body") + 2
        used = brush.text(QRect(left, top, room, body), self._facts.title, "strong", "text")
        rest = room - used - 10
        if rest > 20:
            brush.text(QRect(left + used + 10, top, rest, body), self._facts.text, "body", "text")
        brush.text(QRect(left, top + body, room, text_height("small") + 2), self._facts.why, "small", "muted")

    def _paint_columns(self, brush: Brush, left: int) -> int:
        """Grade, by when and act at the right end; where the words must stop."""
        theme, facts, width, height = brush.theme, self._facts, self.width(), self.height()
        act, when = theme.px(160), theme.px(106)
        grade = max(theme.px(104), badge_size(theme, "ungraded").width() + 12)
        icon = SIZES.icon
        brush.icon(width - 14 - theme.px(icon), (height - theme.px(icon)) // 2, self._act_icon(), "accent", icon)
        act_room = QRect(width - act, 0, act - 22 - theme.px(icon), height)
        brush.text(act_room, facts.act, "small_strong", "accent", right=True)
        role = "small" if facts.when_tone == "muted" else "small_strong"
        brush.text(QRect(width - act - when, 0, when - 6, height), facts.when, role, facts.when_tone)
        self._badge(brush, width - act - when - grade, height // 2)
        return max(width - act - when - grade - 12, left)

    def _paint_below(self, brush: Brush, left: int) -> int:
        """Grade and by when on a third line; where the words must stop."""
        theme, facts = brush.theme, self._facts
        middle = self.height() - 8 - theme.px(24) // 2
        used = self._badge(brush, left, middle)
        when = QRect(left + used, middle - theme.px(12), self.width() - left - used - 40, theme.px(24))
        brush.text(when, facts.when, "small_strong" if facts.when_tone != "muted" else "small", facts.when_tone)
        side = theme.px(SIZES.icon)
        brush.icon(self.width() - 14 - side, (self.height() - side) // 2, self._act_icon(), "accent", SIZES.icon)
        return self.width() - 22 - side

    def _badge(self, brush: Brush, left: int, middle: int) -> int:
        if not self._facts.grade:
            return 0
        size = badge_size(brush.theme, self._facts.grade)
        rect = brush.place(QRect(left, middle - size.height() // 2, size.width(), size.height()))
        paint_badge(brush.painter, brush.theme, rect, self._facts.grade)
        return size.width() + 10

    def _act_icon(self) -> str:
        return "corner-down-left" if self.hasFocus() else "chevron-right"


SECTION_ICONS = {"done": "circle-check", "now": "circle-dot", "part": "circle-dashed", "todo": "circle"}


class SectionItem(PaintedButton):
    """One section of a form in its list: a sign, its name and how far it is. States: done, now, part, todo."""

    def __init__(self, text: str, fact: str, state: str = "todo") -> None:
        super().__init__("", 40)
        self._text, self._fact, self._state = text, fact, state
        self.show_state(fact, state)

    def show_state(self, fact: str, state: str) -> None:
        """Another fact and state."""
        if (fact, state) == (self._fact, self._state) and self.accessibleName():
            return
        self._fact, self._state = fact, state
        self.setAccessibleName(f"{self._text}, {fact}" if fact else self._text)
        self.setToolTip(self._text)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        now, height = self._state == "now", self.height()
        with Brush(self) as brush:
            theme = brush.theme
            if now or self.underMouse():
                brush.panel(QRectF(self.rect()), "accent_soft" if now else "hover", None, RADIUS.m)
            side = theme.px(SIZES.icon)
            tone = "accent" if self._state in ("done", "now") else "subtle"
            brush.icon(10, (height - side) // 2, SECTION_ICONS[self._state], tone, SIZES.icon)
            ink = "on_accent_soft" if now else "text"
            fact_room = text_width(self._fact, "caption") + 2
            left = 10 + side + 10
            words = QRect(left, 0, self.width() - left - fact_room - 18, height)
            brush.text(words, self._text, "small_strong" if now else "small", ink)
            fact = QRect(self.width() - fact_room - 10, 0, fact_room, height)
            brush.text(fact, self._fact, "caption", "on_accent_soft" if now else "muted", right=True)


class ThingRow(PaintedButton):
    """A thing in a list column or a panel: sign, title, one or two lines below, and when; `on` marks where I am."""

    def __init__(
        self, title: str, text: str = "", note: str = "", *, icon: str = "circle", tone: str = "muted"
    ) -> None:
        super().__init__("", 48)
        self._lines: list[str] = []
        self._title, self._icon, self._tone = title, icon, tone
        self.set_lines(text, note)
        self._when = ""
        self._on = False

    def set_lines(self, *lines: str) -> None:
        """The lines below the title; empty ones are left out."""
        self._lines = [part for part in lines if part]
        self.setAccessibleName(", ".join((self._title, *self._lines)))
        self.updateGeometry()
        self.update()

    def set_on(self, on: bool) -> None:  # noqa: FBT001  a setter in Qt's own shape
        """Mark this row as the one that is open."""
        self._on = on
        self.update()

    def set_when(self, when: str) -> None:
        """Words at the far end of the first line."""
        self._when = when
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, max(self._words_height() + 16, current_theme().px(SIZES.control)))

    def _words_height(self) -> int:
        return text_height("small_strong") + len(self._lines) * (text_height("caption") + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with Brush(self) as brush:
            if self._on or self.underMouse():
                brush.panel(QRectF(self.rect()), "accent_soft" if self._on else "hover", None, RADIUS.m)
            left = 10 + brush.theme.px(SIZES.icon) + 10
            top = max((self.height() - self._words_height()) // 2, 2)
            brush.icon(10, top + 1, self._icon, self._tone, SIZES.icon)
            line = text_height("small_strong")
            ink = "on_accent_soft" if self._on else "text"
            when = text_width(self._when, "caption") + 10 if self._when else 0
            room = self.width() - left - 10
            brush.text(QRect(left, top, room - when, line), self._title, "small_strong", ink)
            brush.text(QRect(left, top, room, line), self._when, "caption", "muted", right=True)
            top += line + 2
            for words in self._lines:
                brush.text(QRect(left, top, room, text_height("caption") + 2), words, "caption", "muted")
                top += text_height("caption") + 2
