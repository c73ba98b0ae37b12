"""``Table``, which every table of a study file is."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Objective = Literal["train", "validation"]  # the test split judges methods, so it is never optimised


class Table(BaseModel):
    """A TOML table whose unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
