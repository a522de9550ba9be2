"""The fault that a run suffers, kept up to date while the run goes on."""

from pathlib import Path

from simulator import state
from simulator.settings import Fault, Run

_STALLS = (Fault.STALL, Fault.STALL_IGNORING_TERM)


class Trouble:
    """What is wrong during one run, and the settings it runs under.

    Tests change the settings while programs run. A fault that is counted in runs stays
    with the run that it hit, though the settings say already that it healed.
    """

    def __init__(self, directory: Path) -> None:
        """Take the fault of this moment."""
        self._directory = directory
        self._take(Run.CAPTURE)

    def _take(self, run: Run) -> None:
        """Read settings and fault, and remember which version of the file it was."""
        self.fault, self._is_counted = state.take_fault(self._directory, run)
        self.settings = state.read_settings(self._directory)
        self._stamp = state.settings_stamp(self._directory)

    def refresh(self) -> None:
        """Look whether the settings were changed, and take what is new."""
        if self._is_counted:
            return
        if state.settings_stamp(self._directory) != self._stamp:
            self._take(Run.ONGOING)

    @property
    def stalls(self) -> bool:
        """Whether frames fail to come at this moment."""
        self.refresh()
        return self.fault in _STALLS
