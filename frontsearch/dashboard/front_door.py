"""``FrontDoor``: optuna-dashboard with the comparison in front, and without what it would show wrongly.

optuna-dashboard sorts studies and lays out their pages itself. What it allows is used as it is: notes, figures and
artifacts. This adds what it has no setting for: where ``/`` leads, links to our pages, no empty cards on the page of
the comparison, no importance of hyperparameters that never varied, and notes of trials that are on no front, which
would cost a study as much time to write as small trainings take.
"""

import json
import re
from collections.abc import Callable, Iterable
from functools import partial
from html import escape
from typing import Any, Protocol, runtime_checkable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from optuna.storages import BaseStorage

from frontsearch.dashboard.artifacts import REPORT, artifact_id

LIST = "/dashboard/?studies_order_by=asc"  # the comparison was created first
IMPORTANCES = re.compile(r"/api/studies/(\d+)/param_importances")
STUDY = re.compile(r"/api/studies/\d+")
NOTE = (
    "Network {}. Only the networks on the front of their run are kept, with a note that says how to get them. The "
    "recipe of this one is in trials.csv; trained again, it gives the same network."
)
CONDITIONAL = ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_RANGE")
CHANGED = {"content-length", "last-modified", "etag", "accept-ranges"}
FIRST_FIGURE = '[id="user-defined-plot:objectives"]'  # only the comparison has it
# The comparison has no trials, so the cards that show trials are empty. A trial's recipe was a line of 5,000 pixels.
STYLE = f"""<style>
body:has({FIRST_FIGURE}) .MuiCard-root:has(#graph-pareto-front, #plot-history),
body:has({FIRST_FIGURE}) .MuiGrid-grid-xs-6:has(#graph-hyperparameter-importances, #graph-timeline),
body:has({FIRST_FIGURE}) .MuiGrid-item.MuiGrid-grid-xs-6:not(:has(table, svg, button, input)) {{ display: none }}
.MuiGrid-grid-xs-6:has({FIRST_FIGURE}) {{ order: -2 }}
.MuiGrid-grid-xs-6:has([id="user-defined-plot:anytime"]) {{ order: -1 }}
.MuiBox-root > .MuiTypography-body1 {{
  max-width: max(20rem, 100vw - 36rem); white-space: normal; overflow-wrap: anywhere
}}
#frontsearch {{ position: fixed; top: 0; right: 1rem; line-height: 64px; z-index: 1300; font-family: sans-serif }}
#frontsearch a {{ color: white; margin-left: 1.5rem }}
@media (max-width: 50rem) {{
  #frontsearch {{ top: auto; bottom: 0; line-height: 2rem; background: #1565c0 }}
  body:has({FIRST_FIGURE}) .MuiGrid-grid-xs-6 {{ flex-basis: 100%; max-width: 100% }}
  main {{ min-width: 0 }}
}}
</style>"""


@runtime_checkable
class Closing(Protocol):
    """The body of an answer that holds a file open."""

    def close(self) -> None:
        """Closes it."""


class FrontDoor:
    """A WSGI application around optuna-dashboard's.

    Args:
        application: optuna-dashboard.
        storage: The Optuna storage that it shows.
        comparison: Name of the Optuna study with the comparison.
    """

    def __init__(self, application: WSGIApplication, storage: BaseStorage, *, comparison: str) -> None:
        self._application, self._storage, self._comparison = application, storage, comparison

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers a request."""
        path = environ.get("PATH_INFO", "").rstrip("/")
        if not path:
            landing = self._links().get("Comparison", LIST)
            start_response("302 Found", [("Location", landing), ("Cache-Control", "no-store")])
            return []
        if path == "/dashboard" or path.startswith("/dashboard/"):
            return self._changed(environ, start_response, self._with_links)
        if asked := IMPORTANCES.fullmatch(path):
            return self._changed(environ, start_response, partial(self._of_varied, study=int(asked[1])))
        if STUDY.fullmatch(path) and environ["REQUEST_METHOD"] == "GET":
            return self._changed(environ, start_response, with_notes)
        return self._application(environ, start_response)

    def _changed(
        self, environ: WSGIEnvironment, start_response: StartResponse, change: Callable[[bytes], bytes]
    ) -> list[bytes]:
        """The answer of optuna-dashboard with another body; never "not modified", as the body also depends on us."""
        answers: list[tuple[str, list[tuple[str, str]]]] = []

        def started(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            answers.append((status, headers))
            return lambda _: None

        asked = {name: value for name, value in environ.items() if name not in CONDITIONAL}
        parts = self._application(asked, started)
        body = b"".join(parts)
        if isinstance(parts, Closing):
            parts.close()
        status, headers = answers[-1]
        body = change(body) if status.startswith("200") and body else body  # HEAD has no body
        kept = [(name, value) for name, value in headers if name.lower() not in CHANGED]
        start_response(status, [*kept, ("Content-Length", str(len(body)))])
        return [body]

    def _with_links(self, page: bytes) -> bytes:
        links = "".join(f'<a href="{escape(address)}">{escape(name)}</a>' for name, address in self._links().items())
        return page.replace(
            b"</body>", f'{STYLE}<nav id="frontsearch" aria-label="frontsearch">{links}</nav></body>'.encode()
        )

    def _links(self) -> dict[str, str]:
        """Our pages by name, those that there are; none before the first command has finished."""
        try:
            study = self._storage.get_study_id_from_name(self._comparison)
        except KeyError:
            return {}
        attributes = self._storage.get_study_system_attrs(study)
        if not any(name.startswith("dashboard:plot_data:") for name in attributes):
            return {}
        page, report = f"/dashboard/studies/{study}", artifact_id(self._comparison, REPORT)
        kept = attributes.get(f"artifacts:{report}", "null") != "null"  # the mark of a deleted one
        links = {"Comparison": page, "Table": f"{page}/note", "Report": f"/artifacts/{study}/{report}" if kept else ""}
        return {name: address for name, address in {**links, "All runs": LIST}.items() if address}

    def _of_varied(self, body: bytes, *, study: int) -> bytes:
        """Importances of the hyperparameters that had several values in the study's trials; they add up to one."""
        trials = self._storage.get_all_trials(study, deepcopy=False)
        values: dict[str, set[object]] = {}
        for trial in trials:
            for name, value in trial.params.items():
                values.setdefault(name, set()).add(value)
        answer = json.loads(body)
        answer["param_importances"] = [
            normalised([entry for entry in entries if len(values.get(entry["name"], ())) > 1])
            for entries in answer.get("param_importances", ())
        ]
        return json.dumps(answer).encode()


def with_notes(body: bytes) -> bytes:
    """A study with a note on each of our trials; a note that was written stays."""
    answer = json.loads(body)
    for trial in answer.get("trials", ()):
        keys = [each["value"] for each in trial["user_attrs"] if each["key"] == "key"]
        if keys and not trial["note"]["body"]:
            trial["note"]["body"] = NOTE.format(keys[0][:8])
    return json.dumps(answer).encode()


def normalised(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Entries whose importances add up to one, unless all of them are zero."""
    total = sum(entry["importance"] for entry in entries) or 1.0
    return [{**entry, "importance": entry["importance"] / total} for entry in entries]
