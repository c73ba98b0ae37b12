"""Steps of a forward pass that compute channels from others by a weight."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from frontsearch.compaction.channels import EQUAL, Kernel
from frontsearch.compaction.tracer import ChannelTracer
from frontsearch.tracing import FIXED, Step, along

# Layers that use a bias as soon as they have one.
TAKING_BIASES = (nn.Linear, nn.modules.conv._ConvNd)  # noqa: SLF001 - torch has no public name for all convolutions
BILINEAR = "multiplies two inputs by it"
OTHER_PRODUCT = "multiplies by it otherwise than a linear layer does"
COMPUTED = "computes its weight or bias from parameters"
GATES = {"gru": 3, "lstm": 4}  # of each unit
RECURRENT = "feeds its outputs back into it"


def linear(tracer: ChannelTracer, step: Step) -> None:
    """For a dense layer."""
    _apply(tracer, step, axis=-1)


def product_with_a_parameter(tracer: ChannelTracer, step: Step) -> None:
    """For a product with a parameter of two axes on its right."""
    _apply(tracer, step, axis=-1, transposed=True, bias=None)


def addmm(tracer: ChannelTracer, step: Step) -> None:
    """For a bias added to a product with a parameter."""
    if len(step.operands) == 3 and not step.keywords and tracer.origin(step.operands[2]):
        bias, inputs, weight = step.operands
        _apply(tracer, replace(step, arguments=(inputs, weight, bias)), axis=-1, transposed=True)
    else:
        other_product(tracer, step)


def other_product(tracer: ChannelTracer, step: Step) -> None:
    """For a product that channels are not followed through, with a weight or without one."""
    tracer.fix(step.operands)
    names = (tracer.name(each) or ("" if tracer.is_labelled(each) else tracer.origin(each)) for each in step.operands)
    name = next(filter(None, names), None)
    if name is None:
        return
    with FlopCounterMode(display=False) as counter:
        step.function(*step.arguments, **step.keywords)
    if multiply_adds := counter.get_total_flops() // 2:
        units = step.output.numel() * tracer.sizes[name] // multiply_adds  # as each vector meets the whole weight
        cost = tracer.of_one_example(multiply_adds, step.output)
        tracer.leave_whole(name, units=units, multiply_adds=cost, reason=OTHER_PRODUCT)


def bilinear(tracer: ChannelTracer, step: Step) -> None:
    """For a layer that multiplies each pair of its two inputs."""
    tracer.fix(step.operands)
    weight, places = step.operands[2], tracer.positions(step.output, -1)
    if name := tracer.origin(weight):
        tracer.leave_whole(name, units=len(weight), multiply_adds=places * weight.numel(), reason=BILINEAR)


def convolution(tracer: ChannelTracer, step: Step, dims: int) -> None:
    """For a convolution over the last dimensions, with groups or without."""
    padded = _is_padded(step.argument(4, "padding"))
    _apply(tracer, step, axis=-1 - dims, groups=_groups(step, 6), padded=padded, is_conv2d=dims == 2)


def transposed_convolution(tracer: ChannelTracer, step: Step, dims: int) -> None:
    """For a transposed convolution, whose windows overlap in other ways at the border."""
    _apply(tracer, step, axis=-1 - dims, groups=_groups(step, 6), transposed=True, padded=True)


def conv_relu_avg_pool(tracer: ChannelTracer, step: Step) -> None:
    """For the built-in step whose batch dimension is the last one."""
    _apply(tracer, step, axis=0)


def recurrent(tracer: ChannelTracer, step: Step) -> None:
    """For recurrent layers and cells, each of whose weights meets all places of a sequence."""
    tracer.fix(step.operands)
    places = tracer.positions(step.operands[0], -1)
    for weight in step.operands:
        if weight.ndim == 2 and (name := tracer.name(weight)):
            is_of_units = name.rpartition(".")[2].startswith("weight_hh")
            units = len(weight) // GATES.get(step.name.removesuffix("_cell"), 1) if is_of_units else 0
            tracer.leave_whole(name, units=units, multiply_adds=places * weight.numel(), reason=RECURRENT)


def embedding(tracer: ChannelTracer, step: Step) -> None:
    """For a table of vectors."""
    weight = step.argument(1, "weight")
    name = tracer.name(weight)
    if name is None or not isinstance(weight, Tensor) or step.argument(3, "max_norm") is not None:
        tracer.fix(step.operands)
        return
    tracer.fix(step.argument(0, "input"))
    rows = tracer.new_units(weight.shape[1])
    tracer.label(step.output, rows)
    table = FIXED.expand(len(weight))
    unknown = torch.full((len(weight),), torch.nan, dtype=torch.float64)
    layer = name.rpartition(".")[0]
    tracer.add(Kernel(layer, name, None, False, rows, table, unknown, transposed=True, positions=0))  # noqa: FBT003


def _apply(
    tracer: ChannelTracer, step: Step, *, axis: int, groups: int = 1, transposed: bool = False, padded: bool = False,
    bias: object = ..., is_conv2d: bool = False,
) -> None:  # fmt: skip
    """For a weight that takes channels along an axis of the input and computes those of the output."""
    inputs, weight, *_ = step.operands
    if (parameter := _turned(tracer, weight)) is not None:
        weight, transposed = parameter, not transposed
    bias = step.argument(2, "bias") if bias is ... else bias
    name, bias_name = tracer.name(weight), tracer.name(bias)
    outputs = step.output.shape[axis]
    positions = tracer.positions(inputs if transposed else step.output, axis)  # that each entry of the weight meets
    if name is None or (bias is not None and bias_name is None):
        tracer.fix(step.operands)
        if origin := tracer.origin(weight):
            tracer.leave_whole(origin, units=outputs, multiply_adds=positions * weight.numel(), reason=COMPUTED)
        return
    columns = along(tracer.labels(inputs), axis)
    if columns is None:
        tracer.fix(inputs)
        columns = FIXED.expand(inputs.shape[axis])
    rows = tracer.new_units(outputs)
    if isinstance(bias, Tensor):
        tracer.equate(rows, tracer.labels(bias))
    if groups > 1:  # the channels of a group come and go together
        tracer.equate(rows.view(groups, -1), columns.view(groups, -1)[:, :1])
        tracer.equate(columns.view(groups, -1), columns.view(groups, -1)[:, :1])
    tracer.label_axis(step.output, axis, rows)
    layer = name.rpartition(".")[0]
    passed_on = len(step.arguments) > 2 or "bias" in step.keywords  # the layer's bias, though it has none now
    takes_bias = passed_on and isinstance(tracer.network.get_submodule(layer), TAKING_BIASES)
    tracer.add(Kernel(
        layer, name, bias_name, takes_bias or bias_name is not None, rows, columns, _constants(inputs, axis),
        groups=groups, transposed=transposed, uniform=not padded, positions=positions, is_conv2d=is_conv2d,
    ))  # fmt: skip


def _turned(tracer: ChannelTracer, weight: Tensor) -> Tensor | None:
    """The parameter that a tensor is the transpose of, as in ``inputs @ weight.t()``; None if there is none."""
    parameter = weight._base  # noqa: SLF001 - torch has no public name for what a view is of
    if parameter is None or parameter.ndim != 2 or tracer.name(parameter) is None:
        return None
    other = parameter.t()
    return parameter if (weight.shape, weight.stride()) == (other.shape, other.stride()) else None


def _constants(inputs: Tensor, axis: int) -> Tensor:
    """The number at all positions of each channel, ``(inputs,)`` in double precision; NaN where they differ."""
    # NumPy refuses the tensors of torch.vmap and torch.func, which must not be kept: their network is not followed.
    values = inputs.detach().movedim(axis, 0).flatten(1).cpu().double().numpy()
    low, high = values.min(1), values.max(1)
    same = high - low <= EQUAL * np.maximum(np.abs(high), np.abs(low))
    return torch.from_numpy(np.where(same, (low + high) / 2, np.nan))


def _groups(step: Step, position: int) -> int:
    groups = step.argument(position, "groups")
    return groups if isinstance(groups, int) else 1


def _is_padded(padding: object) -> bool:
    return padding not in {None, 0, "valid"} if not isinstance(padding, tuple | list) else any(padding)
