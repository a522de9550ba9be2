"""Told only of photos that a person is in, as an AI says that looked at this very photo."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, override

from homeassistant.components.ai_task import AITaskEntity, AITaskEntityFeature, GenDataTask, GenDataTaskResult
from homeassistant.components.ai_task.const import DATA_COMPONENT
from homeassistant.components.conversation import Attachment, ChatLog
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from tests.conftest import alert, photos, state_of

from .conftest import Automate, Phones

CAPTURE = "event.hall_capture"
AI = "ai_task.eye"
PERSON = {"description": "A man at the door.", "person": True}
NOBODY = {"description": "A cat.", "person": False}


type Answer = Callable[[bytes], Any]


def says(answer: Any) -> Answer:
    """Answer this, whatever the picture."""
    return lambda _picture: answer


def attached(task: GenDataTask) -> Attachment:
    """Return what a task is to look at: one picture."""
    assert task.attachments
    (attachment,) = task.attachments
    return attachment


class Eye(AITaskEntity):
    """An AI that answers what it is told to."""

    _attr_name = "Eye"
    _attr_supported_features = AITaskEntityFeature.GENERATE_DATA | AITaskEntityFeature.SUPPORT_ATTACHMENTS

    def __init__(self) -> None:
        self.entity_id = AI
        self.answer = says(PERSON)
        self.tasks: list[GenDataTask] = []

    @override
    async def _async_generate_data(self, task: GenDataTask, chat_log: ChatLog) -> GenDataTaskResult:
        self.tasks.append(task)
        picture = await self.hass.async_add_executor_job(attached(task).path.read_bytes)
        return GenDataTaskResult(chat_log.conversation_id, self.answer(picture))


@pytest.fixture
async def eye(hass: HomeAssistant, entry: MockConfigEntry) -> Eye:
    """An AI, of Home Assistant's own kind."""
    for domain in ("homeassistant", "media_source", "conversation", "ai_task"):
        assert await async_setup_component(hass, domain, {})
    eye = Eye()
    await hass.data[DATA_COMPONENT].async_add_entities([eye])
    return eye


@pytest.fixture
async def phone(eye: Eye, phones: Phones, automate: Automate) -> Phones:
    """One phone, which is told of people in the hall."""
    device = await phones.add("Phone")
    await automate("notify_person", {"capture": CAPTURE, "ai_task": AI, "phones": [device]})
    return phones


async def test_a_person_is_told_with_the_photo_that_was_looked_at(
    hass: HomeAssistant, phone: Phones, eye: Eye, photo_dir: Path
) -> None:
    looked_at: list[bytes] = []

    def look(picture: bytes) -> Any:
        looked_at.append(picture)
        return PERSON

    eye.answer = look
    await alert(hass)
    event = state_of(hass, CAPTURE).attributes
    (task,) = eye.tasks
    assert attached(task).media_content_id == event["media_content_id"]
    assert attached(task).mime_type == "image/jpeg"
    assert looked_at == [(photo_dir / event["filename"]).read_bytes()]
    (notification,) = phone.to("Phone")
    assert notification["image"] == event["url"]
    assert notification["message"] == "A man at the door."
    assert notification["title"].startswith("Hall, ")
    assert notification["url"].startswith("/media-browser/browser/image%2Cmedia-source%3A%2F%2Fpi_security_camera%2F")


async def test_nobody_in_the_photo_is_not_told(hass: HomeAssistant, phone: Phones, eye: Eye) -> None:
    eye.answer = says(NOBODY)
    await alert(hass)
    assert len(eye.tasks) == 1
    assert phone.sent == []


async def test_each_answer_goes_with_its_own_photo(hass: HomeAssistant, phone: Phones, eye: Eye) -> None:
    for answer in (PERSON, NOBODY, {"description": "A girl.", "person": True}):
        eye.answer = says(answer)
        await alert(hass)
    first, third = phone.to("Phone")
    assert (first["message"], third["message"]) == ("A man at the door.", "A girl.")
    assert [first["tag"], third["tag"]] == [
        Path(attached(task).media_content_id).name for task in (eye.tasks[0], eye.tasks[2])
    ]


def failing(_picture: bytes) -> Any:
    message = "out of credit"
    raise HomeAssistantError(message)


@pytest.mark.parametrize("notify_failed", [True, False])
@pytest.mark.parametrize(
    "answer",
    [failing, *map(says, (None, "A man.", [], {}, {"person": "perhaps"}, 7))],
)
async def test_an_ai_that_fails_lets_the_photo_through_unless_it_shall_not(
    hass: HomeAssistant,
    eye: Eye,
    phones: Phones,
    automate: Automate,
    expected_complaints: list[str],
    answer: Answer,
    notify_failed: bool,
) -> None:
    device = await phones.add("Phone")
    inputs = {"capture": CAPTURE, "ai_task": AI, "phones": [device], "notify_failed": notify_failed}
    await automate("notify_person", inputs)
    eye.answer = answer
    if answer is failing:
        expected_complaints.append("out of credit")
    await alert(hass)
    assert [each["image"] for each in phones.to("Phone")] == (
        [state_of(hass, CAPTURE).attributes["url"]] if notify_failed else []
    )
    for notification in phones.to("Phone"):
        assert notification["message"] == "Motion. The AI could not look at the photo."


async def test_a_person_without_a_description_is_told(hass: HomeAssistant, phone: Phones, eye: Eye) -> None:
    for answer in ({"person": True}, {"person": "yes", "description": None}, {"person": True, "description": [1]}):
        eye.answer = says(answer)
        await alert(hass)
    assert len(phone.to("Phone")) == 3


async def test_further_actions_know_what_the_photo_shows(
    hass: HomeAssistant, eye: Eye, automate: Automate, photo_dir: Path
) -> None:
    calls = async_mock_service(hass, "test", "say")
    words = ("description", "person", "camera_name", "filename", "path", "url", "media_content_id")
    say = {"action": "test.say", "data": {word: f"{{{{ {word} }}}}" for word in words}}
    await automate("notify_person", {"capture": CAPTURE, "ai_task": AI, "notify": [say]})
    await alert(hass)
    (file,) = photos(photo_dir)
    event = state_of(hass, CAPTURE).attributes
    assert [dict(call.data) for call in calls] == [
        PERSON
        | {"camera_name": "Hall", "filename": file.name, "path": str(file)}
        | {"url": event["url"], "media_content_id": event["media_content_id"]}
    ]


async def test_a_phone_that_is_gone_keeps_it_neither_from_the_others_nor_from_the_actions(
    hass: HomeAssistant, eye: Eye, phones: Phones, automate: Automate, expected_complaints: list[str]
) -> None:
    calls = async_mock_service(hass, "test", "say")
    devices = [await phones.add("Gone"), await phones.add("Phone")]
    inputs = {"capture": CAPTURE, "ai_task": AI, "phones": devices, "notify": [{"action": "test.say"}]}
    await automate("notify_person", inputs)
    await phones.forget("Gone")
    expected_complaints.append("notify.mobile_app_gone")
    await alert(hass)
    assert [name for name, _ in phones.sent] == ["Phone"]
    assert len(calls) == 1


async def test_photos_that_nobody_was_caught_in_are_not_looked_at(
    hass: HomeAssistant, phone: Phones, eye: Eye, entry: MockConfigEntry
) -> None:
    await hass.services.async_call("button", "press", {"entity_id": "button.hall_take_photo"}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert eye.tasks == []
    assert phone.sent == []
