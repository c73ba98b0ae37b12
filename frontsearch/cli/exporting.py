"""``frontsearch export``: a network of a finished study as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from frontsearch.cli.interruption import importing
from frontsearch.cli.picking import default_pick
from frontsearch.cli.printing import padded, print_line
from frontsearch.errors import UserError
from frontsearch.folder import Folder, changed_checkpoint, write_file
from frontsearch.study import StudyConfig, locate_study, read_ledger

if TYPE_CHECKING:
    from frontsearch.compaction import Compaction

ITSELF = "(network)"  # stands for the parameters that the network holds itself, and in none of its layers


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportOptions:
    """What ``frontsearch export`` is asked for.

    Attributes:
        key: Key of a trial, or its first digits; None takes the network that a rule chooses.
        rule: The rule as ``NAME=VALUE``; None takes the default one.
        to: File to write; None names it after the format.
        form: Name of the format; None goes by the file's name.
        dense: Whether the network is written whole.
        force: Whether a file that exists is replaced.
        out: Output folder; None is the study's own.
        storage: URL of the storage; None is the folder's journal.
    """

    key: str | None = None
    rule: str | None = None
    to: Path | None = None
    form: str | None = None
    dense: bool = False
    force: bool = False
    out: Path | None = None
    storage: str | None = None


def export_network(run: str, options: ExportOptions) -> None:
    """Writes a network, by default without what its outputs do not depend on, and prints what was left out."""
    if options.to is not None and options.to.is_dir():
        raise UserError(f"--to must be a file to write; {options.to} is a folder.")
    config, folder = locate_study(run, out=options.out)
    key = checked_key(run, (config, folder), key=options.key, rule=options.rule, storage=options.storage)
    with importing():
        from frontsearch.export import FORMATS, exported, format_of  # noqa: PLC0415 - imports torch
        from frontsearch.study import load_task  # noqa: PLC0415
        from frontsearch.training import Checkpoints  # noqa: PLC0415

    form = format_of(options.form, options.to)
    to = options.to or Path(f"network{FORMATS[form].suffix}")
    if to.exists() and not options.force:
        raise UserError(f"{to} exists; --force replaces it, and --to names another file.")
    checkpoints = Checkpoints(folder.checkpoints)
    if options.dense and form == "safetensors":  # needs neither the data nor the network
        write_file(to, checkpoints.exported(key))
        print_line(f"Wrote {to}, trial {key[:8]}, a state dict for torch's load_state_dict.")
        return
    task = load_task(config)
    metadata = {"trial": key, "study": config.name, "task": task.name}
    done = exported(task, checkpoints.load(key)[0], form=form, dense=options.dense, metadata=metadata)
    write_file(to, done.content)
    for line in left_out(done.compaction) if done.compaction else ():
        print_line(line)
    print_line(f"Wrote {to}, trial {key[:8]}, {len(done.content):,} bytes. These lines load it:")
    print_line(FORMATS[form].loading(to, architecture=done.architecture))


def checked_key(
    run: str, located: tuple[StudyConfig, Folder], *, key: str | None, rule: str | None, storage: str | None
) -> str:
    """The whole key of the trial that is asked for, by a key or a rule, whose checkpoint is there and unchanged.

    Raises:
        UserError: If there is no such trial, or its checkpoint was changed.
    """
    config, folder = located
    if key is not None and rule is not None:
        raise UserError("Name a key or a rule (--pick), and not both.")
    kept = sorted(folder.weights.keys())
    if not kept:
        raise UserError(f"There are no checkpoints in {folder.checkpoints}; was {run} run into this folder?")
    if key is None:
        key = default_pick(folder, storage=storage, rule=rule).trial.key
    matching = [stem for stem in kept if stem.startswith(key)] if key.isalnum() else []
    if len(matching) != 1:
        problem = "More than one checkpoint starts" if matching else "No checkpoint starts"
        raise UserError(f"{problem} with {key!r} in {folder.checkpoints}; fronts.csv lists the keys.")
    if config.fingerprint and (storage or folder.journal.is_file()):
        trial = read_ledger(folder, config, storage=storage).find(matching[0])
        if trial and (sentence := changed_checkpoint(trial, folder)):
            raise UserError(sentence)
    return matching[0]


def left_out(compaction: "Compaction") -> Iterator[str]:
    """A table of what is left of each layer, and why others stay."""
    rows = [["layer", "units", "parameters", "multiply-adds"]]
    if compaction.inputs:
        rows.append(["inputs", _change(compaction.inputs), "", ""])
    rows += [
        [size.layer or ITSELF, *map(_change, (size.units, size.parameters, size.multiply_adds))]
        for size in compaction.layers
    ]
    rows.append(["all", "", *map(_change, (compaction.parameters, compaction.multiply_adds))])
    yield from padded(rows)
    if compaction.unfollowed:
        yield f"Nothing was left out: {compaction.unfollowed}."
    for layer, reason in compaction.unchanged.items():
        yield f"{layer or ITSELF} stays whole, as the network {reason}."


def _change(sizes: tuple[int, int]) -> str:
    before, after = sizes
    return f"{before:,}" if before == after else f"{before:,} -> {after:,}"
