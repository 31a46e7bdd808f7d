"""Every widget in every state on one sheet, with invented words: what the pictures, the accessibility walk and a
designer look at. Questions have their own sheet beside them.
"""

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.theme.tokens import GRADES, TYPE
from desktop.ui.widgets.buttons import Button, button, filter_button, icon_button, tab_button
from desktop.ui.widgets.chart import Bar, BarsChart
from desktop.ui.widgets.choices import CheckBox, ComboBox, RadioButton
from desktop.ui.widgets.conflict import ConflictSide, Line, Side
from desktop.ui.widgets.contact import SafeContact
from desktop.ui.widgets.fields import Field, LineField, TextArea, search_field
from desktop.ui.widgets.flow import Beside, flow
from desktop.ui.widgets.grade import GradeBadge, grade_word
from desktop.ui.widgets.layout import Part, card, column, holder, line, list_card, page, row, scroll, splitter
from desktop.ui.widgets.navigation import NavigationRail, Place, TopBar, bottom_bar, crumbs, heading
from desktop.ui.widgets.notice import EmptyState, LongWork, Notice, ProgressBar
from desktop.ui.widgets.now_card import NowCard, NowStep
from desktop.ui.widgets.password import PasswordField
from desktop.ui.widgets.rows import ListRow, RowFacts, SectionItem, ThingRow
from desktop.ui.widgets.score import Arithmetic, Scale, ScaleBar, SumLine
from desktop.ui.widgets.steps import StepBar, StepFacts
from desktop.ui.widgets.table import CellRole, TableView
from desktop.ui.widgets.text import chip, data_as_of, flag_chip, icon_line, key_cap, label
from desktop.ui.widgets.timeline import Event, Timeline
from desktop.ui.widgets.travel import STOPS, Travel, where_line


def gallery() -> QWidget:
    """The whole sheet, framed by rail and bars as a screen is."""
    rail = NavigationRail("Causeway", _places(), who="R. Alder", unit="Police · Rural West")
    rail.set_current("today")
    rail.set_count("today", 9)
    rail.set_count("review", 26)
    bar = TopBar()
    bar.show_sync("cloud-off", "Offline since 08:12 · 4 in outbox")
    foot = bottom_bar(
        [button("Back", icon="arrow-left")],
        "Saved on this laptop, 10:42",
        [button("Put in outbox", "primary", "upload")],
    )
    sheet = page(column(*_parts(), space=14, margins=24))
    window = QWidget()
    window.setObjectName("window")
    window.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    window.setLayout(row(rail, (holder(column(bar, (scroll(sheet), 1), foot, space=0)), 1), space=0))
    return window


def _parts() -> list[Part]:
    """The sections of the sheet, top to bottom."""
    return [
        _text(),
        _buttons(),
        _fields(),
        _grades(),
        _travel(),
        *_notices(),
        _steps(),
        _today(),
        _table(),
        _case(),
        _now(),
        _score(),
        _conflict(),
        _work(),
        None,
    ]


def _places() -> list[Place]:
    return [
        Place("today", "Today", "sun", "Ctrl+1"),
        Place("caseload", "Caseload", "folder-open", "Ctrl+2"),
        Place("referrals", "Referrals", "route", "Ctrl+3"),
        Place("review", "Review", "list-checks", "Ctrl+4"),
        Place("sync", "Sync", "refresh-cw", "Ctrl+9", gap=True),
        Place("settings", "Settings", "settings", bottom=True),
    ]


def _text() -> QWidget:
    head = heading(
        "Harbour 214", "Aim: lower the risk · lead worker R. Alder · open 12 days", button("Refer", icon="route")
    )
    roles: list[Part] = [label(name, name) for name in TYPE if name != "key"]
    flags = flow(flag_chip("Strangulation"), flag_chip("Firearm"), chip("No letters", "mail-x"), chip("Neutral"))
    tones = flow(*(chip(kind, "info", kind=kind) for kind in ("info", "ok", "warn", "danger")))
    keys = flow(key_cap("Ctrl K"), key_cap("Y"), icon_line("laptop", "Saved on this laptop", tone="ok"))
    return holder(column(crumbs("Caseload", "Harbour 214"), head, *roles, flags, tones, keys, space=8))


def _buttons() -> QWidget:
    off = button("Disabled", "primary", "check")
    off.setEnabled(False)
    kinds = [button(kind.capitalize(), kind, icon="plus") for kind in ("primary", "secondary", "quiet", "ghost")]
    more: list[Button] = [
        button("Danger", "danger", "trash-2"),
        button("Link", "link"),
        off,
        icon_button("ellipsis", "More"),
    ]
    dense = [button("Dense", dense="s"), button("Large", dense="l")]
    filters = [filter_button("Filter on", on=True, icon="x"), filter_button("Filter off")]
    tabs = [tab_button("Mine  38", on=True), tab_button("Unit  214")]
    return card(flow(*kinds, *more, *dense, *filters, *tabs))


def _fields() -> QWidget:
    wrong = Field("Why was this not asked?", LineField("Reason", "Typed text"), help_text="Two words are enough")
    wrong.set_error("Say why, before you sign")
    secret = PasswordField("Passphrase", meter=True)
    secret.set_strength(2, "Fair: two more words would make it good")
    combo = ComboBox("Reason")
    combo.show_choices([("a", "Choose a reason"), ("b", "Not safe")], "a")
    off = CheckBox("Cannot be ticked now")
    off.setEnabled(False)
    long = CheckBox(
        "Flint must not learn of this referral, of who made it, or of what it was about, by any way at all", on=True
    )
    lines = (
        Field("Name", LineField("Name"), required=True),
        wrong,
        Field("To", combo),
        Field("What happened", TextArea("What happened", "Two sentences.")),
        search_field("Search", "Code name or reference"),
        secret,
        row(CheckBox("Ticked", on=True), CheckBox("Not ticked"), None, space=16),
        row(RadioButton("Chosen", on=True), RadioButton("Not chosen"), None, space=16),
        off,
        long,
    )
    return card(*lines, space=12)


def _grades() -> QWidget:
    small = flow(*(GradeBadge(grade) for grade in reversed(GRADES)))
    large = flow(*(GradeBadge(grade, large=True) for grade in reversed(GRADES)))
    return card(small, large)


def _travel() -> QWidget:
    words = {
        "laptop": "On this laptop",
        "outbox": "In outbox since 09:26",
        "server": "At server",
        "opened": "Opened by Health",
    }
    rows: list[Part] = [row(Travel(stop), where_line(stop, words[stop]), None, space=10) for stop in STOPS]
    refused = row(Travel("server", refused=True), where_line("refused", "Refused: the relay has left"), None, space=10)
    return card(*rows, refused)


def _notices() -> list[QWidget]:
    said = "Sync may be slow. Duty relay at Health, open day and night."
    kinds = [Notice(kind, said, title="High risk: phone first", act="Call and log") for kind in ("info", "ok", "warn")]
    return [*kinds, Notice("danger", "The file cannot be read.", closable=True), data_as_of("Data as of 08:12", said)]


def _steps() -> QWidget:
    return StepBar(
        [
            StepFacts("identify", "Identify", "2 incidents, 3 people", "done"),
            StepFacts("assess", "Assess", "1 draft, 5 left to answer", "now"),
            StepFacts("act", "Act", "4 actions, 1 overdue", "todo", "danger"),
            StepFacts("follow", "Follow up", "Review due tomorrow"),
        ]
    )


def _today() -> QWidget:
    late = RowFacts(
        "Lantern 077",
        "Phone the duty relay at Health",
        "Referral of 07:50 not acknowledged; don’t wait for sync",
        "Call and log",
        icon="phone-call",
        tone="danger",
        grade="extreme",
        when="32 min over",
        when_tone="danger",
    )
    soon = RowFacts(
        "Harbour 214",
        "Safe-contact check",
        "From the conference",
        "Record contact",
        "phone",
        grade="high",
        when="by 12:00",
    )
    bare = RowFacts("New report", "Finish it", "Kitchen-table notes", "Continue", "file-pen")
    return list_card([ListRow(late), ListRow(soon), ListRow(bare)])


def _table() -> QWidget:
    view = TableView("Cases")
    view.setModel(_cases(view))
    view.resizeColumnsToContents()
    view.selectRow(1)
    view.setMinimumHeight(240)
    side = holder(column(SectionItem("Now and injury", "3 of 3", "done"), _now_section(), *_things(), None, space=4))
    side.setMinimumWidth(150)
    parts = splitter(card(view, margins=1), side, name="Cases and sections")
    parts.setSizes([700, 300])
    parts.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return parts


def _now_section() -> QWidget:
    return SectionItem("Weapons and threats", "2 of 4", "now")


def _things() -> list[QWidget]:
    thing = ThingRow("Orchard 056", "Barring order, end date", "Police and court · Thu 11:02", icon="split")
    thing.set_on(True)
    thing.set_when("Thu")
    return [SectionItem("What is changing", "3 of 4", "part"), SectionItem("Check and sign", ""), thing]


def _cases(parent: QObject) -> QStandardItemModel:
    model = QStandardItemModel(4, 5, parent)
    model.setHorizontalHeaderLabels(["Case", "Standing grade", "Agencies", "Flags", "Due"])
    model.setHeaderData(2, Qt.Orientation.Horizontal, ("P", "H", "V", "S"), CellRole.BARS)
    rows = (
        ("Meadow 118", "high", ("high", "high", "", "high"), "2", "3 days over", "danger"),
        ("Lantern 077", "extreme", ("extreme", "extreme", "high", ""), "3", "today 12:00", "warn"),
        ("Willow 009", "standard", ("standard", "", "", ""), "", "Tue 24 Nov", "muted"),
        ("Copper 031", "ungraded", ("", "", "", ""), "1", "Wed 2 Dec", "muted"),
    )
    for number, (case, grade, bars, flags, due, tone) in enumerate(rows):
        spoken = ", ".join(grade_word(one) for one in bars)
        for place, words in enumerate((case, grade_word(grade), spoken, flags, due)):
            model.setItem(number, place, QStandardItem(words))
        model.item(number, 0).setData(True, CellRole.STRONG)
        model.item(number, 1).setData(grade, CellRole.GRADE)
        model.item(number, 2).setData(bars, CellRole.BARS)
        model.item(number, 3).setData("flag" if flags else None, CellRole.ICON)
        model.item(number, 4).setData(tone, CellRole.TONE)
    return model


def _case() -> QWidget:
    block = SafeContact()
    block.show_rule(
        "Call the mobile only, weekdays 09:00–12:00. If anyone else answers, say it is about a library book.",
        [("mail-x", "No letters"), ("message-square-off", "No text messages"), ("voicemail", "No voicemail")],
        ["Contested since Friday: the stricter rule stands"],
    )
    opened = SafeContact()
    opened.show_rule("Any time, any way.")
    opened.show_number("+44 7700 900077")
    missing = SafeContact()
    missing.show_missing("Nobody has written down how to reach her safely. A referral cannot be sent without it.")
    events = Timeline(
        [
            Event(
                "1",
                "Mon 23",
                "Assessment started, 14 of 19 answered",
                "R. Alder",
                "file-pen",
                "muted",
                "draft",
                "Draft",
            ),
            Event("2", "Wed 18", "Conference: grade agreed", "T. Hazel", "users", "muted", "opened", "Read by all 4"),
            Event("3", "Mon 16", "Second incident reported by a neighbour", "R. Alder", "phone-call"),
        ]
    )
    return holder(column(block, opened, missing, card(label("Timeline", "h3"), line(), events), space=12))


def _now() -> QWidget:
    return NowCard(
        "Strangulation: do this now",
        [
            NowStep("a", "Offer a medical check today, even without marks", "You", "before you leave"),
            NowStep("b", "Tell the duty lead", "You", "within 1 hour", "done"),
            NowStep("c", "Offer a place to stay tonight", "Victim support", "today", "refused"),
        ],
    )


def _score() -> QWidget:
    bands = ((0, "Standard"), (6, "Raised"), (11, "High"), (15, "Extreme"))
    sums = [
        SumLine("Yes, 1 point each", "9 × 1 = 9", strong=True),
        SumLine("Don’t know, not counted", "2 × 0 = 0", strong=True),
        SumLine("No 2 · not asked 1 · still to ask 5", "0"),
    ]
    chart = BarsChart([Bar("0–7", 21), Bar("8–14", 3, beyond=True), Bar("over 28", 1, beyond=True)], target=1)
    return card(ScaleBar(Scale(9, 11, 19, bands)), Arithmetic(sums), line(), chart, space=12)


def _conflict() -> QWidget:
    way, no_letters = Line("Way", "Call the mobile"), Line("Letters", "No")
    mine = Side(
        "Ours, Police",
        (way, Line("Hours", "Weekdays 09:00–14:00", differs=True), no_letters),
        "R. Alder, after a call",
        "Written Fri 20 Nov 16:10",
        "Had seen Health’s rule of 14 Nov",
        "Keep ours",
        "1",
    )
    theirs = Side(
        "Theirs, Health",
        (way, Line("Hours", "Weekdays 09:00–12:00", differs=True), no_letters),
        "S. Linden, at the bedside",
        "Written Fri 20 Nov 15:45",
        "Had seen our rule of 14 Nov",
        "Keep theirs",
        "2",
        stands=True,
    )
    chosen = ConflictSide(theirs)
    chosen.set_chosen(True)
    return Beside([(ConflictSide(mine), 1), (chosen, 1)], least=640)


def _work() -> QWidget:
    work = LongWork("First sync")
    work.show_progress("3 of 5 items · 65 of 91 KB · about 5 seconds left", 3, 5)
    bar = ProgressBar("14 of 19 answered", 14, 19)
    empty = EmptyState(
        "inbox", "Nothing waits for you", "What others send appears here, also after days offline.", act="New report"
    )
    return holder(column(bar, work, card(empty), space=12))
