"""Fixed stratified splits."""

import numpy as np


def stratified_split(rows: np.ndarray, targets: np.ndarray, *, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Splits row numbers in two, each with the class shares of the whole; both parts are sorted.

    Args:
        rows: Row numbers to split, ``(n,)``.
        targets: Class of every row of the data set.
        count: Size of the second part.
        seed: Seed of the split.
    """
    from sklearn.model_selection import train_test_split  # noqa: PLC0415 - importing it takes longer than most epochs

    rest, held_out = train_test_split(rows, test_size=count, stratify=targets[rows], random_state=seed)
    return np.sort(rest), np.sort(held_out)
