"""What counts as the death of a worker, and the second try that every training has."""

import errno
import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from typing import Any, TypeVar

from safetensors import SafetensorError

from frontsearch.errors import in_words

MAX_DEATHS = 2  # one death may be chance; a second one over the same training is not
KILLED = "its worker process was killed or ran out of memory"

# How libraries word a lack of memory where they raise an exception of no special type.
WORDS = ("can't allocate memory", "not enough memory", "out of memory", "can't start new thread", "bad_alloc",
         "ALLOC_FAILED", os.strerror(errno.ENOMEM))  # fmt: skip

Result = TypeVar("Result")


class WorkerDied(Exception):  # noqa: N818 - an event rather than an error, as a second try may succeed
    """A worker was killed, ran out of memory or missed its deadline; its message ends a sentence: "because ..."."""


def surviving(function: Callable[..., Result], *args: Any) -> Result:  # noqa: ANN401 - any arguments
    """``function(*args)``.

    Raises:
        WorkerDied: If memory runs out; all other exceptions are raised as they are.
    """
    try:
        return function(*args)
    except Exception as error:
        if not out_of_memory(error):
            raise
        reason = f"memory ran out: {in_words(error)}".rstrip(".") if str(error) else "memory ran out"
    raise WorkerDied(reason)  # here the failed call and its tensors are freed


def tried_twice(attempt: Callable[[], Result]) -> Result:
    """What ``attempt`` returns, at once or, if its worker dies, the second time.

    Raises:
        BrokenExecutor: If both workers die; the message is a sentence that says why.
    """
    for _ in range(MAX_DEATHS):
        try:
            return attempt()
        except WorkerDied as death:
            reason = str(death)
    raise failed_twice(reason)


def failed_twice(reason: str) -> BrokenExecutor:
    """The exception of a training over which two workers died, the second one for this reason."""
    return BrokenExecutor(f"It failed twice, the last time because {reason}.")


def out_of_memory(error: BaseException | None) -> bool:
    """Whether a lack of memory is this error or what it was raised from."""
    while error is not None:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return True
        if isinstance(error, RuntimeError | SafetensorError) and any(words in str(error) for words in WORDS):
            return True
        error = error.__cause__
    return False
