"""The line and the server fail in the middle of things; afterwards nothing is lost and nothing is there twice."""

import hashlib
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.line import Call, Cut, Strike, line_to, once
from tests.e2e.processes import ROOT, Lines
from tests.e2e.world import SharedCase, World

pytestmark = pytest.mark.e2e


@pytest.fixture
def case(world: World) -> SharedCase:
    return world.shared_case()


def half_sent(world: World) -> Strike:
    def strike(call: Call) -> None:
        call.forward(len(call.raw) // 2)
        world.server.kill()
        raise Cut

    return strike


def just_sent(world: World) -> Strike:
    def strike(call: Call) -> None:
        call.forward()
        world.server.kill()
        raise Cut

    return strike


def stored_and_not_answered(world: World) -> Strike:
    def strike(call: Call) -> None:
        call.forward()
        call.answer()
        world.server.kill()
        raise Cut

    return strike


def nth_push(n: int) -> Callable[[Call], bool]:
    left = itertools.count(1)
    return lambda call: call.is_push and next(left) == n


@pytest.mark.parametrize("moment", [half_sent, just_sent, stored_and_not_answered])
def test_server_killed_in_mid_push_and_restarted(
    world: World, case: SharedCase, moment: Callable[[World], Strike]
) -> None:
    """Three times over; each time with new work, and in a later one of the batches that it takes."""
    for time in range(3):
        texts = [
            f"note {time}.{number} {hashlib.shake_128(bytes([time, number])).hexdigest(300)}" for number in range(60)
        ]
        world["alder"].ask("many", case=case.key, texts=texts)
        world["linden"].edit(case, "title", f"written the {time}. time")
        with line_to(world.server.port) as line:
            line.strike = once(nth_push(time + 1), moment(world))
            done = world["alder"].sync(line.address)
        assert done["failure"] in {"net.cut", "net.refused"}
        assert world["alder"].ask("counts")["pending"] > 0
        world.server.start()
    world.verify()
    assert len(notes(world, case)) == 180
    assert len(set(notes(world, case))) == 180


def test_time_out_after_the_servers_commit_sends_nothing_twice(world: World, case: SharedCase) -> None:
    world["alder"].ask("many", case=case.key, texts=["one", "two", "three"])

    def silent(call: Call) -> None:
        call.forward()
        assert b" 200 " in call.answer().split(b"\r\n", 1)[0]
        call.until_the_laptop_gives_up()
        raise Cut

    with line_to(world.server.port) as line:
        line.strike = once(lambda call: call.is_push, silent)
        done = world["alder"].sync(line.address, patience=0.5)
    assert done["level"], "the round goes on with a smaller batch"
    world.verify()
    assert sorted(notes(world, case)) == ["one", "three", "two"]


def test_line_that_stays_silent_gives_the_round_up_and_keeps_everything(world: World, case: SharedCase) -> None:
    world["alder"].ask("many", case=case.key, texts=["one", "two"])

    def silent(call: Call) -> None:
        call.until_the_laptop_gives_up()
        raise Cut

    with line_to(world.server.port) as line:
        line.strike = silent
        done = world["alder"].sync(line.address, patience=0.3)
    assert done["failure"] == "net.timeout"
    assert world["alder"].ask("counts")["pending"] == 2
    world.verify()
    assert sorted(notes(world, case)) == ["one", "two"]


@pytest.mark.parametrize("wanted", ["push", "page"])
def test_answer_cut_at_byte_k(world: World, case: SharedCase, wanted: str) -> None:
    """Nowhere within an answer does a cut do harm: in its head, right behind it, in its body, before its last byte."""
    for number, share in enumerate((0.0, 0.05, 0.2, 0.5, 0.9, 1.0)):
        world["alder"].ask("many", case=case.key, texts=[f"alder {number}"])
        world["linden"].ask("many", case=case.key, texts=[f"linden {number}"])
        assert world["linden"].sync()["level"]

        def cut(call: Call, share: float = share) -> None:
            call.forward()
            answer = call.answer()
            call.give(answer[: min(int(share * len(answer)), len(answer) - 1)])
            raise Cut

        with line_to(world.server.port) as line:
            line.strike = once(lambda call: call.is_push if wanted == "push" else call.is_page, cut)
            done = world["alder"].sync(line.address)
        assert done["failure"] in {"", "net.cut"}
    world.verify()
    assert len(notes(world, case)) == 12


@pytest.fixture
def portal() -> Iterator[str]:
    """The address of a captive portal in a process of its own."""
    with subprocess.Popen([sys.executable, "-m", "tests.e2e.portal"], stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            yield Lines(process).next().decode().removeprefix("listening on ")
        finally:
            process.kill()


def test_captive_portals_page_is_not_taken_for_a_server(world: World, case: SharedCase, portal: str) -> None:
    world["alder"].ask("many", case=case.key, texts=["one", "two"])
    before = world["alder"].ask("fold")
    for _ in range(3):
        done = world["alder"].sync(portal)
        assert (done["failure"], done["level"], done["pushed"]) == ("net.captive", False, 0)
    assert world["alder"].ask("counts")["pending"] == 2
    assert world["alder"].ask("fold") == before
    world.verify()
    assert sorted(notes(world, case)) == ["one", "two"]


@pytest.mark.parametrize("verdict", ["announced", "unannounced"])
def test_server_restored_from_last_night_is_healed_by_its_laptops(world: World, case: SharedCase, verdict: str) -> None:
    assert world["alder"].ask("rollbacks", address=world.server.address) == []
    world["alder"].ask("many", case=case.key, texts=["before the backup"])
    world.level()
    backup = world.folder / "backup"
    world.server.command("backup", "--to", str(backup))
    world["alder"].ask("many", case=case.key, texts=["after the backup"])
    world["linden"].edit(case, "title", "after the backup too")
    world.level()
    world.server.stop()
    key = ["--operator-key", str(world.server.folder / "operator.key")] if verdict == "announced" else []
    world.server.command("restore", "--from", str(backup), *key)
    world.server.start()
    world["linden"].edit(case, "status", "done")
    assert world["alder"].sync()["restarted"] > 0
    seen = world["alder"].ask("rollbacks", address=world.server.address)
    assert {one[0] for one in seen} == {verdict}
    assert sum(one[1] for one in seen) >= 2, "what was written after the backup was put back from here"
    world.verify()
    assert sorted(notes(world, case)) == ["after the backup", "before the backup"]


def test_receipted_and_lost_before_it_was_read_back_is_sent_again(world: World, case: SharedCase) -> None:
    """A receipt is a word, not a proof: the disk of the server died an hour after it gave one.

    The colleague's note keeps this laptop from being level, so that what it sends is read back by a call of its own.
    """
    world["linden"].ask("many", case=case.key, texts=["theirs"])
    world["linden"].sync()
    backup = world.folder / "backup"
    world.server.command("backup", "--to", str(backup))
    world["alder"].ask("many", case=case.key, texts=["receipted"])

    def cut(call: Call) -> None:
        raise Cut

    with line_to(world.server.port) as line:
        line.strike = once(lambda call: call.is_page, cut)
        done = world["alder"].sync(line.address)
    assert (done["pushed"], done["failure"]) == (1, "net.cut")
    world.server.stop()
    world.server.command("restore", "--from", str(backup))
    world.server.start()
    world.verify()
    assert sorted(notes(world, case)) == ["receipted", "theirs"]


def notes(world: World, case: SharedCase) -> list[str]:
    """The notes of the shared file, as the other laptop holds them."""
    space, tag = case.key
    shared = world["linden"].ask("fold")[space][tag]
    return [fields["text"]["value"] for record, fields in shared.items() if record.startswith("note ")]
