"""The torch device that ``device`` selects."""

import torch

from frontsearch.errors import UserError, option


def device_of(name: str) -> str:
    """The torch device for ``auto``, ``cpu``, ``cuda`` or ``mps``; ``auto`` is ``cuda`` where there is such a device.

    Apple's ``mps`` is never chosen, as trainings were not tried there.

    Raises:
        UserError: If the name is unknown, or torch has no such device on this machine.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name not in ("auto", *available):
        raise UserError(f"{option('device')} must be auto, cpu, cuda or mps; found {name!r}.")
    if name == "auto":
        return "cuda" if available["cuda"] else "cpu"
    if not available[name]:
        raise UserError(
            f"{option('device', name)} is not available to torch {torch.__version__} on this machine; use cpu or auto."
        )
    return name
