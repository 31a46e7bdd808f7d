"""The promises of `sync.server.storage.contract.Storage`. A back end inherits the suite and says how to open itself."""

import hashlib
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator

import pytest

from sync.protocol import EMPTY_LOG_HASH, Cursor, EnrolItem, TreeKind, check_page, next_hash
from sync.server.storage.contract import NewEntry, SeatSeen, Storage, StoredTree, TreePart

SPACE, OTHER = "5a" * 16, "5b" * 16
TAG, OTHER_TAG = "71" * 16, "72" * 16


def entry(matter: object, size: int = 40, *, key: bool = False, carrier: str = "", tag: str = TAG) -> NewEntry:
    raw = f"{matter}".encode().ljust(size, b".")
    eid = hashlib.sha256(raw).hexdigest()
    return NewEntry(eid, tag, 1 if key else 2, eid[:32] if key else "", raw, carrier)


class StoragePromises(ABC):
    @abstractmethod
    def open(self) -> Storage:
        """Another handle on the same database, as another process would have."""

    @pytest.fixture
    def storage(self) -> Iterator[Storage]:
        storage = self.open()
        storage.add_spaces([SPACE, OTHER])
        yield storage
        storage.close()

    def test_a_new_log_is_empty_and_has_an_epoch_of_its_own(self, storage: Storage) -> None:
        heads = storage.heads([SPACE, OTHER, "00" * 16])
        assert set(heads) == {SPACE, OTHER}
        assert {(head.seq, head.log_hash) for head in heads.values()} == {(0, EMPTY_LOG_HASH)}
        assert heads[SPACE].epoch != heads[OTHER].epoch

    def test_adding_a_space_again_changes_nothing(self, storage: Storage) -> None:
        storage.append(SPACE, [entry(1)])
        before = storage.heads([SPACE])
        storage.add_spaces([SPACE])
        assert storage.heads([SPACE]) == before

    def test_entries_are_numbered_from_one_in_the_order_given(self, storage: Storage) -> None:
        appended = storage.append(SPACE, [entry(1), entry(2)])
        assert appended.items == ((1, True), (2, True))
        assert appended.epoch == storage.heads([SPACE])[SPACE].epoch
        assert storage.append(SPACE, [entry(3)]).items == ((3, True),)

    def test_what_is_held_is_not_stored_again_and_answers_with_its_number(self, storage: Storage) -> None:
        storage.append(SPACE, [entry(1), entry(2)])
        assert storage.append(SPACE, [entry(2), entry(3), entry(3)]).items == ((2, False), (3, True), (3, False))
        assert storage.heads([SPACE])[SPACE].seq == 3

    def test_logs_are_apart(self, storage: Storage) -> None:
        storage.append(SPACE, [entry(1), entry(2)])
        assert storage.append(OTHER, [entry(2)]).items == ((1, True),)
        assert storage.missing(OTHER, [entry(1).eid, entry(2).eid]) == (entry(1).eid,)
        assert storage.read(OTHER, 0, 1000, 10).entries == (entry(2).raw,)

    def test_the_running_hash_chains_every_entry(self, storage: Storage) -> None:
        storage.append(SPACE, [entry(1), entry(2)])
        expected = next_hash(next_hash(EMPTY_LOG_HASH, entry(1).eid), entry(2).eid)
        assert storage.heads([SPACE])[SPACE].log_hash == expected
        assert storage.read(SPACE, 0, 1000, 1).log_hash == next_hash(EMPTY_LOG_HASH, entry(1).eid)

    def test_pages_are_contiguous_and_lead_to_the_head(self, storage: Storage) -> None:
        storage.append(SPACE, [entry(number) for number in range(7)])
        cursor, read = Cursor(), list[bytes | None]()
        while cursor.seq < 7:
            entries, cursor = check_page(cursor, storage.read(SPACE, cursor.seq, 10_000, 3))
            read += [item.raw for item in entries]
        assert read == [entry(number).raw for number in range(7)]
        assert cursor == storage.heads([SPACE])[SPACE]

    def test_a_page_keeps_to_its_bytes_but_brings_at_least_one_entry(self, storage: Storage) -> None:
        storage.append(SPACE, [entry(number, size=100) for number in range(5)])
        assert len(storage.read(SPACE, 0, 250, 10).entries) == 2
        assert len(storage.read(SPACE, 0, 1, 10).entries) == 1

    def test_no_cursor_is_invalid(self, storage: Storage) -> None:
        storage.append(SPACE, [entry(1)])
        at_end = storage.read(SPACE, 1, 1000, 10)
        assert (at_end.first_seq, at_end.entries, at_end.head) == (2, (), 1)
        assert at_end.log_hash == storage.heads([SPACE])[SPACE].log_hash
        for after in (2, -1, 10**15):
            assert storage.read(SPACE, after, 1000, 10).first_seq == 1

    def test_an_unknown_log_is_refused(self, storage: Storage) -> None:
        with pytest.raises(KeyError):
            storage.append("00" * 16, [entry(1)])
        with pytest.raises(KeyError):
            storage.read("00" * 16, 0, 1000, 10)

    def test_case_keys_are_known_by_tag_and_space(self, storage: Storage) -> None:
        key = entry("key", key=True)
        storage.append(SPACE, [key, entry(1)])
        asked = [key.eid[:32], entry(1).eid[:32]]
        assert storage.case_keys(SPACE, asked) == {(TAG, key.eid[:32])}
        assert storage.case_keys(OTHER, asked) == frozenset()

    def test_values_are_kept_and_replaced(self, storage: Storage) -> None:
        assert storage.value("name") is None
        storage.set_value("name", b"one")
        storage.set_value("name", b"two")
        assert storage.value("name") == b"two"

    def test_another_handle_sees_what_was_committed(self, storage: Storage) -> None:
        storage.append(SPACE, [entry(1)])
        other = self.open()
        try:
            assert other.heads([SPACE]) == storage.heads([SPACE])
            assert other.append(SPACE, [entry(1), entry(2)]).items == ((1, False), (2, True))
        finally:
            other.close()

    def test_renewed_epochs_are_new_and_keep_the_entries(self, storage: Storage) -> None:
        storage.append(SPACE, [entry(1)])
        before = storage.heads([SPACE, OTHER])
        storage.renew_epochs()
        after = storage.heads([SPACE, OTHER])
        assert not {head.epoch for head in before.values()} & {head.epoch for head in after.values()}
        assert (after[SPACE].seq, after[SPACE].log_hash) == (before[SPACE].seq, before[SPACE].log_hash)

    def test_what_a_unit_brings_is_counted_once(self, storage: Storage) -> None:
        one, two = "11" * 16, "12" * 16
        storage.append(SPACE, [entry(1, size=100, carrier=one), entry(2, size=50, carrier=one)])
        storage.append(SPACE, [entry(2, size=50, carrier=two), entry(3, size=30, carrier=one)])
        storage.append(OTHER, [entry(4, size=7, carrier=one), entry(5, size=1000, carrier=two)])
        storage.append(OTHER, [entry(6, size=1000)])
        assert [storage.used(unit * 16) for unit in ("11", "12", "13")] == [187, 1000, 0]

    def test_the_latest_sight_of_a_seat_is_remembered(self, storage: Storage) -> None:
        assert storage.seen() == ()
        for seen in (SeatSeen("22" * 16, 5, ""), SeatSeen("21" * 16, 7, "1.0"), SeatSeen("22" * 16, 9, "1.1")):
            storage.saw(seen)
        assert storage.seen() == (SeatSeen("21" * 16, 7, "1.0"), SeatSeen("22" * 16, 9, "1.1"))

    def test_a_watch_hears_of_another_handles_entry_and_of_nothing_else(self, storage: Storage) -> None:
        watch, other = storage.watch(), self.open()
        try:
            while watch.wait(0.2):  # what came before we listened
                pass
            heard = list[float]()
            waiting = threading.Thread(target=lambda: heard.append(time.monotonic()) if watch.wait(20) else None)
            waiting.start()
            time.sleep(0.2)
            storage.heads([SPACE])
            other.append(SPACE, [entry(1)])
            written = time.monotonic()
            waiting.join()
            assert heard[0] - written < 5
            other.append(SPACE, [entry(1)])  # held already: nothing moved
            assert not watch.wait(0.2)
        finally:
            watch.close()
            other.close()

    def test_every_log_is_listed(self, storage: Storage) -> None:
        assert storage.spaces() == (SPACE, OTHER)

    def test_a_sound_database_has_no_faults_also_with_erased_entries(self, storage: Storage) -> None:
        assert storage.faults() == ()
        storage.append(SPACE, [entry(1), entry(2)])
        storage.erase(SPACE, [TAG])
        assert storage.faults() == ()

    def test_bytes_beside_the_log_count_too(self, storage: Storage) -> None:
        storage.brought(SPACE, "11" * 16, 70)
        storage.append(SPACE, [entry(1, size=30, carrier="11" * 16)])
        assert storage.used("11" * 16) == 100

    def test_what_is_erased_keeps_its_place_and_nothing_else(self, storage: Storage) -> None:
        storage.append(SPACE, [entry(1), entry("other", tag=OTHER_TAG), entry(2)])
        storage.append(OTHER, [entry(1)])
        before = storage.heads([SPACE])
        assert storage.erase(SPACE, [TAG]) == (entry(1).raw, entry(2).raw)
        assert storage.erase(SPACE, [TAG]) == ()
        page = storage.read(SPACE, 0, 10_000, 10)
        assert page.entries == (None, entry("other", tag=OTHER_TAG).raw, None)
        assert page.erased == (entry(1).eid, entry(2).eid)
        check_page(Cursor(), page)
        assert storage.heads([SPACE]) == before
        assert storage.missing(SPACE, [entry(1).eid]) == ()
        assert storage.read(OTHER, 0, 10_000, 10).entries == (entry(1).raw,)

    def test_nothing_of_an_erased_tag_is_taken_again(self, storage: Storage) -> None:
        storage.append(SPACE, [entry(1)])
        storage.erase(SPACE, [TAG])
        again = storage.append(SPACE, [entry(1), entry(2), entry(3, tag=OTHER_TAG)])
        assert again.items == ((0, False), (0, False), (2, True))
        assert storage.erase(OTHER, [TAG]) == ()  # before there was anything
        assert storage.append(OTHER, [entry(1)]).items == ((0, False),)

    def test_a_tree_is_read_in_the_order_in_which_it_grew(self, storage: Storage) -> None:
        tree = "7e" * 16
        assert storage.trees() == ()
        assert storage.add_to_tree(TreeKind.UNIT, tree, 0, [b"one", b"two"])
        assert not storage.add_to_tree(TreeKind.UNIT, tree, 0, [b"other"])
        assert not storage.add_to_tree(TreeKind.UNIT, tree, 3, [b"other"])
        assert storage.add_to_tree(TreeKind.UNIT, tree, 2, [b"three"])
        assert storage.trees() == (StoredTree(TreeKind.UNIT, tree, 3),)
        whole = storage.read_tree(tree, 0, 1000, 10)
        assert (whole.first, whole.entries, whole.total) == (1, (b"one", b"two", b"three"), 3)
        assert storage.read_tree(tree, 1, 1000, 1) == TreePart(whole.epoch, 2, (b"two",), 3)
        assert storage.read_tree(tree, 0, 7, 10).entries == (b"one", b"two")
        assert storage.read_tree(tree, 2, 1, 10).entries == (b"three",)
        assert storage.read_tree(tree, 4, 1000, 10).first == 1
        storage.renew_epochs()
        assert storage.read_tree(tree, 0, 1000, 10).epoch != whole.epoch
        with pytest.raises(KeyError):
            storage.read_tree(SPACE, 0, 1000, 10)

    def test_a_tree_that_grows_wakes_those_who_watch(self, storage: Storage) -> None:
        watch, other = storage.watch(), self.open()
        try:
            while watch.wait(0.2):
                pass
            other.add_to_tree(TreeKind.SPACE, "7e" * 16, 0, [b"one"])
            assert watch.wait(5)
        finally:
            watch.close()
            other.close()

    def test_an_invitation_is_answered_once(self, storage: Storage) -> None:
        unit, one, two = "11" * 16, EnrolItem("21" * 16, b"i", b"s"), EnrolItem("22" * 16, b"j", b"t")
        assert storage.post_enrolment(unit, two)
        assert storage.post_enrolment(unit, one)
        assert not storage.post_enrolment(unit, EnrolItem(one.id, b"x", b"y"))
        assert storage.enrolments(unit) == (one, two)
        assert storage.enrolments("12" * 16) == ()
        storage.end_enrolments(unit, [one.id])
        assert storage.enrolments(unit) == (two,)
        assert storage.waiting_enrolments(unit) == 1
        assert not storage.post_enrolment(unit, one)
