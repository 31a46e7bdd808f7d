"""Pictures, sounds and films of a question: by language, and only from the form's own folder."""

import pytest

from tests.desktop.forms.building import session, xform

TEXT = (
    '<text id="q"><value>{0}</value><value form="image">jr://images/{1}</value><value form="audio">{2}</value></text>'
)
FORM = xform(
    "<a/>",
    "<itext>"
    f"<translation lang='en' default='true()'>{TEXT.format('Look', 'look.png', 'jr://audio/look.mp3')}</translation>"
    f"<translation lang='de'>{TEXT.format('Schau', 'schau.png', '-')}</translation></itext>",
    """<input ref="/data/a"><label ref="jr:itext('q')"/></input>""",
)


@pytest.mark.parametrize(
    ("language", "label", "media"),
    [
        ("en", "Look", {"image": "look.png", "audio": "look.mp3"}),
        ("de", "Schau", {"image": "schau.png"}),
    ],
)
def test_they_follow_the_language(language: str, label: str, media: dict[str, str]) -> None:
    of = session(FORM)
    of.set_language(language)
    view = of.question("/data/a")
    assert (view.label, dict(view.media), view.image) == (label, media, media["image"])


@pytest.mark.parametrize("address", ["http://x/y.png", "jr://images/..", "file:///etc/passwd", "jr://file/..\\x.png"])
def test_nothing_outside_the_form_is_named(address: str) -> None:
    form = xform(
        "<a/>",
        "<itext><translation lang='en'><text id='q'>"
        f"<value form='video'>{address}</value></text></translation></itext>",
        """<input ref="/data/a"><label ref="jr:itext('q')"/></input>""",
    )
    assert session(form).question("/data/a").media == {}
