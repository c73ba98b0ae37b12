"""Coverage-guided fuzzing of the readers of study files, fronts and URLs, run by hand; ``pip install atheris`` first.

    python tests/faults/atheris_readers.py -max_total_time=60 -rss_limit_mb=4096

It ends with a traceback and the input at the first error that is not a user's mistake in one sentence.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["frontsearch.study.config", "frontsearch.comparison", "tomllib", "csv"]):
    from frontsearch.comparison import read_published
    from frontsearch.errors import UserError
    from frontsearch.ledger import hide_password
    from frontsearch.measures import CLASSIFICATION
    from frontsearch.study.across.files import read_front
    from frontsearch.study.config import read_study

FOLDER = Path(tempfile.mkdtemp())
STUDY, FRONT = FOLDER / "mine.toml", FOLDER / "front.csv"


def read(content: bytes) -> None:
    """Reads the bytes as each kind of file."""
    for path in (STUDY, FRONT):
        path.write_bytes(content)
    for reader in (
        lambda: read_study(str(STUDY)),
        lambda: read_front(FRONT, CLASSIFICATION),
        lambda: read_published(FRONT),
    ):
        with contextlib.suppress(UserError):
            reader()
    hide_password(content.decode(errors="replace"))


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
