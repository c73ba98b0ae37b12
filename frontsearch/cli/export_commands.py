"""The command lines of ``frontsearch export`` and ``frontsearch bench``: options and help texts.

Both import their modules when they are called, as the commands in ``app.py`` do.
"""

from pathlib import Path
from typing import Annotated

import typer

from frontsearch.cli.interruption import importing
from frontsearch.cli.shared_options import RUN, Out, Run, Storage

KEY = "A trial's key or its first digits, as pick prints it; see fronts.csv."
DEFAULT_NETWORK = "the network that pick takes without a rule"
PICK = "Instead of a key, a rule of pick, such as max-nonzeros=3000 or knee=chord."
TO = "File to write; .onnx and .pt2 choose the format."
FORMAT = "safetensors (for frontsearch.load_network; with --dense for load_state_dict), onnx or torch (torch.export)."
RUN_OR_FILE = f"{RUN} Or an .onnx file that export wrote."
KEY_OR_FILE = f"{KEY} After a file, an .onnx file that it is compared with."

Key = Annotated[str | None, typer.Argument(help=KEY, metavar="[KEY]", show_default=DEFAULT_NETWORK)]
Rule = Annotated[str | None, typer.Option("--pick", help=PICK, metavar="RULE", show_default=False)]


def export(
    run: Run,
    key: Key = None,
    *,
    out: Out = None,
    storage: Storage = None,
    rule: Rule = None,
    to: Annotated[Path | None, typer.Option(help=TO, show_default="network with the format's ending")] = None,
    format_: Annotated[str | None, typer.Option("--format", help=FORMAT, show_default="by the file's ending")] = None,
    dense: Annotated[bool, typer.Option("--dense", help="Write the network whole, with its zeros.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write a network to a file, without the units and inputs that its outputs do not depend on."""
    with importing():
        from frontsearch.cli import exporting  # noqa: PLC0415

    options = exporting.ExportOptions(
        key=key, rule=rule, to=to, form=format_, dense=dense, force=force, out=out, storage=storage
    )
    exporting.export_network(run, options)


def bench(
    run: Annotated[str, typer.Argument(help=RUN_OR_FILE, metavar="RUN_OR_FILE", show_default=False)],
    key: Annotated[
        str | None, typer.Argument(help=KEY_OR_FILE, metavar="[KEY_OR_FILE]", show_default=DEFAULT_NETWORK)
    ] = None,
    *,
    out: Out = None,
    storage: Storage = None,
    rule: Rule = None,
) -> None:
    """Measure how much smaller and faster a network is once it is exported."""
    with importing():
        from frontsearch.cli import benchmarking  # noqa: PLC0415

    benchmarking.bench(run, key, rule=rule, out=out, storage=storage)
