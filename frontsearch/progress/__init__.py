"""What a study says while it runs."""

from frontsearch.progress.watching import watching

__all__ = ["watching"]
