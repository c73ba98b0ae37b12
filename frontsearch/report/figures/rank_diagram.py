"""The critical-difference diagram: methods by mean rank, and bars that join those that no test tells apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from frontsearch.comparison import MeanRanks

WIDTH, ROW = 360, 20  # of the drawing and of a method, in its own units: those of a narrow screen's pixels
LEFT, RIGHT = 128, 300  # the ends of the axis; names are left of it and bars right of it
TOP = 24
LONGEST = 20  # characters of a name
MOST_TICKS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class RankedMethod:
    """A method in the diagram: its name, also shortened, its rank as text, its colour, and the place of its point."""

    name: str
    label: str
    rank: str
    colour: str
    x: float
    y: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RankDiagram:
    """What to draw.

    Attributes:
        methods: The methods from top to bottom, the best first.
        ticks: Places of ranks on the axis and their labels.
        bars: The place of each bar and its two ends.
        height: Height of the drawing.
        description: The same in words, for screen readers.
    """

    methods: tuple[RankedMethod, ...]
    ticks: tuple[tuple[float, str], ...]
    bars: tuple[tuple[float, float, float], ...]
    height: float
    description: str


def rank_diagram(ranks: MeanRanks, colours: Mapping[str, str]) -> RankDiagram:
    """The diagram; ``colours`` are CSS colours by method."""
    count = len(ranks.ranks)
    step = ceil(count / MOST_TICKS)
    rows = {method: TOP + ROW * (place + 0.5) for place, method in enumerate(ranks.ranks)}
    methods = tuple(
        RankedMethod(
            name=method, label=_shortened(method), rank=f"{rank:.2f}", colour=colours.get(method, "var(--foreground)"),
            x=_place(rank, count), y=rows[method],
        )
        for method, rank in ranks.ranks.items()
    )  # fmt: skip
    return RankDiagram(
        methods=methods,
        ticks=tuple((_place(rank, count), str(rank)) for rank in range(1, count + 1, step)),
        bars=_bars(ranks.groups, rows),
        height=TOP + ROW * count + 4,
        description=_description(ranks),
    )


def rank_rows(ranks: MeanRanks) -> tuple[tuple[str, ...], ...]:
    """The diagram as a table: method, mean rank, and the methods that a bar joins it with."""
    joined = {
        method: dict.fromkeys(each for group in ranks.groups if method in group for each in group if each != method)
        for method in ranks.ranks
    }
    rows = ((method, f"{rank:.2f}", ", ".join(joined[method])) for method, rank in ranks.ranks.items())
    return (("method", "mean rank", "not told apart from"), *rows)


def _place(rank: float, count: int) -> float:
    return round(LEFT + (RIGHT - LEFT) * (rank - 1) / max(count - 1, 1), 2)


def _bars(groups: Sequence[tuple[str, ...]], rows: Mapping[str, float]) -> tuple[tuple[float, float, float], ...]:
    """Bars beside each other where they overlap; groups are in the order of their first methods."""
    ends: list[float] = []  # of the last bar in each column
    columns = []
    for group in groups:
        column = next((place for place, end in enumerate(ends) if end < rows[group[0]]), len(ends))
        ends[column : column + 1] = [rows[group[-1]]]
        columns.append(column)
    gap = (WIDTH - RIGHT) / (len(ends) + 1)
    return tuple(
        (round(RIGHT + gap * (column + 1), 2), rows[group[0]] - ROW / 4, rows[group[-1]] + ROW / 4)
        for column, group in zip(columns, groups, strict=True)
    )


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _description(ranks: MeanRanks) -> str:
    places = ", ".join(f"{method} {rank:.2f}" for method, rank in ranks.ranks.items())
    groups = "; ".join(", ".join(group) for group in ranks.groups)
    return f"Mean ranks: {places}. {f'Not told apart: {groups}.' if groups else 'Every two neighbours differ.'}"
