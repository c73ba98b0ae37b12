"""Dashboard: a study's comparison and networks in Optuna's dashboard, and the server that shows it.

In: a comparison, its ledger and its output folder. Out: figures, a note and artifacts in the Optuna storage. Read
``publishing.py`` first; ``server.py`` runs optuna-dashboard on this machine.
"""

from frontsearch.dashboard.publishing import publish
from frontsearch.dashboard.server import HOST, serving

__all__ = ["HOST", "publish", "serving"]
