"""Form cases: apply the steps to a session and compare the state of the nodes listed after each step."""

import random
import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from desktop.forms.engine.environment import Environment
from desktop.forms.engine.node import InstanceNode
from desktop.forms.engine.session import FormSession
from desktop.forms.errors import FormError
from desktop.forms.submission import draft_of
from desktop.forms.xform.definition import FormDefinition, parse_xform
from tests.conformance.cases import Outcome
from tests.conformance.dice import EVERYTHING, left_to_dice

_BLANKS = re.compile(r"\s+")


def run(data: dict[str, Any], *, strict: bool = True) -> Iterator[Outcome]:
    """`strict`: also the fields that the form leaves to the dice are compared."""
    shared: dict[str, str] = data.get("forms", {})
    parsed: dict[str, FormDefinition] = {}
    for given in data["cases"]:
        name, case = given.get("form_id", ""), dict(given)
        if name:
            case["forms"] = [shared[name]]
            case["steps"] = [{"form": 0, "session": 1, **step} for step in case["steps"]]
        try:
            miss = _Run(case, parsed if name else {}, strict=strict).play()
        except Exception as error:  # noqa: BLE001  a crash of one case is a miss of that case
            miss = f"{type(error).__name__}: {error} {getattr(error, 'details', '')}"
        shown = f"{case['id']} {name} {case['source'].get('test', case['source'].get('path', ''))[-110:]}"
        yield Outcome(case["suite"], case["tier"], shown, miss)


class _Run:
    def __init__(self, case: dict[str, Any], parsed: dict[str, FormDefinition], *, strict: bool) -> None:
        self._case = case
        self._strict = strict
        self._parsed = parsed
        self._sessions: dict[int, FormSession] = {}
        self._resources = {name: text.encode() for name, text in case.get("resources", {}).items()}

    def _environment(self, step: dict[str, Any]) -> Environment:
        now = datetime.fromisoformat(self._case["now"])
        dice = random.Random(1)  # noqa: S311  the same dice in every run
        return Environment(
            lambda: now,
            ZoneInfo(self._case["tz"]),
            lambda: str(uuid.UUID(int=dice.getrandbits(128), version=4)),
            dice.random,
            reference=True,
            properties=step.get("preload", {}),
        )

    def _form(self, index: int) -> FormDefinition:
        xml = self._case["forms"][index]
        key = self._case.get("form_id") or str(index)
        if key not in self._parsed:
            self._parsed[key] = parse_xform(xml, resources=self._resources)
        return self._parsed[key]

    def play(self) -> str:
        for number, step in enumerate(self._case["steps"]):
            miss = self._step(step)
            if miss:
                return f"step {number} {step['op']} {step.get('ref', '')} {step.get('value', '')!r}: {miss}"
        return ""

    def _step(self, step: dict[str, Any]) -> str:
        if step.get("expect_error"):
            try:
                self._act(step)
            except FormError:
                return ""
            return "wanted a refusal"
        self._act(step)
        session = self._sessions[step.get("new_session", step["session"])]
        misses = [
            miss for expected in step.get("expect") or () if (miss := _compare(session, expected, strict=self._strict))
        ]
        return "; ".join(misses[:3])

    def _act(self, step: dict[str, Any]) -> None:
        operation, session = step["op"], self._sessions.get(step["session"])
        if operation == "init":
            definition = self._form(step["form"])
            draft = None
            if "instance_xml" in step:
                draft = draft_of(definition, step["instance_xml"])
            self._sessions[step["session"]] = FormSession(
                definition, self._environment(step), draft=draft, editing=draft is not None
            )
            return
        assert session is not None
        if operation == "answer":
            session.set_value(step["ref"], step["value"])
        elif operation == "add_repeat":
            session.add_repeat(step["ref"])
        elif operation == "remove_repeat":
            session.remove_repeat(step["ref"])
        elif operation == "set_language":
            session.set_language(step["language"])
        elif operation == "new_instance":
            self._sessions[step["new_session"]] = FormSession(session.definition, self._environment(step))
        else:
            editing = operation == "edit_instance"
            self._sessions[step["new_session"]] = FormSession(
                session.definition, self._environment(step), draft=session.draft(), editing=editing
            )


def _compare(session: FormSession, expected: dict[str, Any], *, strict: bool) -> str:
    volatile = set(expected.get("volatile", ()))
    dice = {} if strict else left_to_dice(session.definition)
    if expected["kind"] == "repeat":
        count = _instances(session, expected["ref"])
        return "" if count == expected["count"] else f"{expected['ref']} has {count} not {expected['count']}"
    try:
        node = session.node(expected["ref"])
    except FormError:
        return f"no {expected['ref']}"
    volatile.update(dice.get(node.definition, ()))
    if EVERYTHING in volatile:
        return ""
    for name, found in _state(session, node, expected).items():
        wanted = expected.get(name)
        if name not in expected or name in volatile:
            continue
        if not _agrees(name, found, wanted):
            return f"{expected['ref']} {name} is {found!r} not {wanted!r}"
    return ""


def _agrees(name: str, found: Any, wanted: Any) -> bool:
    if name in ("label", "message"):
        return _plain(found) == _plain(wanted)
    if isinstance(wanted, dict):  # a long list of choices is told by its length
        return len(found) == int(wanted["count"])
    return bool(found == wanted)


def _plain(text: str | None) -> str:
    return _BLANKS.sub(" ", text or "").strip()


def _instances(session: FormSession, ref: str) -> int:
    parent, _, name = ref.rpartition("/")
    try:
        node = session.node(parent)
    except FormError:
        return 0
    return sum(1 for child in node.instance_children() if child.local == name.rpartition(":")[2])


def _state(session: FormSession, node: InstanceNode, expected: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"relevant": node.relevant, "readonly": node.readonly, "required": node.required}
    if not node.relevant:
        return found
    if "value" in expected:
        found["value"] = node.text
        found["constraint_ok"] = node.constraint_ok
        found["required_ok"] = not node.required or node.text != ""
    if {"label", "choices", "message", "choice_labels"} & set(expected):
        view = session.question(node.reference())
        repeat = node.definition.repeat
        found["label"] = view.label
        if repeat is not None and repeat.label is not None and node.definition.element is None:
            found["label"] = session._evaluator.text(repeat.label, node)
        found["choices"] = [choice.value for choice in view.choices if not choice.no_longer_offered]
        if "choice_labels" in expected:
            found["choice_labels"] = [choice.label for choice in view.choices]
        found["message"] = "" if view.violation is None else view.violation.message
    return found
