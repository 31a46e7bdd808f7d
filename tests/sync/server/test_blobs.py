"""Blobs in parts: in any order, again, by several seats, over a lying one; read by members only, within the quota."""

import hashlib
import os

import msgspec
import pytest

from sync.blob_parts import MAX_BLOB_BYTES, PART_BYTES, BlobLack, BlobName, BlobsAsk, BlobsMissing, BlobTaken, parts_of
from sync.protocol import NetReply, Problem, decode, encode
from sync.server.blobs import MOST_BEGUN
from sync.server.pace import Allowance, UnitQuota
from tests.sync.server.conftest import Bench

BLOB = os.urandom(2 * PART_BYTES + 1000)
NAME = BlobName(hashlib.sha256(BLOB).hexdigest(), len(BLOB))


def part(number: int, blob: bytes = BLOB) -> bytes:
    return blob[number * PART_BYTES : (number + 1) * PART_BYTES]


def put(
    bench: Bench, token: str, number: int, body: bytes | None = None, *, name: BlobName = NAME, space: str = "shared"
) -> NetReply:
    path = f"/v1/spaces/{bench.practice.spaces[space]}/blobs/{name.blob}/{number}"
    return bench.ask("PUT", path, token, part(number) if body is None else body, size=f"{name.size}")


def whole(reply: NetReply) -> bool:
    assert reply.status == 200, reply
    return decode(BlobTaken, reply.body).whole


def missing(bench: Bench, token: str, *names: BlobName) -> tuple[BlobLack, ...]:
    path = f"/v1/spaces/{bench.practice.spaces['shared']}/blobs/missing"
    return decode(BlobsMissing, bench.ask("POST", path, token, encode(BlobsAsk(names))).body).blobs


def read(bench: Bench, token: str, number: int, method: str = "GET") -> NetReply:
    return bench.ask(method, f"/v1/spaces/{bench.practice.spaces['shared']}/blobs/{NAME.blob}/{number}", token)


def code(reply: NetReply) -> tuple[int, str]:
    return reply.status, decode(Problem, reply.body).code


def test_parts_come_in_any_order_and_again(bench: Bench) -> None:
    token = bench.token("p1")
    assert missing(bench, token, NAME) == (BlobLack(NAME.blob, (0, 1, 2)),)
    assert [whole(put(bench, token, number)) for number in (2, 0, 2)] == [False] * 3
    assert missing(bench, token, NAME) == (BlobLack(NAME.blob, (1,)),)
    assert code(read(bench, token, 0)) == (404, "blob.unknown")
    assert [whole(put(bench, token, number)) for number in (1, 1, 0)] == [True] * 3
    assert missing(bench, token, NAME) == ()
    reader = bench.token("h1")
    assert b"".join(read(bench, reader, number).body for number in range(3)) == BLOB
    assert code(read(bench, reader, 3)) == (404, "blob.unknown")
    assert read(bench, reader, 0, "HEAD").headers["content-length"] == f"{PART_BYTES}"
    unit = bench.server.members.unit_of(bench.laptop("p1").seat_id)
    assert bench.server.storage.used(unit) == len(BLOB)


def test_a_lying_part_of_another_seat_spoils_nothing(bench: Bench) -> None:
    honest, liar = bench.token("p1"), bench.token("h1")
    put(bench, honest, 0)
    put(bench, honest, 1)
    lies = [put(bench, liar, number, bytes(len(part(number)))) for number in range(3)]
    assert [reply.status for reply in lies] == [200, 200, 422]
    assert code(lies[2]) == (422, "blob.hash")
    assert len(missing(bench, liar, NAME)[0].parts) == 3  # his own are dropped
    assert whole(put(bench, honest, 2))
    assert read(bench, liar, 0).body == part(0)


def test_only_members_read_and_every_seat_may_carry(bench: Bench) -> None:
    police = bench.practice.spaces["police"]
    carrier, member = bench.token("h1"), bench.token("p1")
    for number in range(3):
        assert put(bench, carrier, number, space="police").status == 200
    path = f"/v1/spaces/{police}/blobs/{NAME.blob}/0"
    assert code(bench.ask("GET", path, carrier)) == (403, "space.not_member")
    asked = encode(BlobsAsk((NAME,)))
    assert code(bench.ask("POST", f"/v1/spaces/{police}/blobs/missing", carrier, asked)) == (403, "space.not_member")
    assert bench.ask("GET", path, member).body == part(0)
    elsewhere = f"/v1/spaces/{'00' * 16}/blobs/{NAME.blob}/0"
    assert code(bench.ask("PUT", elsewhere, carrier, part(0), size="1")) == (404, "space.unknown")


@pytest.mark.parametrize(
    ("number", "size", "length"),
    [("0", len(BLOB), 5), ("3", len(BLOB), 5), ("2", len(BLOB), 999), ("x", 5, 5), ("-1", 5, 5), ("²", 5, 5)],
)
def test_what_is_no_part_is_refused(bench: Bench, number: str, size: int, length: int) -> None:
    path = f"/v1/spaces/{bench.practice.spaces['shared']}/blobs/{NAME.blob}/{number}"
    assert code(bench.ask("PUT", path, bench.token("p1"), bytes(length), size=f"{size}")) == (422, "blob.part")


def test_sizes_and_names_are_limited(bench: Bench) -> None:
    token = bench.token("p1")
    for size in (0, MAX_BLOB_BYTES + 1):
        assert code(put(bench, token, 0, name=BlobName(NAME.blob, size))) == (413, "blob.too_large")
    assert code(put(bench, token, 0, bytes(PART_BYTES + 1))) == (413, "batch.too_large")
    odd = BlobName("..%2f" + "a" * 59, 5)
    assert put(bench, token, 0, b"12345", name=odd).status == 422
    many = encode(BlobsAsk((NAME,) * 65))
    path = f"/v1/spaces/{bench.practice.spaces['shared']}/blobs/missing"
    assert code(bench.ask("POST", path, token, many)) == (413, "have.too_many")


def test_what_is_begun_and_left_gives_way(bench: Bench) -> None:
    token = bench.token("p1")
    names = [BlobName(f"{number:064x}", PART_BYTES + 1) for number in range(MOST_BEGUN + 3)]
    for name in names:
        assert not whole(put(bench, token, 1, b"x", name=name))
    lacks = [len(lack.parts) for each in range(0, len(names), 10) for lack in missing(bench, token, *names[each:][:10])]
    assert sum(count == 1 for count in lacks) == MOST_BEGUN
    assert lacks[-1] == 1


def test_a_unit_brings_no_more_than_it_may(bench: Bench) -> None:
    quota = UnitQuota(Allowance(unit_bytes=PART_BYTES + 500), bench.server.storage.used, lambda: 0.0)
    bench.server.blobs._quota = quota
    token = bench.token("p1")
    assert put(bench, token, 0).status == 200
    assert code(put(bench, token, 1)) == (507, "unit.full")


def test_the_number_of_parts() -> None:
    sizes = (1, PART_BYTES, PART_BYTES + 1, MAX_BLOB_BYTES)
    assert [parts_of(size) for size in sizes] == [1, 1, 2, 256]
    assert msgspec.msgpack.decode(encode(NAME), type=BlobName) == NAME
