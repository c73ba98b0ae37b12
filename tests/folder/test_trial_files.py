"""Files by trial key: of many keys, only those that have a file are looked at one by one."""

import pytest

from frontsearch.errors import UserError
from frontsearch.folder import Directory, Folder

KEYS = [f"{number:032x}" for number in range(1000)]


def test_of_many_trials_only_those_with_files_are_touched(tmp_path, monkeypatch):
    folder, deleted = Folder(tmp_path), []
    folder.weights.write(KEYS[7], b"weights")
    folder.learning_curves.write(KEYS[8], b"{}")
    (folder.checkpoints / f"{KEYS[9]}.safetensors").symlink_to(tmp_path)
    (folder.checkpoints / "other.safetensors").write_bytes(b"")
    assert folder.weights.among(KEYS) == [KEYS[7], KEYS[9]]
    delete = Directory.delete
    monkeypatch.setattr(Directory, "delete", lambda self, name: (deleted.append(name), delete(self, name)))
    folder.delete(KEYS)
    assert deleted == [f"{KEYS[7]}.safetensors", f"{KEYS[9]}.safetensors", f"{KEYS[8]}.json"]
    assert [path.name for path in folder.checkpoints.iterdir()] == ["other.safetensors"]
    assert Folder(tmp_path / "none").weights.among(KEYS) == []


def test_what_is_no_key_is_refused(tmp_path):
    with pytest.raises(UserError, match="must be 32 hexadecimal digits; found"):
        Folder(tmp_path).weights.among(["../up"])
