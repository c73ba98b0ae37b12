"""How large a network's initialisation makes its parameters on average."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter


def initial_mean_squares(build: Callable[[], nn.Module]) -> dict[str, float]:
    """The expected square of an entry of each parameter of a new network, by name.

    It is exact for parameters that are filled with uniform or normal random numbers or with a constant, as by Glorot's
    and Kaiming's rules; for others it is the mean square of the network built.

    Args:
        build: Function that returns an untrained network.
    """
    with _Fills() as fills:
        network = build()
    return {name: fills.mean_square(parameter.detach()) for name, parameter in network.named_parameters()}


class _Fills(TorchDispatchMode):
    """Remembers for each tensor the distribution that its entries were last drawn from."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._mean_squares: dict[tuple[int, int], float] = {}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """False: leaving the compiler out would import it first, for as long as torch itself."""
        return False

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN204, PLR0917
        """Calls the function; if it writes to a tensor, forgets what was known of it unless it is a fill."""
        result = function(*args, **(kwargs or {}))
        name = function._schema.name.removeprefix("aten::")  # noqa: SLF001 - how torch's own modes read names
        known = {_place(tensor) for tensor in tree_iter((args, kwargs)) if isinstance(tensor, Tensor)}
        written = [args[0]] if name.endswith("_") else [part for part in tree_iter(result) if isinstance(part, Tensor)]
        for tensor in written:  # anything else that is returned is a view of an argument
            if name.endswith("_") or _place(tensor) not in known:
                self._mean_squares.pop(_place(tensor), None)
        if name in FILLS and all(isinstance(value, int | float) for value in args[1:]):
            self._mean_squares[_place(args[0])] = FILLS[name](*args[1:])
        return result

    def mean_square(self, parameter: Tensor) -> float:
        """The expected square of an entry of a parameter."""
        known = self._mean_squares.get(_place(parameter))
        return float(parameter.cpu().double().square().mean()) if known is None else known


def _place(tensor: Tensor) -> tuple[int, int]:
    return tensor.untyped_storage().data_ptr(), tensor.numel()


def _uniform(low: float = 0.0, high: float = 1.0) -> float:
    return (low * low + low * high + high * high) / 3


def _normal(mean: float = 0.0, deviation: float = 1.0) -> float:
    return mean * mean + deviation * deviation


def _constant(value: float = 0.0) -> float:
    return value * value


FILLS: dict[str, Callable[..., float]] = {
    "uniform_": _uniform, "normal_": _normal, "fill_": _constant, "zero_": _constant,
}  # fmt: skip
