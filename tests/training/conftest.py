"""Makes the fixtures for trainings available."""

from trainers import one_thread, task, trainer  # noqa: F401 - pytest finds them by name
