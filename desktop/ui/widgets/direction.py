"""Where things of a left-to-right drawing belong in a right-to-left language.

The same as `QStyle.visualRect` and `QStyle.visualAlignment`, without `QStyle`: making its Python class takes longer
than painting the unlock screen.
"""

from PySide6.QtCore import QRect, Qt

_SIDES = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignRight
_ABSOLUTE = Qt.AlignmentFlag.AlignAbsolute


def placed(direction: Qt.LayoutDirection, within: QRect, rect: QRect) -> QRect:
    """`rect` mirrored inside `within`, or as it is."""
    if direction != Qt.LayoutDirection.RightToLeft:
        return rect
    return QRect(within.left() + within.right() - rect.right(), rect.top(), rect.width(), rect.height())


def aligned(direction: Qt.LayoutDirection, alignment: Qt.AlignmentFlag) -> Qt.AlignmentFlag:
    """Left and right exchanged, or as they are, and marked absolute so that a painter does not exchange them again."""
    if not alignment & Qt.AlignmentFlag.AlignHorizontal_Mask:
        alignment |= Qt.AlignmentFlag.AlignLeft
    if alignment & _ABSOLUTE or not alignment & _SIDES:
        return alignment
    return (alignment ^ _SIDES if direction == Qt.LayoutDirection.RightToLeft else alignment) | _ABSOLUTE
