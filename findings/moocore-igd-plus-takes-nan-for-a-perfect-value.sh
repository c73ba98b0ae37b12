#!/usr/bin/env bash
# moocore 0.3.2: igd_plus treats a NaN objective as one that cannot be better.
# A set whose only point is (NaN, NaN), for example from a training that
# diverged, gets IGD+ 0, the best value there is, and adding such a point to any
# set makes it 0 too. One would expect NaN or an error.
# Seen: (3, 3) -> 3.582; (NaN, 3) -> 2.5, as (0, 3) gets; (NaN, NaN) -> 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet moocore==0.3.2 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import math

import moocore

reference = [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]
nan = math.nan
rows = {
    "poor": [[3.0, 3.0]],
    "first objective perfect": [[0.0, 3.0]],
    "first objective NaN": [[nan, 3.0]],
    "both NaN": [[nan, nan]],
    "poor, and a second point all NaN": [[3.0, 3.0], [nan, nan]],
}
seen = {name: moocore.igd_plus(points, ref=reference) for name, points in rows.items()}
for name, value in seen.items():
    print(f"{name:33} IGD+ {value:.3f}")

assert seen["poor"] > 3
assert seen["first objective NaN"] == seen["first objective perfect"]
assert seen["both NaN"] == seen["poor, and a second point all NaN"] == 0.0
EOF
