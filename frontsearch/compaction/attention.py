"""Attention with fewer heads than its width would have, which torch's own attention cannot be."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from frontsearch.compaction.channels import Kernel
from frontsearch.compaction.tracer import ChannelTracer
from frontsearch.tracing import FIXED, Step

OPTIONS = ("key_padding_mask", "need_weights", "attn_mask", "average_attn_weights", "is_causal")  # in torch's order
ARGUMENTS = (
    "query", "key", "value", "embed_dim_to_check", "num_heads", "in_proj_weight", "in_proj_bias", "bias_k", "bias_v",
    "add_zero_attn", "dropout_p", "out_proj_weight", "out_proj_bias",
)  # fmt: skip
WEIGHTS = ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight", "out_proj_weight")
PARTS = ("in_proj_weight", "in_proj_bias", "out_proj_weight", "out_proj_bias")


class HeadwiseAttention(nn.MultiheadAttention):
    """Multi-head attention without some of its heads; an ``nn.MultiheadAttention`` becomes one in place.

    Parameters have the names of torch's module. ``in_proj_weight`` has three times ``num_heads * head_dim`` rows and
    ``out_proj.weight`` as many columns as one of the three.
    """

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, *args: Any, **options: Any,  # noqa: ANN401 - as torch's module
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """Returns what torch's module returns; of the weights, those of the heads that are left."""
        given = dict(zip(OPTIONS, args, strict=False)) | options
        if query.ndim == 3:
            return self._attend(query, key, value, **given)
        place = 0 if self.batch_first else 1  # of the missing dimension of examples
        if given.get("key_padding_mask") is not None:
            given["key_padding_mask"] = given["key_padding_mask"][None]
        outputs, weights = self._attend(*(tensor.unsqueeze(place) for tensor in (query, key, value)), **given)
        return outputs.squeeze(place), None if weights is None else weights.squeeze(0)

    def _attend(
        self, *given: Tensor, key_padding_mask: Tensor | None = None, need_weights: bool = True,
        attn_mask: Tensor | None = None, average_attn_weights: bool = True, is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        queries, keys, values = self._projected(*given)
        mask, dropout = _mask(queries, attn_mask, key_padding_mask), self.dropout if self.training else 0.0
        weights = None
        if need_weights:
            scores = queries @ keys.transpose(2, 3) / self.head_dim**0.5
            weights = functional.dropout((scores if mask is None else scores + mask).softmax(3), dropout)
            heads = weights @ values
        else:
            causal = is_causal and mask is None
            heads = functional.scaled_dot_product_attention(queries, keys, values, mask, dropout, causal)
        outputs = self.out_proj(heads.transpose(1, 2).flatten(2))
        if weights is not None and average_attn_weights:
            weights = weights.mean(1)
        return outputs if self.batch_first else outputs.transpose(0, 1), weights

    def _projected(self, *given: Tensor) -> list[Tensor]:
        """Queries, keys and values, each ``(examples, heads, places, head_dim)``."""
        biases = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        found = []
        for tensor, weight, bias in zip(given, self.in_proj_weight.chunk(3), biases, strict=True):
            rows = functional.linear(tensor if self.batch_first else tensor.transpose(0, 1), weight, bias)
            found.append(rows.unflatten(2, (-1, self.head_dim)).transpose(1, 2))
        return found


def _mask(queries: Tensor, *masks: Tensor | None) -> Tensor | None:
    """One mask that is added to all scores, from a mask of places and a mask of padding; None if there is none."""
    attention, padding = (each if each is None else _additive(each, queries.dtype) for each in masks)
    if attention is not None and attention.ndim == 3:
        attention = attention.unflatten(0, queries.shape[:2])
    if padding is None:
        return attention
    padding = padding[:, None, None]
    return padding if attention is None else attention + padding


def _additive(mask: Tensor, dtype: torch.dtype) -> Tensor:
    if mask.dtype != torch.bool:
        return mask
    return torch.zeros_like(mask, dtype=dtype).masked_fill(mask, float("-inf"))


def drop_heads_(network: nn.Module) -> None:
    """Makes attention whose parameters have lost heads work without them, in place."""
    for module in network.modules():
        weight = getattr(module, "in_proj_weight", None)
        if type(module) is nn.MultiheadAttention and weight is not None and len(weight) < 3 * module.embed_dim:
            module.__class__ = HeadwiseAttention
            module.num_heads = len(weight) // 3 // module.head_dim
            module._qkv_same_embed_dim = False  # noqa: SLF001 - keeps torch's encoders from their own way around it


def attention(tracer: ChannelTracer, step: Step) -> None:
    """For torch's attention: a head comes and goes as a whole, and is needed if what it computes is taken."""
    given: dict[str, Any] = dict(zip(ARGUMENTS, step.arguments, strict=False)) | step.keywords
    names = {part: tracer.name(given.get(part)) for part in PARTS}
    weight, bias, query = given["in_proj_weight"], given["in_proj_bias"], given["query"]
    unusual = (
        any(given.get(name) is not None for name in ("bias_k", "bias_v", "q_proj_weight")) or given["add_zero_attn"]
    )
    entry, leaving = names["in_proj_weight"], names["out_proj_weight"]
    if unusual or entry is None or leaving is None or not isinstance(weight, Tensor) or not isinstance(query, Tensor):
        tracer.fix(step.operands)
        _leave_whole(tracer, step, [given.get(name) for name in WEIGHTS])
        return
    tracer.fix([given.get(name) for name in ("query", "key", "value", "key_padding_mask", "attn_mask")])
    width = len(weight) // 3
    rows, outputs = tracer.new_units(3 * width), tracer.new_units(width)
    in_heads = rows.view(3, given["num_heads"], -1)
    tracer.equate(in_heads, in_heads[:1, :, :1])
    for labels, vector in ((rows, bias), (outputs, given["out_proj_bias"])):
        if isinstance(vector, Tensor):
            tracer.equate(labels, tracer.labels(vector))
    places = query.numel() // width // query.shape[-2]  # torch counts examples along the last dimension but one
    nothing = torch.zeros(width, dtype=torch.float64)
    tracer.add(Kernel(
        entry.rpartition(".")[0], entry, names["in_proj_bias"], takes_bias=False, rows=rows,
        inputs=FIXED.expand(width), values=torch.full_like(nothing, torch.nan), positions=places,
    ))  # fmt: skip
    # The weights of attention sum to one, so that a value that is the same everywhere goes through.
    constants = bias[-width:].detach().cpu().double() if isinstance(bias, Tensor) else nothing
    tracer.add(Kernel(
        leaving.rpartition(".")[0], leaving, names["out_proj_bias"], takes_bias=True, rows=outputs,
        inputs=rows[-width:], values=constants, positions=places,
    ))  # fmt: skip
    tracer.label(step.output, outputs)


def _leave_whole(tracer: ChannelTracer, step: Step, weights: list[Any]) -> None:
    places, reason = tracer.positions(step.output, -1), "has attention with other sizes or biases"
    for weight in weights:
        if name := tracer.origin(weight):
            tracer.leave_whole(name, units=len(weight), multiply_adds=places * weight.numel(), reason=reason)
