"""Every number of the page's tables and sentences and of the dashboard's note, recomputed by definition."""

import re
from statistics import median

import pytest
from figures_by_definition import PUBLISHED, SHARES, kernels, rows_of
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from small_study import SHOWN


def counts(study, method):
    """Text of the column of trials."""
    runs = study.own.runs[method].values()
    diverged = [sum(row["status"] == "diverged" for row in rows) for rows in runs]
    return "/".join(
        f"{len(rows)} ({count} diverged)" if count else str(len(rows))
        for rows, count in zip(runs, diverged, strict=True)
    )


def indicator_row(study, method):
    """A method's row in the table of indicators."""
    runs = study.own.runs[method].values()
    return [
        method,
        *(f"{median(study.own.values(method, name)):.4f}" for name in SHOWN),
        "/".join(str(len(study.own.front(method, repeat))) for repeat in range(3)),
        counts(study, method),
        f"{sum(rows[-1]['run_epochs'] for rows in runs):g}",
        f"{sum(rows[-1]['run_seconds'] for rows in runs):.1f}",
    ]


def test_tables_of_indicators(study):
    quality, ranges = [rows for rows in study.page.tables if rows[0][:2] == ["method", "hypervolume"]]
    ranking = study.own.ranking()
    assert quality[1:] == [indicator_row(study, method) for method in ranking]
    values = {(method, name): study.own.values(method, name) for method in ranking for name in SHOWN}
    for method, row in zip(ranking, ranges[1:], strict=True):
        cells = [values[method, name] for name in SHOWN]
        assert row == [method, *(f"{median(cell):.4f} ({min(cell):.4f} to {max(cell):.4f})" for cell in cells)]


def test_table_of_hypervolume_against_epochs(study):
    header, *body = study.page.table("method", "after")
    most = max(rows[-1]["run_epochs"] for repeats in study.own.runs.values() for rows in repeats.values())
    epochs = [float(re.fullmatch(r"after (\S+) epochs", title)[1]) for title in header[1:]]
    assert epochs == pytest.approx([share * most for share in (0.1, 0.25, 0.5, 0.75, 1.0)])
    for method, row in zip(study.own.ranking(), body, strict=True):
        reached = [study.own.median_after(method, spent) for spent in epochs]
        assert row == [method, *("no trial yet" if value is None else f"{value:.4f}" for value in reached)]


def test_table_of_epochs_to_a_share(study):
    for method, row in zip(study.own.ranking(), study.page.table("method", "90 %")[1:], strict=True):
        assert row == [method, *(epochs_cell(study.own.epochs_to(method, share)) for share in SHARES.values())]


def epochs_cell(epochs):
    """The median of three repeats, and how many reached it if not all did."""
    reached = sorted(spent for spent in epochs if spent is not None)
    if len(reached) == 3:
        return f"{reached[1]:.5g}"
    return f"{reached[1]:.5g} (2 of 3)" if len(reached) == 2 else f"not reached ({len(reached)} of 3)"


def test_tables_of_pairs(study):
    pairs = {(pair["first"], pair["second"]): pair for pair in study.own.pairs()}
    both = pairs | {(two, one): {**pair, "effect": 1 - pair["effect"], "wins": 3 - pair["wins"] - pair["ties"]}
                    for (one, two), pair in pairs.items()}  # fmt: skip
    best, *others = study.own.ranking()
    for other, row in zip(others, study.page.table("against", "better in")[1:], strict=True):
        pair = both[best, other]
        ties = f", equal in {pair['ties']}" if pair["ties"] else ""
        probabilities = [f"{pair['p']:.2g}", f"{pair['p_holm']:.2g}"]
        assert row == [other, f"{pair['wins']} of 3{ties}", f"{pair['effect']:.2f}", *probabilities]
    header, *body = study.page.table("A of")
    assert header[1:] == [row[0] for row in body] == study.own.ranking()
    for row in body:
        others = [f"{both[row[0], other]['effect']:.2f}" if other != row[0] else "" for other in header[1:]]
        assert row[1:] == others


def test_table_of_knees(study):
    gaps = {row["key"]: row["certificate"] for row in rows_of(study.out / "fronts.csv")}
    body = iter(study.page.table("method", "knee")[1:])
    for method in study.own.ranking():
        for rule, knee in (("chord", study.own.knee(method)), ("weights", study.own.widest_knee(method))):
            row = next(body)
            assert row[:2] == [method, rule]
            assert row[2:] == (knee_cells(knee, gaps) if knee else ["none between the ends", *[""] * 6])
    assert next(body, None) is None


def knee_cells(knee, gaps):
    """A knee's cells after its method and rule."""
    return [
        f"{knee['cross_entropy']:.4f}",
        f"{knee['l1']:.5g}",
        f"{knee['nonzeros']:.0f}",
        f"{knee['validation_error']:.2%}".removesuffix("%"),
        f"{knee['test_error']:.2%}".removesuffix("%"),
        f"{gaps[knee['key']]:.3g}",
        knee["key"][:8],
    ]


def test_table_of_hyperparameters(study):
    rows = [row for method in study.own.runs for repeat in range(3) for row in study.own.front(method, repeat)]
    table = study.page.table("hyperparameter", "all networks")
    shown = {row[0]: row[1] for row in table[1:]}
    assert table[0][2:] == study.own.ranking()
    for name in ("l1_weight", "learning_rate", "epochs"):
        values = [row[name] for row in rows if row[name] is not None]
        assert shown[name] == f"{min(values):.3g} to {max(values):.3g}"
    weights = next(row for row in table if row[0] == "l1_weight")
    for method, cell in zip(study.own.ranking(), weights[2:], strict=True):
        values = [row["l1_weight"] for repeat in range(3) for row in study.own.front(method, repeat)]
        known = [value for value in values if value is not None]
        assert cell == (" to ".join(dict.fromkeys(f"{end:.3g}" for end in (min(known), max(known)))) if known else "")


def test_cards_of_networks(study):
    trials = {row["key"]: row for rows in study.own.runs.values() for n in range(3) for row in rows[n]}
    keys = [re.search(r"([0-9a-f]{32})\.json$", path)[1] for path in study.page.following("Learning curve")]
    assert len(keys) == len(set(keys)) > 8
    titles = {"Cross entropy": "train ", "Error": "train ", "Nonzeros": r"\d+ of ", "Found after": ""}
    after = [[text for text in study.page.following(title) if re.match(begin, text)] for title, begin in titles.items()]
    for key, losses, errors, nonzeros, found in zip(keys, *after, strict=True):
        row = trials[key]
        splits = ("train", "validation", "test")
        assert losses == ", ".join(f"{split} {row[f'{split}_cross_entropy']:.4f}" for split in splits)
        assert errors == ", ".join(f"{split} {row[f'{split}_error'] * 100:.2f} %" for split in splits)
        counted = (
            f"{row['nonzeros']:.0f} of {row['prunable']:.0f}, sparsity {1 - row['nonzeros'] / row['prunable']:.4f}"
        )
        assert nonzeros == counted
        assert found == f"{row['run_epochs']:g} epochs and {row['run_seconds']:.1f} seconds of its run"


def test_tables_of_layers(study):
    keys = [re.search(r"([0-9a-f]{32})\.json$", path)[1] for path in study.page.following("Learning curve")]
    tables = [rows[1:] for rows in study.page.tables if rows[0] == ["layer", "nonzeros", "weights", "density"]]
    for key, rows in zip(keys, tables, strict=True):
        layers = kernels(study.out / "checkpoints" / f"{key}.safetensors")
        alive = {name: int((values != 0).sum()) for name, values in layers.items()}
        sizes = [[name, str(alive[name]), str(values.size)] for name, values in sorted(layers.items())]
        assert [row[:3] for row in rows] == sizes
        for name, nonzeros, size, density in rows:
            assert float(density) == pytest.approx(int(nonzeros) / int(size), abs=0.5001e-4), name


def test_sentences(study):
    best, second, *_ = ranking = study.own.ranking()
    first, other = (f"{median(study.own.values(method, 'hypervolume_test')):.4f}" for method in (best, second))
    text = " ".join(study.page.texts)
    assert (
        f"{best} has the highest test hypervolume, {first}, followed by {second} with {other} (medians over 3 repeats)."
        in text
    )
    assert set(ranking) == set(study.own.runs)
    totals = {
        method: [sum(pair) for pair in zip(*(study.own.dominated(method, plane) for plane in PUBLISHED), strict=True)]
        for method in study.own.runs
    }
    told = "; ".join(f"{method} {', '.join(map(str, counts))}" for method, counts in totals.items())
    assert f"Of 5 published points, the networks of each repeat dominate on the test split: {told}." in text


def test_the_dashboards_note(study):
    storage = JournalStorage(JournalFileBackend(str(study.out / "ledger.journal")))
    attributes = storage.get_study_system_attrs(storage.get_study_id_from_name("figures/comparison"))
    (note,) = [text for name, text in attributes.items() if "note" in name and isinstance(text, str) and "|" in text]
    body = [line.strip("| ").split(" | ") for line in note.splitlines() if line.startswith("|")][2:]
    assert body == [indicator_row(study, method) for method in study.own.runs]
