"""placeholder"""
from desktop.forms.engine.evaluation import Evaluator
from desktop.forms.engine.node import InstanceNode
class ScoreResult: ...
def score_of(e: Evaluator, top: InstanceNode) -> ScoreResult | None:
    return None
