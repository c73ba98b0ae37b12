#!/usr/bin/env bash
# PyTorch 2.13.0, CPU build: FlopCounterMode counts 0 operations of an nn.LSTM
# in evaluation and training, and says nothing of it. An nn.GRU and an nn.RNN
# of the same sizes are counted in full. The LSTM runs as one fused operation
# of oneDNN, for which the counter has no formula; with oneDNN switched off its
# matrix products are counted, 4 gates * 8 units * (16 + 8) inputs * 10 places
# * 2. One would expect a count, or a warning that operations were passed over.
# Seen: RNN 3840 3840, GRU 11520 11520, LSTM 0 15360 (with, without oneDNN).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def counted(layer, *, with_onednn):
    with torch.backends.mkldnn.flags(enabled=with_onednn), FlopCounterMode(display=False) as counter:
        layer(torch.ones(10, 1, 16))
    return counter.get_total_flops()


found = {}
for kind in (nn.RNN, nn.GRU, nn.LSTM):
    layer = kind(16, 8)
    found[kind.__name__] = [counted(layer, with_onednn=switch) for switch in (True, False)]
    print(kind.__name__, *found[kind.__name__])

products = 8 * (16 + 8) * 10 * 2
assert found["RNN"] == [products] * 2
assert found["GRU"] == [3 * products] * 2
assert found["LSTM"] == [0, 4 * products]
EOF
