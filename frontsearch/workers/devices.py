"""Which device ``--device`` means."""

import torch

from frontsearch.errors import UserError


def device_of(name: str) -> str:
    """The torch device of ``auto``, ``cpu``, ``cuda`` or ``mps``; ``auto`` is the fastest one there is.

    Raises:
        UserError: When there is no such name, or when this machine, or this build of torch, has no such device.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name not in {"auto", *there}:
        raise UserError(f"--device must be auto, cpu, cuda or mps; found {name!r}.")
    if name == "auto":
        return next(device for device, available in there.items() if available)
    if not there[name]:
        raise UserError(
            f"--device {name} is not available to torch {torch.__version__} on this machine; use cpu or auto."
        )
    return name
