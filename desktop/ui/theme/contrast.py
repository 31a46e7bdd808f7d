"""Contrast as WCAG 2 defines it, and the pairs of roles that meet on screen.

A pair that a widget draws belongs here; the test of this table is the proof that it can be read in every theme.
Source: WCAG 2.2, "relative luminance" and "contrast ratio".
"""

from desktop.ui.theme.tokens import GRADES, Palette

TEXT_MINIMUM = 4.5
EDGE_MINIMUM = 3.0

_GROUNDS = ("page", "surface", "sunken")
TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    *((ink, ground) for ink in ("text", "muted", "subtle") for ground in (*_GROUNDS, "nav", "chip", "hover")),
    *((ink, "accent_soft") for ink in ("text", "muted", "accent", "on_accent_soft", "danger", "warn", "ok")),
    *((ink, f"{kind}_soft") for kind in ("info", "ok", "warn", "danger") for ink in ("text", "muted", kind)),
    *((ink, ground) for ink in ("accent", "danger", "warn", "ok", "info") for ground in ("page", "surface", "hover")),
    *((ink, "chip") for ink in ("danger", "warn", "ok")),
    ("accent", "nav"),
    ("warn", "ok_soft"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("page", "text"),
)
EDGE_PAIRS: tuple[tuple[str, str], ...] = (
    *((edge, ground) for edge in ("line_control", "focus", "accent", "danger") for ground in _GROUNDS),
    ("focus", "nav"),
    ("focus", "accent_soft"),
    ("focus", "ok_soft"),
    ("accent", "accent_soft"),
)


def ratio(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21, of two #RRGGBB colours."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def failures(palette: Palette) -> list[str]:
    """Every pair of `palette` below its minimum, as readable lines; empty when all can be read."""
    wanted = [(f, g, getattr(palette, f), getattr(palette, g), TEXT_MINIMUM) for f, g in TEXT_PAIRS]
    wanted += [(f, g, getattr(palette, f), getattr(palette, g), EDGE_MINIMUM) for f, g in EDGE_PAIRS]
    for name in GRADES:
        tint = getattr(palette, name)
        wanted.append((f"{name} ink", f"{name} ground", tint.ink, tint.ground, TEXT_MINIMUM))
    return [f"{f} on {g}: {ratio(a, b):.2f} < {least}" for f, g, a, b, least in wanted if ratio(a, b) < least]


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
