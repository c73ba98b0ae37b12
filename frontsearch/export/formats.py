"""The formats that a network can be written in: each turns a network into the content of a file.

Adding one takes a function here and a line in ``FORMATS``.
"""

import copy
import io
import json
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from frontsearch.compaction import Compaction, Sizes
from frontsearch.errors import UserError, allowed_names, option
from frontsearch.export.checks import check_outputs, first_inputs
from frontsearch.export.failures import SAFETENSORS, why_no_graph, why_not_loaded, written_as
from frontsearch.export.loading import saved
from frontsearch.tasks import Inputs, Task, forward

RUNTIME_TOLERANCE = 1e-4  # of another runtime, which adds in another order

# onnxruntime 1.32 has fast convolutions for a multiple of four channels alone (nchwc_transformer.cc there).
RUNTIME_CHANNELS = 4


@dataclass(frozen=True, slots=True)
class Chosen:
    """A network to be written.

    Attributes:
        task: Its task.
        network: The network, compacted or not, in evaluation mode on the CPU.
        read: Indices of the entries of a flattened example that it reads; None if it reads all.
        metadata: Where it comes from, as texts, and what its task declares, as JSON can hold it.
        sizes: What its attributes hold that hold something else in the whole network, by name.
    """

    task: Task
    network: nn.Module
    read: Tensor | None
    metadata: Mapping[str, Any]
    sizes: Sizes = field(default_factory=dict)

    @classmethod
    def of(cls, task: Task, network: nn.Module | Compaction, metadata: Mapping[str, Any]) -> "Chosen":
        """A whole network, or one that was compacted."""
        if isinstance(network, Compaction):
            return cls(task, network.network, network.read, metadata, network.sizes)
        return cls(task, network, None, metadata)


def as_safetensors(chosen: Chosen) -> bytes:
    """A safetensors file for :func:`~frontsearch.load_network`."""
    metadata = {"frontsearch": json.dumps(chosen.metadata, sort_keys=True)}
    return saved(chosen.network, chosen.read, sizes=chosen.sizes, metadata=metadata)


def as_program(chosen: Chosen) -> bytes:
    """A ``torch.export`` program with any number of examples."""
    file, program = io.BytesIO(), _program(chosen)
    program.example_inputs = None  # torch 2.13 writes them into the file
    for graph in (each for each in program.graph_module.modules() if isinstance(each, torch.fx.GraphModule)):
        for node in graph.graph.nodes:
            node.meta.pop("stack_trace", None)  # with the paths of this machine
    with warnings.catch_warnings(), written_as("a torch.export program", chosen.network):
        # torch 2.13 takes a kernel whose input channels are last in memory for a part of a tensor, and writes it whole.
        warnings.filterwarnings("ignore", "No complete tensor found in the group")
        torch.export.save(program, file, extra_files={"frontsearch.json": json.dumps(chosen.metadata)})
        loaded = torch.export.load(io.BytesIO(file.getvalue())).module()
    check_outputs(
        chosen.network, lambda inputs: forward(loaded, inputs), chosen.task, tolerance=1e-5,
        what="The exported program", remedy=SAFETENSORS,
    )  # fmt: skip
    return file.getvalue()


def as_onnx(chosen: Chosen) -> bytes:
    """An ONNX file with any number of examples, checked with onnxruntime."""
    onnx, onnxruntime = onnx_packages()
    names = list(named_inputs(first_inputs(chosen.task, 1)))
    with warnings.catch_warnings(), _quiet_exporter(), written_as("ONNX", chosen.network):
        warnings.simplefilter("ignore")  # of changes to come in torch
        converted: Any = torch.onnx.export(
            _program(_with_contiguous_kernels(chosen)),
            input_names=names, output_names=["outputs"], dynamo=True, verbose=False,
            dynamic_shapes=({0: "batch"},) * len(names),  # names the dimension, which torch 2.13 calls s77 or the like
        )  # fmt: skip
    model = converted.model_proto
    for part in (model.graph, *model.graph.node, *model.graph.value_info, *model.functions):
        del part.metadata_props[:]  # torch 2.13 writes stack traces there, with the paths of this machine
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in chosen.metadata.items()}
    onnx.helper.set_model_props(model, texts)
    content: bytes = model.SerializeToString()
    try:
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors share no class
        raise UserError(why_not_loaded(error, chosen.network, names)) from error

    def outputs(inputs: Inputs) -> Tensor:
        arrays = {name: part.numpy() for name, part in named_inputs(inputs).items()}
        return torch.from_numpy(session.run(None, arrays)[0])

    check_outputs(
        chosen.network, outputs, chosen.task, tolerance=RUNTIME_TOLERANCE,
        what="The ONNX file in onnxruntime", remedy=SAFETENSORS,
    )  # fmt: skip
    return content


def onnx_packages() -> tuple[Any, Any]:
    """The packages onnx and onnxruntime.

    Raises:
        UserError: If they are not installed.
    """
    try:
        import onnx  # noqa: PLC0415 - an extra
        import onnxruntime  # noqa: PLC0415
        import onnxscript  # noqa: F401, PLC0415 - torch's exporter needs it
    except ImportError as error:
        raise UserError(
            f"ONNX needs {error.name}, which is not installed; `pip install 'frontsearch[onnx]'` installs it."
        ) from error
    return onnx, onnxruntime


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files.

    Attributes:
        content: Function that returns the content of a file.
        suffix: The usual ending of a file's name.
        lines: Lines of Python that load a file; ``PATH`` stands for it.
        round_to: Number whose multiples the channels of a smaller network's convolutions are kept to.
        trains: Whether what a file holds can be trained.
    """

    content: Callable[[Chosen], bytes]
    suffix: str
    lines: str
    round_to: int = 1
    trains: bool = False

    def loading(self, path: Path, *, architecture: str) -> str:
        """The lines of Python that load a file of a network of this class."""
        lines = self.lines.replace("PATH", repr(str(path))).replace("CLASS", architecture)
        return "\n".join(f"    {line}" for line in lines.splitlines())


FORMATS = {
    "safetensors": Format(
        as_safetensors,
        ".safetensors",
        "import frontsearch\nnetwork = frontsearch.load_network(build(), PATH)  # build() makes a new CLASS",
        trains=True,
    ),
    "onnx": Format(
        as_onnx,
        ".onnx",
        "import onnxruntime\nsession = onnxruntime.InferenceSession(PATH)",
        round_to=RUNTIME_CHANNELS,
    ),
    "torch": Format(as_program, ".pt2", "import torch\nnetwork = torch.export.load(PATH).module()"),
}


def format_of(name: str | None, path: Path | None) -> str:
    """The name of the format that is asked for by its name, or by the ending of a file's name.

    Raises:
        UserError: If there is no such format.
    """
    if name is None:
        endings = {known.suffix: each for each, known in FORMATS.items()}
        return endings.get(path.suffix if path else "", "safetensors")
    if name not in FORMATS:
        raise UserError(f"{option('format')}: there is no format {name!r}: {allowed_names(name, FORMATS)}")
    return name


def _program(chosen: Chosen) -> torch.export.ExportedProgram:
    """The network as a graph that takes any number of examples."""
    inputs, batch, shapes = first_inputs(chosen.task, 2), torch.export.Dim("batch"), torch.export.ShapesCollection()
    for part in named_inputs(inputs).values():
        shapes[part] = {0: batch}
    several: tuple[Tensor, ...] = ()
    named: dict[str, Tensor] = {}
    match inputs:
        case Tensor():
            several = (inputs,)
        case tuple():
            several = inputs
        case _:
            named = dict(inputs)
    try:
        of_parameters = shapes.dynamic_shapes(chosen.network, several, named)  # a forward(*inputs) has one for all
        return torch.export.export(chosen.network, several, named, dynamic_shapes=of_parameters)
    except Exception as error:
        raise UserError(why_no_graph(error)) from error


def _with_contiguous_kernels(chosen: Chosen) -> Chosen:
    """A copy for ONNX, which has no strides: with other kernels, torch 2.13 gathers what a pooled layer returns."""
    network = copy.deepcopy(chosen.network)
    for tensor in (*network.parameters(), *network.buffers()):
        # A clone, as `contiguous` keeps the strides of kernels of one entry.
        tensor.data = tensor.data.clone(memory_format=torch.contiguous_format)
    return replace(chosen, network=network)


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Holds back warnings about packages that the exporter could use, and about what its optimiser leaves alone."""
    levels = {logger: logger.level for logger in map(logging.getLogger, ("torch.onnx", "onnxscript"))}
    for logger in levels:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)


def named_inputs(inputs: Inputs) -> dict[str, Tensor]:
    """The tensors of a network's inputs, by the names that an ONNX file gives them."""
    match inputs:
        case Tensor():
            return {"inputs": inputs}
        case tuple():
            return {f"input{number}": part for number, part in enumerate(inputs)}
    return dict(inputs)
