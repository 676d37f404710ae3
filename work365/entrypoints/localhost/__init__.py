"""The Functions host of this machine: it runs the triggers that Azure loads, and no others.

Owns: reading a `FunctionApp`'s registrations, and doing what Azure's host does with them.
Does not own: what the functions do, nor where the queue and the clock come from.
Invariants:
- What cannot be run here as it would be in Azure is refused when the host is made.
- A message leaves its queue only when its function succeeded or has failed too often.
- A failure of a function is logged and kept in `LocalHost.failures`.
"""

from work365.entrypoints.localhost.host import LocalHost
from work365.entrypoints.localhost.host_settings import HostSettings

__all__ = ["HostSettings", "LocalHost"]
