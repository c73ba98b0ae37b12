#!/usr/bin/env bash
# PyTorch 2.13.0: reset_parameters() of a layer under torch.nn.utils.prune
# raises nothing, draws a new bias and leaves the weights as they were. It
# writes into layer.weight, which is now only the masked copy; the next forward
# pass rebuilds that copy from weight_orig. One would expect new weights under
# the old mask, as a random restart of a pruned network needs.
# Seen: right after the reset the layer even looks dense, with no zero weight;
# after one forward pass the trained weights are back, next to the new bias.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import torch
from torch.nn.utils import prune

torch.manual_seed(0)
layer = torch.nn.Linear(8, 8)
prune.l1_unstructured(layer, "weight", amount=0.5)
x = torch.randn(1, 8)
layer(x)


def zeros():
    return int((layer.weight == 0).sum())


trained, bias = layer.weight.detach().clone(), layer.bias.detach().clone()
print("before:", zeros(), "of 64 weights are 0")

layer.reset_parameters()
after_reset = zeros()
print("after reset_parameters:", after_reset, "of 64 weights are 0")

layer(x)
print("after a forward pass:", zeros(), "of 64 weights are 0")
same_weights = torch.equal(layer.weight, trained)
same_bias = torch.equal(layer.bias, bias)
print("weights as before:", same_weights, "- bias as before:", same_bias)

assert after_reset == 0
assert same_weights and not same_bias
EOF
