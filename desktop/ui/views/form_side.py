"""The panel beside the questions: guidance for the one in hand, and the result so far with its arithmetic.

Leaves the words of the result to `form_result`.
"""

from PySide6.QtWidgets import QLabel, QWidget

from desktop.forms.engine.views import QuestionView
from desktop.i18n import tr
from desktop.ui.models.form import FormModel
from desktop.ui.models.form_result import ShownResult, shown_result
from desktop.ui.widgets.grade import GradeBadge
from desktop.ui.widgets.layout import clear, column, holder, line, row
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.score import Arithmetic, ScaleBar
from desktop.ui.widgets.text import icon_line, label


class FormSide(QWidget):
    """Guidance above, result below; either is left out when there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self._title: QLabel = label("", "h3", wrap=True)
        self._guidance: QLabel = label("", "small", wrap=True)
        self._advice = holder(
            column(
                icon_line("lightbulb", tr("Asking this"), "small_strong", "accent"),
                self._title,
                self._guidance,
                6,
                line(),
            )
        )
        self._result = column(space=10)
        self._shown: ShownResult | None = None
        self._advice.hide()
        self.setLayout(column(self._advice, self._result, None, space=14))

    def show_guidance(self, view: QuestionView | None) -> None:
        """What helps with the question in hand; nothing where none is."""
        self._title.setText(view.label if view else "")
        self._guidance.setText(view.guidance if view else "")
        self._advice.setVisible(bool(view and view.guidance))

    def show_result(self, shown: ShownResult | None) -> None:
        """The result as it stands; rebuilt only when it says something else."""
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._result)
        if shown is not None:
            for part in result_parts(shown):
                self._result.addWidget(part)


def result_of(model: FormModel, *, signing: bool) -> ShownResult | None:
    """The result of the form in hand as its pack lets it be seen."""
    score = model.score()
    return shown_result(score, model.about().pack, model.session().language, signing=signing) if score else None


def result_parts(shown: ShownResult) -> list[QWidget]:
    """Title, badge, scale, arithmetic, what could be, flags."""
    parts: list[QWidget] = []
    if shown.band:
        parts.append(label(tr("Result so far"), "h3"))
        words = column(
            label(shown.band, "strong", wrap=True), label(shown.count, "caption", "muted", wrap=True), space=2
        )
        parts.append(holder(row(GradeBadge(shown.grade), (words, 1), space=10)))
    if shown.scale is not None:
        parts.append(ScaleBar(shown.scale))
    if shown.lines:
        parts.append(Arithmetic(shown.lines))
    if shown.could:
        parts.append(Notice("warn", shown.could, icon="trending-up"))
    parts.extend(Notice("danger", tr("Flagged whatever the sum."), title=flag, icon="flag") for flag in shown.flags)
    return parts
