"""Fixtures of the simulator's own tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import simulator
from tests.simulator.pi import Pi


@pytest.fixture
def make_pi(tmp_path: Path) -> Iterator[Callable[..., Pi]]:
    """Makes a simulated Pi that takes its photos at once, unless the test asks otherwise."""
    made: list[Pi] = []

    def make(**settings: Any) -> Pi:
        folder = tmp_path / f"work{len(made)}"
        folder.mkdir()
        host = simulator.install(tmp_path / f"pi{len(made)}", **{"start_delay": 0, **settings})
        made.append(Pi(host, folder))
        return made[-1]

    yield make
    for pi in made:
        pi.end_all()


@pytest.fixture
def pi(make_pi: Callable[..., Pi]) -> Pi:
    """A Pi 5 with one Camera Module 3."""
    return make_pi()
