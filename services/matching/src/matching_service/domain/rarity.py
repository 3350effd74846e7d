"""How much a skill tells: one that few jobs ask for counts more than one that all do."""

import math

# Jobs that were never seen, and the share of them that ask for any one skill: until many jobs are stored, all skills count alike.
PRIOR_JOBS, PRIOR_SHARE = 200, 0.02
LEAST, MOST = 0.4, 1.6


def rarity(asking: int, jobs: int) -> float:
    """Inverse document frequency over the stored jobs, 1 for the prior share, 0.4 to 1.6."""
    frequency = (jobs + PRIOR_JOBS) / (asking + PRIOR_JOBS * PRIOR_SHARE)
    return min(max(math.log(frequency) / math.log(1 / PRIOR_SHARE), LEAST), MOST)
