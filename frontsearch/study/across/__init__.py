"""Finished runs of several studies, and fronts from files, beside one another."""

from frontsearch.study.across.across import Across

__all__ = ["Across"]
