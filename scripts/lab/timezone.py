"""The machine's time zone by its name."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def local_time_zone() -> str:
    """Return the name that TZ, /etc/localtime or /etc/timezone says, `UTC` when none does."""
    linked = str(Path("/etc/localtime").resolve()).rpartition("/zoneinfo/")[2]
    written = Path("/etc/timezone")
    names = (
        os.environ.get("TZ", "").removeprefix(":"),
        linked,
        written.read_text(encoding="utf-8").strip() if written.exists() else "",
    )
    return next(filter(_is_known, names), "UTC")


def _is_known(name: str) -> bool:
    try:
        return bool(name) and ZoneInfo(name).key == name
    except ZoneInfoNotFoundError, ValueError, OSError:
        return False
