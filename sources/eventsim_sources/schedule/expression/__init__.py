"""When does a schedule expression fire? `rate(…)`, `cron(…)` and `at(…)` as AWS reads them; pure.

Rules of a bus and EventBridge Scheduler speak one language in two dialects. An expression is read once
(`parse_expression`) and then asked, again and again, for the first instant after another (`next_after`).
"""

from eventsim_sources.schedule.expression.at import At
from eventsim_sources.schedule.expression.cron import Cron
from eventsim_sources.schedule.expression.dialect import RULE, SCHEDULER, Dialect
from eventsim_sources.schedule.expression.fault import ExpressionError
from eventsim_sources.schedule.expression.parse import Expression, parse_expression
from eventsim_sources.schedule.expression.rate import Rate

__all__ = ["RULE", "SCHEDULER", "At", "Cron", "Dialect", "Expression", "ExpressionError", "Rate", "parse_expression"]
