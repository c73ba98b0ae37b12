"""Every way to find a front, by name; one file a method, its paper in the docstring."""

from collections.abc import Mapping

from frontsearch.methods.base import Conversation, FrontMethod, Generational, Method, Seedable, Setting
from frontsearch.methods.dichotomic import Dichotomic
from frontsearch.methods.inheritance import Inheritance
from frontsearch.methods.optuna_search import OptunaGp, OptunaNsga2, OptunaNsga3, OptunaTpe
from frontsearch.methods.path import Path
from frontsearch.methods.pymoo_search import PymooNsga2, PymooNsga3, PymooSmsEmoa
from frontsearch.methods.random_search import RandomSearch
from frontsearch.methods.smgd import Smgd
from frontsearch.methods.successive_halving import SuccessiveHalving
from frontsearch.methods.weighted_grid import WeightedGrid

METHODS: Mapping[str, type[Method]] = {
    "random": RandomSearch,
    "optuna-tpe": OptunaTpe,
    "optuna-gp": OptunaGp,
    "optuna-nsga2": OptunaNsga2,
    "optuna-nsga3": OptunaNsga3,
    "pymoo-nsga2": PymooNsga2,
    "pymoo-nsga3": PymooNsga3,
    "pymoo-sms-emoa": PymooSmsEmoa,
    "successive-halving": SuccessiveHalving,
    "inheritance": Inheritance,
    "smgd": Smgd,
    "weighted-grid": WeightedGrid,
    "dichotomic": Dichotomic,
    "path": Path,
}


def start(method: Method, setting: Setting) -> FrontMethod:
    """The method's conversation in this setting, ready to be asked."""
    return Conversation(method.search(setting))


__all__ = ["METHODS", "FrontMethod", "Generational", "Method", "Seedable", "Setting", "start"]
