"""Study files: TOML read into a frozen, validated :class:`StudyConfig`, or into a :class:`Collection` of studies.

In: the name of a study or the path of its file, and overrides. Out: the study, or a one-sentence error that names file,
table and key. Read ``schema.py`` first, then ``tables.py``; ``files.py`` finds and reads files, ``error_messages.py``
words the errors.
"""

from frontsearch.study.config.collection import Collection
from frontsearch.study.config.files import (
    member_study,
    output_folder,
    read_collection,
    read_study,
    study_files,
    to_toml,
)
from frontsearch.study.config.schema import StudyConfig
from frontsearch.study.config.tables import LogBoxTable, RangeTable

__all__ = [
    "Collection",
    "LogBoxTable",
    "RangeTable",
    "StudyConfig",
    "member_study",
    "output_folder",
    "read_collection",
    "read_study",
    "study_files",
    "to_toml",
]
