"""``studies/*.toml`` as a frozen, validated :class:`StudyConfig`, or as a :class:`Collection` of them."""

from frontsearch.study.config.collection import Collection
from frontsearch.study.config.files import beside, output_folder, read_collection, read_study, study_files, to_toml
from frontsearch.study.config.schema import StudyConfig

__all__ = [
    "Collection",
    "StudyConfig",
    "beside",
    "output_folder",
    "read_collection",
    "read_study",
    "study_files",
    "to_toml",
]
