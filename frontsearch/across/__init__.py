"""Finished runs of several studies, and fronts from files, beside one another."""

from frontsearch.across.across import Across

__all__ = ["Across"]
