"""Tokens to one stylesheet. No widget carries its own.

Widgets name what they are by dynamic properties: labels `role` and `tone`, frames `box`, buttons `kind`, `dense` and
`on`, fields `dense` and `invalid`. What a stylesheet cannot draw (badges, rows, answers) paints itself from the theme.
"""

from desktop.ui.theme.tokens import FAMILIES, RADIUS, SIZES, TYPE, Palette

TONES = ("text", "muted", "subtle", "accent", "on_accent_soft", "danger", "warn", "ok", "info")
NOTICES = ("info", "ok", "warn", "danger")


def stylesheet(palette: Palette, scale: float) -> str:
    """The application's stylesheet for `palette` with text and controls grown by `scale`."""
    parts = (_text(palette, scale), _boxes(palette), _buttons(palette, scale), _fields(palette, scale), _views(palette))
    return "\n".join(parts)


def _text(p: Palette, scale: float) -> str:
    families = ", ".join(f'"{name}"' for name in FAMILIES)
    roles = "\n".join(
        f'QLabel[role="{name}"] {{ font-size: {round(kind.px * scale)}px; font-weight: {kind.weight}; }}'
        for name, kind in TYPE.items()
    )
    tones = "\n".join(f'QLabel[tone="{tone}"] {{ color: {getattr(p, tone)}; }}' for tone in TONES)
    return f"""
QWidget {{ color: {p.text}; font-family: {families}; }}
QLabel {{ background: transparent; }}
{roles}
{tones}
QLabel[role="key"] {{ background: {p.surface}; color: {p.muted}; border: 1px solid {p.line_button};
    border-radius: {RADIUS.s}px; padding: 1px 5px; }}
QLabel:disabled {{ color: {p.subtle}; }}
QToolTip {{ background: {p.text}; color: {p.page}; border: 0; padding: 6px 8px;
    font-size: {round(TYPE["caption"].px * scale)}px; }}"""


def _boxes(p: Palette) -> str:
    notices = "\n".join(
        f'QFrame[box="{kind}"] {{ background: {getattr(p, kind + "_soft")};'
        f" border: 1px solid {getattr(p, kind + '_line')}; border-radius: {RADIUS.m}px; }}"
        for kind in NOTICES
    )
    bars = "\n".join(
        f'QFrame[box="{kind}"] {{ background: {ground}; border: 0; border-{edge}: 1px solid {p.line}; }}'
        for kind, ground, edge in (
            ("nav", p.nav, "right"),
            ("topbar", p.surface, "bottom"),
            ("bottombar", p.surface, "top"),
            ("side", p.surface, "left"),
            ("sideleft", p.surface, "right"),
        )
    )
    return f"""
QMainWindow, QDialog, QWidget#window, QWidget#page {{ background: {p.page}; }}
QScrollArea, QScrollArea > QWidget > QWidget#scrolled {{ background: transparent; border: 0; }}
QFrame#line {{ background: {p.line}; border: 0; }}
QFrame[box="card"] {{ background: {p.surface}; border: 1px solid {p.line}; border-radius: {RADIUS.lg}px; }}
QFrame[box="chip"] {{ background: {p.chip}; border: 1px solid {p.line}; border-radius: {RADIUS.s}px; }}
QFrame[box="plain"] {{ background: transparent; border: 0; }}
QFrame[box="sunken"] {{ background: {p.sunken}; border: 0; border-radius: {RADIUS.m}px; }}
QFrame[box="accent"] {{ background: {p.accent_soft}; border: 0; border-radius: {RADIUS.m}px; }}
QFrame[box="chosen"] {{ background: {p.surface}; border: 2px solid {p.accent}; border-radius: {RADIUS.lg}px; }}
QFrame[box="popup"] {{ background: {p.surface}; border: 1px solid {p.line_control}; border-radius: {RADIUS.lg}px; }}
QFrame[box="differs"] {{ background: {p.warn_soft}; border: 1px solid {p.warn_line};
    border-radius: {RADIUS.m}px; }}
QFrame[box="same"] {{ background: transparent; border: 1px solid transparent; }}
{notices}
{bars}
QSplitter::handle {{ background: {p.line}; }}
QSplitter::handle:hover {{ background: {p.accent}; }}"""


def _buttons(p: Palette, scale: float) -> str:
    def high(size: int) -> str:
        return f"min-height: {round(size * scale) - 2}px"

    small = f"font-size: {round(TYPE['small'].px * scale)}px"
    body = f"font-size: {round(TYPE['body'].px * scale)}px"
    return f"""
QPushButton {{ {high(SIZES.control)}; padding: 0 14px; border-radius: {RADIUS.m}px; {body}; font-weight: 600;
    background: {p.surface}; border: 1px solid {p.line_button}; color: {p.text}; }}
QPushButton:hover {{ background: {p.hover}; border-color: {p.line_control}; }}
QPushButton:pressed {{ background: {p.sunken}; }}
QPushButton[kind="primary"] {{ background: {p.accent}; border-color: {p.accent}; color: {p.on_accent}; }}
QPushButton[kind="primary"]:hover, QPushButton[kind="primary"]:pressed {{ background: {p.accent_hover};
    border-color: {p.accent_hover}; }}
QPushButton[kind="danger"] {{ color: {p.danger}; border-color: {p.danger_line}; }}
QPushButton[kind="danger"]:hover {{ background: {p.danger_soft}; border-color: {p.danger}; }}
QPushButton[kind="quiet"] {{ background: transparent; border-color: transparent; color: {p.accent}; padding: 0 8px; }}
QPushButton[kind="quiet"]:hover {{ background: {p.accent_soft}; }}
QPushButton[kind="ghost"] {{ background: transparent; border-color: transparent; color: {p.muted}; padding: 0 8px;
    font-weight: 500; }}
QPushButton[kind="ghost"]:hover {{ background: {p.hover}; color: {p.text}; }}
QPushButton[dense="s"] {{ {high(SIZES.target)}; {small}; padding: 0 10px; }}
QPushButton[dense="l"] {{ {high(SIZES.large)}; }}
QPushButton[kind="link"] {{ background: transparent; border: 0; color: {p.accent}; padding: 0; {small};
    min-height: {round(SIZES.target * scale)}px; }}
QPushButton[kind="link"]:hover {{ color: {p.accent_hover}; text-decoration: underline; }}
QPushButton[kind="filter"] {{ {high(SIZES.target)}; {small}; font-weight: 500; padding: 0 10px; }}
QPushButton[kind="filter"]:checked {{ background: {p.accent_soft}; color: {p.on_accent_soft};
    border-color: {p.accent}; font-weight: 600; }}
QPushButton[kind="tab"] {{ {high(38)}; padding: 0 2px; margin-right: 20px; border: 0; border-radius: 0;
    background: transparent; color: {p.muted}; font-weight: 500; {small}; border-bottom: 2px solid transparent; }}
QPushButton[kind="tab"]:hover {{ color: {p.text}; border-bottom-color: {p.line_control}; }}
QPushButton[kind="tab"]:checked {{ color: {p.accent}; font-weight: 600; border-bottom: 2px solid {p.accent}; }}
QPushButton:disabled {{ color: {p.subtle}; border-color: {p.line}; background: {p.sunken}; }}
QPushButton[kind="quiet"]:disabled, QPushButton[kind="ghost"]:disabled, QPushButton[kind="link"]:disabled {{
    background: transparent; border-color: transparent; }}
QToolButton {{ border: 0; border-radius: {RADIUS.m}px; padding: 4px; background: transparent; }}
QToolButton:hover {{ background: {p.hover}; }}"""


def _fields(p: Palette, scale: float) -> str:
    body = f"font-size: {round(TYPE['body'].px * scale)}px"
    small = f"font-size: {round(TYPE['small'].px * scale)}px"
    kinds = ("QLineEdit", "QPlainTextEdit", "QComboBox")

    def each(state: str) -> str:
        return ", ".join(kind + state for kind in kinds)

    return f"""
{each("")} {{ background: {p.surface}; border: 1px solid {p.line_control}; border-radius: {RADIUS.m}px;
    padding: 0 10px; min-height: {round(SIZES.control * scale) - 2}px; {body};
    selection-background-color: {p.accent}; selection-color: {p.on_accent}; }}
QPlainTextEdit {{ padding: 6px 8px; }}
{each(":hover")} {{ border-color: {p.text}; }}
{each(":focus")} {{ border-color: {p.accent}; }}
{each(":disabled")} {{ background: {p.sunken}; color: {p.muted}; border-color: {p.line_button}; }}
QLineEdit:read-only, QPlainTextEdit:read-only {{ background: {p.sunken}; border-color: {p.line_button}; }}
QLineEdit[dense="s"], QComboBox[dense="s"] {{ min-height: {round(SIZES.target * scale) - 2}px; {small}; }}
QLineEdit[dense="l"], QComboBox[dense="l"] {{ min-height: {round(SIZES.large * scale) - 2}px; }}
QLineEdit[dense="bare"] {{ border: 0; background: transparent; }}
{each('[invalid="true"]')} {{ border: 2px solid {p.danger}; padding: 0 9px; }}
QPlainTextEdit[invalid="true"] {{ padding: 5px 7px; }}
QComboBox {{ padding-right: 30px; }}
QComboBox::drop-down {{ border: 0; width: 28px; }}
QComboBox::down-arrow {{ image: none; width: 0; height: 0; }}
QComboBox QAbstractItemView, QListView[popup="true"] {{ background: {p.surface}; color: {p.text};
    border: 1px solid {p.line_control}; border-radius: {RADIUS.m}px; outline: 0; padding: 4px; {body};
    selection-background-color: {p.accent_soft}; selection-color: {p.on_accent_soft}; }}
QComboBox QAbstractItemView::item, QListView[popup="true"]::item {{
    min-height: {round(SIZES.target * scale)}px; padding: 0 8px; }}"""


def _views(p: Palette) -> str:
    return f"""
QAbstractItemView {{ background: {p.surface}; border: 0; outline: 0; selection-background-color: {p.accent_soft};
    selection-color: {p.text}; }}
QHeaderView {{ background: {p.surface}; border: 0; }}
QTableCornerButton::section {{ background: {p.surface}; border: 0; }}
QScrollBar {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ width: 12px; margin: 2px; }}
QScrollBar:horizontal {{ height: 12px; margin: 2px; }}
QScrollBar::handle {{ background: {p.line_button}; border-radius: 4px; }}
QScrollBar::handle:hover {{ background: {p.line_control}; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QMenu {{ background: {p.surface}; border: 1px solid {p.line_control}; padding: 4px; }}
QMenu::item {{ padding: 8px 16px; border-radius: {RADIUS.s}px; }}
QMenu::item:selected {{ background: {p.accent_soft}; color: {p.on_accent_soft}; }}
QMenu::separator {{ height: 1px; background: {p.line}; margin: 4px 8px; }}
QCalendarWidget QWidget {{ background: {p.surface}; alternate-background-color: {p.sunken}; }}
QCalendarWidget QAbstractItemView:enabled {{ color: {p.text}; selection-background-color: {p.accent};
    selection-color: {p.on_accent}; }}"""
