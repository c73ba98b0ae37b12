"""A process pool in which a process that dies costs only the job it was working on."""

import contextlib
import multiprocessing
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from functools import partial
from multiprocessing import connection, resource_tracker
from typing import Any

from frontsearch.errors import UserError, in_words
from frontsearch.workers.deadlines import SHORTEST, Deadline, Deadlines
from frontsearch.workers.deaths import KILLED, MAX_DEATHS, WorkerDied, tried_twice
from frontsearch.workers.main_module import without_main_module
from frontsearch.workers.serving import READY, Raised, WorkerTraceback, serve

TICK = 1.0  # seconds; while this process is stopped, at most one of them counts towards a deadline


class _Worker:
    """A process that runs one job after another.

    Jobs and results go through a pipe that only this process and the worker have, so the worker takes work from
    nobody else; and a pipe, unlike Python's queues, leaves no semaphore behind if both are killed.

    Raises:
        OSError: If the system starts no more processes.
    """

    def __init__(self, initializer: bytes) -> None:
        # Spawned rather than forked, because torch's threads do not survive a fork.
        context = multiprocessing.get_context("spawn")
        self._pipe, other_end = context.Pipe()
        self._process = context.Process(target=serve, args=(other_end, initializer))
        with other_end, without_interrupts(), without_main_module():
            self._process.start()

    def check_started(self) -> None:
        """Waits for the end of the initializer; raises ``WorkerDied`` if the process dies before."""
        if self._received(lambda: SHORTEST) != READY:
            raise WorkerDied(KILLED)

    def call(self, job: bytes, deadline: Deadline) -> Any:  # noqa: ANN401 - what the job returns
        """What the pickled job returns, or raises the exception that it raises, or ``WorkerDied``."""
        try:
            self._pipe.send_bytes(job)
        except OSError as error:
            raise WorkerDied(KILLED) from error
        reply = pickle.loads(self._received(deadline))  # noqa: S301 - from a process that this one started
        if isinstance(reply, Raised):
            raise reply.error from WorkerTraceback(reply.traceback)
        return reply

    def _received(self, deadline: Deadline) -> bytes:
        waited, step = 0.0, TICK
        while not connection.wait([self._pipe, self._process.sentinel], step):
            waited += step
            if (seconds := deadline()) is not None:
                if waited >= seconds:
                    raise WorkerDied(f"it took longer than its deadline of {seconds:g} seconds")
                step = min(TICK, seconds - waited)
        try:
            if self._pipe.poll():
                return self._pipe.recv_bytes()
        except (EOFError, OSError) as error:
            raise WorkerDied(KILLED) from error
        raise WorkerDied(KILLED)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.is_alive()

    def close(self) -> None:
        """Ends the process, which does not work, without waiting for its end."""
        self._pipe.close()

    def kill(self) -> None:
        """Ends the process at once, even if it is stopped."""
        self._process.kill()

    def join(self) -> None:
        """Waits for the end of the process."""
        self._process.join()


class ProcessPool(Executor):
    """An executor of several processes that survives the death of any of them.

    Python's own pool breaks as a whole when one of its processes is killed or runs out of memory. Here every process
    has a thread that waits for it, so it is known which job a process died over. That job is tried once more in a new
    process, and fails with ``BrokenExecutor`` if that dies too; all other jobs continue.

    Args:
        size: Number of processes, each of which is started when there is a job for it.
        initializer: Function that each process calls when it starts. If two processes in a row die in it, the job they
            were started for fails with ``UserError``.
        initargs: Arguments of ``initializer``.
        deadlines: After which a process counts as hanging and is killed; None waits forever.
    """

    def __init__(
        self, size: int, *, initializer: Callable[..., None], initargs: tuple[Any, ...],
        deadlines: Deadlines | None = None,
    ) -> None:  # fmt: skip
        self._new_worker = partial(_Worker, pickle.dumps((initializer, initargs)))
        self._deadlines = deadlines or Deadlines()
        self._threads = ThreadPoolExecutor(size)  # one waits for each process
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._workers: set[_Worker] = set()
        self._terminated = False

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:  # type: ignore[override]  # noqa: ANN401 - no keywords
        """A future of ``fn(*args)``, which runs as soon as a process is idle."""
        return self._threads.submit(self._run, fn, *args)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - Executor's
        """Runs or cancels queued jobs, then ends all processes; without ``wait``, they end with this object."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        if not wait:
            return
        for worker in self._idle:
            worker.close()
        for worker in self._workers:
            worker.join()

    def terminate(self) -> None:
        """Ends all processes of this pool at once, and returns when they have ended."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._terminated = True
            for worker in self._workers:
                worker.kill()
        self.shutdown()

    def _run(self, function: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401 - any job
        job, deadline = pickle.dumps((function, args)), partial(self._deadlines.of, *args[:1])
        result = tried_twice(partial(self._attempt, job, deadline))
        self._deadlines.learn(result)
        return result

    def _attempt(self, job: bytes, deadline: Deadline) -> Any:  # noqa: ANN401 - what the job returns
        worker = self._idle_worker() or self._started_worker()
        try:
            result = worker.call(job, deadline)
        except WorkerDied:
            self._remove(worker)
            raise
        except BaseException:
            self._idle.append(worker)
            raise
        self._idle.append(worker)
        return result

    def _idle_worker(self) -> _Worker | None:
        """A process that waits for a job, if there is one."""
        while self._idle:
            with contextlib.suppress(IndexError):  # another thread may be quicker
                worker = self._idle.pop()  # the one with the warmest caches
                if worker.alive:
                    return worker
                self._remove(worker)
        return None

    def _started_worker(self) -> _Worker:
        """A new process, after its initializer."""
        for _ in range(MAX_DEATHS):
            worker = None
            try:
                worker = self._new_worker()
                self._add(worker)
                worker.check_started()
            except (OSError, WorkerDied) as error:
                reason = str(error) if isinstance(error, WorkerDied) else in_words(error).rstrip(".")
                if worker:
                    self._remove(worker)
            else:
                return worker
        raise UserError(
            f"A worker process died while it started: {reason}; finished trainings are kept, and running the same "
            "command again continues."
        )

    def _add(self, worker: _Worker) -> None:
        with self._lock:
            self._workers.add(worker)
            if self._terminated:
                worker.kill()
                raise CancelledError

    def _remove(self, worker: _Worker) -> None:
        worker.kill()
        worker.join()
        with self._lock:
            self._workers.discard(worker)
        worker.close()


@contextlib.contextmanager
def without_interrupts() -> Iterator[None]:
    """Processes started in the block never get Ctrl-C, on systems that can block signals; only this one reacts to it.

    Meant for threads other than the main one, as the signal is blocked only in the thread that runs the block.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # the first process starts it, which would unblock the signal again
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
