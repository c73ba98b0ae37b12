"""``studies/*.toml`` as a frozen, validated :class:`StudyConfig`."""

from frontsearch.config.files import read_study, resolved, study_files
from frontsearch.config.schema import StudyConfig

__all__ = ["StudyConfig", "read_study", "resolved", "study_files"]
