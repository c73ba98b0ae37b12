"""What Optuna's dashboard shows of a study besides its runs, and the server itself.

In: a comparison and its ledger. Out: figures, notes and artifacts in the Optuna storage. Read ``publishing.py``
first; ``serving.py`` is the server.
"""

from frontsearch.dashboard.publishing import publish
from frontsearch.dashboard.server import HOST, serving

__all__ = ["HOST", "publish", "serving"]
