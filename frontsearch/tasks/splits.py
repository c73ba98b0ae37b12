"""Fixed stratified splits: those of scikit-learn's ``train_test_split``, which takes as long to import as torch."""

from typing import Any

import numpy as np

Indices = np.ndarray[Any, np.dtype[np.intp]]


def stratified_split(rows: np.ndarray, targets: np.ndarray, *, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Splits row numbers in two, each with the class shares of the whole; both parts are sorted.

    Args:
        rows: Row numbers to split, ``(n,)``.
        targets: Class of every row of the data set.
        count: Size of the second part.
        seed: Seed of the split.
    """
    rest, held_out = shuffled_split(targets[rows], count=count, seed=seed)
    return np.sort(rows[rest]), np.sort(rows[held_out])


def shuffled_split(targets: np.ndarray, *, count: int, seed: int) -> tuple[Indices, Indices]:
    """Splits the rows of these targets in two, each with the class shares of the whole; both parts are shuffled.

    Args:
        targets: Class of every row; of each class there are at least two.
        count: Size of the second part; neither part is smaller than the number of classes.
        seed: Seed of the split.
    """
    classes, sizes = np.unique(targets, return_counts=True)
    random = np.random.RandomState(seed)  # scikit-learn's, and so are the order of the draws and their ties
    kept = _shares(sizes, len(targets) - count, random)
    held = _shares(sizes - kept, count, random)
    rest, held_out = [], []
    for label, first, second in zip(classes, kept, held, strict=True):
        members = np.flatnonzero(targets == label)
        shuffled = members[random.permutation(len(members))]
        rest.append(shuffled[:first])
        held_out.append(shuffled[first : first + second])
    return random.permutation(np.concatenate(rest)), random.permutation(np.concatenate(held_out))


def _shares(sizes: Indices, count: int, random: np.random.RandomState) -> Indices:
    """How many of ``count`` rows each class gets: its share rounded down, and one more where the remainder is largest.

    Of classes with the same remainder, chance decides.
    """
    exact: np.ndarray = sizes / sizes.sum() * count
    shares: Indices = np.floor(exact).astype(np.intp)
    remainders, missing = exact - shares, count - int(shares.sum())
    for remainder in np.unique(remainders)[::-1]:
        if missing <= 0:
            break
        tied = np.flatnonzero(remainders == remainder)
        chosen = random.choice(tied, size=min(len(tied), missing), replace=False)
        shares[chosen] += 1
        missing -= len(chosen)
    return shares
