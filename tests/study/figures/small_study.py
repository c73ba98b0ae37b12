"""A small study with what makes figures difficult: repeats, trainings that diverge, dead networks, published points."""

CORNER = (2.302585092994046, 420.0)
STUDY = """
description = "Digits, with trainings that diverge and networks that die."
epochs = 12
repeats = 3
l1_weights = [1e-4, 1e-1]
reference_point = [2.302585092994046, 420.0]
published = "published.csv"
[task]
name = "digits"
[training]
epochs = 2
[space]
l1_weight = { low = 1e-4, high = 10.0, log = true }
learning_rate = { low = 1e-3, high = 1e12, log = true }
optimiser = ["prox-adam", "sgd"]
[methods.random]
[methods.weighted-grid]
[methods.path]
first_epochs = 4
step_epochs = 1
[methods.pymoo-nsga2]
population = 3
"""
POINTS = {
    ("test_cross_entropy", "l1_raw"): [(0.5, 900.0), (1.5, 150.0), (2.3, 900.0)],
    ("test_error", "nonzeros"): [(0.125, 2369.0), (0.25, 1000.0)],
}
INDICATORS = ("hypervolume", "hypervolume_log", "igd_plus", "epsilon_additive")
SHOWN = [name + suffix for name in INDICATORS for suffix in ("", "_test")]
