"""Steps of a forward pass that end units and start new ones: products with a kernel, and BatchNorm."""

from torch import Tensor

from frontsearch.scale.moves import end
from frontsearch.scale.tracer import UnitTracer
from frontsearch.scale.units import Kernel, Normalisation
from frontsearch.tracing import FIXED, Step, along


def linear(tracer: UnitTracer, step: Step) -> None:
    """For a dense layer."""
    _apply(tracer, step, axis=-1)


def matmul(tracer: UnitTracer, step: Step) -> None:
    """For a product with a parameter on its right."""
    if len(step.operands) == 2 and tracer.name(step.operands[1]) and step.operands[1].ndim == 2:
        _apply(tracer, step, axis=-1, output_axis=1, bias=None)
    else:
        end(tracer, step)


def convolution(tracer: UnitTracer, step: Step, dims: int) -> None:
    """For a convolution over the last dimensions, with groups or without."""
    groups = step.argument(6, "groups")
    _apply(tracer, step, axis=-1 - dims, groups=groups if isinstance(groups, int) else 1)


def transposed_convolution(tracer: UnitTracer, step: Step, dims: int) -> None:
    """For a transposed convolution over the last dimensions, without groups."""
    if step.argument(6, "groups") in {None, 1}:
        _apply(tracer, step, axis=-1 - dims, output_axis=1)
    else:
        end(tracer, step)


def conv_relu_avg_pool(tracer: UnitTracer, step: Step) -> None:
    """For the built-in step whose batch dimension is the last one."""
    _apply(tracer, step, axis=0)


def _apply(
    tracer: UnitTracer, step: Step, *, axis: int, output_axis: int = 0, groups: int = 1, bias: object = ...
) -> None:
    """For a kernel: ends the units along an axis of the input and starts those of the output."""
    inputs, weight, *_ = step.operands
    bias = step.argument(2, "bias") if bias is ... else bias
    columns = along(tracer.labels(inputs), axis)
    name = tracer.name(weight)
    if name is None or columns is None:
        end(tracer, step)
        return
    outputs = weight.shape[output_axis]
    rows = tracer.new_units(outputs)
    grouped = columns.view(groups, 1, -1).expand(-1, outputs // groups, -1).flatten(0, 1)
    moving = _moving(tracer, bias, rows)
    tracer.label_axis(step.output, axis, rows)
    kernel = Kernel(name, rows, grouped if groups > 1 else columns[None], moving, output_axis)
    tracer.add_kernel(step.output, kernel)


def batch_norm(tracer: UnitTracer, step: Step) -> None:
    """For a BatchNorm: a part of the kernel before it, or else a kernel of its own with one weight for each unit."""
    inputs, eps = step.operands[0], step.argument(7, "eps")
    mean, variance = tracer.name(step.argument(1, "running_mean")), tracer.name(step.argument(2, "running_var"))
    weight, columns = step.argument(3, "weight"), along(tracer.labels(inputs), 1)
    if mean is None or variance is None or columns is None or not isinstance(eps, float):
        end(tracer, step)
        return
    gamma, rows = tracer.name(weight), columns if tracer.is_fresh(inputs) else tracer.new_units(len(columns))
    moving = _moving(tracer, step.argument(4, "bias"), rows)
    if gamma is None:
        tracer.equate(rows, FIXED)
    tracer.label_axis(step.output, 1, rows)
    if tracer.is_fresh(inputs):
        folded = Normalisation(gamma, mean, variance, eps)
        tracer.fold(inputs, folded, moving if gamma is None else (gamma, *moving))
    else:
        alone = Normalisation(None, mean, variance, eps)
        kernel = Kernel(gamma, rows, columns[:, None], moving, normalisation=alone, stands_alone=True)
        tracer.add_kernel(step.output, kernel)


def embedding(tracer: UnitTracer, step: Step) -> None:
    """For a table of vectors, one unit for each of their entries."""
    weight = step.argument(1, "weight")
    if isinstance(weight, Tensor) and (name := tracer.name(weight)) and step.argument(3, "max_norm") is None:
        rows = tracer.new_units(weight.shape[1])
        tracer.label(step.output, rows)
        tracer.add_kernel(step.output, Kernel(name, rows, FIXED.expand(1, len(weight)), output_axis=1))


def _moving(tracer: UnitTracer, bias: object, rows: Tensor) -> tuple[str, ...]:
    """The name of a bias, if it is a parameter; any other bias fixes the units that it is added to."""
    name = tracer.name(bias)
    if name is None and bias is not None:
        tracer.equate(rows, FIXED)
    return () if name is None else (name,)
