import json
import os
from contextlib import ExitStack
from dataclasses import replace

import optuna
import pytest
from optuna.trial import TrialState

from frontsearch.errors import UserError
from frontsearch.ledger import lease
from frontsearch.ledger.ledger import INITIAL_TRIALS, Ledger
from frontsearch.ledger.redaction import hide_password
from frontsearch.ledger.storage import open_storage
from frontsearch.recipe import MultiGradient, Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.space import Choice, Range, Space
from frontsearch.trial import Run, Status, Trial

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


ENTRY = {"plan": "digest", "versions": "digest", "trials": [0], "cut": False}  # of a finished run


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
    assert [read.lookup("ff" * 16), read.find("ff" * 16)] == [None, None]


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


def test_initial_trials_are_found_and_are_none_of_the_study(location):
    written = ledger_at(location)
    for run, one in zip([(INITIAL_TRIALS, 0), ("path", 0), ("path", 1)], TRIALS, strict=True):
        written.record(*run, one)
    for ledger in (written, ledger_at(location)):
        assert [ledger.find(one.key) for one in TRIALS] == TRIALS
        assert [ledger.lookup(one.key) for one in TRIALS] == [None, *TRIALS[1:]]
        assert list(ledger.recorded) == TRIALS[1:]
        assert ledger.find("ff" * 16) is None
        assert ledger.trials(INITIAL_TRIALS, 0) == (TRIALS[0],)
        assert [ledger.trials("path", repeat) for repeat in range(3)] == [(TRIALS[1],), (TRIALS[2],), ()]


def several_runs(location):
    """A ledger with three runs, two of which share a trial, and an initial trial."""
    first, second, third = TRIALS
    ledger = ledger_at(location)
    for *run, one in [
        ("path", 0, first), ("path", 0, second), ("path", 1, first), ("random", 0, second), (INITIAL_TRIALS, 0, third),
    ]:  # fmt: skip
        ledger.record(*run, one)
    return ledger


def test_a_trial_that_was_trained_again_counts_in_every_run_that_has_it(location):
    first, second, third = TRIALS
    again, initial = replace(first, objectives=(0.2, 2.0)), replace(third, objectives=(0.3, 4.0))
    written = several_runs(location)
    for one in (again, initial, replace(first, key="ff" * 16)):  # no run has the last
        written.replace(one)
    for ledger in (written, ledger_at(location)):
        assert ledger.trials("path", 0) == (again, second)
        assert [ledger.trials(*run) for run in [("path", 1), ("random", 0)]] == [(again,), (second,)]
        assert list(ledger.recorded) == [again, second]
        assert (ledger.lookup(third.key), ledger.find(third.key)) == (None, initial)
        assert ledger.find("ff" * 16) is None


def test_keys_outside_some_runs_are_those_that_any_other_run_has(location):
    first, second, third = TRIALS

    def outside(ledger, **trials):
        runs = [Run(method=name, repeat=0, budget=1.0, trials=of_run) for name, of_run in trials.items()]
        return ledger.keys_outside(runs)

    for ledger in (several_runs(location), ledger_at(location)):
        assert outside(ledger) == {first.key, second.key, third.key}
        assert outside(ledger, path=(first, second), random=(second,)) == {
            first.key,
            third.key,
        }  # the first is in path/1, too
        assert outside(ledger, path=(first,), random=(second,)) == {first.key, second.key, third.key}
        assert outside(ledger, path=(first, second), other=(third,)) == {first.key, second.key, third.key}


def test_certificates_of_every_run_are_known_and_stored_with_theirs(location):
    written = ledger_at(location)
    written.record_certificates("path", 0, {"a": 0.1})
    written.record_certificates("path", 1, {"b": 0.2})
    written.record_certificates("path", 0, {"c": 0.3})
    for ledger in (written, ledger_at(location)):
        assert ledger.certificates == {"a": 0.1, "b": 0.2, "c": 0.3}
        stored = [ledger.optuna_study("path", repeat).user_attrs["certificates"] for repeat in (0, 1)]
        assert stored == [{"a": 0.1, "c": 0.3}, {"b": 0.2}]


def test_the_last_entry_of_a_finished_run_counts(location):
    written = ledger_at(location)
    written.mark_finished("path", 0, {**ENTRY, "plan": "an earlier one"})
    written.mark_finished("path", 0, ENTRY)
    written.mark_finished("path", 1, {**ENTRY, "cut": True})
    for ledger in (written, ledger_at(location)):
        entries = [ledger.finished_entry("path", repeat) for repeat in range(3)]
        assert entries == [ENTRY, {**ENTRY, "cut": True}, {}]
    assert len(optuna.get_all_study_names(written.storage)) == 2  # looking a run up does not create it


def test_trial_numbers_are_optunas_and_only_of_trials_that_the_study_recorded(location):
    ledger = ledger_at(location)
    ledger.record("path", 0, TRIALS[0])
    ledger.optuna_study("path", 0).add_trial(optuna.trial.create_trial(values=[1.0, 2.0]))
    ledger.record("path", 0, TRIALS[1])
    ledger.record("path", 1, TRIALS[1])
    assert ledger.trial_numbers("path", 0) == {TRIALS[0].key: 0, TRIALS[1].key: 2}
    assert ledger.trial_numbers("path", 1) == {TRIALS[1].key: 0}


def test_folders_are_listed_with_the_study_alone(location):
    written = ledger_at(location)
    assert not written.has_folder("one")
    written.add_folder("one")
    for ledger in (written, ledger_at(location)):
        assert [ledger.has_folder(identifier) for identifier in ("one", "two")] == [True, False]
    assert not ledger_at(location, name="other").has_folder("one")


def test_the_comparison_is_an_optuna_study_without_trials_and_no_run(location):
    for _ in range(2):
        study = ledger_at(location).comparison_study()
        assert (study.study_name, study.trials) == ("mine/comparison", [])
        assert (study.metric_names, study.user_attrs) == (["cross_entropy", "l1"], {"task": TASK})
    assert optuna.get_all_study_names(open_storage(location, to_write=True)) == ["mine/comparison"]


def test_what_a_journal_has_is_not_written_again(tmp_path):
    journal = tmp_path / "ledger.journal"

    def write():
        ledger = ledger_at(journal)
        with ledger.leased([("path", 0)], folder=tmp_path):
            ledger.record("path", 0, TRIALS[0])
            ledger.record_certificates("path", 0, {"a": 0.1})
            ledger.comparison_study()
        lines = map(json.loads, journal.read_bytes().splitlines())
        return [line for line in lines if line["op_code"] in (2, 4)]  # user attributes and trials

    assert write() == write()


def test_a_lease_begins_with_what_others_recorded_before_it(location, tmp_path):
    ours, others = ledger_at(location), ledger_at(location)
    ours.record("path", 0, TRIALS[0])
    others.record("path", 1, TRIALS[1])
    others.record_certificates("path", 1, {"b": 0.2})
    assert ours.lookup(TRIALS[1].key) is None
    with ours.leased([("path", 0)], folder=tmp_path):
        assert ours.lookup(TRIALS[1].key) == TRIALS[1]
        assert ours.lookup(TRIALS[0].key) is TRIALS[0]  # what is known is not read again
        assert ours.certificates == {"b": 0.2}


def test_nothing_is_recorded_for_a_run_that_another_coordinator_has_taken_over(location, tmp_path, monkeypatch):
    ours, others = ledger_at(location), ledger_at(location)
    with ExitStack() as both:
        with monkeypatch.context() as asleep:
            asleep.setattr(lease, "LEASE_SECONDS", -1)  # so long that ours expired
            both.enter_context(ours.leased([("path", 0)], folder=tmp_path / "a"))
        both.enter_context(others.leased([("path", 0)], folder=tmp_path / "b"))
        with pytest.raises(UserError, match=r"The run mine/path/0 is being trained by process \d+"):
            ours.record("path", 0, TRIALS[0])
        others.record("path", 0, TRIALS[1])
    assert ledger_at(location).trials("path", 0) == (TRIALS[1],)


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


def full_after(writes):
    """``os.fsync`` of a disk that is full after this many writes."""
    left, sync = iter(range(writes)), os.fsync

    def fsync(file):
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        sync(file)

    return fsync


@pytest.mark.parametrize("writes", range(6))
def test_a_run_that_could_not_be_begun_is_begun_by_the_next_command(tmp_path, monkeypatch, writes):
    journal = tmp_path / "ledger.journal"
    ledger = ledger_at(journal)
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full_after(writes))
        with pytest.raises(UserError, match="No space left"):
            ledger.record("path", 0, TRIALS[0])
    again = ledger_at(journal)
    again.record("path", 0, TRIALS[0])
    study = again.optuna_study("path", 0)
    assert study.user_attrs == {"method": "path", "repeat": 0, "task": TASK}
    assert (study.metric_names, len(study.trials)) == (["cross_entropy", "l1"], 1)


def test_another_task_in_the_same_storage_is_refused(location):
    ledger_at(location).record("path", 0, TRIALS[0])
    with pytest.raises(
        UserError,
        match=r"mine/path/0 of another task \(0123456789abcdef and not feed\); give this study another name or another "
        r"--storage\.",
    ):
        ledger_at(location, fingerprint="feed")
    assert ledger_at(location, name="other", fingerprint="feed").lookup(TRIALS[0].key) is None


def test_another_task_is_refused_before_it_has_trials(location):
    ledger_at(location).optuna_study("path", 0)
    with pytest.raises(UserError, match="another task"):
        ledger_at(location, fingerprint="feed")


def test_another_task_that_took_the_name_meanwhile_is_refused(location, tmp_path):
    ours = ledger_at(location)
    others = ledger_at(location, fingerprint="feed")
    others.optuna_study("path", 0)
    others.comparison_study()
    with pytest.raises(UserError, match="mine/path/0 of another task"):
        ours.record("path", 0, TRIALS[0])
    with pytest.raises(UserError, match="mine/comparison of another task"), ours.leased([], folder=tmp_path):
        pytest.fail("two tasks had the name")
    assert others.optuna_study("path", 0).user_attrs["task"] == "feed"


def test_where_the_task_is_damaged_the_keys_of_the_trials_say_which_it_was(location):
    written = ledger_at(location)
    for run, one in zip([("path", 0), ("path", 1), ("random", 0)], TRIALS, strict=True):
        written.record(*run, one)
    written.optuna_study("path", 0).set_user_attr("task", [1])
    found = ledger_at(location)
    assert [found.lookup(one.key) for one in TRIALS] == TRIALS
    assert found.set_aside == ("The attribute task of mine/path/0 is damaged, so it is left out.",)
    with pytest.raises(UserError, match="mine/path/0 of another task"):
        ledger_at(location, fingerprint="feed")


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
        as_before = rf"\[space\] must have '{name}' as it was when mine/path/0 was begun in this storage"
        with pytest.raises(UserError, match=as_before), own:
            pass
    else:
        with own:
            changed.record("path", 0, trial(replace(inside, seed=1)))


@pytest.mark.parametrize(
    ("what", "write", "writes"),
    [
        (f"Trial {TRIALS[0].key}", lambda ledger: ledger.record("path", 0, TRIALS[0]), 0),
        ("The certificates", lambda ledger: ledger.record_certificates("path", 0, {"a": 0.1}), 0),
        ("The end of a run", lambda ledger: ledger.mark_finished("path", 0, ENTRY), 0),
        ("The Optuna study mine/path/1", lambda ledger: ledger.optuna_study("path", 1), 0),
        ("The Optuna study mine/path/1", lambda ledger: ledger.optuna_study("path", 1), 1),
        ("The Optuna study mine/comparison", lambda ledger: ledger.add_folder("one"), 0),
        ("The output folder", lambda ledger: ledger.add_folder("one"), 1),
    ],
)
def test_a_storage_that_can_no_longer_be_written_to_is_one_sentence(tmp_path, monkeypatch, what, write, writes):
    ledger = ledger_at(tmp_path / "ledger.journal")
    ledger.optuna_study("path", 0)
    monkeypatch.setattr("os.fsync", full_after(writes))
    with pytest.raises(UserError) as caught:
        write(ledger)
    assert str(caught.value) == f"{what} could not be recorded in the storage: [Errno 28] No space left on device."
