"""The accessibility walk: what every screen is held to, as functions that list what is wrong, for all UI tests."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)

from desktop.ui.widgets.choices import CheckBox, RadioButton


def colours(root: QWidget) -> set[str]:
    """Every colour that `root` paints, as #RRGGBB."""
    image = root.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return {f"#{pixel & 0xFFFFFF:06X}" for pixel in set(memoryview(image.constBits()).cast("I"))}


def visible(root: QWidget) -> list[QWidget]:
    """What is shown below `root`, without the insides of Qt's own controls."""
    insides = (QLineEdit, QComboBox, QAbstractScrollArea)
    return [
        widget
        for widget in root.findChildren(QWidget)
        if widget.isVisible()
        and not widget.objectName().startswith("qt_")
        and not (isinstance(widget, QAbstractButton) and isinstance(widget.parentWidget(), insides))
    ]


def unnamed(root: QWidget) -> list[str]:
    """Controls that can be reached by Tab and have no accessible name."""
    found = []
    for widget in visible(root):
        reachable = bool(widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value) and widget.isEnabled()
        viewport = isinstance(widget.parentWidget(), QAbstractScrollArea)
        if reachable and not viewport and not widget.accessibleName():
            found.append(type(widget).__name__)
    return found


def small_targets(root: QWidget, least: int = 32) -> list[str]:
    """Controls that are lower or narrower than `least`."""
    controls = (QAbstractButton, QLineEdit, QComboBox)
    return [
        f"{type(widget).__name__} {widget.accessibleName()!r} {widget.width()}x{widget.height()}"
        for widget in visible(root)
        if isinstance(widget, controls) and min(widget.width(), widget.height()) < least
    ]


def cut_texts(root: QWidget) -> list[str]:
    """Labels, buttons and tick boxes whose words do not fit."""
    found = []
    for widget in visible(root):
        if isinstance(widget, QLabel) and widget.text():
            if widget.wordWrap():
                cut = widget.heightForWidth(widget.width()) > widget.height() + 2
            else:
                cut = widget.sizeHint().width() > widget.width() + 1
        elif isinstance(widget, CheckBox | RadioButton):
            cut = widget.heightForWidth(widget.width()) > widget.height() + 1
        elif isinstance(widget, QPushButton) and widget.text():
            cut = widget.sizeHint().width() > widget.width() + 1
        else:
            continue
        if cut:
            found.append(f"{type(widget).__name__} {widget.text()[:50]!r} in {widget.width()}x{widget.height()}")
    return found


def beyond(root: QWidget) -> list[str]:
    """What lies in a scroll area and is wider than it: scrolling downwards would never show its end."""
    found = []
    for area in root.findChildren(QScrollArea):
        content = area.widget()
        if area.isVisible() and content is not None and content.width() > area.viewport().width():
            found.append(f"{content.objectName()} {content.width()} in {area.viewport().width()}")
    return found
