import json
from dataclasses import replace

import optuna
import pytest
from optuna.trial import TrialState

from frontsearch.errors import UserError
from frontsearch.ledger.ledger import Ledger
from frontsearch.ledger.redaction import hide_password
from frontsearch.ledger.storage import open_storage
from frontsearch.recipe import MultiGradient, Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.space import Choice, Range, Space
from frontsearch.trial import Status, Trial

TASK = "0123456789abcdef"
SIZES = {"l1": 3.0, "nonzeros": 7, "prunable": 8, "sparsity": 0.125}
WITHIN = Space(
    {
        "l1_weight": Range(low=0.01, high=1.0, log=True),
        "pruning_every": Range(low=2, high=5, integer=True),
        "optimiser": Choice(options=("prox-sgd", "sgd")),
        "momentum": Range(low=0.0, high=0.99, only_if={"optimiser": ["sgd"]}),
    }
)


def trial(recipe, *, diverged=False):
    return Trial(
        key=recipe.key(TASK),
        recipe=recipe,
        status=Status.DIVERGED if diverged else Status.COMPLETE,
        objectives=None if diverged else (0.1 + 0.2, 3.0),
        metrics={} if diverged else {**SIZES, "test_error": 1 / 3},
        epochs=0.1 if diverged else 2.5,
        seconds=0.123456789012345,
    )


TRIALS = [
    trial(Recipe(descent=WeightedSum(l1_weight=0.1))),
    trial(Recipe(descent=WeightedSum(l1_weight=0.2)), diverged=True),
    trial(
        Recipe(
            descent=MultiGradient(l1_scale=0.5),
            optimiser="sgd",
            start=WarmStart(trial="ab" * 16, optimiser=True),
        )
    ),
]


def ledger_at(location, *, name="mine", fingerprint=TASK, space=WITHIN):
    return Ledger(open_storage(location, to_write=True), name, fingerprint=fingerprint, space=space)


@pytest.fixture(params=["journal", "sqlite"])
def location(request, tmp_path):
    return tmp_path / "new" / "ledger.journal" if request.param == "journal" else f"sqlite:///{tmp_path}/study.db"


def test_trials_are_equal_after_reading_them_back(location):
    written = ledger_at(location)
    for one in TRIALS:
        written.record("path", 0, one)
    read = ledger_at(location)
    assert [read.lookup(one.key) for one in TRIALS] == TRIALS
    assert [written.lookup(one.key) for one in TRIALS] == TRIALS
    assert read.lookup("ff" * 16) is None


def test_every_run_is_an_optuna_study_with_metric_names(location):
    ledger = ledger_at(location)
    ledger.record("path", 0, TRIALS[0])
    ledger.record("path", 1, TRIALS[0])
    ledger.record("random", 0, TRIALS[1])
    storage = open_storage(location, to_write=True)
    names = {"mine/path/0", "mine/path/1", "mine/random/0"}
    assert set(optuna.get_all_study_names(storage)) == names
    for name in names:
        study = optuna.load_study(study_name=name, storage=storage)
        assert study.metric_names == ["cross_entropy", "l1"]
        assert study.directions == [optuna.study.StudyDirection.MINIMIZE] * 2
        assert study.user_attrs == {"method": name.split("/")[1], "repeat": int(name[-1]), "task": TASK}


def test_the_loss_of_earlier_trials_is_read_by_its_own_name(location):
    written = replace(TRIALS[0], metrics={**SIZES, "validation_cross_entropy": 0.25, "test_error": 0.5})
    ledger_at(location).record("path", 0, written)
    storage = open_storage(location, to_write=True)
    read = Ledger(storage, "mine", fingerprint=TASK, space=Space({}), objectives=("huber_loss", "l1")).lookup(
        TRIALS[0].key
    )
    assert read == replace(written, metrics={**SIZES, "validation_huber_loss": 0.25, "test_error": 0.5})


def test_a_trial_is_recorded_once_a_run(location):
    for _ in range(2):
        ledger = ledger_at(location)
        ledger.record("path", 0, TRIALS[0])
        ledger.record("path", 0, TRIALS[0])
    ledger.record("path", 1, TRIALS[0])
    assert [len(ledger.optuna_study("path", repeat).trials) for repeat in (0, 1)] == [1, 1]


def test_the_reason_of_a_failed_trial_is_read_back(location):
    failed = replace(TRIALS[1], status=Status.FAILED, reason="Killed.")
    ledger_at(location).record("path", 0, failed)
    assert ledger_at(location).lookup(failed.key) == failed


def test_a_diverged_trial_is_a_failed_one_in_optuna(location):
    ledger = ledger_at(location)
    for one in TRIALS:
        ledger.record("path", 0, one)
    states = [frozen.state for frozen in ledger.optuna_study("path", 0).trials]
    assert states == [TrialState.COMPLETE, TrialState.FAIL, TrialState.COMPLETE]


def test_optuna_parameters_are_only_values_that_a_search_of_the_space_could_draw(location):
    ledger = ledger_at(location)
    fits = Recipe(descent=WeightedSum(l1_weight=1.0), optimiser="prox-sgd")
    for recipe in (fits, Recipe(descent=WeightedSum(l1_weight=2.0)), TRIALS[2].recipe):
        ledger.record("path", 0, trial(recipe))
    params = [frozen.params for frozen in ledger.optuna_study("path", 0).trials]
    assert params == [{"l1_weight": 1.0, "optimiser": "prox-sgd"}, {}, {"optimiser": "sgd", "momentum": 0.9}]


@pytest.mark.parametrize("torn", [b'{"op_code"', b"\xff\xfe half", b"{"])
def test_only_a_partial_last_line_of_a_journal_is_lost(tmp_path, torn):
    journal = tmp_path / "ledger.journal"
    ledger = ledger_at(journal)
    for one in TRIALS[:2]:
        ledger.record("path", 0, one)
    whole = journal.read_bytes()
    journal.write_bytes(whole + torn)
    again = ledger_at(journal)
    assert journal.read_bytes() == whole
    assert [again.lookup(one.key) for one in TRIALS] == [*TRIALS[:2], None]
    again.record("path", 0, TRIALS[2])
    assert [ledger_at(journal).lookup(one.key) for one in TRIALS] == TRIALS
    assert all(json.loads(line) for line in journal.read_bytes().splitlines())


def test_a_reader_leaves_a_partial_line_that_another_process_may_be_writing(tmp_path):
    journal = tmp_path / "ledger.journal"
    ledger_at(journal).record("path", 0, TRIALS[0])
    journal.write_bytes(journal.read_bytes() + b'{"op_code"')
    before = journal.read_bytes()
    storage = open_storage(journal, to_write=False)
    assert len(optuna.load_study(study_name="mine/path/0", storage=storage).trials) == 1
    assert journal.read_bytes() == before


def test_a_password_is_never_shown():
    assert hide_password("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"
    assert hide_password("sqlite:///a@b:c.db") == "sqlite:///a@b:c.db"
    assert hide_password("postgresql://me@host:5432/db") == "postgresql://me@host:5432/db"
    assert hide_password("postgresql:/me:secret@host/db") == "***@host/db"
    assert hide_password("me:secret@host/db") == "***@host/db"
    assert hide_password("postgresql://host/db?PASSWORD=a&sslpassword=b") == (
        "postgresql://host/db?PASSWORD=***&sslpassword=***"
    )
    with pytest.raises(UserError) as caught:
        open_storage("nonsense://me:secret@host/db", to_write=True)
    assert "secret" not in str(caught.value)


def test_only_a_trial_that_was_cut_off_at_the_end_of_a_journal_is_lost(tmp_path):
    journal = tmp_path / "ledger.journal"
    ledger = ledger_at(journal)
    for one in TRIALS:
        ledger.record("path", 0, one)
    journal.write_bytes(journal.read_bytes()[:-20])
    assert [ledger_at(journal).lookup(one.key) for one in TRIALS] == [*TRIALS[:2], None]


@pytest.mark.parametrize("attributes", [0, 1, 2])
def test_an_optuna_study_whose_creation_was_interrupted_is_completed(location, attributes):
    storage = open_storage(location, to_write=True)
    study = optuna.create_study(study_name="mine/path/0", storage=storage, directions=["minimize"] * 2)
    for name, value in [("method", "path"), ("repeat", 0)][:attributes]:
        study.set_user_attr(name, value)
    ledger = ledger_at(location)
    ledger.record("path", 0, TRIALS[0])
    assert ledger.optuna_study("path", 0).user_attrs == {"method": "path", "repeat": 0, "task": TASK}
    assert ledger.optuna_study("path", 0).metric_names == ["cross_entropy", "l1"]


def test_another_task_in_the_same_storage_is_refused(location):
    ledger_at(location).record("path", 0, TRIALS[0])
    with pytest.raises(UserError, match=r"mine/path/0 of another task \(0123456789abcdef and not feed\)"):
        ledger_at(location, fingerprint="feed")
    assert ledger_at(location, name="other", fingerprint="feed").lookup(TRIALS[0].key) is None


def test_an_unrelated_optuna_study_of_the_same_name_is_refused(location):
    study = optuna.create_study(
        study_name="mine/path/0", storage=open_storage(location, to_write=True), directions=["minimize"] * 2
    )
    study.add_trial(optuna.trial.create_trial(values=[1.0, 2.0]))
    with pytest.raises(UserError, match="another task"):
        ledger_at(location)


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "://",
        "foo://bar",
        "postgresql://127.0.0.1:9/studies",
        "mysql+nodriver://127.0.0.1:9/studies",
        "sqlite:////no/such/folder/study.db",
        "redis://127.0.0.1:9",
    ],
)
def test_a_storage_that_cannot_be_opened_is_one_sentence(url):
    with pytest.raises(UserError) as caught:
        open_storage(url, to_write=True)
    sentence = str(caught.value)
    assert sentence.startswith("--storage must be a storage URL")
    assert repr(url) in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert not sentence.endswith("..")


def test_a_file_that_is_not_a_database_is_one_sentence(tmp_path):
    (tmp_path / "study.db").write_text("not a database, only long enough to be taken for one " * 100)
    with pytest.raises(UserError, match="--storage"):
        open_storage(f"sqlite:///{tmp_path}/study.db", to_write=True)


def test_a_folder_or_a_file_in_the_way_of_the_journal_is_one_sentence(tmp_path):
    (tmp_path / "ledger.journal").mkdir()
    (tmp_path / "file").write_text("")
    for journal, must in (("ledger.journal", "be a study's Optuna journal"), ("file/ledger.journal", "be a folder")):
        with pytest.raises(UserError, match=f"must {must}"):
            open_storage(tmp_path / journal, to_write=True)


def test_a_database_to_be_read_must_exist(tmp_path):
    with pytest.raises(UserError, match="the file does not exist"):
        open_storage(f"sqlite:///{tmp_path}/study.db", to_write=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url):
    with pytest.raises(UserError, match="gone when the process ends"):
        open_storage(url, to_write=True)


@pytest.mark.parametrize(
    "entry",
    [Choice(options=("adam", "prox-sgd", "sgd")), Range(low=0.1, high=0.9)],
    ids=["other options", "another kind"],
)
def test_a_changed_space_that_a_database_cannot_store_is_refused_before_training(location, tmp_path, entry):
    inside = Recipe(descent=WeightedSum(l1_weight=0.1), optimiser="prox-sgd", pruning=Pruning(every=3))
    ledger_at(location).record("path", 0, trial(inside))
    name = "optimiser" if isinstance(entry, Choice) else "pruning_every"
    changed = ledger_at(location, space=Space(dict(WITHIN.entries) | {name: entry}))
    others = changed.leased([("random", 0)], folder=tmp_path)
    with others:
        pass
    own = changed.leased([("path", 0)], folder=tmp_path)
    if isinstance(location, str):
        with pytest.raises(UserError, match=rf"\[space\] must have '{name}' as it was"), own:
            pass
    else:
        with own:
            changed.record("path", 0, trial(replace(inside, seed=1)))


def test_a_storage_that_can_no_longer_be_written_to_is_one_sentence(tmp_path, monkeypatch):
    ledger = ledger_at(tmp_path / "ledger.journal")
    ledger.optuna_study("path", 0)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match=r"could not be recorded in the storage: \[Errno 28\] No space left"):
        ledger.record("path", 0, TRIALS[0])
