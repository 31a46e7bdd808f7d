"""A new seat from invitation to approval: the files as they lie, the request in the mailbox, the lead's word."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.errors import KnownError
from desktop.founding import found_unit
from desktop.joining import join, look_at
from desktop.seating import Seated, keep_seat, read_seat
from desktop.store.migrate import open_store
from desktop.store.store import Store
from sync.keys import new_secret, seal_public_of
from sync.protocol import EnrolBox, EnrolItem, EnrolPost, decode
from tests.desktop.store.laptops import KEY, Clock, Exchange
from tests.desktop.store.unit_laptops import TreeServer

TODAY = "2026-11-23"
SERVER = "https://causeway.example"


class Desk:
    """A profile's store with its seat kept in it, as the program keeps one."""

    def __init__(self, seated: Seated) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="desk-"))
        database = open_store(self.folder / "store.db", KEY, create=True)
        keep_seat(database, seated)
        self.store = Store.open(database, read_seat(database).identity(), Clock(), "Europe/London")

    def discard(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)


class Partnership:
    """A founded unit with its lead, and whoever joins."""

    def __init__(self) -> None:
        founded = found_unit(
            "R. Alder",
            "Rural West",
            "police",
            device="Desk one",
            recovery_public=seal_public_of(new_secret()),
            at="2026-11-23T10:00:00Z",
        )
        self.desks = [Desk(Seated(founded.keys, server=SERVER, trees=founded.trees))]
        self.lead = self.desks[0].store
        self.trees, self.logs = TreeServer(), Exchange()
        self.box: list[EnrolItem] = []

    def join(self, file: bytes, name: str = "M. Rowan") -> Store:
        path = self.desks[0].folder / "one.invitation"
        path.write_bytes(file)
        desk = Desk(join(path, name=name, device="Desk two", today=TODAY))
        self.desks.append(desk)
        return desk.store

    def post(self, store: Store) -> None:
        """What the laptop posts without a session reaches the mailbox, and the lead's laptop reads it."""
        trees, lead = store.replica.trees, self.lead.replica.trees
        assert trees is not None
        assert lead is not None
        for errand in trees.errands():
            posted = decode(EnrolPost, errand.body)
            self.box.append(EnrolItem(errand.key.removeprefix("enrol "), posted.invitation, posted.sealed))
            trees.errand_done(errand.key, "")
        lead.take_mailbox(EnrolBox(tuple(self.box)))

    def sync(self) -> None:
        stores = [desk.store for desk in self.desks]
        self.trees.sync(*stores)
        self.logs.sync(*stores)


@pytest.fixture
def unit() -> Iterator[Partnership]:
    made = Partnership()
    yield made
    for desk in made.desks:
        desk.discard()


def names(store: Store) -> list[str]:
    return sorted(row.code_name for row in store.cases.caseload())


def test_from_invitation_to_the_first_shared_case(unit: Partnership, tmp_path: Path) -> None:
    file = unit.lead.enrolling.invite()
    (tmp_path / "x.invitation").write_bytes(file)
    asked = look_at(tmp_path / "x.invitation", TODAY)
    assert (asked.unit_name, asked.asks_name) == ("Rural West", True)

    rowan = unit.join(file)
    rowan.cases.new("Meadow 062")
    assert names(rowan) == ["Meadow 062"]
    unit.post(rowan)
    (request,) = unit.lead.enrolling.requests("en")
    assert (request.name, request.device, request.fault) == ("M. Rowan", "Desk two", "")
    assert request.request == rowan.enrolling.own_request() != b""
    assert len(request.words) == 6
    assert request.words == rowan.enrolling.own_words("en")

    assert (unit.lead.enrolling.waiting(), rowan.enrolling.waiting()) == (1, 0)
    unit.lead.enrolling.approve(request.invitation)
    assert unit.lead.enrolling.requests("en") == ()
    assert unit.lead.enrolling.waiting() == 0
    unit.sync()
    assert rowan.enrolling.own_request() == b""
    assert names(unit.lead) == ["Meadow 062"]
    assert [line.name for line in unit.lead.stewarding.members()] == ["M. Rowan", "R. Alder"]
    assert rowan.replica.counts().pending == 0
    lead_trees = unit.lead.replica.trees
    assert lead_trees is not None
    assert lead_trees.take_mailbox(EnrolBox(tuple(unit.box))) == (request.invitation,)


def test_a_further_laptop_of_the_same_person_is_a_seat_of_that_member(unit: Partnership) -> None:
    (own,) = unit.lead.stewarding.members()
    second = unit.join(unit.lead.enrolling.invite(member=own.id, name=own.name), name="")
    unit.post(second)
    (request,) = unit.lead.enrolling.requests("en")
    unit.lead.enrolling.approve(request.invitation)
    (line,) = unit.lead.stewarding.members()
    assert len(line.seats) == 2


def test_a_request_that_was_declined_waits_no_more_and_enrols_nobody(unit: Partnership) -> None:
    stranger = unit.join(unit.lead.enrolling.invite())
    unit.post(stranger)
    (request,) = unit.lead.enrolling.requests("en")
    unit.lead.enrolling.decline(request.invitation)
    assert unit.lead.enrolling.requests("en") == ()
    assert len(unit.lead.stewarding.members()) == 1
    with pytest.raises(KnownError, match=r"membership\.refused"):
        unit.lead.enrolling.approve(request.invitation)


def test_a_request_without_the_invitations_code_is_shown_with_its_fault_and_cannot_be_approved(
    unit: Partnership,
) -> None:
    file = unit.lead.enrolling.invite()
    unit.post(unit.join(file))
    other = unit.join(unit.lead.enrolling.invite())
    trees = other.replica.trees
    assert trees is not None
    (errand,) = trees.errands()
    forged = decode(EnrolPost, errand.body)
    unit.box[0] = EnrolItem(unit.box[0].id, unit.box[0].invitation, forged.sealed)
    lead = unit.lead
    with lead.database.transaction():
        lead.database.execute("DELETE FROM enrolment")
    lead_trees = lead.replica.trees
    assert lead_trees is not None
    lead_trees.take_mailbox(EnrolBox(tuple(unit.box)))
    (request,) = lead.enrolling.requests("en")
    assert request.fault == "enrol.invitation"
    with pytest.raises(KnownError, match=r"membership\.refused"):
        lead.enrolling.approve(request.invitation)


def test_who_is_no_lead_invites_nobody_and_without_a_server_nobody_is_invited(unit: Partnership) -> None:
    rowan = unit.join(unit.lead.enrolling.invite())
    with pytest.raises(KnownError, match=r"membership\.refused"):
        rowan.enrolling.invite()
    with unit.lead.database.transaction():
        unit.lead.database.execute("UPDATE meta SET value = '' WHERE key = 'server'")
    with pytest.raises(KnownError, match=r"membership\.no_server"):
        unit.lead.enrolling.invite()


def test_an_invitation_that_is_out_of_date_or_changed_is_refused(unit: Partnership, tmp_path: Path) -> None:
    path = tmp_path / "x.invitation"
    file = unit.lead.enrolling.invite()
    for content, day, code in (
        (file, "2027-01-01", "invitation.expired"),
        (file[:-1] + bytes([file[-1] ^ 1]), TODAY, "invitation.unreadable"),
        (file[:30], TODAY, "invitation.unreadable"),
        (b"", TODAY, "invitation.unreadable"),
    ):
        path.write_bytes(content)
        with pytest.raises(KnownError) as caught:
            look_at(path, day)
        assert caught.value.code == code


def test_what_the_server_refuses_is_shown_to_the_new_seat(unit: Partnership) -> None:
    rowan = unit.join(unit.lead.enrolling.invite())
    trees = rowan.replica.trees
    assert trees is not None
    (errand,) = trees.errands()
    trees.errand_done(errand.key, "enrolment.used")
    assert rowan.enrolling.refusal() == "enrolment.used"
    assert trees.errands() == ()
