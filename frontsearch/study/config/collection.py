"""What a collection's file says: the names of several studies instead of the description of one."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from frontsearch.study.config.schema import NAME
from frontsearch.study.config.tables import Table


class Collection(Table):
    """Several studies that are run with the same command line and reported together.

    Attributes:
        name: The collection's name.
        description: A sentence for people.
        studies: Names of the studies, whose files lie beside the collection's.
    """

    name: str = Field(pattern=NAME)
    description: str = ""
    studies: list[Annotated[str, Field(pattern=NAME)]]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.studies or len(set(self.studies)) < len(self.studies):
            raise ValueError(f"`studies` must name different studies, at least one; found {self.studies}.")
        return self
