"""One lie, told to one laptop: did a word get out, is anything lost, does the person hear of it?"""

import base64
import itertools
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import zstandard

from desktop.model.record import CaseKey
from desktop.store.store import Store
from desktop.ui.models.sync import line_reason, reason_words
from sync.change import Assign
from sync.client import Carry, RoundResult
from sync.keys import Domain, verify
from sync.transport import Transport
from tests.hostile.liar import Liar, lying, truth
from tests.hostile.lies import INVENTED, LIES, ORACLE, Told
from tests.machines.account import held
from tests.machines.place import Place
from tests.machines.stores import TAGS, Machine, district
from tests.sync.driver import drive

CANARIES = ("quetzal under the stairs", "01632 960777", "axolotl in the kitchen")
PATIENCE_SECONDS = 0.4


@dataclass
class Trial:
    """What came of it; `misses` in words, empty when all is well."""

    name: str
    said: str = ""
    misses: list[str] = field(default_factory=list)

    def row(self) -> str:
        return f"{'ok ' if not self.misses else 'NOT'} {self.name:34} {'; '.join(self.misses) or self.said}"


def try_lie(name: str) -> Trial:
    """An honest beginning with two laptops, the lie over two rounds of one of them, an honest end."""
    made, told = LIES[name]
    trial = Trial(name)
    with tempfile.TemporaryDirectory(prefix="causeway-hostile-") as folder:
        place = Place(Path(folder) / "server", district().roster)
        alder, linden = (_laptop(Path(folder), seat) for seat in ("alder", "linden"))
        try:
            with lying(place) as liar:
                _act(trial, liar, alder, linden, (made, told))
        finally:
            alder.close()
            linden.close()
            place.stop()
    return trial


def _laptop(folder: Path, seat: str) -> Machine:
    own = folder / seat
    own.mkdir()
    return Machine(seat, own)


def _act(trial: Trial, liar: Liar, alder: Machine, linden: Machine, lie: tuple[object, Told]) -> None:
    made, told = LIES[trial.name]
    shared = CaseKey(district().spaces["shared"], TAGS[0])
    inside = CaseKey(district().spaces["police"], TAGS[1])
    for laptop in (alder, linden):
        _write(laptop, shared, CANARIES[0])
    _write(alder, inside, CANARIES[1])
    for laptop in (alder, linden, alder):
        _round(laptop, liar)
    liar.place.backup()
    _write(alder, shared, CANARIES[2])
    _write(alder, shared, "second")
    _write(linden, shared, "from the hospital")
    if told.restarted:
        _round(alder, liar)
    _round(linden, liar)
    before = {space: set(held(alder.store, space)) for space in alder.store.replica.spaces()}
    members = dict(alder.store.seat.memberships)
    liar.lie = made(liar.place)
    results = [_round(alder, liar) for _ in range(2)]
    liar.lie = truth
    _judge_words(trial, alder.store, results, told)
    _judge_loss(trial, alder.store, before)
    if dict(alder.store.seat.memberships) != members:
        trial.misses.append("the server changed who is a member")
    _settle(trial, liar, alder, linden)
    _judge_secrets(trial, liar, alder)


def _write(laptop: Machine, key: CaseKey, text: str) -> None:
    laptop.store.ledger.write(key, [Assign("note", None, "text", f"{text} {laptop.seat}")])
    rule = {"level": "restricted", "number": CANARIES[1], "who": text}
    laptop.store.ledger.write(key, [Assign("safe_contact", f"s {laptop.seat} {text[:6]}", "rule", rule)])


def _round(laptop: Machine, liar: Liar) -> RoundResult:
    with Transport(liar.address, insecure_loopback=True, read_seconds=PATIENCE_SECONDS) as transport:
        result = drive(laptop.store.replica, transport.perform, carry=laptop.carry or Carry())
    laptop.carry = result.carry
    return result


def _judge_words(trial: Trial, store: Store, results: list[RoundResult], told: Told) -> None:
    codes = {code for one in results for code in (one.failure, *(fault.code for fault in one.faults)) if code}
    state = store.queue.state()
    tray = {item.code for item in store.queue.items() if item.code}
    if told.code and told.code not in codes:
        trial.misses.append(f"expected {told.code}, heard {sorted(codes)}")
    if told.tray and told.tray not in tray:
        trial.misses.append(f"expected {told.tray} in the tray, found {sorted(tray)}")
    if told.aside and not state.bad:
        trial.misses.append("nothing is shown as kept aside")
    if told.restarted and not any(one.restarted for one in results):
        trial.misses.append("nobody says that the log went back")
    if told.nothing and (codes or tray or state.bad):
        trial.misses.append(f"expected no effect, heard {sorted(codes | tray)}")
    sentences = [line_reason(code) for code in sorted(codes)] + [reason_words(code) for code in sorted(tray)]
    for sentence in sentences:
        if not sentence or "“" in sentence or "(" in sentence:
            trial.misses.append(f"a code without words: {sentence}")
    shown = [f"{state.bad} kept aside"] if told.aside else []
    shown += ["the log went back, and was healed"] if told.restarted else []
    trial.said = " · ".join(dict.fromkeys(sentences + shown)) or "without effect"


def _judge_loss(trial: Trial, store: Store, before: dict[str, set[str]]) -> None:
    """What was held is held; what was not read back is in the outbox or the tray, or the log is being read anew."""
    for space, cids in before.items():
        if not cids <= held(store, space).keys():
            trial.misses.append("something that was held is gone")
    rows = store.database.query(
        "SELECT count(*) FROM change c WHERE c.seat = ? AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.change = c.id)"
        " AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.change = c.id AND e.seq IS NOT NULL)"
        " AND NOT EXISTS (SELECT 1 FROM tag t JOIN space s ON s.id = t.space WHERE t.id = c.tag"
        " AND (s.seq = 0 OR s.epoch = ?))",
        (store.seat.seat_id, INVENTED),
    )
    if rows[0][0]:
        trial.misses.append(f"{rows[0][0]} own changes are neither read back nor on their way")


def _settle(trial: Trial, liar: Liar, alder: Machine, linden: Machine) -> None:
    """With an honest server everything that anybody wrote is on both laptops and in the log."""
    for _ in range(4):
        for laptop in (alder, linden):
            for item in laptop.store.queue.items():
                laptop.store.queue.retry(item.id)
            _round(laptop, liar)
    for laptop in (alder, linden):
        own = laptop.store.database.value("SELECT count(*) FROM outbox WHERE coalesce(change, case_key) IS NOT NULL")
        if own:
            trial.misses.append(f"{own} entries of {laptop.seat} never got through afterwards")
    space = district().spaces["shared"]
    if held(alder.store, space) != held(linden.store, space):
        trial.misses.append("the laptops differ after an honest end")
    if alder.store.ledger.fold_hash(space) != linden.store.ledger.fold_hash(space):
        trial.misses.append("the laptops show different things after an honest end")
    if len(held(alder.store, space)) < 10:
        trial.misses.append("the trial wrote too little to prove anything")


def _judge_secrets(trial: Trial, liar: Liar, alder: Machine) -> None:
    """Not a word in what the server received, as it came and decoded; nor a signature under what it would have."""
    everything = b"\n".join(liar.received)
    for canary in CANARIES:
        if any(form in seen for form in _forms(canary) for seen in (everything, *_decoded(liar.received))):
            trial.misses.append(f"the server received {canary!r}")
    public = alder.store.seat.seat_keys.sign_public
    for raw in liar.received:
        if b"/session/answer" in raw[:60]:
            places = range(len(raw) - 63)
            if any(verify(public, Domain.CHANGE, ORACLE, raw[at : at + 64]) for at in places if at > len(raw) - 160):
                trial.misses.append("the laptop signed a change for the server")


def _forms(text: str) -> tuple[bytes, ...]:
    plain = text.encode()
    return (plain, plain.hex().encode(), base64.b64encode(plain)[:-4], quote(text).encode(), text.encode("utf-16-le"))


def _decoded(received: list[bytes]) -> list[bytes]:
    """Everything in it that decompresses or is base64 or hex, unpacked."""
    found: list[bytes] = []
    magic = b"\x28\xb5\x2f\xfd"
    for raw in received:
        for at in (match.start() for match in re.finditer(re.escape(magic), raw)):
            try:
                found.append(zstandard.ZstdDecompressor().decompress(raw[at:], max_output_size=1 << 20))
            except zstandard.ZstdError:
                continue
        for word in itertools.islice(re.findall(rb"[A-Za-z0-9+/_-]{24,}", raw), 50):
            try:
                found.append(base64.b64decode(word + b"=" * (-len(word) % 4), altchars=b"-_"))
            except ValueError:
                continue
    return found
