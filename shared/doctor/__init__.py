"""`bangkom doctor`: looks at everything an installation stands on and says what to do, also while things are down.

    findings = look(checks(services(), certificate=None), within=15.0)

Every check runs in a thread of its own against one deadline, so that what hangs hides nothing and stops nobody. No
check changes anything.
"""

from shared.doctor.finding import BAD, OK, WARN, Check, Finding, look
from shared.doctor.rounds import checks

__all__ = ["BAD", "OK", "WARN", "Check", "Finding", "checks", "look"]
