"""A lying server in the ordinary suite: some lies of each sort, and the trial itself.

All of them: `python -m tests.hostile`.
"""

from typing import Any

import pytest

from sync.keys import Domain, sign
from tests.hostile import trial
from tests.hostile.__main__ import main
from tests.hostile.lies import LIES
from tests.hostile.trial import CANARIES, try_lie

SMOKE = (
    "receipts and drops",
    "reorders",
    "rolls back",
    "wants a change signed",
    "floods without end",
    "slow drip",
)


@pytest.mark.parametrize("name", SMOKE)
def test_a_lie_costs_no_word_loses_nothing_and_is_told(name: str) -> None:
    assert try_lie(name).misses == []


def test_the_list_has_every_sort_of_the_threat_list() -> None:
    words = " ".join(LIES)
    sorts = (
        "withholds replays reorders forks rolls swaps adds floods bomb headers page endless drip redirects malformed"
    )
    assert [sort for sort in (*sorts.split(), "absurd") if sort not in words] == []


def test_a_word_that_gets_out_is_seen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    real = trial._round

    def chatty(laptop: Any, liar: Any) -> Any:
        liar.received.append(CANARIES[0].encode().hex().encode())
        return real(laptop, liar)

    monkeypatch.setattr(trial, "_round", chatty)
    assert main(["malformed answer"]) == 1
    assert "the server received" in capsys.readouterr().out


def test_a_change_signed_for_the_server_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(self: Any, challenge: bytes) -> bytes:
        return sign(self._seat.seat_keys.sign_private, Domain.CHANGE, challenge)

    monkeypatch.setattr("desktop.store.replica.StoreReplica.sign_session", careless)
    seen = try_lie("wants a change signed")
    assert "the laptop signed a change for the server" in seen.misses
