"""The numbers of a study file, each with its range."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from frontsearch.errors import LARGEST, SMALLEST


def _number(value: Any) -> Any:  # noqa: ANN401 - any TOML value
    """The value, unless it is a text or a truth value, of which pydantic would make a number."""
    if isinstance(value, str | bytes | bool):
        raise PydanticCustomError("float_type", "no number")
    return value


Number = BeforeValidator(_number)
Positive = Annotated[float, Field(ge=SMALLEST, le=LARGEST, allow_inf_nan=False), Number]
NotNegative = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False), Number]
Finite = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False), Number]
Count = Annotated[int, Field(ge=1, lt=2**31), Number]
Seed = Annotated[int, Field(ge=0, lt=2**63), Number]
# The log box is below it.
ReferencePoint = Annotated[float, Field(ge=SMALLEST * 1000, le=LARGEST, allow_inf_nan=False), Number]
