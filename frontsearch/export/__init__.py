"""Export: a network as a file that is smaller and as fast as it gets, checked before it is written.

In: a task and the weights of one of its networks. Out: the content of a file, what was left out of the network, and the
lines that load the file. Read ``exporting.py`` first; each format is one function in ``formats.py``, ``loading.py``
reads safetensors files back into a network, ``measuring.py`` measures sizes and times, and ``measuring_files.py`` those
of ONNX files.
"""

from frontsearch.export.exporting import Exported, compacted_network, exported
from frontsearch.export.formats import FORMATS, format_of
from frontsearch.export.loading import load_network
from frontsearch.export.measuring import benchmark
from frontsearch.export.measuring_files import FileBenchmark, benchmark_files

__all__ = [
    "FORMATS", "Exported", "FileBenchmark", "benchmark", "benchmark_files", "compacted_network", "exported",
    "format_of", "load_network",
]  # fmt: skip
