"""The tree of errors."""

from collections.abc import Iterator
import re
import sys

import pytest

from custom_components.pi_security_camera.capture import errors, runner_errors
from custom_components.pi_security_camera.capture.errors import CaptureError


def tree(kind: type[CaptureError], depth: int = 0) -> Iterator[tuple[int, str]]:
    """Yield an error and its subclasses of the same module, each with its depth, in the order of their definition."""
    yield depth, kind.__name__
    for child in kind.__subclasses__():
        if child.__module__ == kind.__module__:
            yield from tree(child, depth + 1)


@pytest.mark.parametrize("root", [CaptureError, runner_errors.RunnerError])
def test_the_tree_is_as_it_is_drawn(root: type[CaptureError]) -> None:
    module = sys.modules[root.__module__]
    drawn = re.findall(r"^([│├└ ]*─* ?)([A-Z]\w+)(?=  |$)", module.__doc__ or "", re.MULTILINE)
    assert [(len(indent) // 4, name) for indent, name in drawn] == [*tree(root)]


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        (runner_errors.ProgramNotFound("rpicam-jpeg"), {"program": "rpicam-jpeg"}),
        (runner_errors.CommandNotStarted("Cannot allocate memory"), {"text": "Cannot allocate memory"}),
        (runner_errors.CommandTimeout(15, "noise"), {"seconds": "15"}),
        (runner_errors.CommandTimeout(0.5), {"seconds": "0.5"}),
        (runner_errors.OutputTooLarge(1000), {"limit": "1000"}),
        (runner_errors.HostTimedOut("pi"), {"host": "pi"}),
        (runner_errors.HostFailed("pi", "no route"), {"host": "pi", "text": "no route"}),
        (runner_errors.PasswordRefused("pi", "ada"), {"host": "pi", "username": "ada"}),
        (
            runner_errors.HostKeyChanged("pi", old="SHA256:a", new="SHA256:b"),
            {"host": "pi", "old": "SHA256:a", "new": "SHA256:b"},
        ),
        (runner_errors.CommandsRefused("pi", "no shell"), {"host": "pi", "text": "no shell"}),
        (runner_errors.PassphraseWrong(), {}),
        (errors.NoCamera(), {}),
        (errors.NotInVideoGroup("ada"), {"username": "ada"}),
        (errors.CommandFailed(-9, "killed"), {"exit_status": "-9", "text": "killed"}),
        (errors.PhotoBroken("it ends early"), {"problem": "it ends early"}),
        (errors.ClipBroken("it has no moov"), {"problem": "it has no moov"}),
        (errors.PhotoWrongSize(got="1x1", wanted="2x2"), {"got": "1x1", "wanted": "2x2"}),
        (errors.StorageFull("/photos"), {"path": "/photos"}),
        (errors.StorageFailed("/photos", "Input/output error"), {"path": "/photos", "text": "Input/output error"}),
        (errors.StorageSilent("/photos", 2.5), {"path": "/photos", "seconds": "2.5"}),
        (errors.ClipNotMade("width not divisible by 2"), {"text": "width not divisible by 2"}),
        (errors.HostNotSupported("legacy"), {"text": "legacy"}),
        (errors.OptionRefused("--hdr"), {"text": "--hdr"}),
    ],
)
def test_an_error_carries_its_facts_and_shows_them(error: CaptureError, fields: dict[str, str]) -> None:
    assert error.fields == fields
    assert str(error) == ", ".join(f"{name}: {value}" for name, value in fields.items())


def test_what_a_host_says_becomes_one_short_line() -> None:
    error = runner_errors.HostFailed("pi", "bye\nWARNING: forged\x1b[31m" + "!" * 1000)
    text = error.fields["text"]
    assert len(text) == 200
    assert text.isprintable()
    assert runner_errors.CommandsRefused("pi", " no\tshell ").fields["text"] == "no shell"
