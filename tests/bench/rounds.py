"""Synchronising between real processes: CPU of laptop and server together, wall time, and bytes on the line."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.measure import Measured, cpu_seconds, median, percentile
from tests.e2e.line import Call, line_to
from tests.e2e.world import EVERYONE, Laptop, SharedCase, World

TOLD = (
    "She said that he had come to the door again last night and would not leave until the neighbour called; she asks "
    "not to be telephoned at home, and whether the children may be fetched from school by her sister until Friday. "
)
RECORD_BYTES = 2000
PER_CASE = 100
PER_ACTION = 20
"""Edits of one field: how long its history is decides what one more costs."""


class Used:
    """What a span of time cost."""

    cpu = 0.0
    wall = 0.0


@contextmanager
def used(world: World, laptop: Laptop) -> Iterator[Used]:
    """CPU seconds of the laptop's program and of the server, and the wall time, of what happens inside."""
    span = Used()
    pids = (laptop.computer.pid, world.server.pid)
    before, began = sum(map(cpu_seconds, pids)), time.perf_counter()
    yield span
    span.wall, span.cpu = time.perf_counter() - began, sum(map(cpu_seconds, pids)) - before


def rounds(folder: Path, *, smoke: bool) -> list[Measured]:
    """A police laptop writes, a hospital laptop reads."""
    share = 10 if smoke else 1
    world = World(folder, {"alder": 0.0, "linden": 0.0})
    try:
        case = world.shared_case()
        return [
            *_pull(world, 10_000 // share),
            *_push(world, 1_000 // share),
            *_round_trip(world, case, 100 // share),
        ]
    finally:
        world.close()


def _pull(world: World, count: int) -> list[Measured]:
    alder, linden = world["alder"], world["linden"]
    for start in range(0, count, PER_CASE):
        case = alder.ask("new", code_name=f"LANTERN {start}")
        other = alder.ask("share", case=case, space=world.space(*EVERYONE))
        alder.ask("many", case=other, texts=[_record(number) for number in range(start, start + PER_CASE)])
    assert alder.sync()["level"]
    with used(world, linden) as span:
        done = linden.sync()
    assert done["level"]
    assert done["entries"] >= count
    share = f"{count:,} records of {RECORD_BYTES} bytes in {count // PER_CASE} cases"
    return [
        Measured(f"pull of {share}", span.cpu * 10_000 / count, "CPU-s", "≤", 2.5, _scaled(count, 10_000)),
        Measured("  the same", span.wall * 10_000 / count, "s wall"),
    ]


def _push(world: World, count: int) -> list[Measured]:
    alder = world["alder"]
    cases = [_small_case(world, number) for number in range(count // PER_ACTION)]
    assert alder.sync()["level"]
    with used(world, alder) as written:
        for number in range(count):
            alder.edit(cases[number % len(cases)], "title", f"Change the locks, floor {number}")
    sizes = [0, 0]

    def weigh(call: Call) -> None:
        call.forward()
        answer = call.answer()
        call.give(answer)
        sizes[0] += len(call.raw)
        sizes[1] += len(answer)

    with line_to(world.server.port) as line:
        line.strike = weigh
        with used(world, alder) as span:
            done = alder.sync(line.address)
    assert done["level"]
    assert done["pushed"] == count
    return [
        Measured(f"write {count:,} edits", written.cpu * 1000 / count, "CPU-s", note="each signed and on disk"),
        Measured(
            f"push of {count:,} edits, read back", span.cpu * 1000 / count, "CPU-s", "≤", 0.15, _scaled(count, 1000)
        ),
        Measured("  bytes sent", sizes[0] / count, "bytes/edit"),
        Measured("  bytes received", sizes[1] / count, "bytes/edit", note="answers, and every entry read back"),
    ]


def _small_case(world: World, number: int) -> SharedCase:
    alder = world["alder"]
    case = alder.ask("new", code_name=f"MEADOW {number}")
    shared = alder.ask("share", case=case, space=world.space(*EVERYONE))
    return SharedCase(case, shared, alder.ask("add", case=case, kind="action", fields={"title": "Change the locks"}))


def _round_trip(world: World, case: SharedCase, count: int) -> list[Measured]:
    alder = world["alder"]
    with used(world, alder) as span:
        spans = alder.ask("round_trips", address=world.server.address, case=case.key, record=case.action, count=count)
    return [
        Measured("round trip of one edit", median(spans), "ms", "≤", 15.0, "median wall: written, pushed, read back"),
        Measured("  95 of 100", percentile(spans, 0.95), "ms"),
        Measured("  the same", span.cpu / count * 1000, "CPU-ms", note="laptop and server"),
    ]


def _record(number: int) -> str:
    return f"{number}: {TOLD * 8}"[:RECORD_BYTES]


def _scaled(count: int, full: int) -> str:
    return "laptop and server" + ("" if count == full else f"; measured on {count:,}, scaled")
