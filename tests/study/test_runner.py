import threading
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.storages import InMemoryStorage

from frontsearch.errors import UserError
from frontsearch.ledger.ledger import Ledger
from frontsearch.recipe import Offspring, Recipe, WeightedSum
from frontsearch.space import Space
from frontsearch.study.run_state import RunState
from frontsearch.study.runner import Runner
from frontsearch.trial import Status, Trial
from frontsearch.workers.worker import SerialExecutor

TASK = "toy"


def recipe(weight, epochs=1.0):
    return Recipe(descent=WeightedSum(l1_weight=weight), epochs=epochs)


def weights(trials):
    return [one.recipe.descent.l1_weight for one in trials]


def evaluate(asked):
    weight = asked.descent.l1_weight
    return Trial(
        key=asked.key(TASK),
        recipe=asked,
        status=Status.COMPLETE,
        objectives=(1 / (1 + weight), weight),
        metrics={},
        epochs=asked.epochs,
        seconds=0.0,
    )


def each(by):
    """``Runner.evaluate`` for several recipes, from a function of one recipe."""
    return lambda asked: tuple(by(one) for one in asked)


def diverge(asked):
    return replace(evaluate(asked), status=Status.DIVERGED, objectives=None, epochs=asked.epochs / 4)


class Scripted:
    """A method that asks for these batches in turn and keeps the trials it is told."""

    def __init__(self, *batches):
        self.batches, self.told = list(batches), []

    def ask(self):
        return self.batches.pop(0) if self.batches else []

    def tell(self, trials):
        self.told.append(trials)


class Doubling:
    """A method that asks for twice the l1 weights of the trials it was told."""

    def __init__(self, first):
        self.next = [recipe(weight) for weight in first]

    def ask(self):
        return self.next

    def tell(self, trials):
        self.next = [recipe(2 * weight) for weight in weights(trials)]


def run_of(method, budget, name="one", repeat=0):
    return RunState(name=name, repeat=repeat, budget=budget, method=method)


def new_ledger():
    return Ledger(InMemoryStorage(), "study", fingerprint=TASK, space=Space({}))


def spend(
    runs, *, by=evaluate, executor=None, workers=1, ledger=None, on_trial=lambda run, trial: None,
    before_training=lambda recipes: None, when_idle=lambda runs: None,
):  # fmt: skip
    ledger = ledger or new_ledger()
    executor = executor or SerialExecutor()
    runner = Runner(
        ledger=ledger, fingerprint=TASK, executor=executor, evaluate=each(by),
        workers=workers if callable(workers) else lambda: workers, on_trial=on_trial, before_training=before_training,
        when_idle=when_idle,
    )  # fmt: skip
    return runner.run(runs)


def reported(runs, ledger):
    runner = Runner(
        ledger=ledger,
        fingerprint=TASK,
        executor=None,
        evaluate=each(evaluate),
        workers=lambda: 1,
        on_trial=lambda run, trial: None,
    )  # fmt: skip
    return runner.run(runs)


class DyingWorker(SerialExecutor):
    """An executor whose worker dies in every training with this l1 weight."""

    def __init__(self, weight):
        self.weight = weight

    def submit(self, fn, recipes):
        if recipes[0].descent.l1_weight != self.weight:
            return super().submit(fn, recipes)
        future = Future()
        future.set_exception(BrokenExecutor("Killed."))
        return future


def test_a_training_that_kills_its_worker_is_a_failed_trial_charged_in_full():
    method, ledger = Scripted([recipe(1), recipe(2, 0.5)], [recipe(3)]), new_ledger()
    (run,) = spend([run_of(method, 2.5)], executor=DyingWorker(2), ledger=ledger)
    failed = run.trials[1]
    assert weights(run.trials) == [1, 2, 3]
    assert (failed.status, failed.objectives, failed.epochs, failed.reason) == (Status.FAILED, None, 0.5, "Killed.")
    assert failed.seconds == 0  # nobody knows how long it took
    assert method.told[0] == list(run.trials[:2])
    again = Scripted([recipe(1), recipe(2, 0.5)], [recipe(3)])
    assert spend([run_of(again, 2.5)], executor=DyingWorker(0), ledger=ledger) == (run,)


@given(
    batches=st.lists(st.lists(st.sampled_from([0.1, 0.2, 0.3, 1.0, 2.5]), min_size=1, max_size=4), max_size=6),
    budget=st.sampled_from([0.3, 0.6, 1.0, 3.0, 7.7]),
)
def test_no_budget_is_overspent(batches, budget):
    weight = iter(range(100))
    asked = [[recipe(next(weight), epochs) for epochs in batch] for batch in batches]
    (run,) = spend([run_of(Scripted(*asked), budget)])
    flat = [one for batch in asked for one in batch]
    spent = sum(one.epochs for one in run.trials)
    assert spent <= budget + 1e-9
    assert [one.recipe for one in run.trials] == flat[: len(run.trials)]
    if len(run.trials) < len(flat):
        assert spent + flat[len(run.trials)].epochs > budget


def test_a_sum_of_fractions_pays_for_the_last_training():
    (run,) = spend([run_of(Scripted(*([recipe(n, 0.1)] for n in range(9))), 0.3)])  # 0.1 + 0.1 + 0.1 > 0.3
    assert weights(run.trials) == [0, 1, 2]


def test_a_batch_is_cut_where_the_budget_ends_and_is_not_told():
    method = Scripted([recipe(1)], [recipe(2), recipe(3), recipe(4)], [recipe(5, 0.5)])
    (run,) = spend([run_of(method, 3.5)])
    assert weights(run.trials) == [1, 2, 3]
    assert [weights(trials) for trials in method.told] == [[1]]
    assert run.budget == 3.5


def test_a_run_ends_when_its_method_has_finished():
    (run,) = spend([run_of(Scripted([recipe(1)], [recipe(2)]), 100.0)])
    assert weights(run.trials) == [1, 2]


def test_diverged_trials_are_charged_the_epochs_they_spent():
    method = Scripted(*([recipe(n)] for n in range(20)))
    (run,) = spend([run_of(method, 2.0)], by=diverge)
    # A training starts only if the budget pays for all of it, but each of these ends after a quarter of its epochs.
    assert len(run.trials) == 5
    assert len(method.told) == 5


def test_trials_in_the_ledger_are_charged_and_not_trained_again():
    ledger, calls = new_ledger(), []

    def counted(asked):
        calls.append(asked.descent.l1_weight)
        return evaluate(asked)

    spend([run_of(Scripted([recipe(1), recipe(2)]), 9.0, "first")], by=counted, ledger=ledger)
    second = Scripted([recipe(2), recipe(3)], [recipe(1), recipe(1), recipe(4)])
    (run,) = spend([run_of(second, 4.0, "second")], by=counted, ledger=ledger)
    assert calls == [1, 2, 3]
    assert weights(run.trials) == [2, 3, 1, 1]
    assert {one.user_attrs["key"] for one in ledger.optuna_study("second", 0).trials} == {one.key for one in run.trials}


def test_a_training_that_two_runs_ask_for_at_once_happens_once():
    ledger, calls, seen = new_ledger(), [], []

    def counted(asked):
        calls.append(asked.descent.l1_weight)
        return evaluate(asked)

    methods = [Scripted([recipe(7), recipe(7), recipe(8)]), Scripted([recipe(7)], [recipe(9), recipe(10)])]
    runs = [run_of(method, 9.0, repeat=repeat) for repeat, method in enumerate(methods)]
    first, second = spend(
        runs, by=counted, executor=AllAtOnce(2), workers=2, ledger=ledger,
        on_trial=lambda run, trial: seen.append((run.repeat, weights([trial])[0])),
    )  # fmt: skip
    assert sorted(calls) == [7, 8, 9, 10]
    assert (weights(first.trials), weights(second.trials)) == ([7, 7, 8], [7, 9, 10])
    assert sorted(seen) == [(0, 7), (0, 7), (0, 8), (1, 7), (1, 9), (1, 10)]
    assert [len(ledger.optuna_study("one", repeat).trials) for repeat in (0, 1)] == [2, 3]


class AllAtOnce(Executor):
    """An executor that holds calls back until ``size`` were submitted and then finishes all at once."""

    def __init__(self, size):
        self.size, self.held = size, []

    def submit(self, fn, /, *args):
        future = Future()
        self.held.append((future, fn, args))
        if len(self.held) == self.size:
            self.release()
        return future

    def release(self):
        held, self.held = self.held, []
        for future, fn, args in held:
            try:
                future.set_result(fn(*args))
            except Exception as error:  # noqa: BLE001 - as executors do
                future.set_exception(error)


def test_trials_are_told_in_the_order_asked_whichever_finishes_first():
    ended, order = [threading.Event() for _ in range(3)], []

    def backwards(asked):
        place = int(asked.descent.l1_weight)
        if place < 2:
            assert ended[place + 1].wait(30)
        order.append(place)
        ended[place].set()
        return evaluate(asked)

    method = Scripted([recipe(n) for n in range(3)])
    with ThreadPoolExecutor(3) as threads:
        (run,) = spend([run_of(method, 3.0)], by=backwards, executor=threads, workers=3)
    assert order == [2, 1, 0]
    assert weights(run.trials) == [0, 1, 2]
    assert [weights(trials) for trials in method.told] == [[0, 1, 2]]


def test_a_worker_that_is_free_trains_on_while_another_is_busy():
    others_ended = threading.Event()

    def by(asked):
        if asked.descent.l1_weight == 1:
            assert others_ended.wait(30)
        if asked.descent.l1_weight == 4:
            others_ended.set()
        return evaluate(asked)

    runs = [run_of(Scripted([recipe(1)]), 1.0, "long"), run_of(Scripted([recipe(2)], [recipe(3)], [recipe(4)]), 3.0)]
    with ThreadPoolExecutor(2) as threads:
        long, short = spend(runs, by=by, executor=threads, workers=2)
    assert (weights(long.trials), weights(short.trials)) == ([1], [2, 3, 4])


@pytest.mark.parametrize(("first", "later"), [(1, 1), (1, 3), (3, 2)])
def test_the_executor_has_as_many_trainings_at_once_as_there_are_workers(first, later):
    submitted, recorded, under_way = [], [], []

    def on_trial(_, trial):
        under_way.append(len(submitted) - len(recorded))
        recorded.append(trial)

    spend(
        [run_of(Scripted([recipe(n) for n in range(7)]), 7.0)], workers=lambda: later if recorded else first,
        on_trial=on_trial, before_training=submitted.extend,
    )  # fmt: skip
    assert (max(under_way[:first]), max(under_way[first:])) == (first, later)
    assert len(recorded) == 7


def test_only_trainings_that_the_ledger_lacks_are_announced_and_before_they_begin():
    ledger, events = new_ledger(), []
    spend([run_of(Scripted([recipe(1)]), 1.0, "first")], ledger=ledger)

    def noted(asked):
        events.append(("trained", asked))
        return evaluate(asked)

    known, begun = run_of(Scripted([recipe(1)]), 1.0, "known"), run_of(Scripted([recipe(1), recipe(2)]), 2.0, "begun")
    spend(
        [known, begun], by=noted, ledger=ledger,
        before_training=lambda recipes: events.extend(("announced", one) for one in recipes),
    )  # fmt: skip
    assert events == [("announced", recipe(2)), ("trained", recipe(2))]
    assert (known.training_started, begun.training_started) == (False, True)


@pytest.mark.parametrize("workers", [2, 3, 4])
def test_the_number_of_workers_does_not_change_the_trials(workers):
    def study():
        return [run_of(Doubling([1, 3, 5]), 14.0, "odd"), run_of(Doubling([2, 3]), 9.0, "some")]

    expected = spend(study())
    with ThreadPoolExecutor(workers) as threads:
        assert spend(study(), executor=threads, workers=workers) == expected
    assert weights(expected[0].trials)[:7] == [1, 3, 5, 2, 6, 10, 4]
    assert len(expected[0].trials) == 14


def test_an_error_of_a_training_is_raised_after_finished_trials_are_recorded():
    ledger = new_ledger()

    def broken(asked):
        if asked.descent.l1_weight == 1:
            raise UserError("The checkpoint is missing.")
        return evaluate(asked)

    batch = [recipe(n) for n in (1, 2, 3)]
    with pytest.raises(UserError, match="checkpoint is missing"):
        spend([run_of(Scripted(batch), 3.0)], by=broken, executor=AllAtOnce(3), workers=3, ledger=ledger)
    assert [ledger.lookup(one.key(TASK)) is not None for one in batch] == [False, True, True]


def test_without_an_executor_nothing_is_trained_and_a_run_ends_at_its_first_missing_trial():
    ledger = new_ledger()
    spend([run_of(Doubling([1, 3]), 4.0, "half"), run_of(Doubling([5]), 3.0, "whole")], ledger=ledger)
    half, whole, none = reported(
        [
            run_of(Doubling([1, 3]), 8.0, "half"),
            run_of(Doubling([5]), 3.0, "whole"),
            run_of(Doubling([7]), 3.0, "none"),
        ],
        ledger,
    )
    assert [weights(run.trials) for run in (half, whole, none)] == [[1, 3, 2, 6], [5, 10, 20], []]
    assert [run.finished for run in (half, whole, none)] == [False, True, False]


def test_without_an_executor_a_run_has_the_recorded_trials_of_an_incomplete_batch():
    ledger = new_ledger()
    spend([run_of(Scripted([recipe(1), recipe(2)]), 2.0)], ledger=ledger)
    method = Scripted([recipe(1), recipe(2), recipe(3)])
    (run,) = reported([run_of(method, 9.0)], ledger)
    assert weights(run.trials) == [1, 2]
    assert method.told == []
    runs = [run_of(Scripted([recipe(1), recipe(3), recipe(2)]), 9.0, name) for name in ("one", "another")]
    for run in reported(runs, ledger):  # both lack the same trial
        assert (weights(run.trials), run.finished) == ([1], False)


def test_a_report_does_not_change_the_ledger():
    ledger = new_ledger()
    spend([run_of(Scripted([recipe(1)]), 1.0, "first")], ledger=ledger)
    (run,) = reported([run_of(Scripted([recipe(1)]), 1.0, "second")], ledger)
    assert weights(run.trials) == [1]
    assert [len(ledger.trials(name, 0)) for name in ("first", "second")] == [1, 0]


def test_the_run_that_has_used_the_least_of_its_budget_is_served_first():
    order = []

    def noted(asked):
        order.append(asked.descent.l1_weight)
        return evaluate(asked)

    small = Scripted([recipe(n) for n in (1, 2, 3, 4)])  # a quarter of the budget each
    large = Scripted([recipe(n, 2.0) for n in (10, 20)])  # half of it
    spend([run_of(small, 4.0, "small"), run_of(large, 4.0, "large")], by=noted)
    assert order == [1, 10, 2, 3, 20, 4]


def test_the_callback_sees_recorded_trials_and_the_epochs_done_so_far():
    ledger, seen = new_ledger(), []

    def on_trial(run, trial):
        assert ledger.trials(run.name, run.repeat)[-1] == trial
        seen.append((run.epochs_done, weights([trial])[0]))

    spend([run_of(Doubling([1, 3]), 4.0)], ledger=ledger, on_trial=on_trial)
    assert seen == [(1.0, 1), (2.0, 3), (3.0, 2), (4.0, 6)]


def cross(number):
    return replace(recipe(number), start=Offspring(trial="a", other="b"), epochs=0.25)


def test_consecutive_crossovers_are_started_together_and_trainings_one_by_one():
    begun, ledger = [], new_ledger()

    def together(asked):
        begun.append(weights(asked_as_trials := tuple(evaluate(one) for one in asked)))
        return asked_as_trials

    def run():
        batches = [recipe(1), recipe(2)], [cross(3), cross(4), cross(5)], [cross(6), recipe(7), cross(8), cross(9)]
        return run_of(Scripted(*batches), 9.0)

    runner = Runner(
        ledger=ledger, fingerprint=TASK, executor=SerialExecutor(), evaluate=together, workers=lambda: 1,
        on_trial=lambda run, trial: None,
    )  # fmt: skip
    (first,) = runner.run([run()])
    assert begun == [[1], [2], [3, 4, 5], [6], [7], [8, 9]]
    assert weights(first.trials) == list(range(1, 10))
    assert runner.run([run()]) == (first,)
    assert len(begun) == 6


@pytest.mark.parametrize(("workers", "beside"), [(1, 0), (2, 1), (3, 2)])
def test_workers_that_no_batch_wants_are_given_other_work(workers, beside):
    asked, other = [], []

    def when_idle(runs):
        asked.append([len(run.trials) for run in runs])
        other.append(Future())  # takes until the end of the study
        return other[-1]

    spend([run_of(Doubling([1]), 3)], workers=workers, when_idle=when_idle)
    assert asked == [[0]] * beside


def test_a_batch_that_takes_all_workers_leaves_none_to_other_work():
    asked = []
    spend([run_of(Scripted([recipe(1), recipe(2)], [recipe(3)]), 3)], workers=2, when_idle=asked.append)
    assert len(asked) == 1  # beside the last training


def test_other_work_is_given_out_as_long_as_there_is_any_while_one_training_runs():
    ended, waiting = threading.Event(), [0, 1, 2]
    with ThreadPoolExecutor(2) as pool:

        def when_idle(runs):
            if waiting:
                return pool.submit(waiting.pop)
            ended.set()
            return None

        def by(asked):
            assert ended.wait(60)
            return evaluate(asked)

        spend([run_of(Scripted([recipe(1)]), 1)], executor=pool, workers=2, by=by, when_idle=when_idle)
    assert not waiting
