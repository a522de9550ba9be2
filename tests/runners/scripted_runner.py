"""A host that is a table."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from custom_components.pi_security_camera.capture.command import Completed
from custom_components.pi_security_camera.capture.errors import CaptureError
from custom_components.pi_security_camera.capture.rpicam import Programs
from custom_components.pi_security_camera.capture.runner_errors import ProgramNotFound
from custom_components.pi_security_camera.runners import STDOUT_LIMIT, Stream
from tests.capture import listings

PHOTO = Completed(0, b"photo", "")

type Answer = Completed | CaptureError


class ScriptedRunner:
    """A runner that answers from a table instead of running anything, and remembers what it was asked."""

    def __init__(self, listing: str, programs: Programs = Programs.RPICAM) -> None:
        self.programs = programs
        self.version: Answer = Completed(0, listings.VERSION.encode(), "")
        self.listing: Answer = Completed(0, listing.encode(), "")
        self.photo: Answer = PHOTO
        self.photos: list[Answer] = []
        self.user: Answer = Completed(0, b"uid=1000(pi) gid=1000(pi) groups=1000(pi),44(video)\n", "")
        self.commands: list[list[str]] = []
        self.limits: list[float] = []

    @property
    def questions(self) -> list[str]:
        """What was asked: each command's first option, or its name when there is none."""
        return [command[-1] if len(command) < 3 else command[1] for command in self.commands]

    async def run(self, argv: Sequence[str], *, limit: float, stdout_limit: int = STDOUT_LIMIT) -> Completed:
        """Answer; a program of another name than ours is not there."""
        self.commands.append([*argv])
        self.limits.append(limit)
        question = self.questions[-1]
        # What a host says of itself is read on the event loop: it may not be as long as a photo.
        assert (stdout_limit == STDOUT_LIMIT) == (question == "-o")
        photo = self.photos.pop(0) if question == "-o" and self.photos else self.photo
        answers = {"--version": self.version, "--list-cameras": self.listing, "-o": photo, "id": self.user}
        if argv[0] not in {self.programs.photo, "id"}:
            raise ProgramNotFound(argv[0])
        answer = answers[question]
        if isinstance(answer, CaptureError):
            raise answer
        return answer

    def stream(self, argv: Sequence[str]) -> AbstractAsyncContextManager[Stream]:
        """Not for these tests."""
        raise NotImplementedError(argv)

    async def close(self) -> None:
        """Do nothing."""
