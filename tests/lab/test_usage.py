"""What a process uses."""

import mmap
import os
import time

from scripts.lab.usage import Memory, Processor, resident


def test_memory_is_told_in_megabytes_and_its_growth_at_the_peak() -> None:
    memory = Memory(os.getpid())
    before = resident(os.getpid())
    # New to the process, whatever others have left.
    with mmap.mmap(-1, 30 * 1024 * 1024) as block:
        for page in range(0, len(block), mmap.PAGESIZE):
            block[page] = 1
    assert 10 < before < 10_000
    assert 25 < memory.growth() < 60


def test_a_busy_process_uses_a_core() -> None:
    processor = Processor(os.getpid())
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    assert processor.share() > 1
