"""Runs a program of the lab: `python -m scripts.lab demo`, `python -m scripts.lab bench`."""

from importlib import import_module
import signal
import sys

if __name__ == "__main__":
    # Until something runs that has to be ended properly, ctrl-C simply ends this.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    program = import_module(f"{__package__}.{sys.argv[1]}")
    sys.exit(program.main(sys.argv[2:]))
