"""All functions by name: the one place where the evaluator, the dependency walk and lint look one up."""

from collections.abc import Mapping

from desktop.forms.xpath.functions import cht, core, geo, moments, odk
from desktop.forms.xpath.functions.signature import Function

FUNCTIONS: Mapping[str, Function] = {
    function.name: function for module in (core, odk, moments, geo, cht) for function in module.FUNCTIONS
}
