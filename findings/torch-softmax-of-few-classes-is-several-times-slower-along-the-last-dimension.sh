#!/usr/bin/env bash
# PyTorch 2.13.0, float32 on an x86 CPU: softmax and log_softmax along the last
# dimension are several times slower than along the first one if there are
# fewer classes than the processor's vectors hold numbers (8 with AVX2, 16 with
# AVX512), as in every classifier of a few classes. With more classes both take
# the same time. Even two copies that transpose the logits there and back cost
# less than they save. One would expect the contiguous dimension to be the fast
# one, and advice of earlier versions says so.
# Seen with AVX512: log_softmax of 5 classes 13.8, of 10 classes 19.4 and of 16
# classes 1.4 times as long along the last dimension; with AVX2 8.3, 2.1 and 1.1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import time

import torch

torch.set_num_threads(1)


def least(work, rounds=40):
    """The least processor time of many rounds."""
    work()
    seconds = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    return min(seconds)


ratios = {}
for classes in (5, 64):
    rows = torch.randn(20_000, classes)
    columns = rows.t().contiguous()
    for function in (torch.softmax, torch.log_softmax):
        assert torch.allclose(function(rows, 1), function(columns, 0).t(), atol=1e-5)
        last, first = least(lambda: function(rows, 1)), least(lambda: function(columns, 0))
        ratios[function.__name__, classes] = last / first
print(torch.backends.cpu.get_cpu_capability(), {key: round(value, 1) for key, value in ratios.items()})
assert torch.backends.cpu.get_cpu_capability() in {"AVX2", "AVX512"}, "another kind of processor"
assert all(value > 3 for (_, classes), value in ratios.items() if classes == 5)
assert all(value < 2 for (_, classes), value in ratios.items() if classes == 64)
EOF
