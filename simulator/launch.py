"""What a launcher starts: the named program of a simulated Pi.

Called as ``python -I -S launch.py <folder of Pillow> <host directory> <name> <args>``.
Kept apart from the package so that nothing is loaded before signals are set right.
"""

import os
from pathlib import Path
import signal
import sys
import time

_STARTED = time.monotonic()


def _behave_like_a_c_program() -> None:
    """Undo what Python changes: SIGINT and SIGPIPE kill unless a program handles them.

    A signal that the parent ignores stays ignored, as it would for the real program.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def _open_standard_streams() -> None:
    """Fill closed standard streams, or a lock file would become standard output."""
    for handle in range(3):
        try:
            os.fstat(handle)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _launch() -> int:
    """Run the program and return its exit status."""
    _behave_like_a_c_program()
    _open_standard_streams()
    pillow, directory, name, *arguments = sys.argv[1:]
    sys.path.insert(0, str(Path(__file__).absolute().parent.parent))
    sys.path.append(pillow)
    from simulator.programs import main  # noqa: PLC0415 - the path is set just above

    return main(name, arguments, Path(directory), _STARTED)


if __name__ == "__main__":
    # Leaving at once skips the interpreter's own clean-up: all output is written.
    os._exit(_launch())
