"""Fixed stratified splits."""

import numpy as np


def apart(rows: np.ndarray, targets: np.ndarray, *, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """``rows`` without, and with only, ``count`` of them in which every class has its share; both in rising order."""
    from sklearn.model_selection import train_test_split  # noqa: PLC0415 - importing it takes longer than most epochs

    most, some = train_test_split(rows, test_size=count, stratify=targets[rows], random_state=seed)
    return np.sort(most), np.sort(some)
