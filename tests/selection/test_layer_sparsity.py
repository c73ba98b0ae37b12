"""Layer sparsity, of checkpoints written by hand and of real trainings."""

import itertools

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from frontsearch.errors import UserError
from frontsearch.recipe import Pruning, Recipe
from frontsearch.selection import InputColumns
from frontsearch.selection.layer_sparsity import Layer, layer_sparsity
from frontsearch.tasks import digits
from frontsearch.tasks.networks import LeNet5
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.penalties import L1
from frontsearch.training.weights import Weights
from frontsearch.workers import prepare_process

FEW = st.sampled_from([0.0, 0.0, -0.5, 0.25, 2.0])


def written(path, **tensors):
    file = path / "abc.safetensors"
    safetensors.numpy.save_file({name.replace("__", "."): np.asarray(one) for name, one in tensors.items()}, file)
    return file


def kernels(*shape):
    return arrays.arrays(np.float32, shape, elements=FEW.map(np.float32))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("checkpoints")


@given(first=kernels(3, 12), second=kernels(2, 3))
def test_layers_are_counted_and_pixels_summed(folder, first, second):
    found = layer_sparsity(written(folder, a__weight=first, b__weight=second, a__bias=np.ones(3)), image=(2, 3))
    assert found.layers == tuple(
        Layer(name=f"{name}.weight", size=kernel.size, nonzeros=sum(weight != 0 for weight in kernel.flat))
        for name, kernel in (("a", first), ("b", second))
    )
    pixels = np.zeros((2, 3))
    for output, (channel, row, column) in itertools.product(range(3), itertools.product(range(2), range(2), range(3))):
        pixels[row, column] += abs(first[output, 6 * channel + 3 * row + column])
    assert found.picture == tuple(map(tuple, pixels))
    assert found.channels == ()


def test_kernels_without_entries_are_no_layers(folder):
    found = layer_sparsity(written(folder, a__weight=np.ones((2, 3)), e__weight=np.ones((0, 3))))
    assert found.layers == (Layer(name="a.weight", size=6, nonzeros=6),)


@given(first=kernels(4, 2, 3, 3), second=kernels(2, 36))
def test_the_weights_of_a_first_convolution_are_summed_by_output_channel(folder, first, second):
    found = layer_sparsity(written(folder, conv__weight=first, dense__weight=second), image=(6, 6))
    assert [layer.size for layer in found.layers] == [72, 72]
    assert found.channels == tuple(float(sum(abs(weight) for weight in kernel.flat)) for kernel in first)
    assert found.picture == ()


@given(first=kernels(3, 4), second=kernels(2, 4), named=st.booleans())
def test_a_column_is_used_if_any_of_the_weights_that_read_it_is_not_zero(folder, first, second, named):
    names = ("a", "b", "c", "d") if named else ("x0", "x1", "x2", "x3")
    columns = InputColumns(weights=("left.weight", "right.weight"), feature_names=names if named else None)
    file = written(folder, left__weight=first, right__weight=second, last__weight=np.ones((2, 4)))
    found = layer_sparsity(file, columns=columns).used_inputs
    used = [any(weight != 0 for weight in (*first[:, column], *second[:, column])) for column in range(4)]
    assert list(found.support) == used
    assert list(found.names) == [name for name, one in zip(names, used, strict=True) if one]


@pytest.mark.parametrize("weights", [(), ("missing.weight",), ("a.weight", "missing.weight")])
def test_nothing_is_claimed_of_columns_that_unknown_weights_read(tmp_path, weights):
    file = written(tmp_path, a__weight=np.ones((2, 4)))
    assert layer_sparsity(file, columns=InputColumns(weights=weights)).used_inputs is None
    assert layer_sparsity(file).used_inputs is None


def test_the_state_of_an_optimiser_is_not_a_layer(tmp_path):
    file = tmp_path / "abc.safetensors"
    safetensors.numpy.save_file({"a.weight": np.zeros((1, 2)), "optimiser/0.moment": np.ones((1, 2))}, file)
    assert layer_sparsity(file).layers == (Layer(name="a.weight", size=2, nonzeros=0),)


def test_layers_come_in_the_order_of_their_numbers(tmp_path):
    names = ["1.weight", "3.weight", "10.weight", "block2.1.weight", "block10.0.weight"]
    file = tmp_path / "abc.safetensors"
    safetensors.numpy.save_file({name: np.ones((1, 1)) for name in sorted(names)}, file)
    assert [layer.name for layer in layer_sparsity(file).layers] == names


@pytest.mark.parametrize("image", [None, (2, 4), (3, 3)])
def test_without_an_image_that_fits_there_is_no_picture(tmp_path, image):
    assert layer_sparsity(written(tmp_path, a__weight=np.ones((2, 6))), image=image).picture == ()


def test_a_network_without_kernels_has_no_layers(tmp_path):
    found = layer_sparsity(written(tmp_path, theta=np.ones(6), scale=np.float32(1)), image=(2, 3))
    assert (found.layers, found.picture, found.channels) == ((), (), ())


def test_sparsity_is_the_share_of_zeros(tmp_path):
    (layer,) = layer_sparsity(written(tmp_path, a__weight=[[0.0, 1.0, 0.0, 0.0]])).layers
    assert layer.sparsity == 0.75


def test_the_layers_of_a_trained_network_add_up_to_the_nonzeros_of_its_trial(tmp_path):
    prepare_process()
    task = digits()
    trainer = Trainer(task, Checkpoints(tmp_path))
    trial = trainer(Recipe(epochs=2.0, batch_size=64, pruning=Pruning(threshold=2e-2), seed=5))
    found = layer_sparsity(tmp_path / f"{trial.key}.safetensors", image=task.image)
    assert [layer.name for layer in found.layers] == ["1.weight", "3.weight"]
    assert sum(layer.nonzeros for layer in found.layers) == trial.metrics["nonzeros"]
    assert sum(layer.size for layer in found.layers) == trial.metrics["prunable"]
    kernel = trainer.checkpoints.load(trial.key)[0]["1.weight"]
    np.testing.assert_allclose(np.array(found.picture), kernel.abs().sum(dim=0).view(8, 8), rtol=1e-6)
    assert 0 < sum(pixel == 0 for row in found.picture for pixel in row) < 64  # the corners of digits are white


def test_layers_of_a_convolutional_network_come_in_the_order_of_its_parameters(tmp_path):
    network = LeNet5()
    optimiser = Optimiser(Recipe(), Weights(network, frozenset({"dense1.weight"})), L1())
    key = "0123abcd" * 4
    Checkpoints(tmp_path).save(key, network, optimiser)
    found = layer_sparsity(tmp_path / f"{key}.safetensors", image=(28, 28))
    names = [name for name, parameter in network.named_parameters() if parameter.ndim > 1]
    assert [layer.name for layer in found.layers] == names
    np.testing.assert_allclose(found.channels, network.conv1.weight.detach().abs().sum(dim=(1, 2, 3)), rtol=1e-6)


@pytest.mark.parametrize("content", [b"", b"not a safetensors file", None])
def test_the_error_names_a_damaged_checkpoint(tmp_path, content):
    path = tmp_path / "abc.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match="cannot be read") as caught:
        layer_sparsity(path)
    assert str(path) in str(caught.value)
