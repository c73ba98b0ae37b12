"""What optuna-dashboard shows of a study beside its runs, and the server itself."""

from frontsearch.dashboard.publishing import publish
from frontsearch.dashboard.serving import HOST, serving

__all__ = ["HOST", "publish", "serving"]
