"""What a camera consists of in Home Assistant, and what the integration says of itself."""

import ast
from io import BytesIO
import json
from typing import Any

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.loader import async_get_integration
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

import custom_components.pi_security_camera as integration
from custom_components.pi_security_camera.const import DOMAIN

from .conftest import EntryMaker, alert, set_up, state_of
from .dialogs import FOLDER

# Object ids are in users' automations: fixed. Then key, class, category, and whether it is off at first.
ENTITIES: dict[str, tuple[str, str | None, str | None, bool]] = {
    "binary_sensor.hall_motion": ("motion", "motion", None, False),
    "button.hall_take_photo": ("take_photo", None, None, False),
    "camera.hall": ("camera", None, None, False),
    "event.hall_capture": ("capture", None, None, False),
    "image.hall_last_photo": ("last_photo", None, None, False),
    "sensor.hall_capture_time": ("capture_time", "duration", "diagnostic", True),
    "sensor.hall_frame_rate": ("frame_rate", None, "diagnostic", True),
    "sensor.hall_free_space": ("free_space", "data_size", "diagnostic", True),
    "sensor.hall_last_capture": ("last_capture", "timestamp", None, False),
    "sensor.hall_last_outcome": ("last_outcome", "enum", "diagnostic", False),
    "sensor.hall_oldest_photo": ("oldest_photo", "timestamp", "diagnostic", True),
    "sensor.hall_photos": ("photos", None, "diagnostic", False),
    "sensor.hall_photos_today": ("photos_today", None, None, False),
    "sensor.hall_storage_used": ("storage_used", "data_size", "diagnostic", True),
    "sensor.hall_stream_restarts": ("stream_restarts", None, "diagnostic", False),
    "switch.hall_armed": ("armed", None, None, False),
}

# The rules of the integration quality scale as of 2026.10, by tier.
RULES = {
    "bronze": """
        action-setup appropriate-polling brands common-modules config-flow-test-coverage config-flow
        dependency-transparency docs-actions docs-triggers docs-conditions docs-high-level-description
        docs-installation-instructions docs-removal-instructions entity-event-setup entity-unique-id has-entity-name
        runtime-data test-before-configure test-before-setup unique-config-entry
    """,
    "silver": """
        action-exceptions config-entry-unloading docs-configuration-parameters docs-installation-parameters
        entity-unavailable integration-owner log-when-unavailable parallel-updates reauthentication-flow test-coverage
    """,
    "gold": """
        devices diagnostics discovery-update-info discovery docs-data-update docs-examples docs-known-limitations
        docs-supported-devices docs-supported-functions docs-troubleshooting docs-use-cases dynamic-devices
        entity-category entity-device-class entity-disabled-by-default entity-translations exception-translations
        icon-translations reconfiguration-flow repair-issues stale-devices
    """,
    "platinum": "async-dependency inject-websession strict-typing",
}


def read_json(name: str) -> dict[str, Any]:
    """Return what one of the integration's JSON files holds."""
    content: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content


async def test_a_camera_is_these_entities(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert {
        entity.entity_id: (
            entity.translation_key,
            entity.original_device_class,
            entity.entity_category,
            entity.disabled_by is not None,
        )
        for entity in entities
    } == ENTITIES
    assert {entity.unique_id for entity in entities} == {f"{entry.entry_id}_{key}" for key, *_ in ENTITIES.values()}
    assert all(entity.has_entity_name for entity in entities)
    assert len({entity.device_id for entity in entities}) == 1


async def test_a_camera_on_another_machine_tells_beside_these_whether_that_is_there(
    hass: HomeAssistant, ssh_entry: MockConfigEntry
) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), ssh_entry.entry_id)
    (more,) = [entity for entity in entities if entity.entity_id not in ENTITIES]
    assert len(entities) == len(ENTITIES) + 1
    assert (more.entity_id, more.unique_id) == ("binary_sensor.hall_host", f"{ssh_entry.entry_id}_host")
    assert (more.original_device_class, more.entity_category, more.disabled_by) == ("connectivity", "diagnostic", None)
    assert state_of(hass, "binary_sensor.hall_host").name == "Hall Host"
    assert {entity.device_id for entity in entities} == {more.device_id}


async def test_the_entities_are_called_after_the_camera(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert {entity_id: state_of(hass, entity_id).name for entity_id in hass.states.async_entity_ids()} == {
        "binary_sensor.hall_motion": "Hall Motion",
        "button.hall_take_photo": "Hall Take photo",
        "camera.hall": "Hall",
        "event.hall_capture": "Hall Capture",
        "image.hall_last_photo": "Hall Last photo",
        "sensor.hall_last_capture": "Hall Last capture",
        "sensor.hall_last_outcome": "Hall Last outcome",
        "sensor.hall_photos": "Hall Photos",
        "sensor.hall_photos_today": "Hall Photos today",
        "sensor.hall_stream_restarts": "Hall Stream restarts",
        "switch.hall_armed": "Hall Armed",
    }


async def test_a_noisy_sensor_works_once_it_is_enabled(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    er.async_get(hass).async_update_entity("sensor.hall_capture_time", disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, "sensor.hall_capture_time").state == "unknown"
    await alert(hass)
    state = state_of(hass, "sensor.hall_capture_time")
    assert 0 < float(state.state) < 15
    assert (state.attributes["unit_of_measurement"], state.attributes["state_class"]) == ("s", "measurement")


async def test_a_second_camera_of_the_same_name_gets_entities_of_its_own(
    hass: HomeAssistant, entry: MockConfigEntry, make_entry: EntryMaker
) -> None:
    second = make_entry(data={"photo_dir": hass.config.path("media/second")})
    await set_up(hass, second)
    entities = er.async_entries_for_config_entry(er.async_get(hass), second.entry_id)
    assert {entity.entity_id for entity in entities} == {f"{entity_id}_2" for entity_id in ENTITIES}


@pytest.mark.parametrize(
    ("sensor", "model"),
    [
        ("imx708", "Camera Module 3 (imx708)"),
        ("imx477", "High Quality Camera (imx477)"),
        ("unheard_of", "unheard_of"),
    ],
)
async def test_the_device_is_the_camera_as_it_is_sold(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker, sensor: str, model: str
) -> None:
    entry = make_entry(data={"sensor": sensor})
    await set_up(hass, entry)
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert (device.name, device.manufacturer, device.model) == ("Hall", "Raspberry Pi", model)
    assert device.sw_version == "v1.12.0"
    assert device.identifiers == {(DOMAIN, entry.entry_id)}


async def test_each_entity_without_a_class_and_each_action_has_an_icon(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A device class, and being a camera, bring an icon of their own."""
    icons = read_json("icons.json")
    drawn = {(platform, key) for platform, keys in icons["entity"].items() for key in keys}
    known = {(entity_id.partition(".")[0], key) for entity_id, (key, *_) in ENTITIES.items()}
    assert drawn <= known
    assert known - drawn == {("camera", "camera"), ("binary_sensor", "motion")}
    assert icons["services"].keys() == hass.services.async_services_for_domain(DOMAIN).keys()
    drawings = json.dumps(icons).count("mdi:")
    assert drawings >= len(drawn) + len(icons["services"])


def test_every_platform_says_how_many_of_its_updates_may_run_at_once() -> None:
    for platform in integration.PLATFORMS:
        assert "\nPARALLEL_UPDATES = " in (FOLDER / f"{platform}.py").read_text(encoding="utf-8"), platform


def test_the_quality_scale_answers_every_rule_once() -> None:
    answers = yaml.safe_load((FOLDER / "quality_scale.yaml").read_text(encoding="utf-8"))["rules"]
    rules = [rule for tier in RULES.values() for rule in tier.split()]
    assert (len(rules), [*answers]) == (54, rules)
    for rule, answer in answers.items():
        detailed = {"status": answer} if isinstance(answer, str) else answer
        assert detailed["status"] in {"done", "exempt"}, rule
        assert (detailed["status"] == "done") or detailed["comment"].strip(), rule


def test_the_manifest_keeps_hassfest_s_and_hacs_s_rules() -> None:
    manifest = read_json("manifest.json")
    assert [*manifest] == ["domain", "name", *sorted(manifest.keys() - {"domain", "name"})]
    assert (manifest["domain"], FOLDER.name) == (DOMAIN, DOMAIN)
    assert manifest["config_flow"] is True
    assert {manifest["integration_type"], manifest["iot_class"]} == {"device", "local_push"}
    assert manifest["quality_scale"] in RULES
    assert manifest["codeowners"]
    assert manifest["documentation"].startswith("https://github.com/")
    assert manifest["issue_tracker"] == f"{manifest['documentation']}/issues"


async def test_home_assistant_takes_the_manifest_and_all_that_is_imported_stands_in_it(
    hass: HomeAssistant, ready: None
) -> None:
    found = await async_get_integration(hass, DOMAIN)
    assert str(found.version) == read_json("manifest.json")["version"]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.rglob("*.py")]
    imports = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    names = [f"{node.module}.{name.name}" for node in imports for name in node.names]
    imported = {name.split(".")[2] for name in names if name.startswith("homeassistant.components.")}
    # Platforms, and what is part of every Home Assistant, need not stand there.
    free = {*Platform, "diagnostics", "repairs", "system_health"}
    assert imported - free <= {*found.dependencies, *found.after_dependencies}
    assert "mqtt" in found.dependencies


def test_hacs_finds_what_it_needs() -> None:
    root = FOLDER.parents[1]
    hacs = json.loads((root / "hacs.json").read_text(encoding="utf-8"))
    assert hacs["name"] == read_json("manifest.json")["name"]
    assert hacs.keys() <= {"name", "homeassistant", "hacs", "country", "zip_release", "filename"}
    assert [path.name for path in (root / "custom_components").iterdir() if (path / "manifest.json").exists()] == [
        DOMAIN
    ]
    icons = {name: Image.open(BytesIO((FOLDER / "brand" / name).read_bytes())) for name in ("icon.png", "icon@2x.png")}
    assert {name: icon.size for name, icon in icons.items()} == {"icon.png": (256, 256), "icon@2x.png": (512, 512)}
    assert (root / "LICENSE").exists()
