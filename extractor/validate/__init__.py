"""Checks a report against the rules: Result parts in, findings out. Never repairs anything."""

from extractor.validate.check import RULES, check_report, gravest_first
from extractor.validate.rollup import check_rollup
from extractor.validate.series import check_series
from extractor.validate.wording import reworded

__all__ = ["RULES", "check_report", "check_rollup", "check_series", "gravest_first", "reworded"]
