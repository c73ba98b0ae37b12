#!/usr/bin/env bash
# moocore 0.3.2: eafdiff(x, y) with unequal numbers of runs counts some runs of
# one side for the other: it puts the two inputs in one list and cuts that list
# in the middle. Each value should be the runs of x that attain a point minus
# those of y; an error would do too. There is no warning.
# Seen with one run in x and three in y: at (3, 3) the value is 2, although x
# has only one run. Right is 0 there, and -2 at (5, 5), where it says 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet moocore==0.3.2 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import moocore
import numpy as np


def runs(*points):
    """One run per point: columns are the two objectives and the run's number."""
    return np.array([[*point, number] for number, point in enumerate(points, start=1)], float)


def by_hand(x, y, point):
    return sum(np.sum(np.all(side[:, :2] <= point, axis=1)) * sign for side, sign in ((x, 1), (y, -1)))


def compare(x, y):
    print("point, eafdiff, counted by hand")
    rows = [(tuple(row[:2]), row[2], int(by_hand(x, y, row[:2]))) for row in moocore.eafdiff(x, y).tolist()]
    for point, seen, right in rows:
        print(" ", point, seen, right)
    return {point: (seen, right) for point, seen, right in rows}


even = compare(runs((1, 1), (2, 2)), runs((3, 3), (4, 4)))
assert all(seen == right for seen, right in even.values())

uneven = compare(runs((1, 1)), runs((3, 3), (4, 4), (5, 5)))
assert uneven[3.0, 3.0] == (2, 0)
assert uneven[5.0, 5.0] == (0, -2)
EOF
