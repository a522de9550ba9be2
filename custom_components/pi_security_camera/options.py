"""Entry data and options → typed settings."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import TemplateError
from homeassistant.helpers.template import Template, result_as_boolean
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

from .capture.clip import ClipSettings
from .capture.jpeg import Size
from .capture.photo import MAX_TOPIC
from .capture.retention import Limits
from .capture.rpicam import CameraSettings, ImageSettings
from .capture.rules import MotionTrigger, Rule
from .const import (
    CONF_ACCEPT_RETAINED,
    CONF_BURST_COUNT,
    CONF_BURST_INTERVAL,
    CONF_CAMERA,
    CONF_CLIPS,
    CONF_COOLDOWN,
    CONF_FRAMERATE,
    CONF_FULL_VIEW,
    CONF_HEIGHT,
    CONF_KEEP_COUNT,
    CONF_KEEP_DAYS,
    CONF_MAX_STORAGE,
    CONF_MIN_FREE_SPACE,
    CONF_MODE,
    CONF_MOTION_HOLD,
    CONF_MOUNT_POINT,
    CONF_PHOTO_DIR,
    CONF_POST_ROLL,
    CONF_PRE_ROLL,
    CONF_QOS,
    CONF_QUALITY,
    CONF_ROTATION,
    CONF_SENSOR,
    CONF_SETTLE_TIME,
    CONF_STATUS_KEY,
    CONF_STATUS_VALUES,
    CONF_TIMEOUT,
    CONF_TOPIC,
    CONF_VALUE_KEY,
    CONF_VALUE_MAX,
    CONF_VALUE_MIN,
    CONF_VALUE_TEMPLATE,
    CONF_WIDTH,
    DEFAULT_ACCEPT_RETAINED,
    DEFAULT_BURST_COUNT,
    DEFAULT_BURST_INTERVAL,
    DEFAULT_CLIPS,
    DEFAULT_COOLDOWN,
    DEFAULT_FRAMERATE,
    DEFAULT_FULL_VIEW,
    DEFAULT_HEIGHT,
    DEFAULT_KEEP_DAYS,
    DEFAULT_MIN_FREE_SPACE,
    DEFAULT_MODE,
    DEFAULT_MOTION_HOLD,
    DEFAULT_POST_ROLL,
    DEFAULT_PRE_ROLL,
    DEFAULT_QOS,
    DEFAULT_QUALITY,
    DEFAULT_ROTATION,
    DEFAULT_SETTLE_TIME,
    DEFAULT_STATUS_KEY,
    DEFAULT_STATUS_VALUES,
    DEFAULT_TIMEOUT,
    DEFAULT_VALUE_KEY,
    DEFAULT_WIDTH,
    SUBENTRY_MOTION_TRIGGER,
    Mode,
)
from .live import StreamSettings
from .runners.ssh_login import SshSettings

# What the ring of frames keeps beyond a clip's beginning: the time that it may take until a file for it is there. And
# without clips: what a burst needs while a photo is being saved. Seconds.
_SPARE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that a user set for one camera; times in seconds."""

    ssh: SshSettings | None
    """How the host is reached; None for this machine."""
    camera_id: str
    sensor: str
    photo_dir: Path
    mount_point: Path | None
    """Where the disk of the photo directory belongs; None for the root's own disk."""
    camera: CameraSettings
    timeout: float
    cooldown: float
    burst_count: int
    burst_interval: float
    motion_hold: float
    accept_retained: bool
    limits: Limits
    triggers: tuple[MotionTrigger, ...]
    mode: Mode
    framerate: float
    clips: ClipSettings | None
    """None when none are made."""

    @property
    def stream(self) -> StreamSettings:
        """What is streamed while the camera is open."""
        return StreamSettings(
            camera_id=self.camera_id,
            camera=self.camera,
            framerate=self.framerate,
            keep=_SPARE + (self.clips.pre_roll if self.clips else 0),
            start_limit=self.timeout,
        )

    def needs_restart(self, before: Settings) -> bool:
        """Say whether these settings are of another camera or host, or another place for photos, than `before`."""
        return self._place != before._place

    @property
    def _place(self) -> tuple[object, ...]:
        return self.ssh, self.camera_id, self.photo_dir, self.mount_point


def read_settings(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Settings:
    """Return an entry's settings."""
    data, options = entry.data, entry.options
    return Settings(
        ssh=read_ssh(data),
        camera_id=data[CONF_CAMERA],
        sensor=data.get(CONF_SENSOR, ""),
        photo_dir=Path(data[CONF_PHOTO_DIR]),
        mount_point=read_mount_point(data),
        camera=read_camera(data, options),
        timeout=options.get(CONF_TIMEOUT, DEFAULT_TIMEOUT),
        cooldown=options.get(CONF_COOLDOWN, DEFAULT_COOLDOWN),
        burst_count=int(options.get(CONF_BURST_COUNT, DEFAULT_BURST_COUNT)),
        burst_interval=options.get(CONF_BURST_INTERVAL, DEFAULT_BURST_INTERVAL),
        motion_hold=options.get(CONF_MOTION_HOLD, DEFAULT_MOTION_HOLD),
        accept_retained=options.get(CONF_ACCEPT_RETAINED, DEFAULT_ACCEPT_RETAINED),
        limits=read_limits(options),
        triggers=tuple(
            read_trigger(hass, subentry.title, subentry.data)
            for subentry in entry.subentries.values()
            if subentry.subentry_type == SUBENTRY_MOTION_TRIGGER
        ),
        mode=Mode(options.get(CONF_MODE, DEFAULT_MODE)),
        framerate=options.get(CONF_FRAMERATE, DEFAULT_FRAMERATE),
        clips=read_clips(options),
    )


def read_clips(options: Mapping[str, Any]) -> ClipSettings | None:
    """Return what clips shall be like; None when there shall be none."""
    if not options.get(CONF_CLIPS, DEFAULT_CLIPS):
        return None
    return ClipSettings(
        pre_roll=options.get(CONF_PRE_ROLL, DEFAULT_PRE_ROLL),
        post_roll=options.get(CONF_POST_ROLL, DEFAULT_POST_ROLL),
        start_limit=options.get(CONF_TIMEOUT, DEFAULT_TIMEOUT),
    )


def read_mount_point(data: Mapping[str, Any]) -> Path | None:
    """Return where the disk of an entry's photo directory belongs; None for the root's own disk."""
    return Path(data[CONF_MOUNT_POINT]) if CONF_MOUNT_POINT in data else None


def read_ssh(data: Mapping[str, Any]) -> SshSettings | None:
    """Return how an entry's host is reached over SSH; None when it is this machine."""
    if CONF_HOST not in data:
        return None
    return SshSettings(**{field.name: data[field.name] for field in fields(SshSettings) if field.name in data})


def with_ssh(data: Mapping[str, Any], ssh: SshSettings | None) -> dict[str, Any]:
    """Return an entry's data with another host, which `read_ssh` then returns."""
    others = {key: value for key, value in data.items() if key not in {field.name for field in fields(SshSettings)}}
    return others | ({name: value for name, value in asdict(ssh).items() if value} if ssh else {})


def read_camera(data: Mapping[str, Any], options: Mapping[str, Any]) -> CameraSettings:
    """Return how the picture shall be taken."""
    return CameraSettings(
        size=Size(int(data.get(CONF_WIDTH, DEFAULT_WIDTH)), int(data.get(CONF_HEIGHT, DEFAULT_HEIGHT))),
        rotation=int(data.get(CONF_ROTATION, DEFAULT_ROTATION)),
        quality=int(options.get(CONF_QUALITY, DEFAULT_QUALITY)),
        settle_time=int(options.get(CONF_SETTLE_TIME, DEFAULT_SETTLE_TIME)),
        full_view=options.get(CONF_FULL_VIEW, DEFAULT_FULL_VIEW),
        image=ImageSettings(
            **{field.name: options[field.name] for field in fields(ImageSettings) if field.name in options}
        ),
    )


def read_limits(options: Mapping[str, Any]) -> Limits:
    """Return what may stay of the photos; a limit that was emptied is none."""
    return Limits(
        keep_days=options.get(CONF_KEEP_DAYS, DEFAULT_KEEP_DAYS),
        keep_count=options.get(CONF_KEEP_COUNT),
        max_bytes=_bytes(options.get(CONF_MAX_STORAGE)),
        min_free_bytes=_bytes(options.get(CONF_MIN_FREE_SPACE, DEFAULT_MIN_FREE_SPACE)),
    )


def _bytes(megabytes: float | None) -> int | None:
    return None if megabytes is None else int(megabytes * 1_000_000)


def read_trigger(hass: HomeAssistant, name: str, data: Mapping[str, Any]) -> MotionTrigger:
    """Return the motion trigger that a subentry, or the form for one, describes."""
    template = data.get(CONF_VALUE_TEMPLATE)
    words = data.get(CONF_STATUS_VALUES, DEFAULT_STATUS_VALUES)
    return MotionTrigger(
        # It goes into states and into each photo: a title has no limit of its own.
        name=name[:MAX_TOPIC],
        topic=data[CONF_TOPIC],
        qos=int(data.get(CONF_QOS, DEFAULT_QOS)),
        rule=Rule(
            status_key=data.get(CONF_STATUS_KEY, DEFAULT_STATUS_KEY),
            status_values=frozenset(word.strip().casefold() for word in words),
            value_key=data.get(CONF_VALUE_KEY, DEFAULT_VALUE_KEY),
            value_min=data.get(CONF_VALUE_MIN),
            value_max=data.get(CONF_VALUE_MAX),
            template=_decision(hass, template) if template else None,
        ),
    )


def _decision(hass: HomeAssistant, text: str) -> Callable[[str, str], bool]:
    """Return a rule's template as a function; it knows `value`, `value_json` and `topic`, as MQTT templates do."""
    template = Template(text, hass)

    def decide(topic: str, payload: str) -> bool:
        variables: dict[str, Any] = {"topic": topic, "value": payload}
        try:
            variables["value_json"] = json_loads(payload)
        except JSON_DECODE_EXCEPTIONS:
            variables["value_json"] = None
        try:
            # Strict: a misspelt name is an error to be told of, not a quiet "no".
            return result_as_boolean(template.async_render(variables, strict=True))
        except TemplateError as error:
            raise ValueError(str(error)) from error

    return decide
