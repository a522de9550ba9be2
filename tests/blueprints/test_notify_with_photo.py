"""The photo of this very event on the phones, and what its buttons do."""

from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import media_source
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import SimulatedHost
from tests.conftest import EntryMaker, alert, photos, set_up, state_of

from .conftest import FOLDER, Automate, Phones

CAPTURE = "event.hall_capture"
HELPER = "input_datetime.silence"


@pytest.fixture
async def phone(hass: HomeAssistant, entry: MockConfigEntry, phones: Phones, automate: Automate) -> Phones:
    """One phone, which gets the photos of the hall."""
    assert await async_setup_component(hass, "scene", {})
    await automate("notify_with_photo", {"capture": CAPTURE, "phones": [await phones.add("Phone")]})
    return phones


@pytest.fixture
async def helper(hass: HomeAssistant, entry: MockConfigEntry, phones: Phones, automate: Automate) -> Phones:
    """One phone, and a helper that says until when it is silent."""
    inputs = {"silence": {"has_date": True, "has_time": True}, "time": {"has_time": True}}
    assert await async_setup_component(hass, "input_datetime", {"input_datetime": inputs})
    assert await async_setup_component(hass, "scene", {})
    device = await phones.add("Phone")
    await automate("notify_with_photo", {"capture": CAPTURE, "phones": [device], "silence_until": HELPER})
    return phones


async def take(hass: HomeAssistant) -> None:
    """Take a photo without an alert."""
    await hass.services.async_call("button", "press", {"entity_id": "button.hall_take_photo"}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


def button(notification: dict[str, Any], title: str) -> str:
    """Return what the button with this text sends."""
    (action,) = [each["action"] for each in notification["actions"] if each["title"] == title]
    return str(action)


async def test_each_notification_shows_the_photo_of_its_own_event(
    hass: HomeAssistant, phone: Phones, photo_dir: Path, hass_client: ClientSessionGenerator
) -> None:
    client = await hass_client()
    for number in (1, 2, 3):
        await alert(hass, f'{{"status": "ALERT", "value": {number}}}')
        assert len(phone.sent) == number
        event = state_of(hass, CAPTURE).attributes
        assert event["value"] == number
        notification = phone.to("Phone")[-1]
        assert notification["image"] == event["url"]
        answer = await client.get(notification["image"])
        assert answer.status == HTTPStatus.OK
        assert await answer.read() == (photo_dir / event["filename"]).read_bytes()
    assert len({notification["tag"] for notification in phone.to("Phone")}) == 3


def test_nothing_in_it_waits() -> None:
    text = (FOLDER / "notify_with_photo.yaml").read_text()
    assert [word for word in ("delay:", "wait_for_trigger", "wait_template", "timeout:") if word in text] == []


@pytest.mark.options(burst_count=3, burst_interval=0)
async def test_each_photo_of_a_burst_is_shown(hass: HomeAssistant, phone: Phones, photo_dir: Path) -> None:
    await alert(hass)
    names = [file.name for file in photos(photo_dir)]
    assert len(names) == 3
    assert sorted(Path(notification["image"]).name for notification in phone.to("Phone")) == sorted(names)


async def test_it_says_what_moved_when_in_the_users_words(
    hass: HomeAssistant, entry: MockConfigEntry, phones: Phones, automate: Automate
) -> None:
    texts = {
        "title": "{{ camera_name }} !",
        "message": "{{ trigger_name }} {{ value }} {{ time }}",
        "keep_label": "Garder",
        "delete_label": "Supprimer",
        "silence_label": "Silence",
        "tap": "/lovelace/cameras",
    }
    await automate("notify_with_photo", {"capture": CAPTURE, "phones": [await phones.add("Phone")], **texts})
    await alert(hass)
    (notification,) = phones.to("Phone")
    name = state_of(hass, CAPTURE).attributes["filename"]
    time = f"{name[17:19]}:{name[19:21]}:{name[21:23]}"
    assert notification["title"] == "Hall !"
    assert notification["message"] == f"salle/mouvement 35 {time}"
    assert [each["title"] for each in notification["actions"]] == ["Garder", "Supprimer", "Silence"]
    assert notification["url"] == notification["clickAction"] == "/lovelace/cameras"


async def test_a_tap_opens_the_photos_of_that_day(hass: HomeAssistant, phone: Phones) -> None:
    assert await async_setup_component(hass, "media_source", {})
    await alert(hass)
    (notification,) = phone.to("Phone")
    assert notification["url"] == notification["clickAction"]
    *path, day = notification["url"].split("/")
    assert path == ["", "media-browser", "browser"]
    _kind, _, media_id = unquote(day).partition(",")
    found = await media_source.async_browse_media(hass, media_id)
    photo = state_of(hass, CAPTURE).attributes["media_content_id"]
    assert [child.media_content_id for child in found.children or ()] == [photo]


async def test_keep_marks_the_photo_so_that_no_limit_takes_it(
    hass: HomeAssistant, phone: Phones, photo_dir: Path
) -> None:
    for _ in range(3):
        await alert(hass)
    first, second, third = phone.to("Phone")
    await phone.press(button(first, "Keep"))
    await hass.services.async_call(
        "pi_security_camera", "purge", {"entity_id": "camera.hall", "keep_count": 1}, blocking=True
    )
    left = {file.name for file in photos(photo_dir)}
    assert first["tag"] in left
    assert second["tag"] not in left
    assert third["tag"] in left


async def test_delete_removes_this_photo_and_its_notifications(
    hass: HomeAssistant, entry: MockConfigEntry, phones: Phones, automate: Automate, photo_dir: Path
) -> None:
    devices = [await phones.add("Ann"), await phones.add("Bob")]
    await automate("notify_with_photo", {"capture": CAPTURE, "phones": devices})
    await alert(hass)
    await alert(hass)
    first, second = phones.to("Ann")
    await phones.press(button(first, "Delete"))
    assert [file.name for file in photos(photo_dir)] == [second["tag"]]
    for name in ("Ann", "Bob"):
        last = phones.to(name)[-1]
        assert (last["message"], last["tag"]) == ("clear_notification", first["tag"])


async def test_a_locked_phone_neither_deletes_nor_silences(hass: HomeAssistant, phone: Phones) -> None:
    await alert(hass)
    (notification,) = phone.to("Phone")
    locked = [each["title"] for each in notification["actions"] if each.get("authenticationRequired")]
    assert locked == ["Delete", "Silence for an hour"]


async def test_silence_ends_after_an_hour(hass: HomeAssistant, phone: Phones, freezer: FrozenDateTimeFactory) -> None:
    await alert(hass)
    await phone.press(button(phone.sent[0][1], "Silence for an hour"))
    freezer.tick(timedelta(minutes=59))
    await alert(hass)
    assert len(phone.sent) == 1
    freezer.tick(timedelta(minutes=2))
    await alert(hass)
    assert len(phone.sent) == 2


async def test_silence_pressed_again_lasts_an_hour_from_then_on(
    hass: HomeAssistant, phone: Phones, freezer: FrozenDateTimeFactory
) -> None:
    await alert(hass)
    silence = button(phone.sent[0][1], "Silence for an hour")
    await phone.press(silence)
    freezer.tick(timedelta(minutes=30))
    await phone.press(silence)
    freezer.tick(timedelta(minutes=50))
    await alert(hass)
    assert len(phone.sent) == 1
    freezer.tick(timedelta(minutes=11))
    await alert(hass)
    assert len(phone.sent) == 2


async def test_a_helper_shows_until_when_it_is_silent_and_is_obeyed(
    hass: HomeAssistant, helper: Phones, freezer: FrozenDateTimeFactory
) -> None:
    await alert(hass)
    await helper.press(button(helper.sent[0][1], "Silence for an hour"))
    assert not hass.states.async_entity_ids("scene")
    freezer.tick(timedelta(minutes=59))
    await alert(hass)
    assert len(helper.sent) == 1
    freezer.tick(timedelta(minutes=2))
    await alert(hass)
    assert len(helper.sent) == 2

    later = {"entity_id": HELPER, "date": "2099-01-01", "time": "08:00:00"}
    await hass.services.async_call("input_datetime", "set_datetime", later, blocking=True)
    await alert(hass)
    assert len(helper.sent) == 2


async def test_a_helper_that_is_no_date_with_time_does_no_harm(
    hass: HomeAssistant, entry: MockConfigEntry, phones: Phones, automate: Automate
) -> None:
    assert await async_setup_component(hass, "input_datetime", {"input_datetime": {"time": {"has_time": True}}})
    assert await async_setup_component(hass, "scene", {})
    device = await phones.add("Phone")
    inputs = {"capture": CAPTURE, "phones": [device], "silence_until": "input_datetime.time"}
    await automate("notify_with_photo", inputs)
    await alert(hass)
    await phones.press(button(phones.sent[0][1], "Silence for an hour"))
    await alert(hass)
    assert len(phones.sent) == 1


async def test_silence_and_all_buttons_are_for_this_camera_alone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    make_entry: EntryMaker,
    pi: SimulatedHost,
    phones: Phones,
    automate: Automate,
    photo_dir: Path,
    tmp_path: Path,
) -> None:
    yard = make_entry(
        title="Yard",
        host="other",
        triggers=({"topic": "yard"},),
        data={"photo_dir": str(tmp_path / "photos" / "yard")},
    )
    await set_up(hass, yard)
    assert await async_setup_component(hass, "scene", {})
    device = await phones.add("Phone")
    await automate(
        "notify_with_photo",
        {"capture": CAPTURE, "phones": [device]},
        {"capture": "event.yard_capture", "phones": [device]},
    )
    await alert(hass)
    hall = phones.sent[0][1]
    await alert(hass, topic="yard")
    assert [notification["title"] for _, notification in phones.sent] == ["Hall", "Yard"]

    await phones.press(button(hall, "Delete").replace(CAPTURE, "event.shed_capture"))
    assert len(photos(photo_dir)) == 1
    await phones.press(button(hall, "Silence for an hour"))
    await alert(hass)
    await alert(hass, topic="yard")
    assert [notification["title"] for _, notification in phones.sent] == ["Hall", "Yard", "Yard"]
    await hass.config_entries.async_unload(yard.entry_id)


@pytest.mark.parametrize(
    "action",
    [
        None,
        7,
        {"pi_delete": CAPTURE},
        "",
        "URI",
        "pi_delete",
        f"pi_delete {CAPTURE}",
        f"pi_delete {CAPTURE} ../secret.jpg",
        f"pi_delete {CAPTURE} {{{{ 1 / 0 }}}}",
        f"pi_delete  {CAPTURE} capture_20260101_080000.jpg",
        f"pi_delete {CAPTURE} capture_20260101_080000.jpg again",
        f"pi_release {CAPTURE} capture_20260101_080000.jpg",
        f"pi_silence {CAPTURE} now",
        f"pi_silence {CAPTURE}s",
    ],
)
async def test_a_strangers_button_does_nothing(
    hass: HomeAssistant, phone: Phones, photo_dir: Path, action: Any
) -> None:
    await alert(hass)
    await phone.press(action)
    await alert(hass)
    assert len(photos(photo_dir)) == len(phone.sent) == 2


async def test_an_event_without_an_action_does_nothing(hass: HomeAssistant, phone: Phones) -> None:
    hass.bus.async_fire("mobile_app_notification_action", {})
    await hass.async_block_till_done()
    assert phone.sent == []


async def test_photos_that_nobody_was_caught_in_are_not_sent(
    hass: HomeAssistant, phone: Phones, photo_dir: Path
) -> None:
    await take(hass)
    await hass.services.async_call("pi_security_camera", "capture", {"entity_id": "camera.hall"}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(photos(photo_dir)) == 2
    assert phone.sent == []


async def test_the_last_event_shown_again_is_no_event(
    hass: HomeAssistant, phone: Phones, entry: MockConfigEntry
) -> None:
    await alert(hass)
    assert len(phone.sent) == 1
    shown = state_of(hass, CAPTURE).state
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, CAPTURE).state == shown
    # Disabled, it disappears; enabled again, it comes out of nothing.
    registry = er.async_get(hass)
    registry.async_update_entity(CAPTURE, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get(CAPTURE) is None
    registry.async_update_entity(CAPTURE, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, CAPTURE).state == shown
    assert len(phone.sent) == 1
    await alert(hass)
    assert len(phone.sent) == 2


@pytest.mark.parametrize("tell", [False, True])
async def test_that_there_is_no_photo_is_told_to_who_wants_to_know(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    phones: Phones,
    automate: Automate,
    pi: SimulatedHost,
    expected_complaints: list[str],
    tell: bool,
) -> None:
    device = await phones.add("Phone")
    await automate("notify_with_photo", {"capture": CAPTURE, "phones": [device], "tell_failures": tell})
    pi.set(cameras=[])
    await alert(hass)
    event = state_of(hass, CAPTURE).attributes
    assert event["event_type"] == "failed"
    expected_complaints.append(event["message"])
    assert [notification["message"] for notification in phones.to("Phone")] == ([event["message"]] if tell else [])
    for notification in phones.to("Phone"):
        assert "image" not in notification
        assert [each["title"] for each in notification["actions"]] == ["Silence for an hour"]


async def test_a_phone_that_was_renamed_gets_it(
    hass: HomeAssistant, entry: MockConfigEntry, phones: Phones, automate: Automate
) -> None:
    devices = [await phones.add("Ännchens iPhone (2)"), await phones.add("📱")]
    for number, device in enumerate(devices):
        dr.async_get(hass).async_update_device(device, name_by_user=f"Renamed {number}")
    await automate("notify_with_photo", {"capture": CAPTURE, "phones": devices})
    await alert(hass)
    assert sorted(name for name, _ in phones.sent) == sorted(phones.names)


@pytest.mark.parametrize("first", ["Gone", "Phone"])
@pytest.mark.parametrize("how", ["removed", "signed out", "unreachable", "without a word"])
async def test_a_phone_that_is_gone_does_not_keep_it_from_the_others(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    phones: Phones,
    automate: Automate,
    expected_complaints: list[str],
    how: str,
    first: str,
) -> None:
    devices = [await phones.add(name) for name in sorted(("Gone", "Phone"), key=lambda name: name != first)]
    await automate("notify_with_photo", {"capture": CAPTURE, "phones": devices})
    match how:
        case "removed":
            await phones.forget("Gone")
            dr.async_get(hass).async_remove_device(phones.devices["Gone"])
        case "signed out":
            await phones.sign_out("Gone")
        case "unreachable":
            phones.unreachable.add("Gone")
            expected_complaints.append("Gone is not connected")
        case _:
            await phones.forget("Gone")
            expected_complaints.append("notify.mobile_app_gone")
    for number in (1, 2):
        await alert(hass)
        assert [name for name, _ in phones.sent] == ["Phone"] * number


async def test_more_phones_than_a_hand_has_fingers(
    hass: HomeAssistant, entry: MockConfigEntry, phones: Phones, automate: Automate
) -> None:
    devices = [await phones.add(f"Phone {number}") for number in range(8)]
    await automate("notify_with_photo", {"capture": CAPTURE, "phones": devices})
    await alert(hass)
    assert sorted(name for name, _ in phones.sent) == sorted(phones.names)
