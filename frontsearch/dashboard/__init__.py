"""Dashboard: a study's comparison and networks in Optuna's dashboard, and the server that shows it.

In: a comparison, its ledger and its output folder. Out: figures, a note and artifacts in the Optuna storage. Read
``publishing.py`` first; ``server.py`` runs optuna-dashboard on this machine.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frontsearch.dashboard.publishing import publish
    from frontsearch.dashboard.server import HOST, serving

# Imported on first use: a study needs no server.
_MODULES = {
    "publishing": ("publish",),
    "server": ("HOST", "serving"),
}

__all__ = ["HOST", "publish", "serving"]


def __getattr__(name: str) -> object:
    """Imports the module of a public name on first use."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"frontsearch.dashboard.{module}"), name)
    raise AttributeError(f"module 'frontsearch.dashboard' has no attribute {name!r}")
