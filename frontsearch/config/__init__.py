"""``studies/*.toml`` as a frozen, validated :class:`StudyConfig`, or as a :class:`Collection` of them."""

from frontsearch.config.collection import Collection
from frontsearch.config.files import beside, read_collection, read_study, resolved, study_files
from frontsearch.config.schema import StudyConfig

__all__ = ["Collection", "StudyConfig", "beside", "read_collection", "read_study", "resolved", "study_files"]
