"""Times networks in a process of its own: ``python -m frontsearch.export.timing``, with a JSON request on stdin.

The request names an engine, a number of threads, the files of the networks, a file of inputs, and batch sizes. The
answer on stdout has, for each batch size and network, the seconds of a call in each round. The networks take turns, so
whatever else the machine does meets all of them.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDS = 15
LEAST_SECONDS = 0.01  # of a measurement, so that the steps of the clock do not matter
MOST_CALLS = 2000

Arrays = Mapping[str, NDArray[Any]]
Call = Callable[[], object]


def main() -> None:
    """Answers one request."""
    request = json.load(sys.stdin)
    with np.load(request["inputs"], allow_pickle=False) as file:
        arrays = dict(file)
    prepare = ENGINES[request["engine"]]
    answer = {}
    for batch in request["batches"]:
        part = {name: array[np.arange(batch) % len(array)] for name, array in arrays.items()}
        calls = {name: prepare(path, part, request) for name, path in request["files"].items()}
        answer[str(batch)] = _timed(calls)
    json.dump(answer, sys.stdout)


def _timed(calls: Mapping[str, Call]) -> dict[str, list[float]]:
    """The seconds of a call in each round, by the network's name."""
    counts = {}
    for name, call in calls.items():
        for _ in range(3):  # compilers and caches warm up
            call()
        counts[name] = int(np.clip(LEAST_SECONDS / _seconds(call, 1), 1, MOST_CALLS))
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            found[name].append(_seconds(call, counts[name]))
    return found


def _seconds(call: Call, count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count


def _torch(path: str, arrays: Arrays, request: Mapping[str, Any]) -> Call:
    import torch  # noqa: PLC0415 - only the engine that is timed

    torch.set_num_threads(request["threads"])
    network: Any = torch.export.load(path).module()
    if request["engine"] == "torch.compile":
        network = torch.compile(network)
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    args, keywords = ((), tensors) if request["by_keyword"] else (tuple(tensors.values()), {})

    def call() -> object:
        with torch.no_grad():
            return network(*args, **keywords)

    return call


def _onnxruntime(path: str, arrays: Arrays, request: Mapping[str, Any]) -> Call:
    import onnxruntime  # noqa: PLC0415 - only the engine that is timed

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = request["threads"]
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, dict(arrays))


ENGINES = {"torch": _torch, "torch.compile": _torch, "onnxruntime": _onnxruntime}

if __name__ == "__main__":
    main()
