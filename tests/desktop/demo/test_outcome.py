from desktop.demo.outcome import Outcome


def test_a_day_on_which_nothing_was_seen_is_not_whole() -> None:
    assert not Outcome().whole


def test_one_line_that_is_off_makes_the_day_off_and_is_marked() -> None:
    outcome = Outcome()
    outcome.note("folds equal", "3 of 3", held=True)
    before = outcome.whole
    outcome.note("still waiting", "police 1", held=False)
    assert (before, outcome.whole) == (True, False)
    assert outcome.table().splitlines() == ["ok   folds equal    3 of 3", "OFF  still waiting  police 1"]
