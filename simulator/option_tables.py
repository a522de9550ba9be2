"""The options of the programs, as rpicam-apps 1.12 declares them.

One row for each option: name, short name, kind, default, implicit value. A dash is
"none". The implicit value is what the option means when it is given without one.
"""

from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """How an option's value is read."""

    FLAG = "flag"
    UNSIGNED = "unsigned"
    INTEGER = "integer"
    FLOAT = "float"
    TEXT = "text"
    TEXTS = "texts"
    """May be given more than once."""


class Option(NamedTuple):
    """One declared option."""

    name: str
    short: str | None
    kind: Kind
    default: str | None
    implicit: str | None


_COMMON = """
help                     h  flag      0             1
version                  -  flag      0             1
list-cameras             -  flag      0             1
camera                   -  unsigned  0             -
verbose                  v  unsigned  1             2
config                   c  text      -             config.txt
info-text                -  text      #%frame       -
width                    -  unsigned  0             -
height                   -  unsigned  0             -
timeout                  t  text      5sec          -
output                   o  text      -             -
post-process-file        -  text      -             -
post-process-libs        -  text      -             -
nopreview                n  flag      0             1
preview                  p  text      0,0,0,0       -
fullscreen               f  flag      0             1
qt-preview               -  flag      0             1
preview-libs             -  text      -             -
hflip                    -  flag      0             1
vflip                    -  flag      0             1
rotation                 -  integer   0             -
roi                      -  text      0,0,0,0       -
shutter                  -  text      0             -
analoggain               -  float     0             -
gain                     -  float     -             -
metering                 -  text      centre        -
exposure                 -  text      normal        -
ev                       -  float     0             -
awb                      -  text      auto          -
awbgains                 -  text      0,0           -
ccm                      -  text      -             -
flush                    -  flag      0             1
wrap                     -  unsigned  0             -
brightness               -  float     0             -
contrast                 -  float     1             -
saturation               -  float     1             -
sharpness                -  float     1             -
framerate                -  float     -1            -
denoise                  -  text      auto          -
viewfinder-width         -  unsigned  0             -
viewfinder-height        -  unsigned  0             -
tuning-file              -  text      -             -
lores-width              -  unsigned  0             -
lores-height             -  unsigned  0             -
lores-par                -  flag      0             1
mode                     -  text      -             -
viewfinder-mode          -  text      -             -
buffer-count             -  unsigned  0             -
viewfinder-buffer-count  -  unsigned  0             -
no-raw                   -  flag      0             1
autofocus-mode           -  text      default       -
autofocus-range          -  text      normal        -
autofocus-speed          -  text      normal        -
autofocus-window         -  text      0,0,0,0       -
lens-position            -  text      -             -
hdr                      -  text      off           auto
metadata                 -  text      -             -
metadata-format          -  text      json          -
flicker-period           -  text      0s            -
"""

_STILL = """
quality                  q  integer   93            -
exif                     x  texts     -             -
timelapse                -  text      0ms           -
framestart               -  unsigned  0             -
datetime                 -  flag      0             1
timestamp                -  flag      0             1
restart                  -  unsigned  0             -
keypress                 k  flag      0             1
signal                   s  flag      0             1
thumb                    -  text      320:240:70    -
encoding                 e  text      jpg           -
raw                      r  flag      0             1
latest                   -  text      -             -
immediate                -  flag      0             1
autofocus-on-capture     -  flag      0             1
zsl                      -  flag      0             1
"""

_VIDEO = """
bitrate                  b  text      0bps          -
profile                  -  text      -             -
level                    -  text      -             -
intra                    g  unsigned  0             -
inline                   -  flag      0             1
codec                    -  text      h264          -
encoder-libs             -  text      -             -
save-pts                 -  text      -             -
quality                  q  integer   50            -
listen                   l  flag      0             1
keypress                 k  flag      0             1
signal                   s  flag      0             1
initial                  i  text      record        -
split                    -  flag      0             1
segment                  -  unsigned  0             -
circular                 -  unsigned  0             4
frames                   -  unsigned  0             -
libav-video-codec        -  text      h264_v4l2m2m  -
libav-video-codec-opts   -  text      -             -
libav-format             -  text      -             -
libav-audio              -  flag      0             1
audio-codec              -  text      aac           -
audio-source             -  text      pulse         -
audio-device             -  text      default       -
audio-channels           -  unsigned  0             -
audio-bitrate            -  text      32kbps        -
audio-samplerate         -  unsigned  0             -
av-sync                  -  text      0us           -
low-latency              -  flag      0             1
sync                     -  text      off           -
"""

_NEWER_THAN_BULLSEYE = {"ccm", "zsl", "low-latency", "sync"}
"""Options whose first release is known to be later than libcamera-apps 1.1."""


def _rows(table: str) -> list[Option]:
    """Return the options of a table."""
    options = []
    for line in filter(None, table.splitlines()):
        name, short, kind, *values = line.split()
        default, implicit = (None if value == "-" else value for value in values)
        options.append(Option(name, None if short == "-" else short, Kind(kind), default, implicit))
    return options


def options_of(role: str, *, bullseye: bool) -> list[Option]:
    """Return the options of the program of this role: hello, jpeg, still or vid."""
    own = {"hello": "", "jpeg": _STILL, "still": _STILL, "vid": _VIDEO}[role]
    options = _rows(_COMMON + own)
    if not bullseye:
        return options
    return [option for option in options if option.name not in _NEWER_THAN_BULLSEYE]


def help_text(options: list[Option]) -> str:
    """Return what --help prints: the options in the programs' form, without explanations."""
    lines = ["Valid options are:"]
    for option in options:
        name = f"--{option.name}"
        if option.short:
            name = f"-{option.short} [ {name} ]"
        value = f"[=arg(={option.implicit})]" if option.implicit else "arg"
        default = f" (={option.default})" if option.default is not None else ""
        lines.append(f"  {name} {value}{default}")
    return "\n".join(lines) + "\n"
