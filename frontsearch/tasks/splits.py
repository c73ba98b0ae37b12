"""Fixed stratified splits, the same ones as scikit-learn's, whose import takes longer than an epoch of most tasks."""

import numpy as np


def apart(rows: np.ndarray, targets: np.ndarray, *, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """``rows`` without, and with only, ``count`` of them in which every class has its share; both in rising order."""
    most, some = stratified(targets[rows], count=count, seed=seed)
    return np.sort(rows[most]), np.sort(rows[some])


def stratified(targets: np.ndarray, *, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The places of all but ``count`` of these targets, and of ``count`` of them with every class's share; shuffled.

    Draw by draw what ``sklearn.model_selection.train_test_split`` does where it stratifies.
    """
    rng = np.random.RandomState(seed)  # not numpy's newer generators: the draws are scikit-learn's
    _, classes, counts = np.unique(targets, return_inverse=True, return_counts=True)
    most = _shares(counts, len(targets) - count, rng)
    some = _shares(counts - most, count, rng)
    places = np.split(np.argsort(classes, kind="stable"), np.cumsum(counts)[:-1])
    drawn = [place[rng.permutation(len(place))] for place in places]
    parts = zip(drawn, most, some, strict=True)
    kept, left = zip(*((place[:more], place[more : more + less]) for place, more, less in parts), strict=True)
    return rng.permutation(np.concatenate(kept)), rng.permutation(np.concatenate(left))


def _shares(counts: np.ndarray, draws: int, rng: np.random.RandomState) -> np.ndarray:
    """How many of each class to draw: its share rounded down, and one more where most was cut off, ties by lot."""
    even = counts / counts.sum() * draws
    shares = np.floor(even)
    missing = int(draws - shares.sum())
    for rest in np.sort(np.unique(even - shares))[::-1]:
        if missing == 0:
            break
        tied = np.flatnonzero(even - np.floor(even) == rest)
        more = rng.choice(tied, size=min(len(tied), missing), replace=False)
        shares[more] += 1
        missing -= len(more)
    whole: np.ndarray = shares.astype(int)
    return whole
