"""What is left after captures and cuts."""

from pathlib import Path

from scripts.lab.folder import Folder
from scripts.lab.soak import measure_soak, shares


def test_the_parts_are_the_whole() -> None:
    assert (shares(7, 2), shares(8, 2), shares(1, 2)) == ([3, 4], [4, 4], [0, 1])


async def test_every_capture_has_an_end_and_nothing_is_left(socket_enabled: None, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "lab")
    folder.path.mkdir()
    rows = {row.name: row for row in await measure_soak(folder, 12, 6)}
    ends = sum(row.value for name, row in rows.items() if name.startswith("soak: ended as"))
    assert (rows["soak: captures"].value, ends, rows["soak: connections cut"].value) == (12, 12, 6)
    assert [name for name, row in rows.items() if row.unit == "" and not row.passed] == []
