"""Every figure of a report recomputed from trials.csv by definition, with NumPy and the standard library alone.

Slow and plain on purpose: dominance compares all pairs, areas are sums of rectangles, p-values enumerate all splits.
"""

import csv
import itertools
import json
import math
from statistics import median

import numpy as np

SHARES = {"90 %": 0.90, "95 %": 0.95, "99 %": 0.99}
TEXTS = {"method", "key", "status", "descent", "optimiser", "learning_rate_schedule", "start", "start_trial"}
PUBLISHED = {("test_cross_entropy", "l1_raw"): "fronts", ("test_error", "nonzeros"): "sparse_fronts"}


def rows_of(path):
    """Rows of a CSV file, with numbers as numbers and empty cells as None."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: _value(name, cell) for name, cell in row.items()} for row in csv.DictReader(file)]


def _value(name, cell):
    if name in TEXTS or cell == "":
        return cell or None
    try:
        return float(cell)
    except ValueError:
        return cell


def dominates(first, second):
    """Whether a pair is nowhere worse than another and somewhere better."""
    return first[0] <= second[0] and first[1] <= second[1] and tuple(first) != tuple(second)


def front(rows, names):
    """The rows that no other dominates in two columns, of equal ones the first, by the first column."""
    known = [row for row in rows if row["cross_entropy"] is not None]
    pairs = [(row[names[0]], row[names[1]]) for row in known]
    kept = [
        row
        for place, row in enumerate(known)
        if not any(dominates(pair, pairs[place]) for pair in pairs) and pairs[place] not in pairs[:place]
    ]
    return sorted(kept, key=lambda row: row[names[0]])


def points(rows, loss="cross_entropy"):
    """Loss and l1 of rows, as ``(n, 2)``."""
    return np.array([(row[loss], row["l1"]) for row in rows], dtype=float).reshape(-1, 2)


def area(values, corner, low=None):
    """Share of the box below a corner that points dominate, as a sum of rectangles; with ``low``, on log axes."""
    values = np.asarray(values, dtype=float) / corner if low is None else on_log_axes(values, low, corner)
    inside = sorted({(x, y) for x, y in values.tolist() if x < 1 and y < 1})
    total, height = 0.0, 1.0
    for (x, y), after in itertools.zip_longest(inside, inside[1:]):
        height = min(height, y)
        total += ((after[0] if after else 1.0) - x) * (1 - height)
    return total


def on_log_axes(values, low, corner):
    """Points in units of a box with log10 axes, raised to its low corner."""
    return np.log10(np.maximum(values, low) / np.array(low)) / np.log10(np.divide(corner, low))


def igd_plus(values, reference, corner):
    """Mean over the reference of the shortest way by which the points fail to dominate it, in units of the box."""
    missing = [[np.linalg.norm(np.maximum(point - aim, 0) / corner) for point in values] for aim in reference]
    return float(np.mean([min(ways) for ways in missing]))


def epsilon(values, reference, corner):
    """The least shift of all points, in units of the box, with which they weakly dominate the reference."""
    shifts = [[max((point - aim) / corner) for point in values] for aim in reference]
    return float(max(min(ways) for ways in shifts))


def union(sets):
    """The pairs that no pair of any set dominates, each once."""
    pairs = sorted({tuple(pair) for values in sets for pair in values.tolist()})
    return np.array([pair for pair in pairs if not any(dominates(other, pair) for other in pairs)])


class Figures:
    """The figures of a study's folder.

    Args:
        folder: Output folder, of which trials.csv is read.
        corner: Reference point, ``(loss, l1)``.
        low: Low corner of the box on log axes.
        published: Published points, by plane.
    """

    def __init__(self, folder, corner, low, published):
        self.corner, self.low, self.published = np.array(corner), low, published
        self.runs = {}
        for row in rows_of(folder / "trials.csv"):
            self.runs.setdefault(row["method"], {}).setdefault(int(row["repeat"]), []).append(row)
        for trials in itertools.chain.from_iterable(repeats.values() for repeats in self.runs.values()):
            for name, spent in (("epochs_spent", "run_epochs"), ("seconds", "run_seconds")):
                for row, total in zip(trials, itertools.accumulate(row[name] for row in trials), strict=True):
                    row[spent] = total

    def front(self, method, repeat):
        """A run's front of loss and l1."""
        return front(self.runs[method][repeat], ("cross_entropy", "l1"))

    def sparse_front(self, method, repeat):
        """A run's front of validation error and nonzeros."""
        return front(self.runs[method][repeat], ("validation_error", "nonzeros"))

    def reference(self, loss="cross_entropy"):
        """The non-dominated union of all runs' fronts."""
        return union([points(self.front(method, repeat), loss) for method in self.runs for repeat in self.runs[method]])

    def indicators(self, method, repeat):
        """All indicators of a run by name."""
        found, fronts = {}, self.front(method, repeat)
        for suffix, loss in (("", "cross_entropy"), ("_test", "test_cross_entropy")):
            values, reference = points(fronts, loss), self.reference(loss)
            found |= {
                f"hypervolume{suffix}": area(values, self.corner),
                f"hypervolume_log{suffix}": area(values, self.corner, self.low),
                f"igd_plus{suffix}": igd_plus(values, reference, self.corner) if len(values) else math.inf,
                f"epsilon_additive{suffix}": epsilon(values, reference, self.corner) if len(values) else math.inf,
            }
        return found

    def values(self, method, indicator):
        """An indicator of each repeat."""
        return [self.indicators(method, repeat)[indicator] for repeat in self.runs[method]]

    def ranking(self):
        """The methods by falling median of the hypervolume on the test split."""
        return sorted(self.runs, key=lambda method: -median(self.values(method, "hypervolume_test")))

    def curve(self, method, repeat):
        """Epochs spent and hypervolume after each training."""
        trials = self.runs[method][repeat]
        complete = [[row for row in trials[:count] if row["l1"] is not None] for count in range(1, len(trials) + 1)]
        return [
            (row["run_epochs"], area(points(found), self.corner)) for row, found in zip(trials, complete, strict=True)
        ]

    def epochs_to(self, method, share):
        """Epochs of each repeat until it has a share of the hypervolume of the union."""
        level = share * area(self.reference(), self.corner)
        curves = [self.curve(method, repeat) for repeat in self.runs[method]]
        return [next((epochs for epochs, value in curve if value >= level and value > 0), None) for curve in curves]

    def median_after(self, method, epochs):
        """Median hypervolume of a method's repeats after so many epochs; None if no training has ended."""
        reached = [[value for spent, value in self.curve(method, n) if spent <= epochs] for n in self.runs[method]]
        return median(values[-1] if values else 0.0 for values in reached) if any(reached) else None

    def median_repeat(self, method):
        """The repeat of median hypervolume; of an even number the lower of the middle two."""
        order = sorted(self.runs[method], key=lambda repeat: self.indicators(method, repeat)["hypervolume"])
        return order[(len(order) - 1) // 2]

    def knee(self, method):
        """The point of the median repeat farthest below the chord of its ends; of two points the first."""
        rows = self.front(method, self.median_repeat(method))
        if len(rows) < 3:
            return rows[0] if rows else None
        values = points(rows)
        units = (values - values.min(0)) / (values.max(0) - values.min(0))
        return rows[int(np.argmax((1 - units.sum(1)) / math.sqrt(2)))]

    def widest_knee(self, method):
        """The point that is the best weighted sum over the longest range of l1 weights, ends left out; None if none is.

        A point is best where no other has a lower loss + weight * l1, so its range is bounded by its rivals.
        """
        rows = self.front(method, self.median_repeat(method))
        widths = {place: _width(points(rows), place) for place in range(1, len(rows) - 1)}
        best = max(widths, key=widths.get, default=None)
        return rows[best] if best is not None and widths[best] > 1 else None

    def pairs(self):
        """Wins, ties, exact p, p after Holm's correction and A of every two methods."""
        found = [self._pair(*names) for names in itertools.combinations(self.runs, 2)]
        for rank, pair in enumerate(sorted(found, key=lambda pair: pair["p"])):
            raised = min(1.0, (len(found) - rank) * pair["p"])
            pair["p_holm"] = max([raised, *(other["p_holm"] for other in found if "p_holm" in other)])
        return found

    def _pair(self, first, second):
        one, two = (self.values(method, "hypervolume_test") for method in (first, second))
        return {
            "first": first,
            "second": second,
            "wins": sum(a > b for a, b in zip(one, two, strict=True)),
            "ties": sum(a == b for a, b in zip(one, two, strict=True)),
            "repeats": len(one),
            "p": rank_sum_p(one, two),
            "effect": float(np.mean([(a > b) + (a == b) / 2 for a in one for b in two])),
        }

    def dominated(self, method, plane):
        """How many published points in a plane each repeat's networks dominate."""
        chosen = self.front if PUBLISHED[plane] == "fronts" else self.sparse_front
        pairs = [[tuple(row[name] for name in plane) for row in chosen(method, n)] for n in self.runs[method]]
        return [sum(any(dominates(own, point) for own in found) for point in self.published[plane]) for found in pairs]


def _width(values, place):
    """Ratio of the ends of the range of l1 weights for which a point has the lowest sum; below 1 if there is none."""
    loss, l1 = (values - values[place]).T
    above = min(loss[other] / -l1[other] for other in range(len(values)) if l1[other] < 0)
    below = max(-loss[other] / l1[other] for other in range(len(values)) if l1[other] > 0)
    return above / below


def rank_sum_p(one, two):
    """Share of all splits of the values whose first part's mean rank is as far from the middle as the observed one."""
    values = np.array([*one, *two])
    ranks = np.array([(values < value).sum() + ((values == value).sum() + 1) / 2 for value in values])
    middle = ranks.mean() * len(one)
    far = [abs(sum(ranks[list(part)]) - middle) for part in itertools.combinations(range(len(values)), len(one))]
    return float(np.mean([distance >= far[0] - 1e-9 for distance in far]))


def kernels(path):
    """The matrices of a checkpoint by name, read from the bytes of a safetensors file."""
    content = path.read_bytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:begin])
    return {
        name: np.frombuffer(content[begin:], "<f4", offset=entry["data_offsets"][0], count=math.prod(entry["shape"]))
        for name, entry in header.items()
        if name.endswith("weight") and not name.startswith("optimiser/") and entry["dtype"] == "F32"
    }
