"""The actions: a photo for an automation, and a rule tried out without one."""

from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import voluptuous as vol

from custom_components.pi_security_camera.const import DOMAIN
from simulator import SimulatedHost

from .conftest import ALERT, TOPIC, EntryMaker, capture_runs, photos, set_up, state_of

CAMERA = "camera.hall"


async def act(hass: HomeAssistant, action: str, target: str = CAMERA, **data: Any) -> dict[str, Any]:
    """Call an action as an automation does, and return the first camera's part of the response."""
    response: Any = await hass.services.async_call(
        DOMAIN, action, {"entity_id": target, **data}, blocking=True, return_response=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [*response] == [target]
    found: dict[str, Any] = response[target]
    return found


async def test_capture_returns_where_the_photo_is_found_once_it_can_be_read(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, hass_client: ClientSessionGenerator
) -> None:
    response = await act(hass, "capture")
    (file,) = photos(photo_dir)
    (photo,) = response["photos"]
    day = datetime.fromisoformat(photo["captured_at"])
    assert photo == {
        "filename": file.name,
        "path": str(file),
        "media_content_id": f"media-source://{DOMAIN}/{entry.entry_id}/{day:%Y-%m-%d}/{file.name}",
        "url": f"/api/{DOMAIN}/photo/{entry.entry_id}/{file.name}",
        "captured_at": day.isoformat(),
    }
    assert f"{day:capture_%Y%m%d_%H%M%S.jpg}" == file.name
    assert day.utcoffset() is not None
    assert (await (await hass_client()).get(photo["url"])).status == HTTPStatus.OK
    assert state_of(hass, "event.hall_capture").attributes["trigger"] == "action"


async def test_capture_takes_as_many_as_it_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    response = await act(hass, "capture", count=3, interval=0)
    files = [str(path) for path in photos(photo_dir)]
    assert len(files) == 3
    assert sorted(photo["path"] for photo in response["photos"]) == files
    times = [datetime.fromisoformat(photo["captured_at"]) for photo in response["photos"]]
    assert times == sorted(set(times))


async def test_capture_leaves_the_interval_between_its_photos(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    response = await act(hass, "capture", count="2", interval="1.2")
    first, second = [datetime.fromisoformat(photo["captured_at"]) for photo in response["photos"]]
    assert 0.8 < (second - first).total_seconds() < 10


async def test_capture_needs_nobody_who_wants_the_response(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await hass.services.async_call(DOMAIN, "capture", {"entity_id": CAMERA}, blocking=True)
    assert len(photos(photo_dir)) == 1


async def test_capture_works_while_the_camera_is_disarmed(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.hall_armed"}, blocking=True)
    assert len((await act(hass, "capture"))["photos"]) == 1
    assert state_of(hass, "switch.hall_armed").state == "off"


async def test_capture_answers_for_each_camera_that_it_is_called_for(
    hass: HomeAssistant, entry: MockConfigEntry, make_entry: EntryMaker, pi: SimulatedHost
) -> None:
    pi.set(cameras=("imx708", "imx219"))
    camera = "/base/axi/pcie@1000120000/rp1/i2c@80000/imx219@10"
    second = make_entry(data={"camera": camera, "photo_dir": hass.config.path("media/second")})
    await set_up(hass, second)
    targets = [CAMERA, "camera.hall_2"]
    response: Any = await hass.services.async_call(
        DOMAIN, "capture", {"entity_id": targets}, blocking=True, return_response=True
    )
    assert sorted(response) == targets
    paths = {str(Path(answer["photos"][0]["path"]).parent) for answer in response.values()}
    assert len(paths) == 2


@pytest.mark.parametrize(
    ("fault", "key", "told"),
    [
        ("no_memory", "camera_memory", {}),
        ("wrong_size", "photo_wrong_size", {"got": "512x384", "wanted": "1024x768"}),
        ("no_camera", "no_camera", {}),
    ],
)
async def test_capture_fails_with_an_error_that_can_be_read_in_any_language(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    photo_dir: Path,
    pi: SimulatedHost,
    fault: str,
    key: str,
    told: dict[str, str],
) -> None:
    pi.set(fault=fault)
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "capture")
    assert (raised.value.translation_domain, raised.value.translation_key) == (DOMAIN, key)
    assert raised.value.translation_placeholders == told
    assert not isinstance(raised.value, ServiceValidationError)
    assert state_of(hass, "event.hall_capture").attributes["error"] == key
    assert photos(photo_dir) == []


async def test_capture_refuses_what_makes_no_sense(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    wrongs: list[dict[str, Any]] = [
        {"count": 0},
        {"count": -1},
        {"count": 11},
        {"count": "many"},
        {"count": None},
        {"interval": -0.1},
        {"interval": 61},
        {"path": "/etc/cron.d/photo"},
    ]
    for wrong in wrongs:
        with pytest.raises(vol.Invalid):
            await act(hass, "capture", **wrong)
    assert capture_runs(pi) == []


async def test_the_actions_stay_when_no_camera_is_loaded(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """An automation that names a missing action is broken; one whose camera is away only fails."""
    await hass.config_entries.async_unload(entry.entry_id)
    assert hass.services.async_services_for_domain(DOMAIN).keys() >= {"capture", "test_payload"}


def verdict(trigger: str, reason: str | None = None, value: float | None = None, **more: Any) -> dict[str, Any]:
    """Return what the action says of one trigger: an alert where there is no reason against it."""
    return {"trigger": trigger, "topic": trigger, "alert": reason is None, "reason": reason, "value": value} | more


PAYLOADS: dict[str, tuple[Any, str | None, float | None]] = {
    "an alert": (ALERT, None, 35),
    "a word": ("ALERT", None, None),
    "a dictionary, from a template": ({"status": "ALERT", "value": 35}, None, 35),
    "a dictionary within": ({"status": {"x": "ALERT"}}, "status_other", None),
    "another status": ('{"status": "NORMAL", "value": 5}', "status_other", 5),
    "a list": ([1, 2], "payload_not_object", None),
    "a number": (35, "payload_not_object", None),
    "a float": (3.5, "payload_not_object", None),
    "yes": (True, "payload_not_object", None),
    "nothing": ("", "payload_not_json", None),
    "a text": ("motion", "payload_not_json", None),
    "a megabyte": ("x" * 1_000_000, "payload_too_large", None),
}


async def test_test_payload_says_what_the_trigger_makes_of_a_payload_and_takes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, pi: SimulatedHost
) -> None:
    runs = len(pi.runs())
    found = {
        name: await act(hass, "test_payload", topic=TOPIC, payload=payload)
        for name, (payload, _, _) in PAYLOADS.items()
    }
    assert found == {
        name: {"triggers": [verdict(TOPIC, reason, value)]} for name, (_, reason, value) in PAYLOADS.items()
    }
    assert len(pi.runs()) == runs
    assert photos(photo_dir) == []
    assert state_of(hass, "sensor.hall_last_outcome").state == "unknown"
    assert state_of(hass, "binary_sensor.hall_motion").state == "off"


@pytest.mark.options(
    triggers=(
        {"topic": TOPIC, "value_min": 40},
        {"topic": "salle/#", "value_template": "{{ value_json.value > 30 and topic == 'salle/mouvement' }}"},
        {"topic": "+/mouvement", "value_template": "{{ value_json.missing.deeper }}"},
        {"topic": "garden/door"},
    )
)
async def test_test_payload_tells_each_trigger_s_verdict_and_which_topics_are_others(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    response = await act(hass, "test_payload", topic=TOPIC, payload=ALERT)
    assert response["triggers"] == [
        verdict(TOPIC, "value_too_low", 35),
        verdict("salle/#", None, 35),
        verdict("+/mouvement", "template_error", 35),
        verdict("garden/door", "topic_other"),
    ]
    nobody = await act(hass, "test_payload", topic="cellar", payload=ALERT)
    assert {trigger["reason"] for trigger in nobody["triggers"]} == {"topic_other"}


@pytest.mark.options(cooldown=3600)
async def test_test_payload_judges_by_the_rules_alone(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Being disarmed or in a pause says nothing about whether the rule is right."""
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.hall_armed"}, blocking=True)
    for _ in range(2):
        response = await act(hass, "test_payload", topic=TOPIC, payload=ALERT)
        assert response == {"triggers": [verdict(TOPIC, None, 35)]}


async def test_test_payload_refuses_to_be_called_for_nothing(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    incomplete: list[dict[str, Any]] = [{"topic": TOPIC}, {"payload": ALERT}, {"topic": TOPIC, "payload": None}]
    for data in incomplete:
        with pytest.raises(vol.Invalid):
            await act(hass, "test_payload", **data)
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(
            DOMAIN, "test_payload", {"entity_id": CAMERA, "topic": TOPIC, "payload": ALERT}, blocking=True
        )
