"""Lucide icons (ISC) from `resources/icons/`, drawn in a given colour at the screen's own ratio.

Leaves the choice of colour to the theme. Pixmaps are kept in Qt's own cache, so a list of thousands draws each once.
"""

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer


def draw_icon(folder: Path, name: str, colour: str, size: int, dpr: float) -> QPixmap:
    """The icon `name` in `colour` (#RRGGBB), `size` logical pixels square, for a screen of ratio `dpr`.

    Raises:
        FileNotFoundError: no such icon is shipped; a bug of the caller, never of the person.

    """
    cached = QPixmap()
    key = f"causeway-{name}-{colour}-{size}-{dpr}"
    if QPixmapCache.find(key, cached):
        return cached
    source = (folder / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    pixmap = QPixmap(round(size * dpr), round(size * dpr))
    pixmap.setDevicePixelRatio(dpr)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    QPixmapCache.insert(key, pixmap)
    return pixmap


def as_icon(pixmap: QPixmap, gap: int) -> QIcon:
    """A QIcon with `gap` clear pixels on its right: stylesheets cannot set the distance between icon and text."""
    ratio = pixmap.devicePixelRatio()
    padded = QPixmap(pixmap.width() + round(gap * ratio), pixmap.height())
    padded.setDevicePixelRatio(ratio)
    padded.fill(Qt.GlobalColor.transparent)
    painter = QPainter(padded)
    painter.drawPixmap(0, 0, pixmap)
    painter.end()
    return QIcon(padded)
