"""``Database``: Optuna's storage in a database, which goes on without the attributes that cannot be read."""

import json
import weakref
from typing import Any

import sqlalchemy
from optuna.storages import RDBStorage
from optuna.study._frozen import FrozenStudy

DAMAGE = (ValueError, TypeError, RecursionError)  # what reading JSON raises


class Database(RDBStorage):
    """Optuna's storage in a database, which closes its connections also if it could not be opened.

    Args:
        url: Its URL.
    """

    def __init__(self, url: str) -> None:
        try:
            # A server drops connections that are idle during a long training, so each one is tested before use.
            super().__init__(url, engine_kwargs={"pool_pre_ping": True})
        except Exception:
            if hasattr(self, "engine"):  # a server has only so many connections
                self.engine.dispose()
            raise
        weakref.finalize(self, self.engine.dispose)  # psycopg warns of connections that were not closed
        self._damaged: dict[str, None] = {}

    @property
    def set_aside(self) -> tuple[str, ...]:
        """A sentence on each damaged attribute of an Optuna study; damaged trials are seen when they are read."""
        return tuple(self._damaged)

    def get_all_studies(self) -> list[FrozenStudy]:
        """Every Optuna study."""
        try:
            return super().get_all_studies()
        except DAMAGE:
            return [self._study(study_id, name) for study_id, name in self._rows("studies", "study_id", "study_name")]

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        """The attributes of an Optuna study that can be read."""
        return self._attributes("study_user_attributes", study_id)

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        """The system attributes of an Optuna study that can be read."""
        return self._attributes("study_system_attributes", study_id)

    def _study(self, study_id: int, name: str) -> FrozenStudy:
        return FrozenStudy(
            name, None, self.get_study_user_attrs(study_id), self.get_study_system_attrs(study_id), study_id,
            directions=self.get_study_directions(study_id),
        )  # fmt: skip

    def _attributes(self, table: str, study_id: int) -> dict[str, Any]:
        attributes = {}
        for key, value in self._rows(table, "key", "value_json", study_id=study_id):
            try:
                attributes[key] = json.loads(value)
            except DAMAGE:
                study = self.get_study_name_from_id(study_id)
                self._damaged[f"The attribute {key} of {study} is damaged, so it is left out."] = None
        return attributes

    def _rows(self, table: str, *columns: str, **equal: int) -> list[Any]:
        """These columns of a table, of the rows in which some columns have given values."""
        found = sqlalchemy.table(table, *map(sqlalchemy.column, (*columns, *equal)))
        query = sqlalchemy.select(*(found.c[name] for name in columns))
        for name, value in equal.items():
            query = query.where(found.c[name] == value)
        with self.engine.connect() as connection:
            return list(connection.execute(query))
