"""What a lab keeps between two starts."""

from pathlib import Path

import pytest

from scripts.lab.folder import Folder
from scripts.lab.progress import LabError


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A lab's folder in which a photo lies."""
    folder = Folder(tmp_path / "lab")
    folder.media.mkdir(parents=True)
    (folder.media / "photo.jpg").touch()
    return folder


def test_only_one_lab_is_in_it_at_a_time(folder: Folder) -> None:
    with folder.held(), pytest.raises(LabError, match="Another one"), Folder(folder.path).held():
        pass
    with folder.held():
        pass


def test_it_is_kept_while_the_facts_stay(folder: Folder) -> None:
    folder.remember(camera="real", broker_port=1883)
    folder.clear_when_stale({"camera": "real"})
    assert folder.broker_port == 1883
    assert (folder.media / "photo.jpg").exists()


def test_it_is_cleared_when_a_fact_changed(folder: Folder) -> None:
    folder.remember(camera="real", broker_port=1883)
    folder.clear_when_stale({"camera": "simulated"})
    assert folder.broker_port is None
    assert not folder.media.exists()
    assert folder.memory == {"camera": "simulated"}


def test_a_pi_that_knows_the_old_home_assistant_goes_with_it(folder: Folder) -> None:
    """Its user's home holds keys that nobody has any more."""
    folder.pi.mkdir()
    folder.remember(camera="behind SSH", ssh=2222)
    folder.clear_when_stale({"camera": "simulated"})
    assert not folder.pi.exists()
    assert folder.port("ssh") is None


def test_a_port_is_remembered(folder: Folder) -> None:
    folder.remember(ssh=2222, camera="behind SSH")
    assert (folder.port("ssh"), folder.port("camera"), folder.port("other")) == (2222, None, None)


def test_a_spoilt_memory_is_none(folder: Folder) -> None:
    (folder.path / "lab.json").write_text("{", encoding="utf-8")
    assert folder.memory == {}
