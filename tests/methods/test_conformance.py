"""Rules that every method must keep, with its defaults and with small options."""

import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import islice, pairwise, product

import pytest
from toys import MIXED, SMALL, Toy, batches, configured, setting, spend

from frontsearch.methods import METHODS, SharesBudget, start
from frontsearch.methods.base import AskTell
from frontsearch.recipe import Recipe
from frontsearch.space import Range, Space

CONFIGURED = configured()
TOYS = {
    "exact": Toy(),
    "noisy": Toy(noise=0.3),
    "some diverged": Toy(noise=0.1, diverging=0.4),
    "all diverged": Toy(diverging=1.0),
    "cliff": Toy(cliff=0.2, biased=True),
}


@pytest.fixture(params=CONFIGURED.values(), ids=CONFIGURED)
def method(request):
    return request.param


@pytest.fixture(params=TOYS.values(), ids=TOYS)
def toy(request):
    return request.param


@cache
def spent(method, toy):
    """The trials of one budget, cached for all tests."""
    return spend(method, setting(budget=30.0), toy)


def recipes(trials):
    return [trial.recipe for trial in trials]


def test_every_method_is_tested_here():
    assert {name.removesuffix("-small").removesuffix("-warm").removesuffix("-planned") for name in CONFIGURED} == set(
        METHODS
    )


def test_the_same_setting_and_outcomes_give_the_same_trainings(method):
    toy = TOYS["some diverged"]
    assert recipes(spend(method, setting(budget=30.0), toy)) == recipes(spent(method, toy))


@pytest.mark.parametrize("name", ["gmp", "one-cycle", "st3"])
def test_a_method_that_prunes_refuses_an_optimiser_that_does_not_before_its_first_training(name):
    template = replace(setting().template, optimiser="linbreg")
    with pytest.raises(ValueError, match="`optimiser` must be another one than `linbreg`"):
        start(METHODS[name](), replace(setting(), template=template)).ask()


def test_the_shortest_training_is_the_one_that_a_method_says():
    methods = [each for each in CONFIGURED.values() if isinstance(each, SharesBudget)]
    assert methods
    for method, budget in product(methods, (0.4, 3.0, 30.0)):
        epochs = [trial.recipe.epochs for trial in spend(method, setting(budget=budget), Toy())]
        assert min(epochs) == pytest.approx(min(method.shortest(budget).values()))


def test_another_seed_gives_other_trainings(method):
    seeds = [
        {recipe.seed for recipe in recipes(spend(method, setting(budget=20.0, seed=seed), Toy()))} for seed in (1, 2)
    ]
    assert seeds[0].isdisjoint(seeds[1])


def test_spends_its_budget_and_no_more_whatever_the_outcomes(method, toy):
    budget, epochs = 30.0, sum(trial.epochs for trial in spent(method, toy))
    assert epochs <= budget + 1e-9
    if not isinstance(method, (METHODS["bisection"], METHODS["dichotomic"])):  # these may end early
        assert epochs > budget - 3.0  # path's step


def test_never_asks_for_the_same_training_twice(method, toy):
    history = recipes(spent(method, toy))
    assert len({recipe.key("toy") for recipe in history}) == len(history)
    assert len({recipe.seed for recipe in history}) == len(history)


def test_its_recipes_are_valid_and_survive_a_round_trip_through_their_fields(method, toy):
    for recipe in recipes(spent(method, toy)):
        assert recipe.epochs > 0
        assert Recipe.of_fields(recipe.fields()) == recipe
        assert all(type(value) in {str, int, float, bool, type(None)} for value in recipe.fields().values())


def test_no_training_starts_from_a_trial_of_its_own_batch(method):
    known = set()
    for batch in batches(method, setting(), Toy()):
        for trial in batch:
            assert getattr(trial.recipe.start, "trial", None) in known | {None}
        known |= {trial.key for trial in batch}


# Methods whose trainings are shorter than those of the study.
SHORTER = (
    METHODS["gmp"](), METHODS["linbreg"](), METHODS["one-cycle"](), METHODS["one-cycle"](**SMALL["one-cycle"]),
    METHODS["path"](),
)  # fmt: skip


def test_a_budget_for_one_training_pays_for_one_training(method, toy):
    lengths = [trial.epochs for trial in spend(method, setting(budget=1.0), toy)]
    assert sum(lengths) == 1.0
    assert len(lengths) == 1 or method in SHORTER


@pytest.mark.parametrize("toy", [TOYS["noisy"], TOYS["all diverged"]], ids=["noisy", "all diverged"])
def test_once_finished_it_stays_finished(method, toy):
    running = start(method, setting(budget=10.0))
    for _ in range(6):
        asked = running.ask()
        if not asked:
            assert not running.ask()  # still empty
            with pytest.raises(RuntimeError, match="must follow an `ask`"):
                running.tell([])
            return
        running.tell([toy(recipe) for recipe in asked])


def test_refuses_trials_in_another_order(method, toy):
    running = start(method, setting())
    asked = running.ask()
    trials = [toy(recipe) for recipe in asked]
    another = toy(replace(asked[0], seed=1))
    reversed_ = [trials[::-1]] if len(trials) > 1 else []
    for wrong in ([*trials[:-1], another], trials[:-1], [*trials, trials[0]], *reversed_):
        with pytest.raises(
            ValueError, match=f"`trials` must be those of the {len(asked)} recipes asked for, in the same order"
        ):
            running.tell(wrong)
    running.tell(trials)  # the refused calls changed nothing
    running.ask()


def test_refuses_ask_after_ask_and_tell_after_tell(method):
    running = start(method, setting())
    with pytest.raises(RuntimeError, match="must follow an `ask`"):
        running.tell([])
    asked = running.ask()
    with pytest.raises(RuntimeError, match=f"{len(asked)} trainings last asked for were not told yet"):
        running.ask()
    running.tell([Toy()(recipe) for recipe in asked])
    with pytest.raises(RuntimeError, match="must follow an `ask`"):
        running.tell([Toy()(recipe) for recipe in asked])


def test_tell_after_the_end_is_refused():
    running = AskTell(iter(()))
    assert list(running.ask()) == []
    with pytest.raises(RuntimeError, match="must follow an `ask`"):
        running.tell([])


@pytest.mark.parametrize("entry", MIXED.entries.items(), ids=MIXED.entries)
@pytest.mark.parametrize(
    "name", ["random", "optuna-tpe", "optuna-nsga2", "optuna-nsga3", "pymoo-nsga2", "pymoo-nsga3", "pymoo-sms-emoa"]
)
def test_works_with_a_space_of_one_entry(name, entry):
    key, one = entry
    alone = Space({key: Range(low=2, high=5, integer=True) if one.only_if else one})
    if key == "momentum":
        alone = Space({key: Range(low=0.0, high=0.9)})
    for recipe in recipes(spend(METHODS[name](), setting(space=alone), Toy())):
        assert {**recipe.fields(), key: None, "seed": 0} == {**setting().template.fields(), key: None}


def test_importing_the_methods_imports_no_torch():
    script = "import sys, frontsearch.methods; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


OUT_OF_RANGE = [
    ("optuna-tpe", "startup", -1, "not negative"),
    ("optuna-tpe", "batch", 0, "at least 1"),
    ("optuna-nsga2", "population", 0, "at least 2"),
    ("optuna-nsga2", "population", 1, "at least 2"),
    ("pymoo-nsga2", "population", 0, "at least 2"),
    ("pymoo-nsga2", "population", 1, "at least 2"),
    ("optuna-gp", "startup", -1, "not negative"),
    ("optuna-gp", "batch", 0, "at least 1"),
    ("optuna-nsga3", "population", 1, "at least 2"),
    ("pymoo-nsga3", "population", 1, "at least 2"),
    ("pymoo-sms-emoa", "population", 1, "at least 2"),
    ("successive-halving", "first_epochs", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("successive-halving", "eta", 1, "at least 2"),
    ("successive-halving", "rungs", 0, "from 1 to 20"),
    ("successive-halving", "population", 3, "at least 4, so that one recipe reaches the last of 3 rungs"),
    ("inheritance", "population", 1, "at least 2"),
    ("inheritance", "epochs", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("inheritance", "epochs", float("inf"), "finite and positive, from 1e-30 to 1e+30"),
    ("smgd", "spread", 0, "at least 1"),
    ("smgd", "low", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("smgd", "low", 3.0, "less than `high` = 3"),
    ("smgd", "high", float("inf"), "finite and positive, from 1e-30 to 1e+30"),
    ("smgd", "learning_rate", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("smgd", "momentum", 1.0, "in [0, 1)"),
    ("bisection", "levels", 0, "at least 1"),
    ("pf-smg", "start", 0, "at least 1"),
    ("pf-smg", "low", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("pf-smg", "low", 3.0, "less than `high` = 3"),
    ("pf-smg", "high", float("inf"), "finite and positive, from 1e-30 to 1e+30"),
    ("pf-smg", "holes", 0, "at least 1"),
    ("pf-smg", "runs", 0, "at least 1"),
    ("pf-smg", "descent_epochs", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("pf-smg", "shrink", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("pf-smg", "learning_rate", float("nan"), "finite and positive, from 1e-30 to 1e+30"),
    ("pf-smg", "decay", 0.0, "in (0, 1]"),
    ("pf-smg", "decay", 1.5, "in (0, 1]"),
    ("pf-smg", "momentum", 1.0, "in [0, 1)"),
    *(
        (name, option, value, "finite and positive, from 1e-30 to 1e+30")
        for name in ("continuation", "continuation-log")
        for option in (
            "first_epochs",
            "corrector_epochs",
            "corrector_rate",
            "predictor_epochs",
            "predictor_rate",
            "shrink",
        )
        for value in (0.0, float("inf"))
    ),
    ("continuation", "starts", 0, "at least 1"),
    ("continuation-log", "axes", "cubic", "linear or log"),
    ("gmp", "first_epochs", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("gmp", "ramp_epochs", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("gmp", "tune_epochs", -1.0, "finite and positive, from 1e-30 to 1e+30"),
    ("gmp", "densest", 0.0, "in (0, 1)"),
    ("gmp", "densest", 1.0, "in (0, 1)"),
    ("gmp", "sparsest", 0.0, "in [1e-12, 1)"),
    ("gmp", "sparsest", 1.0, "in [1e-12, 1)"),
    ("gmp", "every", 0, "at least 1"),
    ("gmp", "l1_weight", -1e-4, "finite and not negative, at most 1e+30"),
    ("st3", "points", 0, "at least 1"),
    ("st3", "densest", 1.0, "in (0, 1)"),
    ("st3", "sparsest", 0.3, "in [1e-12, `densest` = 0.2]"),
    ("one-cycle", "points", 0, "at least 1"),
    ("one-cycle", "densest", 1.0, "in (0, 1)"),
    ("one-cycle", "sparsest", 0.0, "in [1e-12, 1)"),
    ("one-cycle", "ramp", 1.0, "in (0, 1)"),
    ("one-cycle", "every", 0, "at least 1"),
    ("linbreg", "points", 0, "at least 1"),
    ("linbreg", "frozen", 1.0, "in [0, 1)"),
    ("linbreg", "l1_weight", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("linbreg", "learning_rate", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("linbreg", "sparsest", 0.5, "in [1e-12, `densest` = 0.2]"),
    ("adabreg", "density", 0.0, "in [1e-30, 1]"),
    ("adabreg", "density", 1.5, "in [1e-30, 1]"),
    ("adabreg", "l1_weight", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("adabreg", "learning_rate", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("adabreg", "step_epochs", float("inf"), "finite and positive, from 1e-30 to 1e+30"),
    ("dichotomic", "tolerance", -1e-3, "finite and not negative, at most 1e+30"),
    ("dichotomic", "tolerance", float("nan"), "finite and not negative, at most 1e+30"),
    ("dichotomic-stochastic", "tolerance", -1e-3, "finite and not negative, at most 1e+30"),
    ("path", "first_epochs", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("path", "step_epochs", 0.0, "finite and positive, from 1e-30 to 1e+30"),
    ("path", "step_epochs", float("nan"), "finite and positive, from 1e-30 to 1e+30"),
    ("path", "beyond", 0.5, "finite and at least 1, at most 1e+30"),
]


@pytest.mark.parametrize(("name", "option", "value", "rule"), OUT_OF_RANGE)
def test_an_option_out_of_range_raises_an_error_that_names_it(name, option, value, rule):
    with pytest.raises(ValueError, match="must be") as caught:
        METHODS[name](**{option: value})
    assert str(caught.value) == f"`{option}` must be {rule}; found {value!r}."


def test_options_at_their_bounds_are_accepted():
    for name, options in (
        ("optuna-tpe", {"startup": 0, "batch": 1}),
        ("optuna-nsga2", {"population": 2}),
        ("optuna-gp", {"startup": 40, "batch": 1}),
        ("optuna-nsga3", {"population": 2}),
        ("pymoo-nsga2", {"population": 2}),
        ("pymoo-nsga3", {"population": 2}),
        ("pymoo-sms-emoa", {"population": 2}),
        ("successive-halving", {"population": 4}),
        ("successive-halving", {"population": 1, "rungs": 1}),
        ("inheritance", {"population": 2, "epochs": 0.1}),
        ("smgd", {"spread": 1, "low": 0.5, "high": 0.6, "momentum": 0.0}),
        ("bisection", {"levels": 1}),
        ("pf-smg", {"start": 1, "holes": 1, "runs": 1, "decay": 1.0, "momentum": 0.0}),
        ("continuation", {"first_epochs": 0.1, "starts": 1}),
        ("continuation-log", {"first_epochs": 0.1, "starts": 3}),
        ("gmp", {"densest": 0.2, "sparsest": 0.2, "every": 1}),
        ("st3", {"points": 1, "densest": 0.2, "sparsest": 0.2}),
        ("one-cycle", {"points": 1, "densest": 0.2, "sparsest": 0.2, "every": 1}),
        ("adabreg", {"density": 1.0}),
        ("dichotomic", {"tolerance": 0.0}),
        ("dichotomic-stochastic", {"tolerance": 0.0}),
        ("path", {"first_epochs": 0.1, "step_epochs": 0.1}),
    ):
        history = spend(METHODS[name](**options), setting(budget=12.0), Toy(noise=0.1))
        assert history
        assert all(a.key != b.key for a, b in pairwise(islice(history, 50)))
