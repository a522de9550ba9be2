"""A stand-in for the Raspberry Pi camera programs, for tests and demonstrations.

``install`` fills a directory with programs named ``rpicam-jpeg``, ``rpicam-still``,
``rpicam-vid`` and ``rpicam-hello`` that parse options, log, lock the camera, take
pictures of a make-believe hallway, answer signals and fail as rpicam-apps 1.12 does.

    host = simulator.install(Path("pi"), cameras=("imx219",), start_delay=0)
    host.set(fault="stall", fault_runs=1)

What the picture says is read back with ``simulator.scene.read_barcode`` and
``simulator.scene.shows_full_view``.
"""

from typing import TYPE_CHECKING, Any

from simulator.settings import LIBCAMERA, RPICAM, Fault, Platform, Settings

if TYPE_CHECKING:
    from simulator.host import RecordedRun, SimulatedHost, install

__all__ = [
    "LIBCAMERA",
    "RPICAM",
    "Fault",
    "Platform",
    "RecordedRun",
    "Settings",
    "SimulatedHost",
    "install",
]


def __getattr__(name: str) -> Any:
    """Load the control side on first use: the programs start quicker without it."""
    if name not in __all__:
        message = f"module 'simulator' has no attribute {name!r}"
        raise AttributeError(message)
    from simulator import host  # noqa: PLC0415 - see above

    return getattr(host, name)
