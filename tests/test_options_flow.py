"""The options: stored flat, with their types, and in force at once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from simulator import SimulatedHost

from .conftest import alert, capture_runs, photos, state_of
from .dialogs import Dialog, watch_loads

DEFAULTS = {
    "mode": "on_demand",
    "cooldown": 0,
    "burst_count": 1,
    "burst_interval": 1,
    "motion_hold": 30,
    "timeout": 15,
    "settle_time": 1,
    "quality": 93,
    "full_view": True,
    "accept_retained": False,
}
STREAM = {"framerate": 10, "clips": False, "pre_roll": 5, "post_roll": 10}
FLIPS = {"hflip": False, "vflip": False}
LIMITS = {"keep_days": 30, "min_free_space": 256}
NO_LIMITS = dict.fromkeys(("keep_days", "keep_count", "max_storage", "min_free_space"))
STORED = DEFAULTS | STREAM | NO_LIMITS | LIMITS | FLIPS
FORM = DEFAULTS | {"stream": STREAM, "storage": LIMITS, "image": FLIPS}

# What each image setting is stored as, and what the camera program is told. The form's numbers are floats, all of them.
IMAGE: dict[str, tuple[Any, Any, str]] = {
    "hflip": (True, True, "--hflip"),
    "vflip": (True, True, "--vflip"),
    "exposure": ("sport", "sport", "--exposure sport"),
    "metering": ("spot", "spot", "--metering spot"),
    "awb": ("daylight", "daylight", "--awb daylight"),
    "ev": (-1.5, -1.5, "--ev -1.5"),
    "brightness": (0.25, 0.25, "--brightness 0.25"),
    "contrast": (1.5, 1.5, "--contrast 1.5"),
    "saturation": (0.0, 0.0, "--saturation 0"),
    "sharpness": (2.0, 2.0, "--sharpness 2"),
    "denoise": ("cdn_hq", "cdn_hq", "--denoise cdn_hq"),
    "hdr": ("off", "off", "--hdr off"),
    "autofocus_mode": ("manual", "manual", "--autofocus-mode manual"),
    "lens_position": (0.5, 0.5, "--lens-position 0.5"),
    "shutter": (20000.0, 20000, "--shutter 20000"),
    "gain": (4.0, 4.0, "--gain 4"),
    "roi": (" 0.25, .25 ,0.5,0.5 ", "0.25,.25,0.5,0.5", "--roi 0.25,.25,0.5,0.5"),
}


async def save(hass: HomeAssistant, entry: MockConfigEntry, **changes: Any) -> None:
    """Change options through the dialog."""
    dialog = await (await Dialog.options(hass, entry.entry_id)).submit(**changes)
    assert (dialog.shown["type"], dialog.shown.get("errors")) == (FlowResultType.CREATE_ENTRY, None)


async def test_the_form_begins_with_the_defaults_and_leaves_the_image_to_the_camera(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    dialog = await Dialog.options(hass, entry.entry_id)
    assert (dialog.step, dialog.filled_in) == ("init", FORM)
    await dialog.submit()
    assert entry.options == STORED
    await alert(hass)
    (run,) = capture_runs(pi)
    assert " ".join(run.argv) == (
        "rpicam-jpeg -o - -t 1 --width 1024 --height 768 --nopreview --camera 0 --quality 93 --mode 2304:1296"
    )


async def test_every_image_setting_is_stored_flat_and_reaches_the_camera_program(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    dialog = await Dialog.options(hass, entry.entry_id)
    (section,) = [field for field in dialog.fields if field["name"] == "image"]
    assert [field["name"] for field in section["schema"]] == list(IMAGE)
    loads = watch_loads(entry)
    await dialog.submit(image={name: typed for name, (typed, _, _) in IMAGE.items()})

    stored = {name: value for name, (_, value, _) in IMAGE.items()}
    assert entry.options == STORED | stored
    assert {name: type(entry.options[name]) for name in IMAGE} == {name: type(value) for name, value in stored.items()}
    assert loads == []
    await alert(hass)
    (run,) = capture_runs(pi)
    assert [part for _, _, part in IMAGE.values() if f" {part} " not in f" {' '.join(run.argv)} "] == []
    assert run.ended == "exit 0"

    again = await Dialog.options(hass, entry.entry_id)
    assert again.filled_in == FORM | {"image": stored}


async def test_the_other_options_are_stored_with_their_types_and_reach_the_camera_program(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    whole = {"burst_count": 3.0, "settle_time": 20.0, "quality": 80.0}
    times = {"cooldown": 0.5, "burst_interval": 0.1, "motion_hold": 60.0, "timeout": 5.0}
    await save(hass, entry, **whole, **times, full_view=False, accept_retained=True)
    assert entry.options == STORED | {**whole, **times, "full_view": False, "accept_retained": True}
    assert {type(entry.options[name]) for name in whole} == {int}
    assert {type(entry.options[name]) for name in times} == {float}
    await alert(hass)
    runs = capture_runs(pi)
    assert {" ".join(run.argv) for run in runs} == {
        "rpicam-jpeg -o - -t 20 --width 1024 --height 768 --nopreview --camera 0 --quality 80"
    }
    assert len(runs) == 3


async def test_a_field_that_was_emptied_is_left_to_the_camera_again(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    await save(hass, entry, image={name: typed for name, (typed, _, _) in IMAGE.items()})
    empty = dict.fromkeys(IMAGE) | FLIPS | {"roi": ""}
    await save(hass, entry, image=empty)
    assert entry.options == STORED
    await alert(hass)
    (run,) = capture_runs(pi)
    assert run.argv[-1] == "2304:1296"


@pytest.mark.options(cooldown=3600, motion_hold=2)
async def test_a_changed_option_is_in_force_for_the_next_alert_without_a_reload(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    """A reload would be a gap: alerts that came meanwhile would find nobody."""
    await alert(hass)
    await alert(hass)
    assert len(photos(photo_dir)) == 1
    loads = watch_loads(entry)
    await save(hass, entry, cooldown=0)
    assert loads == []
    await alert(hass)
    await alert(hass)
    assert len(photos(photo_dir)) == 3
    assert state_of(hass, "binary_sensor.hall_motion").state == "on"
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=3))
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.hall_motion").state == "off"


async def test_saving_without_a_change_does_not_reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await save(hass, entry, quality=80)
    loads = watch_loads(entry)
    await save(hass, entry)
    assert (loads, entry.state) == ([], ConfigEntryState.LOADED)


BAD_ROIS = [
    "middle",
    "0.25,0.25,0.5",
    "0.25,0.25,0.5,0.5,0.5",
    "0.25 0.25 0.5 0.5",
    "0,25,0,25,0,5,0,5",
    "0,0,0,1",
    "0,0,1,0",
    "0,0,1.1,1",
    "0.6,0,0.5,1",
    "0,0.6,1,0.5",
    "-0.1,0,0.5,0.5",
    "0,0,1e-1,1",
    "0,0,nan,1",
    "0..1,0,1,1",
    ".,.,.,.",
    "\u0660,\u0660,\u0661,\u0661",
    "0,0,1,1 --help",
]


async def test_a_region_of_interest_that_is_none_is_told_and_nothing_typed_is_lost(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The camera program does not complain of one that it cannot read: it shows the whole view."""
    dialog = await Dialog.options(hass, entry.entry_id)
    for roi in BAD_ROIS:
        await dialog.submit(quality=80, image={"ev": 1.0, "roi": roi})
        assert (roi, dialog.errors) == (roi, {"base": "invalid_roi"})
        assert dialog.filled_in == FORM | {"quality": 80, "image": FLIPS | {"ev": 1.0, "roi": roi}}
    assert entry.options == {}
    await dialog.submit(image={"roi": "0,0,1,1"})
    assert entry.options == STORED | {"quality": 80, "ev": 1.0, "roi": "0,0,1,1"}


@pytest.mark.parametrize(("settle_time", "limit"), [(2000, 2), (60_000, 15)])
async def test_a_camera_that_settles_longer_than_the_time_limit_would_never_take_a_photo(
    hass: HomeAssistant, entry: MockConfigEntry, settle_time: int, limit: int
) -> None:
    dialog = await Dialog.options(hass, entry.entry_id)
    await dialog.submit(settle_time=settle_time, timeout=limit, image={"roi": "x"})
    assert dialog.errors == {"settle_time": "settle_time_too_long", "base": "invalid_roi"}
    await dialog.submit(settle_time=limit * 1000 - 1, image={"roi": None})
    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY


OUT_OF_RANGE: list[dict[str, Any]] = [
    {"cooldown": -1},
    {"burst_count": 11},
    {"burst_count": 0},
    {"motion_hold": 0},
    {"timeout": 1},
    {"settle_time": 0},
    {"quality": 101},
    {"quality": "best"},
    {"image": {"exposure": "night"}},
    {"image": {"lens_position": 33}},
    {"image": {"shell": "; reboot"}},
]


async def test_what_is_out_of_range_is_refused_by_the_form(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    dialog = await Dialog.options(hass, entry.entry_id)
    for wrong in OUT_OF_RANGE:
        with pytest.raises(InvalidData):
            await dialog.submit(**wrong)
    assert entry.options == {}
