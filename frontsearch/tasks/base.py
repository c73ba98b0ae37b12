"""``Task``: a data set with a fixed split, a network factory, and which parameters are penalised."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from frontsearch.errors import check
from frontsearch.names import SPLITS, Split
from frontsearch.tasks.fingerprints import content, described, plain, title

# Networks are built and trained from torch's global generator, which all threads of a process share: they take turns.
_turn = threading.RLock()


class Examples(NamedTuple):
    """Inputs and targets of some examples, first dimension the examples."""

    inputs: Tensor
    targets: Tensor


def misclassified(outputs: Tensor, targets: Tensor) -> float:
    """Share of the rows of ``outputs``, ``(n, classes)``, whose greatest entry is not the target's, ``(n,)``."""
    return float((outputs.argmax(dim=1) != targets).double().mean())


@contextmanager
def seeded(seed: int, device: str = "cpu") -> Iterator[None]:
    """With torch's global generator under this seed and for this thread alone; that of the CPU is left as it was."""
    with _turn, torch.random.fork_rng(devices=[]):
        (torch.default_generator if device == "cpu" else torch).manual_seed(seed)  # all of them take a millisecond
        yield


@dataclass(frozen=True, kw_only=True)
class Task:
    """What every training of a study has in common.

    Attributes:
        name: For people.
        splits: The examples to train on, to choose on and to report; fixed for the task, not drawn per run. None at all
            is a task on its way to another process, which its examples reach otherwise.
        build: Makes the untrained network from torch's global generator. Where several processes train, it is
            picklable, as are ``loss`` and ``error``.
        penalised: Names of the parameters whose absolute values l1 sums, and which pruning may cut.
        objective_split: Which split's cross entropy is the objective.
        loss: Mean loss over a batch: outputs and targets to nats per example.
        error: Share of wrong answers in a batch, None where the task knows no wrong or right.
        train_figures: How many of the first training examples the reported training figures are of; None is all. The
            objective, where it is on the training split, is always of all.
        chain: Names of layers, dense or ungrouped convolutions, in their order, of which each one's outputs reach the
            next one alone and by steps that work on every unit or channel by itself, and the last one's are the
            network's; the first one, if dense, takes the inputs flattened. No parameter or buffer may be outside of
            them, and no step may have their sizes written into it; a trainer tries this on a few examples. Lets a
            training leave out dead units, whereby dropout draws masks of other shapes; () leaves in all.
        image: Height and width of the inputs, where they are images; only for pictures of the first layer.

    Raises:
        ValueError: When a split is missing, unknown, empty or of no tensors, ``objective_split`` is none of them,
            ``train_figures`` is less than one, the network's parameters are of several types, ``penalised`` is empty or
            names what is no trained one of them, or ``chain`` names what is no layer, or not all layers.
    """

    name: str
    splits: Mapping[Split, Examples]
    build: Callable[[], nn.Module]
    penalised: frozenset[str]
    objective_split: Split = "validation"
    loss: Callable[[Tensor, Tensor], Tensor] = functional.cross_entropy
    error: Callable[[Tensor, Tensor], float] | None = misclassified
    train_figures: int | None = None
    chain: tuple[str, ...] = ()
    image: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        _check_splits(self.splits)
        objective, figures = self.objective_split, self.train_figures
        check("objective_split", objective, f"one of {', '.join(SPLITS)}", holds=objective in SPLITS)
        counted = figures is None or (isinstance(figures, int) and figures >= 1)
        check("train_figures", figures, "a whole number, at least 1, or None", holds=counted)
        network = self.network(0)
        types = sorted({str(parameter.dtype) for parameter in network.parameters()})
        check("build", types, "what makes parameters of one type", holds=len(types) <= 1)
        _check_penalised(self.penalised, dict(network.named_parameters()))
        if self.chain != ():
            _check_chain(self.chain, network)

    def network(self, seed: int) -> nn.Module:
        """The untrained network under this seed; torch's global generator is left as it was."""
        with seeded(seed):
            return self.build()

    def figures(self, split: Split) -> Examples:
        """The examples that the reported figures of ``split`` are of."""
        examples = self.splits[split]
        if split != "train" or self.objective_split == "train" or self.train_figures is None:
            return examples
        return Examples(*(tensor[: self.train_figures] for tensor in examples))

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that change with the data, its split, the network, its start, the loss or penalty."""
        digest = hashlib.sha256()
        network = self.network(0)
        shapes = {name: list(parameter.shape) for name, parameter in network.named_parameters()}
        data = [tensor for split in SPLITS for tensor in self.splits[split]]
        description: dict[str, object] = {
            "name": self.name,
            "objective": [self.objective_split, title(self.loss), title(self.error), self.train_figures],
            "network": [str(network), shapes, sorted(self.penalised)],
            "data": [[list(tensor.shape), str(tensor.dtype)] for tensor in data],
        }
        if buffers := dict(network.named_buffers()):
            description["buffers"] = buffers
        if not (plain(self.loss) and plain(self.error)):
            description["options"] = [self.loss, self.error]
        digest.update(json.dumps(description, default=described).encode())
        for tensor in (*network.parameters(), *data):
            digest.update(content(tensor))
        return digest.hexdigest()[:16]

    def to(self, device: str) -> "Task":
        """The same task with its examples on ``device``."""
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
    # Its loss would not move such a parameter, but l1 and pruning would.
    frozen = sorted(name for name in penalised if not parameters[name].requires_grad)
    check("penalised", frozen, "parameters that require a gradient", holds=not frozen)


def _check_chain(chain: tuple[str, ...], network: nn.Module) -> None:
    owned = [name for name, _ in (*network.named_parameters(), *network.named_buffers())]
    layers = [name for name, layer in network.named_modules() if f"{name}.weight" in owned and _chained(layer)]
    named = isinstance(chain, tuple) and all(name in layers for name in chain) and len(set(chain)) == len(chain)
    rule = f"different names of dense layers or ungrouped convolutions, {', '.join(layers) or 'which there are not'}"
    check("chain", chain, rule, holds=named)
    outside = next((name for name in owned if name.rpartition(".")[0] not in chain), None)
    rule = f"layers outside of which the network has no parameter or buffer, as it has {outside}"
    check("chain", chain, rule, holds=outside is None)


def _chained(layer: nn.Module) -> bool:
    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
    return isinstance(layer, kinds) and getattr(layer, "groups", 1) == 1
