#!/usr/bin/env bash
# PyTorch 2.13.0: torch.onnx.export names a dynamic dimension as its Dim if it
# is given a module, but forgets the name if it is given the exported program
# of that module, although the program was made with the same Dim. The ONNX
# file then says s31 or the like, and users meet that name in tools and errors.
# Passing the same dynamic_shapes again restores the name. One would expect the
# program to keep it.
# Seen: module ['batch', 3]; program ['s31', 3]; program with the shapes passed
# again ['batch', 3].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2
"$folder/venv/bin/python" - 2>/dev/null <<'EOF'
import torch

network = torch.nn.Linear(3, 2).eval()
example = torch.rand(2, 3)
shapes = ({0: torch.export.Dim("batch")},)
program = torch.export.export(network, (example,), dynamic_shapes=shapes)


def input_shape(*args, **options):
    model = torch.onnx.export(*args, dynamo=True, verbose=False, **options).model_proto
    return [dim.dim_param or dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim]


of_module = input_shape(network, (example,), dynamic_shapes=shapes)
of_program = input_shape(program)
given_again = input_shape(program, dynamic_shapes=shapes)
print("module", of_module, "program", of_program, "shapes given again", given_again)
assert of_module == given_again == ["batch", 3]
assert of_program[0] not in ("batch", 0) and of_program[1] == 3
EOF
