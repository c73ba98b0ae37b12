"""``frontsearch init``: a pair of files to start from, a task in Python and its study file."""

from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path

from frontsearch.cli.printing import pasteable, print_line
from frontsearch.errors import UserError
from frontsearch.study import study_files

EXAMPLE = "own_network"


def write_example(name: str) -> None:
    """Writes NAME.py and NAME.toml to the current folder.

    Raises:
        UserError: If NAME is no name of a Python module, or a file of this name exists.
    """
    if not name.isidentifier() or iskeyword(name) or not name.isascii() or name.startswith("__") or len(name) > 100:
        raise UserError(f"NAME must be a name of a Python module, such as my_network; found {name!r}.")
    study = study_files()[EXAMPLE]
    paths = {suffix: Path(f"{name}{suffix}") for suffix in (".py", ".toml")}
    for path in paths.values():
        if path.exists():
            raise UserError(f"{path} exists already; give another name, or move it away.")
    if find_spec(name) is not None:
        raise UserError(f"NAME must not be the name of a module that Python has already; found {name!r}.")
    for suffix, path in paths.items():
        path.write_text(study.with_suffix(suffix).read_text(encoding="utf-8").replace(EXAMPLE, name), encoding="utf-8")
    print_line(f"Wrote {paths['.py']}, a task of your own, and {paths['.toml']}, its study. Next:")
    print_line(f"  {pasteable(f'frontsearch study {name}.toml')}")
