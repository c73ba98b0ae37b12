import tomllib

import pytest

from frontsearch.errors import UserError, allowed_names, one_line
from frontsearch.methods import METHODS, Debias, Debiased
from frontsearch.recipe import WeightedSum
from frontsearch.space import Choice, Range
from frontsearch.study import study_files
from frontsearch.study.config import StudyConfig, read_collection, read_study, to_toml

STUDY = """
epochs = 10
l1_weights = [0.001, 1.0]
[task]
name = "digits"
[training]
epochs = 2
[space]
l1_weight = { low = 0.001, high = 1.0, log = true }
optimiser = ["sgd", "adam"]
momentum = { low = 0.5, high = 0.9, only_if = { optimiser = ["sgd"] } }
[methods.random]
[methods.path]
step_epochs = 1
"""


@pytest.fixture
def study(tmp_path):
    def written(*changes):
        text = STUDY
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
        return str(tmp_path / "mine.toml")

    return written


@pytest.mark.parametrize("name", study_files())
def test_built_in_studies_are_valid(name):
    if collection := read_collection(name):
        assert (collection.name, set(collection.studies) - set(study_files())) == (name, set())
        assert collection.description
        return
    config = read_study(name)
    assert config.name == name
    assert config.description
    assert set(config.methods) <= set(METHODS)


def test_a_file_is_read_with_its_defaults(study):
    config = read_study(study())
    assert (config.name, config.repeats, config.seed) == ("mine", 1, 1)
    assert (config.task.name, config.task.network, config.task.objective) == ("digits", "mlp", "validation")
    assert config.reference_point is None
    assert config.template().descent == WeightedSum(l1_weight=0.001)
    assert config.template().epochs == 2
    assert dict(config.search_space().entries) == {
        "l1_weight": Range(low=0.001, high=1.0, log=True),
        "optimiser": Choice(options=["sgd", "adam"]),
        "momentum": Range(low=0.5, high=0.9, only_if={"optimiser": ["sgd"]}),
    }
    assert config.method("path").step_epochs == 1
    assert config.method("path").first_epochs == METHODS["path"]().first_epochs


def test_the_command_line_overrides_and_keeps_the_options_of_methods(study):
    config = read_study(study(), {"epochs": 20.0, "repeats": 3, "seed": 7, "methods": ["path", "smgd"]})
    assert (config.epochs, config.repeats, config.seed) == (20, 3, 7)
    assert config.methods == {"path": {"step_epochs": 1}, "smgd": {}}


def test_the_resolved_study_has_every_default_and_reads_as_the_same_study(study, tmp_path):
    config = read_study(study(), {"seed": 5})
    text = to_toml(config)
    (tmp_path / "again.toml").write_text(text, encoding="utf-8")
    assert read_study(str(tmp_path / "again.toml")) == config
    assert tomllib.loads(text)["training"]["learning_rate"] == 0.002
    assert to_toml(read_study(str(tmp_path / "again.toml"))) == text


def test_a_study_cannot_be_changed(study):
    config = read_study(study())
    with pytest.raises(ValueError, match="frozen"):
        config.epochs = 3
    assert isinstance(config, StudyConfig)


def test_a_misspelt_key_is_reported_before_the_missing_one(study):
    with pytest.raises(UserError, match="unknown key 'epoch' at the top level: did you mean 'epochs'"):
        read_study(study(("epochs = 10", "epoch = 10")))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "{ low = 0.001, high = 1.0, log = true }",
            '[0.1, "a"]',
            ".space. `l1_weight` must be finite and not negative, at most 1e.30; found 'a'",
        ),
        (
            "{ low = 0.001, high = 1.0, log = true }",
            '["a", "b"]',
            ".space. `l1_weight` must be finite and not negative, at most 1e.30; found 'a'",
        ),
        ("epochs = 10", 'epochs = "10"', "'epochs' at the top level must be a number; found '10'"),
        ("epochs = 10", "epochs = true", "'epochs' at the top level must be a number; found True"),
        ("epochs = 10", 'seed = "3"\nepochs = 10', "'seed' at the top level must be a number; found '3'"),
        ("epochs = 2", "epochs = 2\nbatch_size = 2147483648", "must be less than 2.14748e"),
        (
            "[methods.random]",
            "pruning_every = { low = 1, high = 2147483648, integer = true }\n[methods.random]",
            ".space. `pruning_every` must be a whole number, at least 1 and below 2..31; found 2147483648",
        ),
        (
            "[methods.random]",
            "pruning_every = { low = 1, high = 99999999999999999999999, integer = true }\n[methods.random]",
            "'high' in .* must fit in 64 bits",
        ),
        (
            "low = 0.001, high = 1.0, log = true",
            "low = 1, high = 99999999999999999999, integer = true",
            "'high' in .* must fit in 64 bits",
        ),
        (
            "{ low = 0.001, high = 1.0, log = true }",
            "[0.1, true]",
            "`l1_weight` must be .* negative, at most .*; found True",
        ),
        (
            "{ low = 0.001, high = 1.0, log = true }",
            f"[0.1, 1{'0' * 400}]",  # beyond what a float can be
            "must fit in 64 bits; found 1000",
        ),
        (
            "[methods.random]",
            'learning_rate = ["0.1", 0.2]\n[methods.random]',
            "`learning_rate` .* positive, from .*; found '0.1'",
        ),
        (
            '{ low = 0.5, high = 0.9, only_if = { optimiser = ["sgd"] } }',
            '["0.5", 0.9]',
            ".space. `momentum` must be in .0, 1.; found '0.5'",
        ),
    ],
)
def test_values_that_no_training_accepts_are_one_sentence(study, old, new, sentence):
    with pytest.raises(UserError, match=sentence):
        read_study(study((old, new)))


@pytest.mark.parametrize("methods", ["methods = 3", "methods = ['random']"])
def test_methods_that_are_not_a_table_are_a_users_mistake(study, methods):
    path = study(
        ("[methods.random]\n[methods.path]\nstep_epochs = 1\n", ""), ("epochs = 10", f"{methods}\nepochs = 10")
    )
    with pytest.raises(UserError, match="'methods' at the top level must be a table"):
        read_study(path)
    with pytest.raises(UserError, match="--methods: there is no method 'nonsense'"):
        read_study(path, {"methods": ["nonsense"]})


@pytest.mark.parametrize("axis", ["loss", "l1"])
def test_a_log_box_has_its_low_end_first(study, axis):
    box = {"loss": [0.01, 2.0], "l1": [1.0, 100.0]}
    box[axis] = box[axis][::-1]
    lines = "".join(f"{name} = {ends}\n" for name, ends in box.items())
    with pytest.raises(UserError, match=rf"\[log_box\] `{axis}` must be the smallest and the largest"):
        read_study(study(("[training]", f"[log_box]\n{lines}[training]")))


def test_a_method_is_debiased_where_its_table_says_so(study, tmp_path):
    config = read_study(study(("[methods.random]", "[methods.random.debias]\nshare = 0.5\n[methods.smgd.debias]")))
    assert config.method("random") == Debiased(method=METHODS["random"](), options=Debias(share=0.5))
    assert config.method("smgd") == Debiased(method=METHODS["smgd"](), options=Debias())  # an empty table is enough
    assert config.method("path") == METHODS["path"](step_epochs=1)
    (tmp_path / "again.toml").write_text(to_toml(config), encoding="utf-8")
    assert read_study(str(tmp_path / "again.toml")).method("random") == config.method("random")


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (
            "debias = { shar = 0.2 }",
            (
                "unknown key 'shar' in [methods.random.debias]: did you mean 'share'? "
                "Choose from epochs, keep, learning_rate, share."
            ),
        ),
        (
            "debias = { debias = { share = 0.2 } }",
            "unknown key 'debias' in [methods.random.debias]: choose from epochs, keep, learning_rate, share.",
        ),
        ("debias = { share = 1.0 }", "[methods.random.debias] `share` must be in (0, 1); found 1.0."),
        (
            "debias = { epochs = 0 }",
            "[methods.random.debias] `epochs` must be finite and positive, from 1e-30 to 1e+30; found 0.0.",
        ),
        ('debias = { epochs = "few" }', "'epochs' in [methods.random.debias] must be a number; found 'few'."),
        ("debias = 0.2", "'debias' in [methods.random] must be a table; found 0.2."),
        ("debias = true", "'debias' in [methods.random] must be a table; found True."),
        (
            "debais = { share = 0.2 }",
            "unknown key 'debais' in [methods.random]: did you mean 'debias'? Choose from debias.",
        ),
    ],
)
def test_a_mistake_in_a_debias_table_is_named(study, table, sentence):
    path = study(("[methods.random]", f"[methods.random]\n{table}"))
    with pytest.raises(UserError) as caught:
        read_study(path)
    assert str(caught.value) == f"{path}: {sentence}"


def test_the_most_similar_name_comes_first():
    assert allowed_names("adm", ["sgd", "adam"]) == "did you mean 'adam'? Choose from adam, sgd."
    assert allowed_names("xyz", ["sgd", "adam"]) == "choose from adam, sgd."
    assert allowed_names("xyz", []) == "there are none."


def test_one_line_has_neither_breaks_nor_escape_sequences():
    assert one_line("a\nb\r\tc \x1b[31md\x07\x00\x9b0m\u2028e\u202ef") == "a b c [31md 0m e f"
    assert one_line("größer <b>[red]") == "größer <b>[red]"
