"""The fixtures of a training."""

from trainers import one_thread, task, trainer  # noqa: F401 - pytest finds them by name
