"""Why a network cannot be written in a format, in one sentence."""

import keyword
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from frontsearch.errors import UserError, in_words

SAFETENSORS = "Export it as safetensors."
SPECIALISED = "specialized it to be a constant"  # in torch 2.13's words on a number of examples that became an integer


@contextmanager
def written_as(what: str, network: nn.Module) -> Iterator[None]:
    """Makes one sentence of whatever torch raises in this block, which writes a network.

    Args:
        what: The format, such as "ONNX".
        network: The network.

    Raises:
        UserError: If anything is raised.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # a network may have anything in it
        cause = _first_cause(error)
        reason = in_words(cause).rstrip(".")
        words = [name for name, _ in network.named_modules() if any(map(keyword.iskeyword, name.split(".")))]
        if words and isinstance(cause, SyntaxError):
            reason += f", as the module {words[0]!r} has a word of Python in its name"
        raise UserError(
            f"The network cannot be written as {what}, where torch raised {reason}; export it as safetensors."
        ) from error


def why_no_graph(error: Exception) -> str:
    """The sentence on a network that torch.export cannot make a graph of.

    Args:
        error: What it raised.
    """
    needed = "The network cannot be made a graph by torch.export, which this format needs"
    if SPECIALISED in str(error):
        return (
            f"{needed}, as its forward pass takes the number of examples for a constant: use `x.shape[0]` in place of "
            "`len(x)` or `int(x.shape[0])`, or export it as safetensors."
        )
    return f"{needed}, where torch raised {in_words(error).rstrip('.')}; export it as safetensors."


def why_not_loaded(error: Exception, network: nn.Module, names: Collection[str]) -> str:
    """The sentence on an ONNX file that onnxruntime does not load.

    Args:
        error: What it raised.
        network: The network.
        names: Names of the file's inputs.
    """
    raised = f"The ONNX file must load in onnxruntime, which raised {in_words(error)}"
    named = {name for name, _ in (*network.named_parameters(), *network.named_buffers())}
    if "outputs" in names or named & {*names, "outputs"}:
        return (
            f"{raised} The file has the names {', '.join(names)} and outputs: no parameter, buffer or other input of "
            "the network can be called so."
        )
    dtypes = {each.dtype for each in network.parameters() if each.is_floating_point()} - {torch.float32}
    if not dtypes:
        return f"{raised} {SAFETENSORS}"
    lacking = " and ".join(sorted(str(dtype).removeprefix("torch.") for dtype in dtypes))
    return (
        f"{raised} It has few operators for {lacking}: train the network in float32, as by "
        "`network.float()`, or export it as safetensors."
    )


def _first_cause(error: BaseException) -> BaseException:
    return _first_cause(error.__cause__) if error.__cause__ else error
