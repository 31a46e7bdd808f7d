"""Putting parts together: columns, rows, boxes, pages and panels. Leaves what they hold to the screens."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.theme.tokens import SPACE

Margins = int | tuple[int, int] | tuple[int, int, int, int]
Part = QWidget | QLayout | int | None | tuple[QWidget | QLayout, int] | tuple[QWidget, Qt.AlignmentFlag]


def column(*parts: Part, space: int = SPACE.s, margins: Margins = 0) -> QVBoxLayout:
    """Parts one below the other.

    A part is a widget or layout, `None` for a stretch, a number for a space in pixels, `(part, stretch)`, or
    `(widget, alignment)`. `margins` are all four, (vertical, horizontal), or (top, right, bottom, left).
    """
    layout = QVBoxLayout()
    _fill(layout, parts, space, margins)
    return layout


def row(*parts: Part, space: int = SPACE.s, margins: Margins = 0) -> QHBoxLayout:
    """Parts side by side in reading direction; parts and margins as in `column`."""
    layout = QHBoxLayout()
    _fill(layout, parts, space, margins)
    return layout


def _fill(layout: QBoxLayout, parts: Sequence[Part], space: int, margins: Margins) -> None:
    layout.setSpacing(space)
    if isinstance(margins, int):
        layout.setContentsMargins(margins, margins, margins, margins)
    elif len(margins) == 2:
        layout.setContentsMargins(margins[1], margins[0], margins[1], margins[0])
    else:
        layout.setContentsMargins(margins[3], margins[0], margins[1], margins[2])
    for part in parts:
        _add(layout, part)


def _add(layout: QBoxLayout, part: Part) -> None:
    if part is None:
        layout.addStretch(1)
    elif isinstance(part, int):
        layout.addSpacing(part)
    elif isinstance(part, tuple):
        item, how = part
        if isinstance(item, QLayout):
            layout.addLayout(item, how if isinstance(how, int) else 0)
        elif isinstance(how, Qt.AlignmentFlag):
            layout.addWidget(item, 0, how)
        else:
            layout.addWidget(item, how)
    elif isinstance(part, QLayout):
        layout.addLayout(part)
    else:
        layout.addWidget(part)


def holder(layout: QLayout, *, width: int | None = None) -> QWidget:
    """A bare widget around `layout`, to show, hide or fix the width of several parts at once."""
    widget = QWidget()
    widget.setLayout(layout)
    if width is not None:
        widget.setFixedWidth(width)
    return widget


def box(kind: str, layout: QLayout, *, width: int | None = None) -> QFrame:
    """A frame of a `kind` that the stylesheet knows: card, plain, sunken, accent, chosen, popup, info, ok, warn,
    danger, nav, topbar, bottombar, side, sideleft.
    """
    frame = QFrame()
    frame.setProperty("box", kind)
    frame.setLayout(layout)
    if width is not None:
        frame.setFixedWidth(width)
    return frame


def card(*parts: Part, space: int = SPACE.s, margins: Margins = SPACE.lg) -> QFrame:
    """A white sheet with parts one below the other."""
    return box("card", column(*parts, space=space, margins=margins))


def list_card(items: Sequence[QWidget]) -> QFrame:
    """A card of rows that touch, with a hairline between each two."""
    parts: list[Part] = []
    for number, item in enumerate(items):
        parts += [line(), item] if number else [item]
    return box("card", column(*parts, space=0, margins=1))


def line(*, upright: bool = False) -> QFrame:
    """A hairline: decoration, never the only thing that tells two parts apart."""
    frame = QFrame()
    frame.setObjectName("line")
    if upright:
        frame.setFixedWidth(1)
    else:
        frame.setFixedHeight(1)
    return frame


def page(layout: QLayout) -> QWidget:
    """The ground of a screen."""
    widget = QWidget()
    widget.setObjectName("page")
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    widget.setLayout(layout)
    return widget


class ScrollArea(QScrollArea):
    """Holds on to its content and to the viewport in between, which Qt made.

    Whoever asks a widget for its parent makes a passing Python object of that viewport, which then counts as the
    keeper of everything below it: when it goes, Python's collector empties widgets that are still in sight.
    """

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._between = self.viewport()
        self._content = content
        self.setWidget(content)


def scroll(content: QWidget) -> QScrollArea:
    """`content` in an area that scrolls downwards only, and never takes the focus itself.

    The content is given the name the stylesheet keeps transparent unless it is a page with its own ground.
    """
    area = ScrollArea(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if not content.objectName():
        content.setObjectName("scrolled")
    return area


def side_panel(layout: QLayout, width: int, *, left: bool = False) -> QFrame:
    """A panel at the right (or `left`) edge that scrolls by itself, so that a low window cuts nothing off."""
    kind = "sideleft" if left else "side"
    return box(kind, column(scroll(holder(layout)), space=0), width=width)


def splitter(*widgets: QWidget, upright: bool = False, name: str) -> QSplitter:
    """Widgets side by side (or `upright`, one above the other) that a person can resize; none can be squeezed away."""
    parts = QSplitter(Qt.Orientation.Vertical if upright else Qt.Orientation.Horizontal)
    parts.setAccessibleName(name)
    parts.setHandleWidth(5)
    parts.setChildrenCollapsible(False)
    for widget in widgets:
        parts.addWidget(widget)
    return parts


def readable(widget: QWidget, width: int = 700) -> QWidget:
    """`widget` no wider than a line that can be read at ease."""
    widget.setMaximumWidth(width)
    policy = widget.sizePolicy()
    policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
    widget.setSizePolicy(policy)
    return widget


def clear(layout: QLayout) -> None:
    """Take everything out of `layout` and let it go, also what lies in layouts inside it."""
    while (item := layout.takeAt(0)) is not None:
        inner = item.layout()
        if inner is not None:
            clear(inner)
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()


def reveal(widget: QWidget, shown: bool) -> None:  # noqa: FBT001  setVisible's own shape
    """Show or hide a part. One that lies in no window yet is only marked: showing it would open a window of its own."""
    created = widget.testAttribute(Qt.WidgetAttribute.WA_WState_Created)
    if shown and widget.parentWidget() is None and not created:
        widget.setAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide, on=False)
    else:
        widget.setVisible(shown)
