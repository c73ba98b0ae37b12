"""Processes of which each costs, when it dies, what it was doing and nothing else."""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import connection
from typing import Any

from frontsearch.errors import UserError

TRIES = 2  # a process may be killed by chance once; twice over the same work is no chance
GRACE_SECONDS = 3  # in which a process that is told to end does so
LOST = "Its worker process died twice over it, as one does that is killed or finds no memory."
STILLBORN = (
    "A worker process died before it had begun, as one does that is killed or finds no memory for the data; "
    "what had finished is kept, and running the same command again continues."
)


@dataclass(eq=False)
class _Work:
    """Something to do, and for whom."""

    do: Callable[..., Any]
    args: tuple[Any, ...]
    future: Future[Any] = field(default_factory=Future)
    deaths: int = 0
    stillbirths: int = 0


class _Worker:
    """One process, made when it is first needed."""

    def __init__(self, initializer: Callable[..., None], initargs: tuple[Any, ...]) -> None:
        # Spawned and not forked, because torch's threads do not survive a fork.
        context = multiprocessing.get_context("spawn")
        self._made = partial(ProcessPoolExecutor, 1, mp_context=context, initializer=initializer, initargs=initargs)
        self._pool: ProcessPoolExecutor | None = None  # half a dozen open files, which many a worker never needs
        self._born: Future[int] | None = None

    def begin(self, work: _Work) -> Future[Any]:
        """What comes of the work."""
        pool = self._pool = self._pool or self._made()  # may begin Python's resource tracker, which unblocks signals
        with no_interrupt():  # the pool starts its process here, which inherits what is blocked
            self._born = self._born or pool.submit(os.getpid)
            return pool.submit(work.do, *work.args)

    def shutdown(self, *, wait: bool = True, cancel_futures: bool = False) -> None:
        """As an executor's."""
        if self._pool:
            self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)

    @property
    def stillborn(self) -> bool:
        """Whether it died before its first work."""
        return self._born is not None and self._born.exception() is not None


class ProcessPool(Executor):
    """An executor of several processes, each with one piece of work at a time.

    A pool is lost as a whole when one of its processes is killed or finds no memory. Here every process is a pool of
    its own, so that it is known whose work it died over: that is done again on a fresh process, and fails with
    ``BrokenProcessPool`` when that one dies too. What the others do goes on.

    Args:
        size: How many processes.
        initializer: What each process begins with; a process that dies over it is the user's to hear of.
        initargs: Its arguments.
    """

    def __init__(self, size: int, *, initializer: Callable[..., None], initargs: tuple[Any, ...]) -> None:
        self._new = partial(_Worker, initializer, initargs)
        self._lock = threading.RLock()  # processes end and die on threads of their pools
        self._waiting: deque[_Work] = deque()
        self._idle = [self._new() for _ in range(size)]
        self._busy: set[_Worker] = set()
        self._ended = False

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:  # type: ignore[override]  # noqa: ANN401 - no keywords
        """A future of ``fn(*args)``, begun as soon as a process is free."""
        work = _Work(fn, args)
        with self._lock:
            self._waiting.append(work)
            self._begin()
        return work.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - Executor's
        """Ends the processes after what they are doing; what waits for one is begun no more."""
        for worker in self._end():
            worker.shutdown(wait=wait, cancel_futures=cancel_futures)

    def terminate(self) -> None:
        """Ends the processes at once, and waits until they have ended."""
        workers, processes = self._end(), multiprocessing.active_children()
        for process in processes:
            process.terminate()
        over = time.monotonic() + GRACE_SECONDS
        for process in processes:
            if not connection.wait([process.sentinel], max(0.0, over - time.monotonic())):
                process.kill()  # one that was stopped does not hear anything else
        for worker in workers:
            worker.shutdown()  # its thread must not end while the interpreter does

    def _end(self) -> list[_Worker]:
        with self._lock:
            self._ended = True
            while self._waiting:
                self._waiting.popleft().future.cancel()
            return [*self._idle, *self._busy]

    def _begin(self) -> None:
        """Gives idle processes what waits; called with the lock held."""
        while self._idle and self._waiting:
            worker, work = self._idle.pop(), self._waiting.popleft()  # those that have begun stand last
            try:
                done = worker.begin(work)
            except BrokenProcessPool:  # it was killed while it had nothing to do
                worker = self._new()
                done = worker.begin(work)
            self._busy.add(worker)
            done.add_done_callback(partial(self._take, worker, work))

    def _take(self, worker: _Worker, work: _Work, done: Future[Any]) -> None:
        """Takes what came of a piece of work, and gives its process another one."""
        error = CancelledError() if done.cancelled() else done.exception()
        died = isinstance(error, BrokenProcessPool)
        stillborn = died and worker.stillborn
        work.deaths += died and not stillborn
        work.stillbirths += stillborn
        with self._lock:
            again = died and max(work.deaths, work.stillbirths) < TRIES and not self._ended
            if again:
                self._waiting.appendleft(work)
            self._busy.remove(worker)
            self._idle.append(self._new() if died else worker)
            if not self._ended:
                self._begin()
        if error is None:
            work.future.set_result(done.result())
        elif died and not again:
            work.future.set_exception(UserError(STILLBORN) if stillborn else BrokenProcessPool(LOST))
        elif not died:
            work.future.set_exception(error)


@contextlib.contextmanager
def no_interrupt() -> Iterator[None]:
    """With Ctrl-C put off until afterwards, on systems where signals can be: it is the parent's to answer.

    A process that is started meanwhile inherits what this thread blocks. The signal may still reach another thread,
    and Python would then interrupt the main one between a process and what it is to begin with.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    came: list[int] = []
    main = threading.current_thread() is threading.main_thread()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number)) if main else None
    try:
        yield
    finally:
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if came:
            signal.raise_signal(signal.SIGINT)
