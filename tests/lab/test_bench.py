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


def test_a_part_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _parse(["--only", "tea"])
    assert "tea" in capsys.readouterr().err
