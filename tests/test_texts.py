"""What users read: complete in English and in French, and in step with the code."""

import ast
from collections import Counter
import inspect
import re
from string import Formatter
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

from custom_components.pi_security_camera.capture.errors import CaptureError
from custom_components.pi_security_camera.capture.outcomes import OutcomeKind
from custom_components.pi_security_camera.capture.rules import Reason
from custom_components.pi_security_camera.const import DOMAIN
from custom_components.pi_security_camera.translate import KEYS, key_of, message_of, translated_errors
from simulator import SimulatedHost

from .conftest import TOPIC, EntryMaker, set_up
from .dialogs import ENGLISH, FOLDER, FRENCH, Dialog, Field, leaves
from .runners.ssh_servers import locked_text

LANGUAGES = {"en": leaves(ENGLISH), "fr": leaves(FRENCH)}
each_language = pytest.mark.parametrize("texts", [ENGLISH, FRENCH], ids=LANGUAGES)

# What decides beside the payload: the form with the sample knows none of it.
OF_THE_MOMENT = {Reason.DISARMED, Reason.RETAINED, Reason.COOLDOWN}
# A capture that disarming ended is no failure: its alert is ignored, with the reason `disarmed`.
# The photo of an alert is taken, whatever becomes of its clip.
NO_FAILURE = {"capture_disarmed", "clip_encoder_missing", "clip_empty", "clip_not_made"}


def leaf_errors(kind: type[CaptureError] = CaptureError) -> list[type[CaptureError]]:
    """Return the errors that have no kinds of their own."""
    kinds = kind.__subclasses__()
    return [leaf for each in kinds for leaf in leaf_errors(each)] if kinds else [kind]


def example(kind: type[CaptureError]) -> CaptureError:
    """Return an error of a kind, with every fact that it must have."""
    parameters = inspect.signature(kind).parameters.values()
    needed = [each for each in parameters if each.default is each.empty and each.kind is not each.VAR_KEYWORD]
    return kind(**{each.name: "7" if each.annotation is str else 7 for each in needed})  # type: ignore[arg-type]


def placeholders(text: str) -> set[str]:
    """Return the names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def code() -> list[ast.AST]:
    """Return all that the integration's code consists of."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.rglob("*.py")]
    return [node for tree in trees for node in ast.walk(tree)]


def strings(nodes: list[ast.AST]) -> set[str]:
    """Return the strings among parts of the code."""
    constants = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return {value for value in constants if isinstance(value, str)}


def raised_keys() -> set[str]:
    """Return the translation keys of Home Assistant's errors that are raised with a key of ours."""
    calls = [{word.arg: word.value for word in node.keywords} for node in code() if isinstance(node, ast.Call)]
    return strings([words["translation_key"] for words in calls if "translation_domain" in words])


def test_french_says_all_that_english_says_with_the_same_placeholders() -> None:
    english, french = LANGUAGES.values()
    assert [*french] == [*english]
    assert {path: placeholders(text) for path, text in french.items()} == {
        path: placeholders(text) for path, text in english.items()
    }


def test_french_is_french() -> None:
    """What is left in English by mistake is equal to it; these words are the same in both."""
    same_words = {
        "Pi Security Camera": "its name",
        "Topic": "what French speakers call it in MQTT",
        "Port": "",
        "Rotation": "",
        "Options": "",
        "Saturation": "",
        "Gain": "",
        "Sport": "",
        "Centre": "",
        "Fluorescent": "",
        "Capture": "",
        "Photos": "",
        "Mode": "",
        "photos": "what the sensors count",
    }
    english, french = LANGUAGES.values()
    assert {text for path, text in english.items() if french[path] == text} == same_words.keys()


@pytest.mark.parametrize(("language", "texts"), LANGUAGES.items(), ids=LANGUAGES)
async def test_home_assistant_finds_every_text_in_both_languages(
    hass: HomeAssistant, ready: None, language: str, texts: dict[tuple[str, ...], str]
) -> None:
    found: dict[str, str] = {}
    for category in {path[0] for path in texts}:
        found |= await async_get_translations(hass, language, category, [DOMAIN])
    assert {f"component.{DOMAIN}.{'.'.join(path)}": text for path, text in texts.items()} == found


def test_texts_are_plain() -> None:
    """These are the rules of hassfest; a link in a text could not be changed without a new version."""
    texts = {text for language in LANGUAGES.values() for text in language.values()}
    forbidden = re.compile(r"[a-z]+://|\bwww\.|<[a-z/]|\[%key|'\{\w+\}'|^\s|\s$|^$", re.IGNORECASE)
    assert {text for text in texts if forbidden.search(text)} == set()
    assert {name for text in texts for name in placeholders(text) if not name.isidentifier()} == set()


@pytest.mark.parametrize("kind", leaf_errors())
def test_each_error_has_a_text_wherever_it_can_show_and_fills_it_in(kind: type[CaptureError]) -> None:
    key, facts = KEYS[kind], example(kind).fields
    for texts in (ENGLISH, FRENCH):
        for text in (texts["exceptions"][key]["message"], texts["config"]["error"][key]):
            assert placeholders(text) <= facts.keys()
            assert "{" not in text.format(**facts)
        reasons = texts["entity"]["sensor"]["last_outcome"]["state_attributes"]["reason"]["state"]
        assert (key in reasons) == (key not in NO_FAILURE)


def test_the_table_has_every_error_once_and_no_other() -> None:
    assert sorted(KEYS, key=str) == sorted(leaf_errors(), key=str)
    assert max(Counter(KEYS.values()).values()) == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_failure_is_told_in_the_language_of_home_assistant(
    hass: HomeAssistant, entry: MockConfigEntry, language: str
) -> None:
    await async_get_translations(hass, language, "exceptions", [DOMAIN])
    hass.config.language = language
    for kind in leaf_errors():
        error = example(kind)
        expected = LANGUAGES[language]["exceptions", key_of(error), "message"].format(**error.fields)
        assert message_of(hass, error) == expected


async def test_an_error_for_whoever_waits_carries_its_facts_for_the_text_in_his_own_language(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    for kind in leaf_errors():
        error = example(kind)
        with pytest.raises(HomeAssistantError) as raised, translated_errors():
            raise error
        assert (raised.value.translation_domain, raised.value.translation_key) == (DOMAIN, KEYS[kind])
        message = ENGLISH["exceptions"][KEYS[kind]]["message"].format(**error.fields)
        # Home Assistant shows errors without the last full stop.
        assert str(raised.value) == message.rstrip(".")


@each_language
def test_each_reason_has_a_text_and_each_text_a_reason(texts: dict[str, Any]) -> None:
    outcome = texts["entity"]["sensor"]["last_outcome"]
    failures = set(KEYS.values()) - NO_FAILURE
    assert outcome["state"].keys() == set(OutcomeKind)
    assert outcome["state_attributes"]["reason"]["state"].keys() == set(Reason) | failures
    assert texts["selector"]["verdict"]["options"].keys() == {"alert"} | set(Reason) - OF_THE_MOMENT


@each_language
def test_no_text_is_left_that_nothing_shows(texts: dict[str, Any]) -> None:
    used = strings(code())
    trigger_errors = texts["config_subentries"]["motion_trigger"]["error"]
    assert trigger_errors.items() <= texts["config"]["error"].items()
    assert texts["exceptions"].keys() == set(KEYS.values()) | raised_keys()
    for part in (texts["exceptions"], texts["config"]["error"], texts["config"]["abort"], trigger_errors):
        assert part.keys() <= used
    assert texts["options"]["error"].keys() <= used
    for dialog in (texts["config"], texts["config_subentries"]["motion_trigger"], texts["options"]):
        assert dialog["step"].keys() <= used
    assert texts["config"]["progress"].keys() <= used
    for issue, told in texts["issues"].items():
        fix = told.get("fix_flow", {"step": {}, "abort": {}})
        assert {issue, *fix["step"], *fix["abort"]} <= used
    assert texts["system_health"]["info"].keys() <= used


async def open_forms(hass: HomeAssistant, make_entry: EntryMaker, pi: SimulatedHost) -> dict[str, Dialog]:
    """Return a dialog at each of the forms, by where its texts are."""
    pi.set(cameras=("imx708", "imx219"))
    entry = make_entry(triggers=({"topic": TOPIC, "qos": 1},))
    await set_up(hass, entry)
    (subentry_id,) = entry.subentries
    far = make_entry(data={"host": "pi", "username": "pi", "host_key": "", "password": "secret"})
    far.add_to_hass(hass)
    far.async_start_reauth(hass)
    await hass.async_block_till_done()
    locked = await (await Dialog.set_up(hass)).choose("ssh")
    await locked.submit(host="pi", private_key=locked_text())
    trigger = "config_subentries.motion_trigger.step"
    return {
        "config.step.ssh": await (await Dialog.set_up(hass)).choose("ssh"),
        "config.step.passphrase": locked,
        "config.step.reauth_confirm": await Dialog.reauth(hass, far.entry_id),
        "config.step.camera": await Dialog.camera_form(hass),
        "config.step.trigger": await Dialog.trigger_form(hass),
        f"{trigger}.user": await Dialog.add_trigger(hass, entry.entry_id),
        f"{trigger}.reconfigure": await Dialog.change_trigger(hass, entry.entry_id, subentry_id),
        "options.step.init": await Dialog.options(hass, entry.entry_id),
    }


def part_of(texts: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the texts below a path."""
    for key in path.split("."):
        texts = texts[key]
    return texts


def sections_of(fields: list[Field], texts: dict[str, Any]) -> list[tuple[list[Field], dict[str, Any]]]:
    """Return a form's plain fields, and those of each section, each with its texts."""
    sections = [field for field in fields if field.get("type") == "expandable"]
    plain = [field for field in fields if field not in sections]
    return [(plain, texts), *((each["schema"], texts["sections"][each["name"]]) for each in sections)]


async def test_each_field_of_each_form_has_a_name_and_an_explanation(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker, pi: SimulatedHost
) -> None:
    forms = await open_forms(hass, make_entry, pi)
    assert sorted(forms) == sorted(
        f"{dialog}.{step}"
        for dialog in ("config.step", "config_subentries.motion_trigger.step", "options.step")
        for step, texts in part_of(ENGLISH, dialog).items()
        if "data" in texts
    )
    for path, dialog in forms.items():
        for texts in (ENGLISH, FRENCH):
            for fields, told in sections_of(dialog.fields, part_of(texts, path)):
                names = [field["name"] for field in fields]
                assert ([*told["data"]], [*told["data_description"]]) == (names, names), path
        dialog.close()


async def test_each_choice_has_a_text_and_each_text_a_choice(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker, pi: SimulatedHost
) -> None:
    forms = await open_forms(hass, make_entry, pi)
    fields = [
        field
        for path, dialog in forms.items()
        for section, _ in sections_of(dialog.fields, part_of(ENGLISH, path))
        for field in section
    ]
    selects = [field["selector"]["select"] for field in fields if "select" in field["selector"]]
    offered = {each["translation_key"]: each["options"] for each in selects if "translation_key" in each}
    for texts in (ENGLISH, FRENCH):
        told = {key: [*selector["options"]] for key, selector in texts["selector"].items()}
        assert told == offered | {"verdict": [*texts["selector"]["verdict"]["options"]]}


@each_language
async def test_each_entity_has_a_name_and_each_name_an_entity(
    hass: HomeAssistant, ssh_entry: MockConfigEntry, texts: dict[str, Any]
) -> None:
    """A camera on another machine has all that there are."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), ssh_entry.entry_id)
    # The camera is the device's main feature, and bears its name.
    keys = {(entity.domain, entity.translation_key) for entity in entities} - {("camera", "camera")}
    named = {(platform, key) for platform, names in texts["entity"].items() for key in names}
    assert named == keys
    assert all(name["name"] for names in texts["entity"].values() for name in names.values())


@each_language
async def test_each_action_and_each_of_its_fields_is_explained(
    hass: HomeAssistant, entry: MockConfigEntry, texts: dict[str, Any]
) -> None:
    described = yaml.safe_load((FOLDER / "services.yaml").read_text(encoding="utf-8"))
    assert described.keys() == hass.services.async_services_for_domain(DOMAIN).keys() == texts["services"].keys()
    for action, told in texts["services"].items():
        assert told["name"]
        assert told["description"]
        assert [*told["fields"]] == [*described[action]["fields"]]
        assert all(field.keys() == {"name", "description"} for field in told["fields"].values())
