"""What was measured on: processor, cores, system and versions, in one line."""

from importlib.metadata import PackageNotFoundError, version

from frontsearch.folder import hardware

PACKAGES = ("torch", "onnxruntime", "scipy")


def machine_line() -> str:
    """The machine that this runs on, and the versions of what runs networks."""
    return ", ".join([hardware(), *(f"{name} {found}" for name in PACKAGES if (found := _version(name)))])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
