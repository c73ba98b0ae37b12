"""The ``[task]`` table of a study file: a model for each built-in task, and for tasks of people's own."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from frontsearch.study.config.numbers import Count, NotNegative
from frontsearch.study.config.table import Objective, Table


class LassoTask(Table):
    """The closed-form lasso toy; all its splits are the same example."""

    name: Literal["lasso"]
    penalised: ClassVar[str] = "all"
    objective: ClassVar[Objective] = "train"


class IrisTask(Table):
    """scikit-learn's iris data set."""

    name: Literal["iris"]
    network: Literal["linear", "tanh"] = "tanh"
    penalised: ClassVar[str] = "dense"
    objective: Objective = "validation"


class BreastCancerTask(Table):
    """scikit-learn's breast cancer data set."""

    name: Literal["breast_cancer"]
    penalised: ClassVar[str] = "dense"
    objective: Objective = "validation"


class DigitsTask(Table):
    """scikit-learn's digits data set."""

    name: Literal["digits"]
    network: Literal["linear", "mlp"] = "mlp"
    penalised: ClassVar[str] = "dense"
    objective: Objective = "validation"


class _IdxTask(Table):
    """A data set of 28 x 28 grey images."""

    network: Literal["lenet5", "lenet5-caffe", "lenet300"] = "lenet5"
    penalised: Literal["dense", "kernels", "inputs"] = "dense"
    weight_decay: NotNegative = 0.0
    training_examples: Count | None = None
    objective: Objective = "validation"


class MnistTask(_IdxTask):
    """The MNIST data set."""

    name: Literal["mnist"]


class FashionTask(_IdxTask):
    """The Fashion-MNIST data set."""

    name: Literal["fashion"]


class Cifar10Task(Table):
    """The CIFAR-10 data set."""

    name: Literal["cifar10"]
    network: Literal["vgg-like", "resnet20", "vgg16-bn", "vgg19-bn"] = "vgg-like"
    penalised: Literal["dense", "kernels"] = "kernels"
    augment: bool = True
    weight_decay: NotNegative = 0.0
    objective: Objective = "validation"


class FactoryTask(Table):
    """A task that a function of your own makes; the other keys are its arguments."""

    model_config = ConfigDict(extra="allow", frozen=True)

    factory: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
    penalised: ClassVar[str] = "by the task"
    objective: ClassVar[None] = None

    @property
    def name(self) -> str:
        """``module:function``."""
        return self.factory


class PythonTask(Table):
    """A task that a program gave to ``search``; only that program can train it."""

    python: str
    penalised: ClassVar[str] = "by the task"
    objective: ClassVar[None] = None

    @property
    def name(self) -> str:
        """Name of the task."""
        return self.python


BuiltInTask = Annotated[
    LassoTask | IrisTask | BreastCancerTask | DigitsTask | MnistTask | FashionTask | Cifar10Task,
    Field(discriminator="name"),
]
BUILT_IN_TASKS: Mapping[str, type[Table]] = {
    "lasso": LassoTask,
    "iris": IrisTask,
    "breast_cancer": BreastCancerTask,
    "digits": DigitsTask,
    "mnist": MnistTask,
    "fashion": FashionTask,
    "cifar10": Cifar10Task,
}
TASK_KINDS = ("factory", "python", "built-in")


def _task_kind(value: Any) -> str:  # noqa: ANN401 - any TOML value
    keys = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    return next((kind for kind in TASK_KINDS if kind in keys), "built-in")


TaskTable = Annotated[
    Annotated[FactoryTask, Tag("factory")]
    | Annotated[PythonTask, Tag("python")]
    | Annotated[BuiltInTask, Tag("built-in")],
    Discriminator(_task_kind),
]
