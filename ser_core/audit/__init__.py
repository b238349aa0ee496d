"""The audit: can what was read of a corpus be trusted? Every clip is looked at once, every doubt is a finding."""

from ser_core.audit.finding import COLUMNS, KINDS, SEVERITIES, Finding, Report, to_frame
from ser_core.audit.run import audit

__all__ = ["COLUMNS", "KINDS", "SEVERITIES", "Finding", "Report", "audit", "to_frame"]
