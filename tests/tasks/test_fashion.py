"""Fashion-MNIST: its split, its normalisation, and every network of MNIST."""

import numpy as np
import pytest
import torch

from frontsearch.errors import UserError
from frontsearch.tasks import DATA_SETS, fashion, fetch
from frontsearch.tasks.built_in.idx import parse_idx
from frontsearch.tasks.built_in.idx_task import NETWORKS


@pytest.fixture(scope="module")
def files():
    try:
        return fetch(DATA_SETS["fashion"])
    except UserError as error:
        pytest.skip(f"Fashion-MNIST cannot be had here: {error}")


@pytest.fixture(scope="module")
def task(files):
    return fashion()


def images(files, part):
    return parse_idx(files[f"{part}-images-idx3-ubyte"])


def test_training_and_validation_split_are_all_images_shown_and_each_class_has_its_share(task, files):
    sizes = {split: torch.bincount(examples.targets).tolist() for split, examples in task.splits.items()}
    assert sizes == {"train": [5_000] * 10, "validation": [1_000] * 10, "test": [1_000] * 10}
    mean, std = task.normalisation[0][0], task.normalisation[1][0]
    raw = {split: (examples.inputs * std + mean).round().byte().numpy() for split, examples in task.splits.items()}
    both = np.concatenate([raw["train"], raw["validation"]])[:, 0]
    assert sorted(map(bytes, both)) == sorted(map(bytes, images(files, "train")))
    np.testing.assert_array_equal(raw["test"][:, 0], images(files, "t10k"))
    labels = parse_idx(files["t10k-labels-idx1-ubyte"])
    np.testing.assert_array_equal(task.splits["test"].targets.numpy(), labels)


def test_pixels_are_normalised_with_those_of_the_training_split(task):
    (mean,), (std,) = task.normalisation
    pixels = task.splits["train"].inputs.double() * std + mean
    assert (round(float(pixels.mean()), 1), round(float(pixels.std()), 1)) == (mean, std)
    assert task.class_names[9] == "ankle boot"


def test_the_fingerprint_is_the_same_on_every_machine(task):
    assert fashion().fingerprint == task.fingerprint == "d7217400d6adf87b"


def test_of_the_training_examples_the_first_few_may_be_taken_and_of_the_kernels_the_first_one(files, task):
    small = fashion(network="lenet300", penalised="inputs", training_examples=100)
    for split in ("validation", "test"):
        assert torch.equal(small.splits[split].inputs, task.splits[split].inputs)
    assert torch.equal(small.splits["train"].inputs, task.splits["train"].inputs[:100])
    assert small.penalised == {"1.weight"}
    assert fashion(penalised="inputs").penalised == {"conv1.weight"}
    with pytest.raises(ValueError, match="`training_examples` must be from 1 to 50000; found 50001"):
        fashion(training_examples=50_001)


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_of_mnist_is_one_of_fashion(files, network):
    task = fashion(network=network, penalised="kernels", objective="train")
    assert task.name == f"fashion/{network}"
    assert task.objective_split == "train"
