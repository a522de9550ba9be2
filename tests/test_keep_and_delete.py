"""The actions `keep`, `release` and `delete`: one photo, by its file name."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import StorageFailed
from custom_components.pi_security_camera.const import DOMAIN

from .archive.conftest import others_change
from .conftest import EntryMaker, alert, photos, set_up, state_of
from .dialogs import ENGLISH, FRENCH
from .storage import act_on, is_marked, issues, last_shown, look, names, plant, restart
from .test_actions import CAMERA

ACTIONS = ("keep", "release", "delete")


@pytest.mark.options(keep_count=2)
async def test_a_kept_photo_outlives_all_limits_until_it_is_released(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)
    (kept,) = names(photo_dir)
    picture = photos(photo_dir)[0].read_bytes()
    await act_on(hass, "keep", kept)
    await act_on(hass, "keep", kept)
    for _ in range(3):
        await alert(hass)
    assert (len(names(photo_dir)), names(photo_dir)[0]) == (3, kept)
    await restart(hass, entry)
    await alert(hass)
    assert (len(names(photo_dir)), names(photo_dir)[0]) == (3, kept)
    await act_on(hass, "release", kept)
    await act_on(hass, "release", kept)
    assert photos(photo_dir)[0].read_bytes() == picture
    await alert(hass)
    assert len(names(photo_dir)) == 2
    assert kept not in names(photo_dir)


async def test_the_mark_moves_with_the_file(
    hass: HomeAssistant, entry: MockConfigEntry, make_entry: EntryMaker, photo_dir: Path, tmp_path: Path
) -> None:
    garden = tmp_path / "photos/garden"
    camera = "/base/axi/pcie@1000120000/rp1/i2c@80000/imx219@10"
    second = make_entry(title="Garden", data={"camera": camera, "photo_dir": str(garden)}, keep_days=30)
    await set_up(hass, second)
    plant(garden)
    (kept,) = plant(photo_dir, days=29)
    await act_on(hass, "keep", kept)
    (photo_dir / kept).rename(garden / kept)
    others_change(garden)
    response: Any = await hass.services.async_call(
        DOMAIN, "purge", {"entity_id": "camera.garden", "keep_days": 0.5}, blocking=True, return_response=True
    )
    assert response["camera.garden"]["photos"] == []
    assert kept in names(garden)
    await act_on(hass, "release", kept, target="camera.garden")
    await hass.services.async_call(DOMAIN, "purge", {"entity_id": "camera.garden", "keep_days": 0.5}, blocking=True)
    assert kept not in names(garden)


async def test_marking_the_last_photo_leaves_it_the_last(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)
    before = last_shown(hass)
    await act_on(hass, "keep", names(photo_dir)[0])
    assert last_shown(hass) == before
    attributes = state_of(hass, "sensor.hall_last_capture").attributes
    assert (attributes["trigger"], attributes["value"]) == ("salle/mouvement", 35)


async def test_when_the_last_photo_is_deleted_the_one_before_it_is_shown(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, hass_client: Any
) -> None:
    await alert(hass)
    shown = last_shown(hass)
    seen = state_of(hass, CAMERA).attributes["captured_at"]
    await alert(hass)
    first, second = photos(photo_dir)
    await act_on(hass, "delete", second.name)
    assert names(photo_dir) == [first.name]
    assert last_shown(hass) == shown
    camera = state_of(hass, CAMERA).attributes
    assert camera["captured_at"] == seen
    assert state_of(hass, "sensor.hall_photos").state == "1"
    response = await (await hass_client()).get(camera["entity_picture"])
    assert await response.read() == first.read_bytes()


async def test_when_the_only_photo_is_deleted_nothing_is_known(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)
    await act_on(hass, "delete", names(photo_dir)[0])
    assert names(photo_dir) == []
    assert last_shown(hass) == (None, "unknown")
    assert state_of(hass, "sensor.hall_last_capture").state == "unknown"
    assert state_of(hass, CAMERA).attributes["captured_at"] is None
    assert [state_of(hass, f"sensor.hall_{key}").state for key in ("photos", "photos_today")] == ["0", "0"]
    await alert(hass)
    assert last_shown(hass)[0] == names(photo_dir)[0]


async def test_an_older_photo_is_deleted_kept_or_not_and_the_last_one_stays(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    planted = plant(photo_dir, 2)
    await alert(hass)
    shown = last_shown(hass)
    await act_on(hass, "keep", planted[1])
    for name in planted:
        await act_on(hass, "delete", name)
    assert len(names(photo_dir)) == 1
    assert last_shown(hass) == shown
    assert state_of(hass, "sensor.hall_photos").state == "1"


def around(photo_dir: Path) -> dict[str, bytes]:
    """Return all files in and beside the photo directory."""
    return {str(path): path.read_bytes() for path in photo_dir.parent.rglob("*.jpg")}


async def test_what_is_no_photo_of_the_camera_is_refused_and_untouched(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    (ours,) = plant(photo_dir)
    (other,) = plant(photo_dir.parent / "other", days=5)
    (outside,) = plant(photo_dir.parent, days=6)
    (photo_dir / "holiday.jpg").write_bytes(b"sun")
    (photo_dir / "capture_20200101_080000.jpg").symlink_to("holiday.jpg")
    before = around(photo_dir)
    wrong = [
        "capture_20210101_080000.jpg",
        "capture_20200101_080000.jpg",
        "holiday.jpg",
        other,
        f"../other/{other}",
        f"../{outside}",
        str(photo_dir / ours),
        f"./{ours}",
        ours.upper(),
        f" {ours}",
        f"{ours}\0",
        "..",
        "",
        "x" * 10_000,
    ]
    for action in ACTIONS:
        for name in wrong:
            with pytest.raises(ServiceValidationError) as raised:
                await act_on(hass, action, name)
            assert (raised.value.translation_domain, raised.value.translation_key) == (DOMAIN, "media_not_found")
        with pytest.raises(vol.Invalid):
            await hass.services.async_call(DOMAIN, action, {"entity_id": CAMERA}, blocking=True)
    assert around(photo_dir) == before


async def test_a_file_that_takes_no_mark_is_told_so(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    name = "capture_20260213_142530.jpg"
    (photo_dir / name).write_bytes(b"no picture")
    for action in ("keep", "release"):
        with pytest.raises(ServiceValidationError) as raised:
            await act_on(hass, action, name)
        assert raised.value.translation_key == "photo_not_markable"
    for texts in (ENGLISH, FRENCH):
        assert texts["exceptions"]["photo_not_markable"]["message"]
    assert (photo_dir / name).read_bytes() == b"no picture"


@pytest.mark.parametrize(("action", "method"), [("keep", "set_kept"), ("release", "set_kept"), ("delete", "delete")])
async def test_a_disk_that_fails_is_told_to_whoever_acts(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    photo_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    method: str,
) -> None:
    (name,) = plant(photo_dir)

    def fail(*_arguments: object, **_options: object) -> None:
        raise StorageFailed(str(photo_dir), "Input/output error")

    monkeypatch.setattr(Archive, method, fail)
    with pytest.raises(HomeAssistantError) as raised:
        await act_on(hass, action, name)
    assert raised.value.translation_key == "storage_failed"
    assert raised.value.translation_placeholders == {"path": str(photo_dir), "text": "Input/output error"}
    await look(hass)
    assert issues(hass) == {}
    assert not is_marked(photo_dir / name)
