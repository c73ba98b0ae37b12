#!/usr/bin/env bash
# pymoo 0.6.2: HighTradeoffPoints returns None, not an empty index array, when
# no point stands out, as on a straight front. NumPy reads F[None] as "add an
# axis", so the F[I] that pymoo's guide plots raises nothing and holds the whole
# front instead of no point.
# Seen: None for 9 points on a line; F[None] has shape (1, 9, 2). A front with
# a knee gives the index of the knee, as expected.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pymoo==0.6.2 numpy==2.4.6 scipy==1.17.1
"$folder/venv/bin/python" - <<'EOF'
import numpy as np
from pymoo.mcdm.high_tradeoff import HighTradeoffPoints

t = np.arange(9) / 8
straight = np.column_stack([t, 1 - t])
knee = np.array([[0.0, 8.0], [0.25, 6.0], [0.5, 4.0], [0.75, 2.0], [1.0, 0.0], [3.0, -0.25], [5.0, -0.5], [7.0, -0.75]])

for name, front in {"straight": straight, "knee": knee}.items():
    chosen = HighTradeoffPoints()(front)
    print(f"{name:8} chosen {chosen}, front[chosen] has shape {front[chosen].shape}")
    if name == "straight":
        assert chosen is None
        assert front[chosen].shape == (1, 9, 2)
    else:
        assert chosen.tolist() == [4]
EOF
