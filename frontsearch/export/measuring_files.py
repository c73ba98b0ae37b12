"""``benchmark_files``: how large and how fast networks in ONNX files are, without the data or the study.

No other format is measured. A safetensors file has no architecture, and loading a program of ``torch.export`` can run
any code that somebody put into it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from frontsearch.errors import UserError, one_line
from frontsearch.export.formats import onnx_packages
from frontsearch.export.machine import machine_line
from frontsearch.export.measuring import zipped
from frontsearch.export.processes import BATCHES, settings
from frontsearch.folder import Timing, read_regular

if TYPE_CHECKING:
    from onnx import ModelProto

MOST_NUMBERS = 10**8  # of inputs


@dataclass(frozen=True, slots=True)
class MeasuredFile:
    """An ONNX file.

    Attributes:
        path: Its path.
        size: Its bytes, plain and after gzip.
        parameters: Number of weights and biases in it.
        metadata: Texts that say where it comes from; those that ``frontsearch export`` wrote, or others, or none.
    """

    path: Path
    size: tuple[int, int]
    parameters: int
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FileBenchmark:
    """Sizes and times of ONNX files.

    Attributes:
        machine: What they were measured on, with versions.
        files: The files.
        timings: Times in each setting.
    """

    machine: str
    files: tuple[MeasuredFile, ...]
    timings: tuple[Timing, ...]


def benchmark_files(paths: Sequence[Path]) -> FileBenchmark:
    """Measures one ONNX file, or two that take turns, on random inputs.

    Args:
        paths: The files.

    Raises:
        UserError: If one cannot be read, their inputs are not the same, or onnxruntime fails.
    """
    contents = [_content(path) for path in paths]
    models = [_model(path, content) for path, content in zip(paths, contents, strict=True)]
    first, *others = (_inputs(path, model) for path, model in zip(paths, models, strict=True))
    if any(_form(other) != _form(first) for other in others):
        raise UserError(
            f"{paths[0]} and {paths[1]} must take the same inputs; found {_form(first)} and {_form(others[0])}."
        )
    measured = [
        MeasuredFile(path, (len(content), len(zipped(content))), _parameters(model), _metadata(model))
        for path, content, model in zip(paths, contents, models, strict=True)
    ]
    return FileBenchmark(machine_line(), tuple(measured), tuple(_timings(paths, first)))


def _timings(paths: Sequence[Path], inputs: Mapping[str, NDArray[Any]]) -> Iterator[Timing]:
    files = {str(number): path for number, path in enumerate(paths)}
    try:
        for setting in settings("onnxruntime", files, inputs):
            rounds = tuple(setting.seconds[name] for name in files)
            yield Timing(engine="onnxruntime", threads=setting.threads, batch=setting.batch, rounds=rounds)
    except UserError as error:
        raise UserError(f"onnxruntime must run {' and '.join(map(str, paths))}; it fails: {error}") from error


def _content(path: Path) -> bytes:
    match path.suffix:
        case ".safetensors":
            remedy = "holds weights without their network, so it cannot run"
        case ".pt2":
            remedy = "is not opened, because torch.export.load runs any code that somebody put into such a file"
        case ".onnx":
            remedy = ""
        case _:
            remedy = "is no file that bench can run"
    if remedy:
        raise UserError(f"{path} {remedy}: export the network to a file that ends in .onnx, or name its run.")
    try:
        return read_regular(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} could not be read: {getattr(error, 'strerror', None) or error}.") from error


def _model(path: Path, content: bytes) -> "ModelProto":
    onnx, _ = onnx_packages()
    try:
        model: ModelProto = onnx.load_model_from_string(content)
    except Exception as error:
        raise UserError(f"{path} must be an ONNX file; it cannot be read: {one_line(str(error))[:200]}") from error
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in model.graph.initializer):
        raise UserError(f"{path} keeps its weights in another file; frontsearch export writes one file with all.")
    return model


def _inputs(path: Path, model: "ModelProto") -> dict[str, NDArray[Any]]:
    """Random inputs of as many examples as the largest batch has; zeros where they are no floating-point numbers."""
    onnx, _ = onnx_packages()
    stored, rng, count = {tensor.name for tensor in model.graph.initializer}, np.random.default_rng(0), max(BATCHES)
    found = {}
    for given in model.graph.input:
        if given.name in stored:
            continue
        tensor = given.type.tensor_type
        free, *sizes = [dimension.dim_value for dimension in tensor.shape.dim] or [1]
        if free or not all(sizes) or count * prod(sizes) > MOST_NUMBERS:
            raise UserError(
                f"{path} must take any number of examples, and nothing else of variable size; its input "
                f"{one_line(given.name)!r} is {[free or '?', *(size or '?' for size in sizes)]}. frontsearch export "
                "writes such files."
            )
        kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        numbers = rng.random((count, *sizes)) if np.issubdtype(kind, np.floating) else np.zeros((count, *sizes))
        found[given.name] = numbers.astype(kind)
    if not found:
        raise UserError(f"{path} must be an ONNX file with a network; it has no inputs.")
    return found


def _form(inputs: Mapping[str, NDArray[Any]]) -> str:
    """Names, types and sizes of inputs."""
    return one_line(", ".join(f"{name} {part.dtype}{[*part.shape[1:]]}" for name, part in inputs.items()))


def _parameters(model: "ModelProto") -> int:
    onnx, _ = onnx_packages()
    kinds = onnx.TensorProto
    floating = {kinds.FLOAT, kinds.DOUBLE, kinds.FLOAT16, kinds.BFLOAT16}
    return sum(prod(tensor.dims) for tensor in model.graph.initializer if tensor.data_type in floating)


def _metadata(model: "ModelProto") -> dict[str, str]:
    return {one_line(entry.key): one_line(entry.value) for entry in model.metadata_props}
