"""Tab goes through a form as it is laid out. Qt goes by when a control was made, and questions appear later."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLayout, QScrollArea, QWidget


def step(screen: QWidget, roots: Sequence[QWidget], *, forward: bool) -> bool:
    """Give the keyboard to the control after (or before) the one that has it, going through `roots` in order.

    At either end it goes to the control outside the screen. False when there is nowhere to go.
    """
    focus = QApplication.focusWidget()
    stops = [widget for root in roots for widget in _laid_out(root) if _takes_tab(widget)]
    place = next((at for at, widget in enumerate(stops) if focus is not None and _holds(widget, focus)), None)
    there = None if place is None else place + (1 if forward else -1)
    target = stops[there] if there is not None and 0 <= there < len(stops) else _outside(screen, focus, forward=forward)
    if target is None:
        return False
    target.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    return True


def _holds(stop: QWidget, focus: QWidget) -> bool:
    """Whether the keyboard is at this stop: in it, or at a choice beside it in the same group."""
    if stop is focus or stop.isAncestorOf(focus):
        return True
    beside = stop.parentWidget() is focus.parentWidget() and not focus.focusPolicy() & Qt.FocusPolicy.TabFocus
    return beside and type(stop) is type(focus)


def _takes_tab(widget: QWidget) -> bool:
    tabs = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return tabs and widget.focusProxy() is None and widget.isVisible() and widget.isEnabled()


def _outside(screen: QWidget, focus: QWidget | None, *, forward: bool) -> QWidget | None:
    """The next control of the window that is no part of the screen."""
    start = focus or screen
    widget = _beside(start, forward=forward)
    while widget is not None and widget is not start:
        if _takes_tab(widget) and not screen.isAncestorOf(widget):
            return widget
        widget = _beside(widget, forward=forward)
    return None


def _beside(widget: QWidget, *, forward: bool) -> QWidget | None:
    return widget.nextInFocusChain() if forward else widget.previousInFocusChain()


def _laid_out(widget: QWidget) -> Iterator[QWidget]:
    """A widget and everything in it, from top to bottom."""
    yield widget
    layout = widget.layout()
    scrolled = widget.widget() if isinstance(widget, QScrollArea) else None
    if scrolled is not None:
        yield from _laid_out(scrolled)
    elif layout is not None:
        yield from _in_layout(layout)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item is None:
            continue
        inner, widget = item.layout(), item.widget()
        if inner is not None:
            yield from _in_layout(inner)
        elif widget is not None:
            yield from _laid_out(widget)
