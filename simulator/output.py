"""Where the pictures go: files and standard output with C's buffering."""

import os

_BLOCK = 4096
_STDOUT = 1


class OutputFile:
    """A file as C's stdio writes it: whole blocks at once, the rest when flushed.

    A stream without --flush therefore holds back the tail of each frame, and a killed
    program leaves a file that ends at a multiple of 4096 bytes.
    """

    def __init__(self, name: str) -> None:
        """Open a file, emptying it, or standard output for "-"; may raise OSError."""
        self._is_stdout = name == "-"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        self._handle = _STDOUT if self._is_stdout else os.open(name, flags, 0o666)
        self._waiting = b""

    def write(self, data: bytes) -> None:
        """Write the whole blocks that there are now; may raise OSError."""
        data = self._waiting + data
        whole = len(data) - len(data) % _BLOCK
        self._waiting = data[whole:]
        _write_all(self._handle, data[:whole])

    def flush(self) -> None:
        """Write all that waits; may raise OSError."""
        data, self._waiting = self._waiting, b""
        _write_all(self._handle, data)

    def close(self) -> None:
        """Flush and close, ignoring errors: the programs do not look at the result.

        So a disk that fills up at the last block leaves a cut file and exit status 0.
        """
        try:
            self.flush()
        except OSError:
            self._waiting = b""
        if not self._is_stdout:
            os.close(self._handle)


def _write_all(handle: int, data: bytes) -> None:
    """Write everything, in as many steps as a pipe needs."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def write_for_ever() -> None:
    """Fill standard output until somebody stops the program."""
    block = bytes(range(256)) * 256
    while True:
        _write_all(_STDOUT, block)
