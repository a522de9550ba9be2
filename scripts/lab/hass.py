"""Starts Home Assistant without its voice assistants; the arguments are those of `hass`.

Home Assistant sets these up whether they are used or not, and they need two packages that have no wheel for Python
3.14: without a compiler each start would spend a minute on failing to build them, and the frontend would not load.
"""

from importlib.util import find_spec
import sys
from types import ModuleType

from homeassistant import bootstrap
from homeassistant.__main__ import main

_LEFT_OUT = {
    "ai_task",
    "assist_satellite",
    "conversation",
    "infrared",
    "radio_frequency",
    "stt",
    "tts",
    "wake_word",
}

# Imported by assist_pipeline, which is imported, though never set up, to list the actions for the frontend.
_NO_WHEEL = {"pymicro_vad": "MicroVad", "pyspeex_noise": "AudioProcessor"}


def _stand_in(module: str, name: str) -> None:
    """Let `from module import name` succeed, where the module is not installed."""
    if find_spec(module) is None:
        sys.modules[module] = ModuleType(module)
        setattr(sys.modules[module], name, object)


if __name__ == "__main__":
    for _module, _name in _NO_WHEEL.items():
        _stand_in(_module, _name)
    bootstrap.DEFAULT_INTEGRATIONS -= _LEFT_OUT
    sys.exit(main())
