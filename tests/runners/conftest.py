"""A runner for this machine, and what must be true after each of its tests."""

from collections.abc import AsyncGenerator

import pytest

from custom_components.pi_security_camera.runners.local import LocalRunner

from .processes import children, open_files, python


@pytest.fixture(autouse=True)
def grace(monkeypatch: pytest.MonkeyPatch) -> float:
    """How long a signal has time to work: short, so that the tests are."""
    monkeypatch.setattr("custom_components.pi_security_camera.runners.local.GRACE", 0.3)
    return 0.3


@pytest.fixture
async def runner() -> AsyncGenerator[LocalRunner]:
    """A runner; after the test no child of ours is left, not even a zombie, and no pipe is open."""
    runner = LocalRunner()
    await runner.run(python(""), limit=10)
    before = open_files()
    yield runner
    await runner.close()
    assert children() == []
    assert open_files() == before
