#!/usr/bin/env bash
# scikit-learn 1.9.1: l1_min_c promises that an l1 LogisticRegression with a
# larger C is not empty. With unequal classes all its coefficients are still 0
# far above that C: the bound is the C at which the intercept, taken as one more
# penalized feature, would move. A regularization path that starts there
# starts with models that use no feature.
# Seen with 10 % positives: the bound is 0.0125, the first coefficient moves at
# 0.0567; at C = 0.025 and 0.05 all are 0, with saga and with liblinear.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-learn==1.9.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import l1_min_c

y = np.repeat([1, 0], [20, 180])
X = np.random.default_rng(0).normal(size=(200, 5))
X[:, 0] += y  # one feature that tells the classes apart

bound = l1_min_c(X, y, loss="log", fit_intercept=True)
# Without any feature the model predicts the share of positives, and a
# coefficient leaves 0 once C times its slope there exceeds 1.
right = 1 / np.abs(X.T @ (y - y.mean())).max()
print(f"l1_min_c {bound:.4f}, first coefficient by hand {right:.4f}")


def used(solver, C):
    model = LogisticRegression(C=C, l1_ratio=1, solver=solver, tol=1e-6, max_iter=10_000, random_state=0)
    return int(np.count_nonzero(model.fit(X, y).coef_))


for solver in ("saga", "liblinear"):
    for factor in (2, 4, 6):
        C = factor * bound
        features = used(solver, C)
        print(f"{solver:9} C = {factor} * l1_min_c: {features} of 5 coefficients are not 0")
        assert features == 0 if factor < 5 else features >= 1

assert right > 4 * bound
EOF
