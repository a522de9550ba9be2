"""Names and defaults, each default with its reason."""

from enum import StrEnum
import logging
from typing import Final

DOMAIN: Final = "pi_security_camera"
LOGGER: Final = logging.getLogger(__package__)


class Mode(StrEnum):
    """When the camera is open: for each photo anew, or all the time. The values are stored: fixed."""

    ON_DEMAND = "on_demand"
    READY = "ready"


# A photo that was on its way when the entry is unloaded may still arrive: a capture takes one to two seconds. Seconds.
UNLOAD_GRACE: Final = 5.0
# A network share that does not answer holds an executor thread; after this the capture has failed. Seconds.
STORAGE_LIMIT: Final = 30.0
# How many of Home Assistant's threads one camera's directory may hold at a time.
STORAGE_JOBS: Final = 4
# How many of these may make small pictures; a day of some hundred takes seconds, and photos are saved meanwhile.
STORAGE_LOOKS: Final = 2
# What waits for the encoder of a clip is some ten seconds of frames; a small Pi takes several times that. Seconds.
ENCODER_LIMIT: Final = 60.0
# Who gives a clip up only lets go of the file. Seconds.
ABORT_LIMIT: Final = 5.0
# Outcomes that reach the state at once in a row, and then one in a second: a storm must not fill the recorder.
OUTCOME_BURST: Final = 20
# How many outcomes the diagnostics tell.
RECENT_OUTCOMES: Final = 50

# This machine's identity in unique ids; hosts that are reached over a network have others.
LOCAL_HOST: Final = "local"

SUBENTRY_MOTION_TRIGGER: Final = "motion_trigger"

# A repair: the host shows another key than the one that was confirmed.
ISSUE_HOST_KEY_CHANGED: Final = "host_key_changed"
# A repair: the limits would delete more than half of the photos.
ISSUE_TOO_MANY_TO_DELETE: Final = "too_many_to_delete"
# A repair: the limits cannot delete what they should.
ISSUE_DELETION_FAILED: Final = "deletion_failed"
# A repair: the stream of a camera that is to be kept open ends again and again.
ISSUE_STREAM_FAILING: Final = "stream_failing"

# Entry data: how a host is reached over SSH, beside Home Assistant's own names.
CONF_PRIVATE_KEY: Final = "private_key"
CONF_PASSPHRASE: Final = "passphrase"  # noqa: S105 - the name of a field
DEFAULT_PORT: Final = 22
# What Raspberry Pi OS suggested for years.
DEFAULT_USERNAME: Final = "pi"

# Entry data: the camera and its place.
CONF_CAMERA: Final = "camera"
CONF_SENSOR: Final = "sensor"
CONF_WIDTH: Final = "width"
CONF_HEIGHT: Final = "height"
CONF_ROTATION: Final = "rotation"
CONF_PHOTO_DIR: Final = "photo_dir"
# Where the disk of the photo directory was mounted when it was chosen; left out for the root's own disk.
CONF_MOUNT_POINT: Final = "mount_point"
# What the script before us took: enough to know a face, small enough for a phone.
DEFAULT_WIDTH: Final = 1024
DEFAULT_HEIGHT: Final = 768
DEFAULT_ROTATION: Final = 0
DEFAULT_NAME: Final = "Pi camera"
MIN_SIZE: Final = 64

# Motion triggers.
CONF_TOPIC: Final = "topic"
CONF_QOS: Final = "qos"
CONF_STATUS_KEY: Final = "status_key"
CONF_STATUS_VALUES: Final = "status_values"
CONF_VALUE_KEY: Final = "value_key"
CONF_VALUE_MIN: Final = "value_min"
CONF_VALUE_MAX: Final = "value_max"
CONF_VALUE_TEMPLATE: Final = "value_template"
CONF_SAMPLE_PAYLOAD: Final = "sample_payload"
# The topic and the words of the sensor that this system was made for.
DEFAULT_TOPIC: Final = "salle/mouvement"
# At least once: a lost alert is worse than a doubled one, which joins the first.
DEFAULT_QOS: Final = 1
DEFAULT_STATUS_KEY: Final = "status"
DEFAULT_STATUS_VALUES: Final = ("ALERT", "ALERTE")
DEFAULT_VALUE_KEY: Final = "value"

# Options.
CONF_COOLDOWN: Final = "cooldown"
CONF_BURST_COUNT: Final = "burst_count"
CONF_BURST_INTERVAL: Final = "burst_interval"
CONF_MOTION_HOLD: Final = "motion_hold"
CONF_TIMEOUT: Final = "timeout"
CONF_SETTLE_TIME: Final = "settle_time"
CONF_QUALITY: Final = "quality"
CONF_FULL_VIEW: Final = "full_view"
CONF_ACCEPT_RETAINED: Final = "accept_retained"
CONF_MODE: Final = "mode"
CONF_FRAMERATE: Final = "framerate"
CONF_CLIPS: Final = "clips"
CONF_PRE_ROLL: Final = "pre_roll"
CONF_POST_ROLL: Final = "post_roll"
SECTION_STREAM: Final = "stream"
SECTION_IMAGE: Final = "image"
SECTION_STORAGE: Final = "storage"
CONF_KEEP_DAYS: Final = "keep_days"
CONF_KEEP_COUNT: Final = "keep_count"
CONF_MAX_STORAGE: Final = "max_storage"
CONF_MIN_FREE_SPACE: Final = "min_free_space"
# Every alert counts until the user says otherwise; overlapping ones join anyway.
DEFAULT_COOLDOWN: Final = 0
DEFAULT_BURST_COUNT: Final = 1
MAX_BURST_COUNT: Final = 10
DEFAULT_BURST_INTERVAL: Final = 1
# As long as most motion detectors stay on.
DEFAULT_MOTION_HOLD: Final = 30
# A cold capture takes one to two seconds, on a Zero some more; a stuck one never ends.
DEFAULT_TIMEOUT: Final = 15
# The script's own value, in milliseconds: the photo of the moment, at the price of a coarser exposure.
DEFAULT_SETTLE_TIME: Final = 1
# rpicam's own default.
DEFAULT_QUALITY: Final = 93
DEFAULT_FULL_VIEW: Final = True
# A broker repeats retained messages at every reconnect: a photo from one would be of nothing.
DEFAULT_ACCEPT_RETAINED: Final = False

# It costs nothing while nothing moves; the other one keeps a camera and a core warm.
DEFAULT_MODE: Final = Mode.ON_DEMAND
# Frames a second. Who walks is seen every 15 cm; a Pi 4 spends less than half of one core on it.
DEFAULT_FRAMERATE: Final = 10
# A clip takes some ten times the room of a photo, and some of Home Assistant's machine: who wants them says so.
DEFAULT_CLIPS: Final = False
# Seconds. The way to the door before the sensor there; and after it, as long as somebody stays for a moment.
DEFAULT_PRE_ROLL: Final = 5
DEFAULT_POST_ROLL: Final = 10

# Days. Long enough to look for something after a holiday; at a hundred photos a day half a gigabyte.
DEFAULT_KEEP_DAYS: Final = 30
# MB. What Home Assistant itself needs for its database and a backup of it: a full card breaks more than a camera.
DEFAULT_MIN_FREE_SPACE: Final = 256

ATTR_COUNT: Final = "count"
ATTR_INTERVAL: Final = "interval"
ATTR_DRY_RUN: Final = "dry_run"
ATTR_FILENAME: Final = "filename"
ATTR_PAYLOAD: Final = "payload"
