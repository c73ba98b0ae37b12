"""Times networks in a process of its own: ``python -m frontsearch.export.timing``, with a JSON request on stdin.

The request names an engine, a number of threads, the files of the networks, a file of inputs with their names, and
batch sizes, and the sparse kernels that the last network is timed with as well. The answer on stdout has, for each
batch size and network, the seconds of a call in each round, and why a sparse kernel was not timed.
"""

import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.fx import GraphModule

from frontsearch.errors import one_line
from frontsearch.export.formats import RUNTIME_TOLERANCE
from frontsearch.export.rounds import Call, timed
from frontsearch.export.sparse import use_sparse_kernels

Arrays = Mapping[str, NDArray[Any]]
Request = Mapping[str, Any]


def main() -> None:
    """Answers one request."""
    request = json.load(sys.stdin)
    with np.load(request["inputs"], allow_pickle=False) as file:
        arrays = {name: file[f"arr_{number}"] for number, name in enumerate(request["names"])}
    prepare = ENGINES[request["engine"]]
    seconds, failed = {}, dict[str, str]()
    for batch in request["batches"]:
        part = {name: array[np.arange(batch) % len(array)] for name, array in arrays.items()}
        calls: dict[str, Callable[[], Any]] = {
            name: prepare(path, part, request) for name, path in request["files"].items()
        }
        for kernel in request["kernels"]:
            try:
                calls[kernel] = _sparse(kernel, part, request)
            except Exception as error:  # noqa: BLE001 - a network may have anything in it
                failed[kernel] = one_line(str(error))[:200]
        seconds[batch] = timed(calls)
    json.dump({"seconds": seconds, "failed": failed}, sys.stdout)


def _torch(path: str, arrays: Arrays, request: Request) -> Call:
    network: Callable[..., Tensor] = _program(path, request)
    if request["engine"] == "torch.compile":
        network = torch.compile(network)
    return partial(_called, network, arrays, request)


def _program(path: str, request: Request) -> GraphModule:
    torch.set_num_threads(request["threads"])
    # This program wrote the file; loading any other may run code in it.
    network: GraphModule = torch.export.load(path).module()
    return network


def _called(network: Callable[..., Tensor], arrays: Arrays, request: Request) -> Tensor:
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    args, keywords = ((), tensors) if request["by_keyword"] else (tuple(tensors.values()), {})
    with torch.no_grad():
        outputs: Tensor = network(*args, **keywords)
    return outputs


def _sparse(kernel: str, arrays: Arrays, request: Request) -> Call:
    """The last network with sparse kernels, once its outputs are known to be right."""
    path = [*request["files"].values()][-1]
    dense, sparse = _program(path, request), _program(path, request)
    use_sparse_kernels(sparse, kernel)
    right, found = (_called(network, _copied(arrays), request) for network in (dense, sparse))
    apart, largest = float((found - right).abs().max()), float(right.abs().max())
    if not apart <= RUNTIME_TOLERANCE * largest:
        raise ValueError(f"its outputs differ by {apart / largest:.2g} of the largest")
    return partial(_called, sparse, arrays, request)


def _copied(arrays: Arrays) -> Arrays:
    """Copies, as a network may change its inputs in place; timed calls go without, as copies take time."""
    return {name: array.copy() for name, array in arrays.items()}


def _onnxruntime(path: str, arrays: Arrays, request: Request) -> Call:
    import onnxruntime  # noqa: PLC0415 - an extra

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = request["threads"]
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, dict(arrays))


ENGINES = {"torch": _torch, "torch.compile": _torch, "onnxruntime": _onnxruntime}

if __name__ == "__main__":
    main()
