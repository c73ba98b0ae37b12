"""Tracing: follows the units of a network through one forward pass.

In: a network, and what each torch function does to units. Out: which elements of which tensors belong to the same unit.
Read ``tracer.py`` first; ``moves.py`` has the rules that hold for every purpose, ``labels.py`` questions about labels.
The canonical scale and compaction have rules of their own.
"""

from frontsearch.tracing.labels import along, broadcast, distinct, varies
from frontsearch.tracing.moves import MOVING, attribute, keep, move
from frontsearch.tracing.random_weights import draw_weights_
from frontsearch.tracing.tracer import FIXED, Rule, Step, Tracer, tensors

__all__ = [
    "FIXED",
    "MOVING",
    "Rule",
    "Step",
    "Tracer",
    "along",
    "attribute",
    "broadcast",
    "distinct",
    "draw_weights_",
    "keep",
    "move",
    "tensors",
    "varies",
]
