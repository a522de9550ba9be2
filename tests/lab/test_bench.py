"""Which parts of the bench are run."""

import pytest

from scripts.lab.bench import _parse


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ([], ["alerts", "ready", "ssh"]),
        (["--ssh"], ["ssh", "hosts", "soak"]),
        (["--only", "soak", "ssh"], ["soak", "ssh"]),
        (["--only", "archive", "--photos", "10", "20"], ["archive"]),
    ],
)
def test_parts_can_be_chosen(arguments: list[str], parts: list[str]) -> None:
    assert list(_parse(arguments).only) == parts


def test_the_open_cameras_minutes_can_be_chosen() -> None:
    assert (_parse([]).minutes, _parse(["--only", "ready", "--minutes", "60"]).minutes) == (3, 60)


def test_a_part_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _parse(["--only", "tea"])
    assert "tea" in capsys.readouterr().err
