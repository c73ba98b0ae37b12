"""``seeded``: torch's global generator for one thread at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

# Networks are initialised and trained with torch's global generator, which all threads of a process share.
_generator_lock = threading.RLock()


@contextmanager
def seeded(seed: int, device: str = "cpu") -> Iterator[None]:
    """Seeds torch's global generator for the block, keeps other threads out, and restores the CPU generator afterwards.

    Args:
        seed: Seed for the block.
        device: Where the block draws; anything but ``cpu`` also seeds, and does not restore, that device's generator.
    """
    with _generator_lock, torch.random.fork_rng(devices=[]):
        # Not always every device's generator, which takes a millisecond.
        (torch.default_generator if device == "cpu" else torch).manual_seed(seed)
        yield
