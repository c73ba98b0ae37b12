"""What bench measured, on the page and as rows: read where it was made, escaped, and never computed."""

from dataclasses import replace

import hand_made
from markupsafe import escape

from frontsearch.folder import Benchmarks, Folder
from frontsearch.report import benchmark_tables, timing_rows
from frontsearch.report.page import report_html

TITLE = "<h3>Size and speed</h3>"


def page(out, trials, **recorded):
    comparison = hand_made.compared(hand_made.run("path", *(replace(one, **recorded) for one in trials)))
    choice = hand_made.chosen(comparison, out)
    return report_html(comparison, name="n", task="t", settings="", choice=choice)


def test_rows_have_ratios_and_their_range_and_say_what_is_not_faster():
    sizes = {"onnx": ((12_345, 678), (500, 50)), "torch": ((1, 1), (1, 1))}
    tables = benchmark_tables(hand_made.benchmark(sizes=sizes, untrained={"onnx": (12_345, 9_000)}))
    assert tables.sizes == (
        ("file", "bytes", "after gzip"), ("onnx", "12,345 -> 678", "500 -> 50"),
        ("onnx, before training", "12,345", "9,000"), ("torch", "1 -> 1", "1 -> 1"),
    )  # fmt: skip
    assert tables.timings == (
        ("engine", "threads", "batch", "microseconds a call", "times as fast", "range of the rounds"),
        ("torch", "1", "64", "2 -> 1", "2.00, not faster", "1.00 to 2.00"),
        ("onnxruntime", "1", "64", "2 -> 2", "1.00, not faster", "0.50 to 1.00"),
    )
    assert tables.sentences == (
        "90 -> 9 parameters, 80 -> 8 multiply-adds for one example.",
        "The smaller network is not faster here.", "scipy CSR is not faster.", "Measured on a machine.",
    )  # fmt: skip


def test_a_faster_network_is_not_called_slow():
    first, second = hand_made.benchmark().timings
    faster = replace(first, rounds=((2e-6,) * 3, (1e-6,) * 3))
    tables = benchmark_tables(hand_made.benchmark(timings=(faster, second)))
    assert tables.timings[1][-2] == "2.00"
    assert "The smaller network is not faster here." not in tables.sentences


def test_one_network_alone_has_no_ratio():
    (timing, _) = hand_made.benchmark().timings
    rows = timing_rows([replace(timing, rounds=((1e-6, 2e-6, 3e-3),))])
    assert rows[0][-2:] == ("microseconds a call", "range of the rounds")
    assert rows[1][-2:] == ("2", "1 to 3,000")


def test_the_page_shows_it_for_the_networks_that_have_it(tmp_path):
    trials = [hand_made.trial(1, (1.0, 20.0)), hand_made.trial(2, (1.5, 10.0))]
    assert TITLE not in page(tmp_path, trials)
    Benchmarks(Folder(tmp_path).benchmarks).save(trials[0].key, hand_made.benchmark())
    html = page(tmp_path, trials)
    assert html.count(TITLE) == 1
    section = html.partition(f'data-network="{trials[0].key}"')[2].partition("</section>")[0]
    assert TITLE in section
    assert "<td>1,000 -&gt; 100</td>" in section
    assert "onnx, before training" in section
    assert "<td>900</td>" in section


def test_a_damaged_one_or_one_of_other_weights_is_named_on_the_page(tmp_path):
    trials = [hand_made.trial(1, (1.0, 20.0))]
    path = Benchmarks(Folder(tmp_path).benchmarks).save(trials[0].key, hand_made.benchmark(checkpoint="12"))
    assert "of other weights" not in page(tmp_path, trials, checkpoint_sha256="12")
    html = page(tmp_path, trials, checkpoint_sha256="34")
    assert f"{path} is of other weights that this training had before: measure again." in html
    path.write_text("{")
    html = page(tmp_path, trials)
    assert f"{path} is damaged or not what `frontsearch bench` writes: measure again." in html
    assert TITLE in html


def test_texts_of_a_foreign_file_are_escaped(tmp_path):
    trials, (timing, _) = [hand_made.trial(1, (1.0, 20.0))], hand_made.benchmark().timings
    evil = hand_made.benchmark(
        machine=hand_made.EVIL, notes=(hand_made.EVIL,), sizes={hand_made.EVIL: ((1, 1), (1, 1))},
        timings=(replace(timing, engine=hand_made.EVIL),),
    )  # fmt: skip
    Benchmarks(Folder(tmp_path).benchmarks).save(trials[0].key, evil)
    html = page(tmp_path, trials)
    assert hand_made.EVIL not in html
    assert html.count(str(escape(hand_made.EVIL))) == 4
