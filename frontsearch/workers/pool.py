"""A process pool in which a killed process costs only the job it was working on."""

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
from frontsearch.workers.main_module import without_main_module

MAX_DEATHS = 2  # one killed process may be chance; a second one over the same job is not
GRACE_SECONDS = 3  # that a process has to end after being told to, before it is killed
DIED_TWICE = "Its worker process died twice: it was killed or ran out of memory."
DIED_AT_START = (
    "A worker process died while it started: it was killed or ran out of memory for the data; "
    "finished trainings are kept, and running the same command again continues."
)


@dataclass(eq=False)
class _Job:
    """A submitted call, its future, and how many processes died over it."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    future: Future[Any] = field(default_factory=Future)
    deaths: int = 0
    deaths_at_start: int = 0


class _Worker:
    """One process, started when it gets its first job."""

    def __init__(self, initializer: Callable[..., None], initargs: tuple[Any, ...]) -> None:
        # Spawned rather than forked, because torch's threads do not survive a fork.
        context = multiprocessing.get_context("spawn")
        self._new_pool = partial(ProcessPoolExecutor, 1, mp_context=context, initializer=initializer, initargs=initargs)
        self._pool: ProcessPoolExecutor | None = None  # created late: it opens half a dozen files
        self._started: Future[int] | None = None

    def submit(self, job: _Job) -> Future[Any]:
        """A future of the job's result, or of the exception that it or the process's death raises."""
        # Creating a pool may start Python's resource tracker, which unblocks signals, so this comes first.
        pool = self._pool = self._pool or self._new_pool()
        # The pool starts its process here, which inherits the blocked signals.
        with delay_interrupt(), without_main_module():
            self._started = self._started or pool.submit(os.getpid)
            return pool.submit(job.function, *job.args)

    def shutdown(self, *, wait: bool = True, cancel_futures: bool = False) -> None:
        """Ends the process, as ``Executor.shutdown`` does."""
        if self._pool:
            self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)

    @property
    def died_at_start(self) -> bool:
        """Whether the process died before its first job."""
        return self._started is not None and self._started.exception() is not None


class ProcessPool(Executor):
    """An executor of several processes that survives the death of any of them.

    Python's own pool breaks as a whole when one of its processes is killed or runs out of memory. Here every process is
    a pool of its own, so it is known which job a process died over. That job is retried once in a new process, and
    fails with ``BrokenProcessPool`` if that dies too; all other jobs continue.

    Args:
        size: Number of processes.
        initializer: Function that each process calls when it starts. If two processes in a row die in it, the job they
            were started for fails with ``UserError``.
        initargs: Arguments of ``initializer``.
    """

    def __init__(self, size: int, *, initializer: Callable[..., None], initargs: tuple[Any, ...]) -> None:
        self._new_worker = partial(_Worker, initializer, initargs)
        self._lock = threading.RLock()  # jobs end on the threads of the workers' pools
        self._queue: deque[_Job] = deque()
        self._idle = [self._new_worker() for _ in range(size)]
        self._busy: set[_Worker] = set()
        self._closed = False

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:  # type: ignore[override]  # noqa: ANN401 - no keywords
        """A future of ``fn(*args)``, which runs as soon as a process is idle."""
        job = _Job(fn, args)
        with self._lock:
            self._queue.append(job)
            self._dispatch()
        return job.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - Executor's
        """Ends each process after its current job and cancels queued jobs."""
        for worker in self._close():
            worker.shutdown(wait=wait, cancel_futures=cancel_futures)

    def terminate(self) -> None:
        """Ends all processes at once, and returns when they have ended."""
        workers, processes = self._close(), multiprocessing.active_children()
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in processes:
            if not connection.wait([process.sentinel], max(0.0, deadline - time.monotonic())):
                process.kill()  # a stopped process reacts to no other signal
        for worker in workers:
            worker.shutdown()  # waits for the pool's thread, which must end before the interpreter does

    def _close(self) -> list[_Worker]:
        """Cancels queued jobs and returns all workers."""
        with self._lock:
            self._closed = True
            while self._queue:
                self._queue.popleft().future.cancel()
            return [*self._idle, *self._busy]

    def _dispatch(self) -> None:
        """Gives queued jobs to idle workers; called with the lock held."""
        while self._idle and self._queue:
            worker = self._idle.pop()  # the last one usually has a running process
            job = self._queue.popleft()
            try:
                result = worker.submit(job)
            except BrokenProcessPool:  # the process was killed while idle
                worker = self._new_worker()
                result = worker.submit(job)
            self._busy.add(worker)
            result.add_done_callback(partial(self._on_done, worker, job))

    def _on_done(self, worker: _Worker, job: _Job, result: Future[Any]) -> None:
        """Passes a job's result on, or queues the job again if its process died, and gives the worker another job."""
        error = CancelledError() if result.cancelled() else result.exception()
        died = isinstance(error, BrokenProcessPool)
        died_at_start = died and worker.died_at_start
        job.deaths += died and not died_at_start
        job.deaths_at_start += died_at_start
        with self._lock:
            retry = died and max(job.deaths, job.deaths_at_start) < MAX_DEATHS and not self._closed
            if retry:
                self._queue.appendleft(job)
            self._busy.remove(worker)
            self._idle.append(self._new_worker() if died else worker)
            if not self._closed:
                self._dispatch()
        if error is None:
            job.future.set_result(result.result())
        elif died and not retry:
            job.future.set_exception(UserError(DIED_AT_START) if died_at_start else BrokenProcessPool(DIED_TWICE))
        elif not died:
            job.future.set_exception(error)


@contextlib.contextmanager
def delay_interrupt() -> Iterator[None]:
    """Delays Ctrl-C until the block ends, on systems that can block signals.

    A process started in the block inherits the blocked signal, so only the parent reacts to Ctrl-C. Another thread may
    still receive the signal, in which case Python would interrupt the main thread in the middle of starting a process;
    hence the handler.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    received: list[int] = []
    in_main_thread = threading.current_thread() is threading.main_thread()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    handler = signal.signal(signal.SIGINT, lambda number, _: received.append(number)) if in_main_thread else None
    try:
        yield
    finally:
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if received:
            signal.raise_signal(signal.SIGINT)
