"""The form with the camera: what may stand in it, and that nothing typed is lost."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from simulator import SimulatedHost

from .conftest import CAMERA_ID, capture_runs
from .dialogs import Dialog

# The camera has 4608x2592 pixels.
BAD_SIZES: dict[str, tuple[float, float, dict[str, str]]] = {
    "odd width": (1023, 768, {"width": "size_odd"}),
    "odd height": (1024, 767, {"height": "size_odd"}),
    "half a pixel": (1024.5, 768, {"width": "size_odd"}),
    "not a number": (float("nan"), 768, {"width": "size_odd"}),
    "zero": (1024, 0, {"height": "size_out_of_range"}),
    "negative": (-1024, 768, {"width": "size_out_of_range"}),
    "too small": (62, 768, {"width": "size_out_of_range"}),
    "too wide": (4610, 768, {"width": "size_out_of_range"}),
    "too high": (1024, 2594, {"height": "size_out_of_range"}),
    "turned": (2592, 4608, {"height": "size_out_of_range"}),
    "endless": (1024, float("inf"), {"height": "size_out_of_range"}),
    "both": (63, 4609, {"width": "size_out_of_range", "height": "size_out_of_range"}),
    "each in its own way": (1023, 9999, {"width": "size_odd", "height": "size_out_of_range"}),
}


async def test_a_size_that_no_jpeg_or_no_camera_has_is_told_by_its_field(
    hass: HomeAssistant, ready: None, pi: SimulatedHost
) -> None:
    dialog = await Dialog.camera_form(hass)
    found = {}
    for name, (width, height, _) in BAD_SIZES.items():
        await dialog.submit(name="Hall", width=width, height=height)
        found[name] = dialog.errors
        assert (dialog.step, dialog.filled_in["name"]) == ("camera", "Hall"), name
        assert repr(dialog.filled_in["width"]) == repr(float(width)), name

    assert found == {name: errors for name, (_, _, errors) in BAD_SIZES.items()}
    assert (dialog.told["smallest"], dialog.told["largest"]) == ("64", "4608x2592")
    assert not capture_runs(pi)
    assert not Path(hass.config.path("media")).exists()
    await dialog.submit(width=64, height=64)
    assert dialog.step == "test_photo"


@pytest.mark.parametrize("name", ["", "   "])
async def test_a_camera_has_a_name(hass: HomeAssistant, ready: None, name: str) -> None:
    dialog = await Dialog.camera_form(hass)
    await dialog.submit(name=name, width=801)
    assert dialog.errors == {"name": "no_name", "width": "size_odd"}
    await dialog.submit(name=" Hall ", width=800)
    await dialog.choose("trigger")
    await dialog.submit()
    assert dialog.shown["title"] == "Hall"


async def test_all_that_was_typed_comes_again_after_an_error(
    hass: HomeAssistant, ready: None, pi: SimulatedHost
) -> None:
    pi.set(cameras=("imx219", "imx708"))
    dialog = await Dialog.camera_form(hass)
    second = dialog.fields[0]["selector"]["select"]["options"][1]["value"]
    typed = {
        "camera": second,
        "name": "Entrée",
        "width": 801.0,
        "height": 600.0,
        "rotation": "180",
        "photo_dir": "not/absolute ",
    }
    await dialog.submit(**typed)
    assert (dialog.errors, dialog.filled_in) == ({"width": "size_odd"}, typed)
    await dialog.submit(width=800.0)
    assert (dialog.errors, dialog.filled_in) == ({"photo_dir": "photo_dir_not_absolute"}, typed | {"width": 800.0})


async def test_the_test_photo_is_taken_as_the_form_says(hass: HomeAssistant, ready: None, pi: SimulatedHost) -> None:
    pi.set(cameras=("imx219", "imx708"))
    dialog = await Dialog.camera_form(hass)
    camera = dialog.fields[0]["selector"]["select"]["options"][1]["value"]
    await dialog.submit(camera=camera, width=640, height=480, rotation="180")
    (run,) = capture_runs(pi)
    command = " ".join(run.argv)
    for part in ("--camera 1", "--width 640", "--height 480", "--rotation 180", "-t 1", "--quality 93", "-o -"):
        assert part in command
    assert camera != CAMERA_ID
