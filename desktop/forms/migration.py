"""Brings a draft to another version of its form: by path, then by a map of renames; with a preview, and nothing lost.

An answer that fits nowhere, is no value of the new type, or is no choice any more, goes to the unplaced answers, which
stay with the record until a person deals with them. Leaves showing the preview to the screens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from desktop.forms.drafts import Draft
from desktop.forms.engine.casting import fits
from desktop.forms.engine.tree import MOST_INSTANCES
from desktop.forms.xform.choices import rows_of
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xform.model import NodeDefinition
from desktop.forms.xform.text import TextSource
from desktop.forms.xpath.syntax import Path

NO_QUESTION, NOT_A_VALUE, NO_CHOICE, TAKEN, NO_ENTRY = "no_question", "not_a_value", "no_choice", "taken", "no_entry"
_PART = re.compile(r"/(?:[^/:\[\]]+:)?([^/\[\]]+)(?:\[(\d+)\])?")
_AGAIN = re.compile(r"~\d+$")


@dataclass(frozen=True, slots=True)
class Move:
    """An answer that has a place in the new version; `renamed` where its reference is another one now."""

    old: str
    new: str
    text: str
    renamed: bool


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An answer without a place: `label` are the old question's words, `reason` one of the codes of this module."""

    ref: str
    label: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Migration:
    """The preview and its result at once: nothing is done until the draft is kept in place of the old one."""

    draft: Draft
    moves: tuple[Move, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()


def migrate(
    draft: Draft, old: FormDefinition, new: FormDefinition, renames: Mapping[str, str] | None = None
) -> Migration:
    """The draft for the new version. `renames` leads from old to new paths (without positions), groups included.

    A draft of the very version it is brought to stays as it is.
    """
    if draft.form_hash == new.hash:
        return Migration(draft)
    return _Migration(draft, old, new, renames or {}).run()


def choices_of(form: FormDefinition, definition: NodeDefinition) -> frozenset[str] | None:
    """All values a select may ever offer, filters left aside; None where they come from the record itself."""
    control = definition.control
    if control is None or (not control.items and control.itemset is None):
        return None
    found = {item.value for item in control.items}
    if control.itemset is not None:
        rows = rows_of(form, control.itemset.nodeset)
        value = control.itemset.value
        name = getattr(value.steps[-1].test, "local", "") if isinstance(value, Path) and value.steps else ""
        if rows is None or not name:
            return None
        found.update(column.string_value() for row in rows for column in row.elements() if column.local == name)
    return frozenset(found)


@dataclass
class _Migration:
    before: Draft
    old: FormDefinition
    new: FormDefinition
    renames: Mapping[str, str]
    values: dict[str, str] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    left: list[Unplaced] = field(default_factory=list)

    def run(self) -> Migration:
        for ref, text in self.before.values.items():
            if not ref.startswith(f"/{self.old.root.local}/@"):  # the form's own id and version
                self._bring(ref, text)
        for key, text in self.before.unplaced.items():
            self._bring(_AGAIN.sub("", key), text)
        self._begin_new_repeats()
        unplaced: dict[str, str] = {}
        for item in self.left:
            unplaced[_free(unplaced, item.ref)] = item.text
        return Migration(Draft(self.new.hash, self.values, unplaced), tuple(self.moves), tuple(self.left))

    def _begin_new_repeats(self) -> None:
        """A repeat that the old version does not have begins with the entries the new one is written with."""
        known = {self._renamed(node.path) for node in self.old.root.walk() if node.repeat is not None}
        for node in self.new.root.walk():
            if node.repeat is not None and node.path not in known and node.parent and not node.parent.is_repeated:
                for place in range(1, len(node.defaults) + 1):
                    self.values.setdefault(_reference(node, [place]), "")

    def _bring(self, ref: str, text: str) -> None:
        """One answer, or one entry of a repeat, which has no text of its own."""
        steps = [(name, int(position or 1)) for name, position in _PART.findall(ref)]
        names = [name for name, _ in steps]
        source = _definition(self.old, names)
        if source is None:  # it waits since an older version: the new one may have its question again
            source = target = _definition(self.new, names)
        else:
            target = self.new.model.nodes.get(self._renamed(source.path))
        if source is None or target is None:
            self._leave(ref, source, text, NO_QUESTION)
            return
        places = _positions(source, steps, target)
        if places is None:
            self._leave(ref, source, text, NO_ENTRY)
        elif not target.is_leaf or not source.is_leaf:
            self._enter(ref, source, _reference(target, places), text, target)
        else:
            self._answer(ref, source, _reference(target, places), text, target)

    def _enter(self, ref: str, source: NodeDefinition, new: str, text: str, target: NodeDefinition) -> None:
        if text:
            self._leave(ref, source, text, NO_QUESTION)
        elif target.repeat is not None and source.repeat is not None:
            self.values.setdefault(new, "")

    def _answer(self, ref: str, source: NodeDefinition, new: str, text: str, target: NodeDefinition) -> None:
        if self.values.get(new):
            self._leave(ref, source, text, TAKEN)
            return
        kept, dropped, reason = _fitting(self.new, target, text)
        if kept or not text:
            self.values[new] = kept
        if kept:
            self.moves.append(Move(ref, new, kept, ref != new))
        self._leave(ref, source, dropped, reason)

    def _leave(self, ref: str, source: NodeDefinition | None, text: str, reason: str) -> None:
        """What was only calculated is calculated again; all else is kept."""
        is_made = source is not None and source.control is None and "calculate" in source.bind.expressions
        if text and not is_made:
            self.left.append(Unplaced(ref, _label(self.old, source), text, reason))

    def _renamed(self, path: str) -> str:
        """The path by the longest rename that begins it; the form's root may be called otherwise in a new version."""
        for begin in _upwards(path):
            if begin in self.renames:
                return self.renames[begin] + path[len(begin) :]
        return self.new.root.path + path[len(self.old.root.path) :]


def _definition(form: FormDefinition, names: list[str]) -> NodeDefinition | None:
    """The definition at a path written without prefixes."""
    node: NodeDefinition | None = form.root if names and names[0] == form.root.local else None
    for name in names[1:]:
        if node is None:
            return None
        inside = node.attributes if name.startswith("@") else node.children
        node = next((below for below in inside if below.local == name.removeprefix("@").rpartition(":")[2]), None)
    return node


def _positions(source: NodeDefinition, steps: list[tuple[str, int]], target: NodeDefinition) -> list[int] | None:
    """The positions of the target's repeats, outermost first; None where an entry would have to be laid on another."""
    chain = [*reversed([source, *source.ancestors()])]
    held = [position for node, (_, position) in zip(chain, steps, strict=False) if node.repeat is not None]
    if any(position != 1 for node, (_, position) in zip(chain, steps, strict=False) if node.repeat is None):
        return None
    wanted = sum(1 for node in (target, *target.ancestors()) if node.repeat is not None)
    spare = held[wanted:]
    if any(position != 1 for position in spare) or any(position > MOST_INSTANCES for position in held):
        return None
    return (held + [1] * wanted)[:wanted]


def _reference(target: NodeDefinition, places: list[int]) -> str:
    waiting = iter(places)
    parts = [
        f"{node.name}[{next(waiting)}]" if node.repeat is not None else node.name
        for node in reversed([target, *target.ancestors()])
    ]
    return "/" + "/".join(parts)


def _fitting(form: FormDefinition, target: NodeDefinition, text: str) -> tuple[str, str, str]:
    """What of an answer the question takes, what it does not, and why."""
    if not text:
        return "", "", ""
    choices = choices_of(form, target)
    control = target.control
    if choices is None:
        taken = (control is not None and control.kind in ("select", "select1", "rank")) or fits(target.bind.type, text)
        return (text, "", "") if taken else ("", text, NOT_A_VALUE)
    if control is not None and control.kind == "select1":
        return (text, "", "") if text in choices else ("", text, NO_CHOICE)
    words = text.split()
    return (
        " ".join(word for word in words if word in choices),
        " ".join(word for word in words if word not in choices),
        NO_CHOICE,
    )


def _label(form: FormDefinition, definition: NodeDefinition | None) -> str:
    """The question's words in the form's first language; what it prints from answers is left out."""
    if definition is None or definition.element is None:
        return "" if definition is None else definition.name
    source: TextSource | None = definition.element.label
    if source is None:
        return definition.name
    parts = form.translations.find(form.default_language, source.itext_id()) if source.is_itext else source.parts
    return "".join(part for part in parts or () if isinstance(part, str)).strip() or definition.name


def _free(held: Mapping[str, str], ref: str) -> str:
    """A key that nothing has yet: an answer that waits already is not written over."""
    return ref if ref not in held else next(key for n in range(2, len(held) + 3) if (key := f"{ref}~{n}") not in held)


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]
