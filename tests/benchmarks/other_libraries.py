"""Prints how small compaction makes networks of torchvision, timm and transformers, half of whose channels are dead.

    pip install torchvision timm transformers
    python tests/benchmarks/other_libraries.py

Of the channels that can be left out half are dead at random. Columns: how many of the outputs of all layers can be left
out, multiply-adds left of those of the whole network, seconds of finding the channels, and the largest difference of
an output, relative to the largest output. Weights are random; images have 64 or 224 pixels a side, texts seven tokens.
"""

import time
import warnings
from collections.abc import Callable

import torch
from _dead_channels import kill_
from torch import Tensor, nn

from frontsearch.compaction import compact, find_channels
from frontsearch.workers import prepare_process

TORCHVISION = (
    "resnet50",
    "mobilenet_v3_small",
    "efficientnet_b0",
    "densenet121",
    "shufflenet_v2_x0_5",
    "convnext_tiny",
)
TIMM = (
    "res2net50_26w_4s", "rexnet_100", "mixnet_s", "dpn48b", "skresnet18", "cspresnet50", "fastvit_t8",
    "inception_next_atto", "hrnet_w18_small",
)  # fmt: skip
TRANSFORMERS_OF_IMAGES = (
    "vit_tiny_patch16_224", "deit3_small_patch16_224", "mobilevit_xxs", "levit_128s", "swin_tiny_patch4_window7_224",
    "nest_tiny",
)  # fmt: skip
SIZES = {
    "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 8, "intermediate_size": 256, "vocab_size": 100,
    "num_labels": 3, "pad_token_id": 0,
}  # fmt: skip
GPT2 = {
    "n_embd": 64, "n_layer": 2, "n_head": 8, "vocab_size": 100, "num_labels": 3, "pad_token_id": 0,
    "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip


class Logits(nn.Module):
    """A model of transformers as a network that returns a tensor."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor) -> Tensor:
        """Returns one row for each text."""
        logits: Tensor = self.model(ids).logits
        return logits


def networks() -> dict[str, tuple[Callable[[], nn.Module], int]]:
    """Functions that build networks, and the pixels a side of their images, 0 for texts."""
    import timm  # type: ignore[import-not-found]  # noqa: PLC0415 - no dependency of ours
    import torchvision  # type: ignore[import-not-found]  # noqa: PLC0415
    import transformers  # type: ignore[import-not-found]  # noqa: PLC0415

    found: dict[str, tuple[Callable[[], nn.Module], int]] = {}
    for name in TORCHVISION:
        found[name] = (lambda name=name: torchvision.models.get_model(name, weights=None, num_classes=10)), 64
    for names, side in ((TIMM, 64), (TRANSFORMERS_OF_IMAGES, 224)):
        for name in names:
            found[name] = (lambda name=name: timm.create_model(name, num_classes=10)), side
    for name in ("Bert", "DistilBert", "Llama", "ModernBert", "GPT2"):
        config = getattr(transformers, f"{name}Config")(**(GPT2 if name == "GPT2" else SIZES))
        model = getattr(transformers, f"{name}ForSequenceClassification")
        found[name] = (lambda model=model, config=config: Logits(model(config))), 0
    return found


@torch.no_grad()
def row(name: str, build: Callable[[], nn.Module], side: int) -> str:
    """One line of the table."""
    torch.manual_seed(0)
    network = build().eval()
    inputs = torch.randn(2, 3, side, side) if side else torch.randint(3, 99, (2, 7))
    started = time.perf_counter()
    channels = find_channels(network, inputs)
    seconds = time.perf_counter() - started
    rows = torch.cat([channels.of(kernel.rows) for kernel in channels.kernels])
    free = (~channels.kept[rows]).float().mean().item()
    kill_(network, channels, 0.5)
    compaction = compact(network, inputs)
    before, after = compaction.multiply_adds
    expected = network(inputs)
    apart = (compaction.network(inputs) - expected).abs().max() / expected.abs().max()
    return f"| {name} | {free:.0%} | {after / before:.0%} | {seconds:.1f} | {apart:.0e} |"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    prepare_process()
    print("| network | can be left out | multiply-adds left | seconds | difference |")  # noqa: T201
    print("| --- | --- | --- | --- | --- |")  # noqa: T201
    for name, (build, side) in networks().items():
        print(row(name, build, side), flush=True)  # noqa: T201
