"""Malformed inputs as attackers, broken programs and cut-off transfers send them: the same for the same seed.

They are for tests of whatever takes something from outside. Nothing here is dangerous by itself; what is checked is
that the reader answers with a `ser_core.errors.SERError` or a valid result, soon, in bounded memory, and writes
nowhere else than it should.

Examples
--------
>>> case = make_case(2, seed=0)
>>> case.family in FAMILIES, case == make_case(2, seed=0)
(True, True)
"""

from ser_core.testing.hostile.cases import FAMILIES, Case, make_case
from ser_core.testing.hostile.names import NAMES

__all__ = ["FAMILIES", "NAMES", "Case", "make_case"]
