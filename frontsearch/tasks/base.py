"""``Task``: a data set in three fixed splits, a network factory, and which parameters are penalised."""

import hashlib
import json
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from frontsearch.errors import check
from frontsearch.names import SPLITS, Split
from frontsearch.tasks.contents import tensor_bytes
from frontsearch.tasks.fingerprints import contents, function_name, json_default, network_name, options
from frontsearch.tasks.network_checks import checked_network

# Networks are initialised and trained with torch's global generator, which all threads of a process share.
_generator_lock = threading.RLock()


class Examples(NamedTuple):
    """Inputs and targets of the same examples; the first dimension of both counts the examples."""

    inputs: Tensor
    targets: Tensor


def misclassified(outputs: Tensor, targets: Tensor) -> float:
    """Classification error: the share of rows whose largest output is not at the target class.

    Args:
        outputs: Logits, ``(n, classes)``.
        targets: Class indices, ``(n,)``.
    """
    return float((outputs.argmax(dim=1) != targets).double().mean())


@contextmanager
def seeded(seed: int, device: str = "cpu") -> Iterator[None]:
    """Seeds torch's global generator for the block, keeps other threads out, and restores the CPU generator afterwards.

    Args:
        seed: Seed for the block.
        device: Where the block draws; anything but ``cpu`` also seeds, and does not restore, that device's generator.
    """
    with _generator_lock, torch.random.fork_rng(devices=[]):
        # Not always every device's generator, which takes a millisecond.
        (torch.default_generator if device == "cpu" else torch).manual_seed(seed)
        yield


@dataclass(frozen=True, kw_only=True)
class Task:
    """A data set in three fixed splits, a network factory, and which of the network's parameters are penalised.

    Attributes:
        name: Name shown to people.
        splits: Examples of the ``train``, ``validation`` and ``test`` splits, the same in every run. Empty only while
            the task travels to another process that reads its examples from a file.
        build: Function that returns an untrained network, initialised from torch's global generator. Must be picklable
            if several processes train, as must ``loss`` and ``error``.
        penalised: Names of the parameters that the l1 norm sums and that pruning may set to zero.
        objective_split: Split whose cross entropy is the objective.
        loss: Function of outputs and targets that returns the mean loss of a batch, in nats per example.
        error: Function of outputs and targets that returns the share of wrong answers in a batch; None if the task has
            no notion of a wrong answer.
        weight_decay: Number that, times the sum of the squares of all kernels that are not penalised, is added to the
            loss in training, as [Reiners2020]_ do with convolutions. Kernels are parameters of two or more dimensions.
        train_metric_examples: Number of training examples, counted from the first, that training metrics are computed
            on; None uses all. Ignored if the objective is on the training split, which is always evaluated whole.
        chain: Names of the network's linear or ungrouped convolution layers in forward order, so that trainings can
            leave out dead units; empty trains all units. Each layer's outputs may reach only the next layer, through
            steps that treat every unit or channel by itself (activations, pooling, dropout), and the last layer's
            outputs are the network's. A first linear layer takes the flattened inputs. No parameter or buffer may lie
            outside these layers, and ``forward`` may not contain their sizes. The trainer checks this on a few
            examples. Dropout draws masks of other shapes once units are left out.
        image: Height and width of the inputs if they are images; used only to draw the first layer's weights.
        version: Short text or number that enters the fingerprint. Needed only if the network, ``loss`` or ``error``
            changes in a way that cannot be seen in its code, its attributes and the values it captures: in a compiled
            extension, an open file, or a file that is read at each call. None if everything can be seen.

    Raises:
        ValueError: If a split is missing, unknown, empty or not made of tensors; ``objective_split`` is unknown;
            ``train_metric_examples`` is less than one; ``weight_decay`` is negative or has no kernel to act on; the
            network's parameters have several dtypes; ``penalised`` is empty or names a frozen or unknown parameter; or
            ``chain`` names something that is no layer, or not all.

    Examples:
        >>> import torch
        >>> from frontsearch import Examples, Task
        >>> inputs = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).repeat(20, 1)
        >>> examples = Examples(inputs, torch.tensor([0, 1]).repeat(20))
        >>> task = Task(
        ...     name="two classes",
        ...     splits={"train": examples, "validation": examples, "test": examples},
        ...     build=lambda: torch.nn.Linear(2, 2),
        ...     penalised=frozenset({"weight"}),
        ... )
        >>> task.network(seed=0)(inputs).shape
        torch.Size([40, 2])
    """

    name: str
    splits: Mapping[Split, Examples]
    build: Callable[[], nn.Module]
    penalised: frozenset[str]
    objective_split: Split = "validation"
    loss: Callable[[Tensor, Tensor], Tensor] = functional.cross_entropy
    error: Callable[[Tensor, Tensor], float] | None = misclassified
    weight_decay: float = 0.0
    train_metric_examples: int | None = None
    chain: tuple[str, ...] = ()
    image: tuple[int, int] | None = None
    version: str | float | None = None

    def __post_init__(self) -> None:
        _check_splits(self.splits)
        named = self.version is None or isinstance(self.version, str | int | float)
        check("version", self.version, "a short text, a number or None", holds=named)
        objective, count = self.objective_split, self.train_metric_examples
        check("objective_split", objective, f"one of {', '.join(SPLITS)}", holds=objective in SPLITS)
        valid = count is None or (isinstance(count, int) and count >= 1)
        check("train_metric_examples", count, "a whole number, at least 1, or None", holds=valid)
        network = checked_network(self.build, partial(self.network, 0))
        dtypes = sorted({str(parameter.dtype) for parameter in network.parameters()})
        check("build", dtypes, "a function that makes parameters of one dtype", holds=len(dtypes) <= 1)
        _check_penalised(self.penalised, dict(network.named_parameters()))
        _check_weight_decay(self.weight_decay, self.decayed(network))
        if self.chain != ():
            _check_chain(self.chain, network)

    def network(self, seed: int) -> nn.Module:
        """An untrained network initialised from this seed; torch's global generator is left unchanged."""
        with seeded(seed):
            return self.build()

    def decayed(self, network: nn.Module) -> frozenset[str]:
        """Names of the parameters that weight decay acts on: the kernels that are not penalised."""
        named = network.named_parameters() if self.weight_decay else ()
        return frozenset(name for name, parameter in named if parameter.ndim > 1 and name not in self.penalised)

    def metric_examples(self, split: Split) -> Examples:
        """The examples of ``split`` on which its metrics are computed."""
        examples = self.splits[split]
        if split != "train" or self.objective_split == "train" or self.train_metric_examples is None:
            return examples
        return Examples(*(tensor[: self.train_metric_examples] for tensor in examples))

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits, a hash of data, splits, network, initial weights, loss and penalised parameters.

        Raises:
            ValueError: If a part of the network, ``loss`` or ``error`` cannot be read and ``version`` is None.
        """
        digest = hashlib.sha256()
        network = self.network(0)
        shapes = {name: list(parameter.shape) for name, parameter in network.named_parameters()}
        data = [tensor for split in SPLITS for tensor in self.splits[split]]
        loss, error = function_name(self.loss), function_name(self.error)
        description: dict[str, object] = {
            "name": self.name,
            "objective": [self.objective_split, loss, error, self.train_metric_examples],
            "network": [network_name(network), shapes, sorted(self.penalised)],
            "data": [[list(tensor.shape), str(tensor.dtype)] for tensor in data],
        }
        if self.weight_decay:
            description["weight_decay"] = self.weight_decay
        if buffers := dict(network.named_buffers()):
            description["buffers"] = buffers
        if carried := options(self.loss, self.error):
            description["options"] = carried
        if seen := contents(version=self.version, build=network, loss=self.loss, error=self.error):
            description["contents"] = seen
        if self.version is not None:
            description["version"] = str(self.version)
        digest.update(json.dumps(description, default=json_default).encode())
        for tensor in (*network.parameters(), *data):
            digest.update(tensor_bytes(tensor))
        return digest.hexdigest()[:16]

    def to(self, device: str) -> "Task":
        """A copy of the task with its examples on ``device``."""
        splits = {split: Examples(*(tensor.to(device) for tensor in self.splits[split])) for split in SPLITS}
        return replace(self, splits=splits)


def _check_splits(splits: Mapping[Split, Examples]) -> None:
    found = list(splits) if isinstance(splits, Mapping) else type(splits).__name__
    named = isinstance(splits, Mapping) and set(splits) in (set(SPLITS), set())
    check("splits", found, f"a mapping of exactly {', '.join(SPLITS)}", holds=named)
    for split, examples in splits.items():
        name = f"splits[{split!r}]"
        check(name, type(examples).__name__, "`Examples`", holds=isinstance(examples, Examples))
        kinds = [type(values).__name__ for values in examples]
        check(name, kinds, "`Examples` of tensors", holds=all(isinstance(values, Tensor) for values in examples))
        inputs, targets = (len(tensor) for tensor in examples)
        rule = "as many inputs as targets, at least one of each"
        check(name, (inputs, targets), rule, holds=inputs == targets > 0)


def _check_penalised(penalised: AbstractSet[str], parameters: Mapping[str, nn.Parameter]) -> None:
    named = isinstance(penalised, AbstractSet) and all(isinstance(name, str) for name in penalised)
    check("penalised", penalised, "a set of names", holds=named)
    if not penalised or penalised - set(parameters):
        found = ", ".join(sorted(penalised - set(parameters))) or "none"
        raise ValueError(
            f"`penalised` must name parameters of the network, {', '.join(sorted(parameters))}; found {found}."
        )
    # The gradient of the loss would not move a frozen parameter, but l1 and pruning would.
    frozen = sorted(name for name in penalised if not parameters[name].requires_grad)
    check("penalised", frozen, "parameters that require a gradient", holds=not frozen)


def _check_weight_decay(weight_decay: float, decayed: AbstractSet[str]) -> None:
    valid = isinstance(weight_decay, int | float) and 0 <= weight_decay < math.inf
    check("weight_decay", weight_decay, "finite and at least 0", holds=valid)
    rule = "0 where every kernel is penalised, as it acts on the other kernels only"
    check("weight_decay", weight_decay, rule, holds=not weight_decay or bool(decayed))


def _check_chain(chain: tuple[str, ...], network: nn.Module) -> None:
    owned = [name for name, _ in (*network.named_parameters(), *network.named_buffers())]
    layers = [name for name, layer in network.named_modules() if f"{name}.weight" in owned and _is_chainable(layer)]
    named = isinstance(chain, tuple) and all(name in layers for name in chain) and len(set(chain)) == len(chain)
    rule = f"distinct names of linear or ungrouped convolution layers, which are: {', '.join(layers) or 'none'}"
    check("chain", chain, rule, holds=named)
    outside = next((name for name in owned if name.rpartition(".")[0] not in chain), None)
    rule = f"all layers of the network that have parameters or buffers; {outside} lies in none of them"
    check("chain", chain, rule, holds=outside is None)


def _is_chainable(layer: nn.Module) -> bool:
    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
    return isinstance(layer, kinds) and getattr(layer, "groups", 1) == 1
