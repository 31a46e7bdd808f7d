"""Mirroring for right-to-left languages says what Qt's own says."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QStyle

from desktop.ui.widgets.direction import aligned, placed

DIRECTIONS = st.sampled_from([Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
RECTS = st.builds(QRect, *[st.integers(-2000, 2000)] * 2, *[st.integers(0, 3000)] * 2)
FLAGS = [
    Qt.AlignmentFlag.AlignLeft,
    Qt.AlignmentFlag.AlignRight,
    Qt.AlignmentFlag.AlignHCenter,
    Qt.AlignmentFlag.AlignVCenter,
    Qt.AlignmentFlag.AlignAbsolute,
]


@given(DIRECTIONS, RECTS, RECTS)
def test_a_rectangle_lies_where_qt_would_put_it(direction: Qt.LayoutDirection, within: QRect, rect: QRect) -> None:
    assert placed(direction, within, rect) == QStyle.visualRect(direction, within, rect)


@given(DIRECTIONS, st.sets(st.sampled_from(FLAGS)))
def test_an_alignment_turns_as_qt_would_turn_it(direction: Qt.LayoutDirection, flags: set[Qt.AlignmentFlag]) -> None:
    alignment = Qt.AlignmentFlag(0)
    for flag in flags:
        alignment |= flag
    assert aligned(direction, alignment) == QStyle.visualAlignment(direction, alignment)
