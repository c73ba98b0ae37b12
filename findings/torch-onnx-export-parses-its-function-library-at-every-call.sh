#!/usr/bin/env bash
# PyTorch 2.13.0, onnxscript 0.7.2: every torch.onnx.export parses the Python
# source of each function of onnxscript's torchlib, whatever the network needs,
# and nothing is kept for the next export in the same process. Of the export of
# a small network this takes a good part of the time. One would expect a second
# export to parse next to nothing.
# Seen: sources parsed in three exports of one linear layer [604, 499, 499].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2
"$folder/venv/bin/python" - 2>/dev/null <<'EOF'
import ast

import torch

network, example = torch.nn.Linear(3, 2).eval(), (torch.rand(2, 3),)
parse, parsed, counts = ast.parse, [], []


def counting(*given, **options):
    parsed.append(given)
    return parse(*given, **options)


ast.parse = counting
for _ in range(3):
    parsed.clear()
    torch.onnx.export(network, example, dynamo=True, verbose=False)
    counts.append(len(parsed))
print("sources parsed in three exports of one linear layer", counts)
assert min(counts[1:]) > 400
EOF
