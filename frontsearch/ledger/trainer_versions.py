"""``trainer_of``: the version of the trainer that a recorded training came from."""

from frontsearch.recipe import TRAINER, Recipe


def trainer_of(recipe: Recipe, key: str, fingerprint: str) -> int | None:
    """The version of the trainer with which a recipe has this key.

    Args:
        recipe: The recipe.
        key: Key of its trial.
        fingerprint: Fingerprint of the task.

    Returns:
        None if no version gives it this key.
    """
    versions = range(TRAINER, 0, -1)
    return next((version for version in versions if recipe.key(fingerprint, trainer=version) == key), None)
