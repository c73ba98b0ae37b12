#!/usr/bin/env bash
# onnx 1.23.2: a model that keeps a pruned weight as sparse_initializer passes
# check_model and runs in onnxruntime 1.32.0, but check_model(full_check=True)
# refuses it: shape inference gives the weight a sparse type and MatMul then
# reads its rank as 0. The format says that this is only a way to store an
# initializer, so one would expect the verdict that the dense model gets.
# Seen: "(op_type:MatMul): [ShapeInferenceError] Input tensors of wrong rank
# (0)"; the same model with the weight stored densely passes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

weight = np.zeros((3, 4), np.float32)
weight[0, 1], weight[2, 3] = 2, -1
kept = np.flatnonzero(weight)
dense = numpy_helper.from_array(weight, "weight")
sparse = helper.make_sparse_tensor(
    numpy_helper.from_array(weight.ravel()[kept], "weight"),
    numpy_helper.from_array(kept.astype(np.int64), "kept"),
    weight.shape,
)


def model(**initializers):
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weight"], ["y"])],
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
        **initializers,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


x = np.array([[1, 2, 3]], np.float32)
verdicts = {}
for name, made in {"dense": model(initializer=[dense]), "sparse": model(sparse_initializer=[sparse])}.items():
    onnx.checker.check_model(made)
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    assert np.array_equal(session.run(None, {"x": x})[0], x @ weight)
    try:
        onnx.checker.check_model(made, full_check=True)
        verdicts[name] = "accepted"
    except onnx.shape_inference.InferenceError as error:
        verdicts[name] = str(error).strip()
    print(f"{name}: runs as expected; full check: {verdicts[name]}")

assert verdicts["dense"] == "accepted"
assert "wrong rank (0)" in verdicts["sparse"]
EOF
