"""Could the score be a leak? A report that is made before any score, and that refuses what leaks.

```
report.py        what was looked at, and what was found: refused, warned, or never ranked
duplicates.py    days of the test that stand in the training too, exactly or nearly
groups.py        the station itself, under another name, among those learnt from
timing.py        outcomes learnt before they could be known, a gap shorter than the horizon
availability.py  channels that know more than their time allows
```
"""

from wattloom.forecast.leakage.findings import Finding, LeakageReport, Severity, Sort
from wattloom.forecast.leakage.report import Pretrained, leakage_report, pretraining_of

__all__ = ["Finding", "LeakageReport", "Pretrained", "Severity", "Sort", "leakage_report", "pretraining_of"]
