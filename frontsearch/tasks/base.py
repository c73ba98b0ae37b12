"""``Task``: a data set in three fixed splits, a network factory, and which parameters are penalised."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from frontsearch.errors import check
from frontsearch.measures import Complexity, Measures
from frontsearch.names import SPLITS, Split
from frontsearch.tasks.checks import BATCH, check_arguments, check_fits, check_weight_decay, warn_of_chain
from frontsearch.tasks.class_names import resolved_class_names
from frontsearch.tasks.contents import tensor_bytes
from frontsearch.tasks.examples import Examples, Inputs
from frontsearch.tasks.feature_names import resolved_feature_names
from frontsearch.tasks.fingerprints import description, json_default
from frontsearch.tasks.initial_network import InitialNetwork
from frontsearch.tasks.kernel_layout import runs_channels_last
from frontsearch.tasks.metrics import Measure, Metric, known_name, named_metrics
from frontsearch.tasks.moving import moved
from frontsearch.tasks.network_checks import checked_network, floats_for
from frontsearch.tasks.normalisation import Numbers, resolved_normalisation
from frontsearch.tasks.on_demand import ExamplesOnDemand
from frontsearch.tasks.one_line import in_one_line
from frontsearch.tasks.penalised import Penalised, penalised_names
from frontsearch.tasks.seeding import seeded
from frontsearch.tasks.split_forms import resolved_splits
from frontsearch.tasks.trainable import check_trainable


@dataclass(frozen=True, init=False)
class Task:
    """Data in three fixed splits, a network, and which of its parameters are penalised.

    A network is called with the inputs of a batch: several inputs are its arguments, a dictionary its keywords.

    Attributes:
        name: Name shown to people.
        splits: Examples of the ``train``, ``validation`` and ``test`` splits. Each is given as a pair of inputs and
            targets (tensors, NumPy arrays, pandas tables of numbers, a tuple or a dictionary of inputs) or as a torch
            ``Dataset`` of such pairs. A split that is not given is drawn from the training examples, the same in every
            run and stratified by class. A ``Dataset`` is read into memory once, and what its items draw from torch's
            global generator then stays as it was drawn. If its first example times its length is more than a quarter
            of the machine's memory, only its targets are kept, and examples are read one by one whenever they are used,
            in the same order: what they draw is then seeded by the recipe. Other generators, such as NumPy's, are left
            to the ``Dataset``. An iterable one is always read into memory. A tensor or array that is mapped from a file
            stays mapped unless its numbers must be converted; with several jobs it is copied to a temporary file. What
            is no tensor is converted to 64-bit integers, or to floating-point numbers of torch's default dtype, float64
            for a network whose parameters are all float64.
        build: Function that returns a new untrained network at each call, initialised from torch's global generator.
            Any module that trains in torch is one, also with frozen or tied weights, buffers and several dtypes, if its
            state dict is all that its outputs depend on.
        network: A trained network, instead of ``build``: every training that is not a warm start begins with its
            weights. It may be in any mode and on any device; it is copied and stays as it is. Once the task is made, a
            function of a seed that returns the network before training.
        penalised: Names of the parameters that the l1 norm sums and that pruning may set to zero. Given as ``kernels``
            (weights of linear, convolution, recurrent and attention layers), ``dense`` (those of linear and attention
            layers), ``all``, names, patterns such as ``encoder.*.weight``, or a function of a name and a parameter.
        complexity: ``l1``, or ``group-l1``, the sum over input features, hidden units, channels and heads of
            ``sqrt(n)`` times the norm of the ``n`` weights that take one, which removes them whole. It penalises the
            weights and biases of BatchNorms, too.
        loss: Function of outputs and targets that returns their mean loss, or a weighted mean as with class weights.
            What is reported is the loss of a whole split.
        loss_name: What people call the loss, such as ``focal loss``; None takes torch's or the function's name.
        metrics: Figures that are reported beside the loss, by name: a function of outputs and targets of which less is
            better, or a ``Metric``. Without them, torch's losses bring ``error`` for classes and ``r2`` for numbers.
        transform: Function of a batch of training inputs that returns other ones of the same form, number and dtypes,
            such as random crops; it draws from torch's global generator, which the recipe seeds.
        held_out: Share of the training examples in each split that is drawn.
        objective_split: Split whose loss is the objective.
        weight_decay: Number that, times the sum of the squares of all kernels that are not penalised, is added to the
            loss in training, as [Reiners2020]_ do with convolutions. Kernels are parameters of two or more dimensions.
        train_metric_examples: Number of training examples, counted from the first, that training metrics are computed
            on; None uses all. Ignored if the objective is on the training split, which is always evaluated whole.
        chain: Not needed any more: trainings find dead units by themselves.
        image: Height and width of the inputs if they are images; used only to draw the first layer's weights.
        feature_names: Names of the input columns, if the inputs are a single table, to say which columns a network
            uses; they do not enter the fingerprint. None takes those of a pandas table, if it has any.
        class_names: Names of the classes in the order of the outputs, which exported files carry; of two classes if the
            network has one output. They do not enter the fingerprint.
        normalisation: Mean and standard deviation that the inputs were normalised with, ``(raw - mean) / std``, each
            one number or one for each channel, the inputs' second dimension. They are never applied: exported files
            carry them, so that others can do the same. They do not enter the fingerprint.
        version: Short text or number that enters the fingerprint. Needed only for what cannot be seen in code,
            attributes and captured values: a compiled extension, or a file that is read at each call.

    Raises:
        ValueError: If a split is missing, unknown, empty, not finite or not made of examples; network, inputs, loss,
            targets and metrics do not go together; both or neither of ``build`` and ``network`` are given;
            ``penalised`` chooses nothing or names a frozen or unknown parameter; the network cannot be trained, or
            has complex parameters, sparse or quantised tensors, several devices, or outputs that depend on more than
            its state dict; ``transform`` changes more than numbers and shapes; or an argument is out of its range.

    Examples:
        >>> import torch
        >>> from frontsearch import Task
        >>> inputs, targets = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).repeat(20, 1), torch.tensor([0, 1]).repeat(20)
        >>> task = Task(name="two classes", splits={"train": (inputs, targets)}, build=lambda: torch.nn.Linear(2, 2))
        >>> {split: len(examples.targets) for split, examples in task.splits.items()}
        {'train': 28, 'validation': 6, 'test': 6}
        >>> sorted(task.penalised), sorted(task.metrics)
        (['weight'], ['error'])
    """

    name: str
    splits: Mapping[Split, Examples | ExamplesOnDemand]
    build: Callable[[], nn.Module] | None
    network: InitialNetwork
    penalised: frozenset[str]
    complexity: Complexity
    loss: Callable[[Tensor, Tensor], Tensor]
    loss_name: str | None
    metrics: Mapping[str, Metric]
    transform: Callable[[Any], Inputs] | None
    held_out: float
    objective_split: Split
    weight_decay: float
    train_metric_examples: int | None
    image: tuple[int, int] | None
    feature_names: tuple[str, ...] | None
    class_names: tuple[str, ...] | None
    normalisation: tuple[Numbers, Numbers] | None
    version: str | float | None

    def __init__(  # noqa: PLR0913 - what a task may be made of
        self,
        *,
        name: str,
        splits: Mapping[Any, object],
        build: Callable[[], nn.Module] | None = None,
        network: nn.Module | InitialNetwork | None = None,
        penalised: Penalised = "kernels",
        complexity: Complexity = "l1",
        loss: Callable[[Tensor, Tensor], Tensor] = functional.cross_entropy,
        loss_name: str | None = None,
        metrics: Mapping[str, Measure | Metric] | None = None,
        transform: Callable[[Any], Inputs] | None = None,
        held_out: float = 0.15,
        objective_split: Split = "validation",
        weight_decay: float = 0.0,
        train_metric_examples: int | None = None,
        chain: tuple[str, ...] = (),
        image: tuple[int, int] | None = None,
        feature_names: Iterable[str] | None = None,
        class_names: Iterable[str] | None = None,
        normalisation: tuple[Any, Any] | None = None,
        version: str | float | None = None,
    ) -> None:
        given = dict(locals())
        warn_of_chain(chain)
        for field in fields(self):
            object.__setattr__(self, field.name, given[field.name])  # as dataclasses do where they are frozen
        trained = network.trained if isinstance(network, InitialNetwork) else network
        object.__setattr__(self, "network", InitialNetwork(build, trained))
        self._resolve(splits, penalised, metrics)

    def _resolve(
        self, splits: Mapping[Any, object], penalised: Penalised, metrics: Mapping[str, Measure | Metric] | None
    ) -> None:
        """Checks the arguments and brings those that may have several forms into one."""
        check_arguments(vars(self))
        either = (self.build is None) != (self.network.trained is None)
        check("build", self.build, "given, or `network`, and not both", holds=either)
        network = checked_network(self.build, partial(self.network, 0))
        object.__setattr__(self, "splits", resolved_splits(splits, self.held_out, floats=floats_for(network)))
        vars(self).update({name: moved(getattr(self, name), self.device) for name in ("loss", "transform")})
        object.__setattr__(self, "feature_names", resolved_feature_names(self.feature_names, splits, self.splits))
        object.__setattr__(self, "normalisation", resolved_normalisation(self.normalisation, self.splits))
        object.__setattr__(
            self, "penalised", penalised_names(penalised, network, normalisations=self.complexity == "group-l1")
        )
        object.__setattr__(self, "metrics", named_metrics(metrics, self.loss))
        loss, names = self.measures.loss, list(self.metrics)
        check("metrics", names, f"named otherwise than the loss, {loss.label}", holds=loss.key not in names)
        check_weight_decay(self.weight_decay, self.decayed(network))
        given = "network" if self.build is None else "build"
        with seeded(0):
            outputs = check_fits(
                network.to(self.device), self.splits, loss=self.loss, metrics=self.metrics, given=given
            )
            object.__setattr__(self, "class_names", resolved_class_names(self.class_names, outputs))
            few = next(self.splits["train"].pieces(BATCH))
            networks = self.network(1).to(self.device), network
            few = check_trainable(
                networks, few, loss=self.loss, transform=self.transform, penalised=self.penalised, given=given
            )
            channels_last = runs_channels_last(networks, few, loss=self.loss)
            object.__setattr__(self, "network", replace(self.network, channels_last=channels_last))

    def __repr__(self) -> str:
        loss, network = self.measures.loss.label, type(self.network(0)).__name__
        return in_one_line(self.name, network, self.splits, loss=loss, complexity=self.complexity)

    @property
    def device(self) -> torch.device:
        """Where the examples are."""
        return self.splits["train"].targets.device

    @property
    def measures(self) -> Measures:
        """The loss and the metrics by name."""
        directions = {name: metric.direction for name, metric in self.metrics.items()}
        loss, objective = self.loss_name or known_name(self.loss), self.objective_split
        return Measures.of_names(loss, directions, objective=objective, complexity=self.complexity)

    def decayed(self, network: nn.Module) -> frozenset[str]:
        """Names of the parameters that weight decay acts on: the kernels that are not penalised."""
        named = network.named_parameters() if self.weight_decay else ()
        trained = [name for name, parameter in named if parameter.ndim > 1 and parameter.requires_grad]
        return frozenset(trained) - self.penalised

    def metric_examples(self, split: Split) -> Examples | ExamplesOnDemand:
        """The examples of ``split`` on which its metrics are computed."""
        examples = self.splits[split]
        if split != "train" or self.objective_split == "train" or self.train_metric_examples is None:
            return examples
        return examples.rows(slice(self.train_metric_examples))

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits, a hash of data, splits, network, initial weights, loss and penalised parameters.

        Raises:
            ValueError: If a part of the network, ``loss`` or ``error`` cannot be read and ``version`` is None.
        """
        network = self.network(0)
        with seeded(0):  # for what a Dataset draws
            digest = hashlib.sha256(json.dumps(description(vars(self), network), default=json_default).encode())
            for parameter in network.parameters():
                digest.update(tensor_bytes(parameter))
            for content in (content for split in SPLITS for content in self.splits[split].contents()):
                digest.update(content)
        return digest.hexdigest()[:16]

    def to(self, device: str) -> "Task":
        """A copy of the task with its examples on ``device``."""
        splits = {split: examples.map(lambda tensor: tensor.to(device)) for split, examples in self.splits.items()}
        return self.with_splits(splits, fingerprint=self.fingerprint)

    def with_splits(self, splits: Mapping[Split, Examples | ExamplesOnDemand], *, fingerprint: str) -> "Task":
        """The same task with its examples elsewhere; it keeps its fingerprint, even if a loss counts its calls."""
        moved = replace(self, splits=splits)
        moved.__dict__["fingerprint"] = fingerprint
        return moved
