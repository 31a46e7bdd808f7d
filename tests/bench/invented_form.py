"""An invented form of any number of questions: sections of twenty with a count each, and one count over all."""

from collections.abc import Iterator
from dataclasses import dataclass

PER_SECTION = 20


@dataclass(frozen=True)
class Asked:
    """One question of the invented form: its section and number, and the body element that asks it."""

    section: int
    number: int
    element: str

    @property
    def name(self) -> str:
        return f"q{self.section}_{self.number}"

    @property
    def ref(self) -> str:
        return f"/data/s{self.section}/{self.name}"

    @property
    def kind(self) -> str:
        """XForms type: every fifth is typed, alternately a number and a text."""
        if self.element == "select1":
            return "select1"
        return "int" if self.number % 10 == 4 else "string"


def questions(sections: int) -> Iterator[Asked]:
    """Sections of twenty: most by one key, some numbers, some texts, as risk forms have them."""
    for section in range(sections):
        for number in range(PER_SECTION):
            element = "input" if number % 5 == 4 else "select1"
            yield Asked(section, number, element)


def xform(form_id: str, title: str, sections: int) -> str:
    """Some questions wait for others; every section counts its own, and the form counts the sections."""
    asked = list(questions(sections))
    numbers = range(sections)
    values = "".join(
        f"<s{section}>{''.join(f'<{one.name}/>' for one in asked if one.section == section)}<c{section}/></s{section}>"
        for section in numbers
    )
    binds = "".join(_bind(one) for one in asked)
    counts = "".join(
        f'<bind nodeset="/data/s{section}/c{section}" type="int" calculate="{_count(asked, section)}"/>'
        for section in numbers
    )
    total = " + ".join(f"/data/s{section}/c{section}" for section in numbers)
    bodies = "".join(
        f'<group appearance="field-list" ref="/data/s{section}"><label>Section {section + 1}</label>'
        + "".join(_body(one) for one in asked if one.section == section)
        + "</group>"
        for section in numbers
    )
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">'
        f'<h:head><h:title>{title}</h:title><model><instance><data id="{form_id}" version="1">'
        f'{values}<total/></data></instance>{binds}{counts}<bind nodeset="/data/total" type="int" calculate="{total}"/>'
        f"</model></h:head><h:body>{bodies}</h:body></h:html>"
    )


def _bind(one: Asked) -> str:
    typed = "string" if one.kind == "select1" else one.kind
    after = f" relevant=\"/data/s{one.section}/q{one.section}_0 != 'no'\"" if one.number in {2, 3} else ""
    limit = ' constraint=". &lt; 100"' if typed == "int" else ""
    return f'<bind nodeset="{one.ref}" type="{typed}"{after}{limit}/>'


def _count(asked: list[Asked], section: int) -> str:
    chosen = [one for one in asked if one.section == section and one.element == "select1"]
    return " + ".join(f"if({one.ref} = 'yes', 1, 0)" for one in chosen)


def _body(one: Asked) -> str:
    label = f"<label>Question {one.section + 1}.{one.number + 1}: has this happened in the last twelve months?</label>"
    items = "".join(
        f"<item><label>{words}</label><value>{value}</value></item>"
        for value, words in (("yes", "Yes"), ("no", "No"), ("unknown", "Not known"))
    )
    return f'<{one.element} ref="{one.ref}">{label}{items if one.element == "select1" else ""}</{one.element}>'
