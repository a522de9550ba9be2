"""The report of the measurements."""

import pytest

from scripts.lab.report import Row, median, percentile, print_report


def test_the_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(20, 0, -1)]
    assert (percentile(values, 0.95), percentile(values, 1), percentile([3.0], 0.95)) == (19, 20, 3)


def test_the_median_is_the_middle() -> None:
    assert median([3, 1, 2]) == 2


@pytest.mark.parametrize(("value", "passed"), [(24.9, True), (25, True), (25.1, False)])
def test_a_value_may_reach_its_bar_and_no_more(value: float, passed: bool) -> None:
    assert Row("time", value, "ms", 25).passed is passed


def test_a_row_says_value_bar_and_verdict() -> None:
    assert str(Row("time", 12.34, "ms", 25)).split() == ["time", "12.3", "ms", "<=", "25", "ms", "pass"]
    assert str(Row("time", 2.5, "s", 2)).split() == ["time", "2.50", "s", "<=", "2", "s", "FAIL"]
    assert str(Row("photos", 3, "")).split() == ["photos", "3"]


def test_one_missed_bar_fails_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = Row("good", 1, "s", 2), Row("bad", 3, "s", 2)
    assert (print_report([good]), print_report([good, bad])) == (0, 1)
    assert capsys.readouterr().out.splitlines() == [str(good), str(good), str(bad)]
