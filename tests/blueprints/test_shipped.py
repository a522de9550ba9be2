"""What all shipped blueprints promise to somebody who imports them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint import Blueprint
from homeassistant.util import yaml as yaml_util
import pytest

from .conftest import FOLDER

FILES = sorted(FOLDER.glob("*.yaml"))


def load(file: Path) -> Blueprint:
    """Load a blueprint as Home Assistant does."""
    data = yaml_util.load_yaml_dict(str(file))
    return Blueprint(data, path=file.name, expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA)


def inputs(blueprint: Blueprint) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each section, and each input in it or outside."""
    for name, each in blueprint.metadata["input"].items():
        yield name, each
        yield from each.get("input", {}).items()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_input_says_what_it_is(file: Path) -> None:
    blueprint = load(file)
    assert blueprint.validate() is None
    assert blueprint.metadata["description"]
    assert [
        name for name, each in inputs(blueprint) if not each.get("name") or len(each.get("description", "")) < 15
    ] == []
    assert [name for name, each in inputs(blueprint) if "selector" not in each and "input" not in each] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_import_stores_the_same(file: Path) -> None:
    blueprint = load(file)
    assert yaml_util.parse_yaml(blueprint.yaml()) == blueprint.data


def test_all_of_them_are_tested() -> None:
    assert [file.stem for file in FILES] == ["arm_when_away", "copy_photo", "notify_person", "notify_with_photo"]
    for file in FILES:
        assert (Path(__file__).parent / f"test_{file.stem}.py").exists()
