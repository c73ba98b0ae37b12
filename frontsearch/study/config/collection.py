"""``Collection``: a study file that names several studies instead of describing one."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from frontsearch.study.config.schema import NAME_PATTERN
from frontsearch.study.config.table import Table


class Collection(Table):
    """Several studies that are run with the same command-line options and summarised on one page.

    Attributes:
        name: Name of the collection.
        description: A sentence for people.
        studies: Names of the studies; their files lie beside the collection's.
    """

    name: str = Field(pattern=NAME_PATTERN)
    description: str = ""
    studies: list[Annotated[str, Field(pattern=NAME_PATTERN)]]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.studies or len(set(self.studies)) < len(self.studies):
            raise ValueError(f"`studies` must list at least one study, each once; found {self.studies}.")
        return self
