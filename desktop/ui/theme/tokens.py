"""Design tokens: the only place where a colour, a type size, a space or a radius is written down.

Colours are roles, never looks: the accent means "you can act here", danger, warn and ok always come with a sign and a
word, and a grade is bars, word and tint together. What the roles must contrast with is in `contrast`; turning them into
a stylesheet is `style`'s work, and choosing a theme is the window's. Named tuples, not data classes: these are made
before the first paint, and take a tenth of the time.
"""

from typing import NamedTuple


class Tint(NamedTuple):
    """Ground, ink and edge of one grade badge."""

    ground: str
    ink: str
    edge: str


class Palette(NamedTuple):
    """Colour roles of one theme, as #RRGGBB."""

    # surfaces, from back to front
    nav: str
    page: str
    sunken: str
    chip: str
    surface: str
    hover: str
    # line is decoration, line_button edges what its label names, line_control edges what has nothing else (needs 3:1)
    line: str
    line_button: str
    line_control: str
    text: str
    muted: str
    subtle: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    on_accent_soft: str
    focus: str
    danger: str
    danger_soft: str
    danger_line: str
    warn: str
    warn_soft: str
    warn_line: str
    ok: str
    ok_soft: str
    ok_line: str
    info: str
    info_soft: str
    info_line: str
    # grades: lightness falls as risk rises; the bars and the word carry the meaning without it
    ungraded: Tint
    standard: Tint
    raised: Tint
    high: Tint
    extreme: Tint


class TypeRole(NamedTuple):
    """One text role: size in device-independent pixels at 100 %, and weight (400 to 700)."""

    px: int
    weight: int


LIGHT = Palette(
    nav="#EAEEED",
    page="#F4F6F5",
    sunken="#EEF1F0",
    chip="#EEF1F0",
    surface="#FFFFFF",
    hover="#F1F5F5",
    line="#DEE4E2",
    line_button="#BCC7C4",
    line_control="#7F8B89",
    text="#15201F",
    muted="#465453",
    subtle="#5A6766",
    accent="#0D5C68",
    accent_hover="#094852",
    on_accent="#FFFFFF",
    accent_soft="#DDECEE",
    on_accent_soft="#094852",
    focus="#0D5C68",
    danger="#98182A",
    danger_soft="#FBECEB",
    danger_line="#E3B4B1",
    warn="#744700",
    warn_soft="#FBF2DF",
    warn_line="#DFC795",
    ok="#1C5E36",
    ok_soft="#E6F2EA",
    ok_line="#B3D3BF",
    info="#0D5C68",
    info_soft="#E6F0F2",
    info_line="#B4D0D4",
    ungraded=Tint("#FFFFFF", "#5A6766", "#75827F"),
    standard=Tint("#EDF2F0", "#364846", "#C3CFCC"),
    raised=Tint("#FAEDD0", "#694200", "#DFC48A"),
    high=Tint("#F8DFDA", "#84191B", "#E2ABA3"),
    extreme=Tint("#7A1526", "#FFFFFF", "#7A1526"),
)

DARK = Palette(
    nav="#0D1212",
    page="#121818",
    sunken="#0F1414",
    chip="#242F2F",
    surface="#1A2222",
    hover="#212B2B",
    line="#2A3434",
    line_button="#485553",
    line_control="#788785",
    text="#E7EEED",
    muted="#B6C2C0",
    subtle="#9AA8A6",
    accent="#79C7D0",
    accent_hover="#97D8DF",
    on_accent="#06272C",
    accent_soft="#173A40",
    on_accent_soft="#A9E0E6",
    focus="#8FD6DE",
    danger="#F4A9A4",
    danger_soft="#371D1E",
    danger_line="#6B3435",
    warn="#EAC583",
    warn_soft="#322711",
    warn_line="#614C22",
    ok="#97D4AA",
    ok_soft="#172D20",
    ok_line="#31583F",
    info="#8FD6DE",
    info_soft="#142C31",
    info_line="#2C535A",
    ungraded=Tint("#1A2222", "#9AA8A6", "#7E8D8B"),
    standard=Tint("#263130", "#C3D0CE", "#43504F"),
    raised=Tint("#3C2F14", "#EFCF93", "#6F5928"),
    high=Tint("#4A2325", "#F7BDB7", "#80403F"),
    extreme=Tint("#B7323F", "#FFFFFF", "#D9626B"),
)

# High contrast: every edge is ink, soft grounds lose their tint, second lines read like first ones.
HIGH_CONTRAST = LIGHT._replace(
    nav="#FFFFFF",
    page="#FFFFFF",
    sunken="#FFFFFF",
    chip="#FFFFFF",
    hover="#E2EDEF",
    line="#000000",
    line_button="#000000",
    line_control="#000000",
    text="#000000",
    muted="#000000",
    subtle="#1E2928",
    accent="#00404A",
    accent_hover="#00262D",
    accent_soft="#D3E9EC",
    on_accent_soft="#00262D",
    focus="#00404A",
    danger="#7A0014",
    danger_soft="#FFFFFF",
    danger_line="#7A0014",
    warn="#573300",
    warn_soft="#FFFFFF",
    warn_line="#573300",
    ok="#004D1F",
    ok_soft="#FFFFFF",
    ok_line="#004D1F",
    info="#00404A",
    info_soft="#FFFFFF",
    info_line="#00404A",
    ungraded=Tint("#FFFFFF", "#000000", "#000000"),
    standard=Tint("#FFFFFF", "#000000", "#000000"),
    raised=Tint("#FFF1CC", "#432700", "#432700"),
    high=Tint("#FFDDD8", "#66000D", "#66000D"),
    extreme=Tint("#66000D", "#FFFFFF", "#66000D"),
)

HIGH_CONTRAST_DARK = DARK._replace(
    nav="#000000",
    page="#000000",
    sunken="#000000",
    chip="#000000",
    surface="#000000",
    hover="#1C2A2C",
    line="#FFFFFF",
    line_button="#FFFFFF",
    line_control="#FFFFFF",
    text="#FFFFFF",
    muted="#FFFFFF",
    subtle="#DCE5E4",
    accent="#9BE6EF",
    accent_hover="#C4F2F7",
    on_accent="#000000",
    accent_soft="#0B3238",
    on_accent_soft="#D2F6FA",
    focus="#9BE6EF",
    danger="#FFC2BD",
    danger_soft="#000000",
    danger_line="#FFC2BD",
    warn="#FFDF9E",
    warn_soft="#000000",
    warn_line="#FFDF9E",
    ok="#B4F0C6",
    ok_soft="#000000",
    ok_line="#B4F0C6",
    info="#9BE6EF",
    info_soft="#000000",
    info_line="#9BE6EF",
    ungraded=Tint("#000000", "#FFFFFF", "#FFFFFF"),
    standard=Tint("#000000", "#FFFFFF", "#FFFFFF"),
    raised=Tint("#2E2308", "#FFE3AB", "#FFE3AB"),
    high=Tint("#3D1416", "#FFD3CE", "#FFD3CE"),
    extreme=Tint("#B01F30", "#FFFFFF", "#FFFFFF"),
)

TYPE = {
    "display": TypeRole(26, 600),
    "h1": TypeRole(22, 600),
    "question": TypeRole(20, 600),
    "h2": TypeRole(16, 600),
    "h3": TypeRole(14, 600),
    "body": TypeRole(14, 400),
    "strong": TypeRole(14, 600),
    "small": TypeRole(13, 400),
    "small_strong": TypeRole(13, 600),
    "caption": TypeRole(12, 400),
    "caption_strong": TypeRole(12, 600),
    "key": TypeRole(11, 600),
}

FAMILIES = ("Inter", "Noto Sans", "Noto Sans Arabic")


class Space(NamedTuple):
    """The 4 px grid. Spaces stay as they are when text grows: a large text needs the room for itself."""

    xs: int = 4
    s: int = 8
    m: int = 12
    lg: int = 16
    xl: int = 24
    xxl: int = 32


class Radius(NamedTuple):
    """Corners: chips and badges, buttons and fields, cards."""

    s: int = 4
    m: int = 6
    lg: int = 10


class Sizes(NamedTuple):
    """Heights and widths at 100 %; those of controls grow with the text."""

    target: int = 32
    control: int = 36
    large: int = 44
    answer: int = 52
    row: int = 50
    table_row: int = 36
    step: int = 62
    bar: int = 52
    rail: int = 208
    rail_folded: int = 60
    icon_s: int = 14
    icon: int = 16
    icon_m: int = 18
    icon_l: int = 20


SPACE = Space()
RADIUS = Radius()
SIZES = Sizes()

GRADES = ("ungraded", "standard", "raised", "high", "extreme")
