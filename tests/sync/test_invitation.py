"""From the invitation file to the first change that counts: invited, asked, words compared, approved."""

import pytest

from sync.accept import Verdict, accept
from sync.belonging import membership
from sync.change import Assign, Change, Seen, cid_of, encode
from sync.enrolment import MAX_REQUEST, open_request, read_request, seal_request, write_request
from sync.errors import BadEntry, CannotOpen, SyncError
from sync.founding import enrol_seat, held_space_keys
from sync.identity import Role
from sync.invitation import MAX_INVITATION, answers, may_invite, read_invitation, read_signed, write_invitation
from sync.keys import SeatKeys
from sync.records import SpaceKind
from sync.rotation import open_unit_keys, own_keys, writing_key
from sync.safety_words import ENGLISH, GERMAN, WORDS, safety_numbers, safety_words
from tests.sync.founded import AT, District, district

TODAY, EXPIRES = "2026-04-14", "2026-04-21"


@pytest.fixture
def world() -> District:
    return district()


def invited(world: District, by: str = "alder") -> bytes:
    return write_invitation(
        world.seats[by],
        world.chain(world.home[by]),
        server="https://sync.example",
        authority=b"ca",
        expires=EXPIRES,
    )


def test_an_invited_seat_writes_before_it_is_approved_and_counts_after(world: District) -> None:
    space = world.space(SpaceKind.UNIT, "alder", "police")
    read = read_invitation(invited(world), TODAY)
    invitation = read.invitation
    seat = SeatKeys.generate()
    request = write_request(
        seat, invitation.unit, member_name="N. Maple", device="laptop 7", rules=1, invitation=invitation.id
    )
    change = Change(
        space=space,
        tag="7c" * 16,
        seat=seat.seat_id,
        n=1,
        prev="",
        seen=Seen("", 0, "", ""),
        at=AT,
        zone="Europe/Vienna",
        salt="",
        set=(Assign("case", "r", "aim", "x"),),
    )
    cid = cid_of(encode(change))
    assert accept(change, cid, membership(world.control(space), world.chains())) is Verdict.WAITING

    sealed = seal_request(
        request, read.code, unit=invitation.unit, unit_key=invitation.unit_key, suite=invitation.suite
    )
    chain = world.chain("police")
    own = open_unit_keys(chain, own_keys(world.seats["alder"]))
    asked, code = open_request(sealed, chain.unit, {name: (key.suite, key.secret) for name, key in own.items()})
    assert answers(read_signed(read.signed), read_request(asked).invitation, code)
    assert not answers(read_signed(read.signed), read_request(asked).invitation, b"\0" * 16)
    assert safety_words(asked, "en") == safety_words(request, "en")

    world.raws[chain.unit] += enrol_seat(world.signer("alder"), chain, own, asked, at=AT, roles=(Role.PRACTITIONER,))
    control, chains = world.control(space), world.chains()
    assert accept(change, cid, membership(control, chains)) is Verdict.OK
    assert writing_key(control, held_space_keys(control, chains, chain.unit, seat)) is not None
    assert [member.name for member in chains[chain.unit].members.values()][-1:]
    assert "laptop 7" in chains[chain.unit].devices.values()


def test_a_file_that_was_changed_anywhere_is_refused(world: District) -> None:
    file = invited(world)
    for at in range(0, len(file), 37):
        broken = bytearray(file)
        broken[at] ^= 1
        with pytest.raises(SyncError) as caught:
            read_invitation(bytes(broken), TODAY)
        assert caught.value.code in {"invitation.form", "invitation.signature"}
    for junk in (b"", file[:50], b"\0" * (MAX_INVITATION + 100)):
        with pytest.raises(SyncError):
            read_invitation(junk, TODAY)


def test_an_old_file_says_so(world: District) -> None:
    assert read_invitation(invited(world), EXPIRES)
    with pytest.raises(SyncError) as caught:
        read_invitation(invited(world), "2026-04-22")
    assert caught.value.code == "invitation.expired"


def test_only_a_lead_of_that_unit_invites(world: District) -> None:
    good = read_signed(read_invitation(invited(world), TODAY).signed)
    assert may_invite(good, world.chain("police"))
    assert not may_invite(good, world.chain("health"))
    other = read_signed(read_invitation(invited(world, "birch"), TODAY).signed)
    assert not may_invite(other, world.chain("police"))


def test_a_server_that_holds_the_chain_back_is_seen(world: District) -> None:
    stale = world.chain("police")
    world.enrol("maple", "alder")
    invitation = read_signed(read_invitation(invited(world), TODAY).signed)
    assert not may_invite(invitation, stale)
    assert may_invite(invitation, world.chain("police"))


def test_a_request_opens_for_the_unit_alone(world: District) -> None:
    read = read_invitation(invited(world), TODAY)
    invitation = read.invitation
    request = write_request(SeatKeys.generate(), invitation.unit, member_name="M", device="d", rules=1)
    sealed = seal_request(
        request, read.code, unit=invitation.unit, unit_key=invitation.unit_key, suite=invitation.suite
    )
    assert len(sealed) < 8 * 1024  # what a mailbox takes
    health = open_unit_keys(world.chain("health"), own_keys(world.seats["yew"]))
    held = {name: (key.suite, key.secret) for name, key in health.items()}
    with pytest.raises(CannotOpen):
        open_request(sealed, invitation.unit, held)
    with pytest.raises(BadEntry):
        read_request(b"\0" * (MAX_REQUEST + 1))


def test_the_words_are_easy_to_tell_apart_and_differ_with_every_byte() -> None:
    for words in (ENGLISH, GERMAN):
        assert len(words) == len({word.casefold() for word in words}) == 256
    assert len(safety_words(b"one", "en")) == WORDS == 6
    assert len({safety_numbers(bytes([n])) for n in range(12)}) == 12
    assert safety_words(b"one", "fr") == safety_words(b"one", "en")
    assert set(safety_words(b"one", "de")) <= set(GERMAN)
    assert [GERMAN.index(word) for word in safety_words(b"one", "de")] == list(safety_numbers(b"one"))
