"""Study files: TOML read into a frozen, validated :class:`StudyConfig`, or into a :class:`Collection` of studies.

In: the name of a study or the path of its file, and overrides. Out: the study, or a one-sentence error that names file,
table and key. Read ``schema.py`` first, then ``tables.py``; ``files.py`` finds and reads files, ``locating.py``
finds studies that were run, ``error_messages.py`` words the errors.
"""

from frontsearch.study.config.collection import Collection
from frontsearch.study.config.files import (
    files_beside,
    member_study,
    output_folder,
    read_collection,
    read_study,
    study_of,
    to_toml,
)
from frontsearch.study.config.locating import folder_named, locate_study, names_study, study_as_run
from frontsearch.study.config.schema import StudyConfig
from frontsearch.study.config.tables import InputsTable, LogBoxTable, MeasuresTable, RangeTable
from frontsearch.study.config.task_tables import PythonTask

__all__ = [
    "Collection",
    "InputsTable",
    "LogBoxTable",
    "MeasuresTable",
    "PythonTask",
    "RangeTable",
    "StudyConfig",
    "files_beside",
    "folder_named",
    "locate_study",
    "member_study",
    "names_study",
    "output_folder",
    "read_collection",
    "read_study",
    "study_as_run",
    "study_of",
    "to_toml",
]
