"""The hypothesis profile of every test: derandomised, so that a red run is red for everybody, and without deadlines."""

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci")
