"""Constants of weighing pairs, for the compiled loop and for what explains it."""

import numpy as np

from transforms.matching.keys import BITS

SAME_KEY, SAME_NUMBER = BITS["version"], BITS["number"]
LEAST_COVER = 0.02
IMPOSSIBLE = -np.inf  # bits
SAME_RECORD = 0.98  # two versions of one record key are about one person, but for a lease or a benefit that passed on
# An agreeing birth or sex is in the number already; if the number were another's it would still say a little.
# Of two born in one year on different days no one is the other's parent, and no mother has both: so of relatives of one
# surname (a level of kernels.NAME from FAMILY on) that leaves cousins. How many of them they are, in log2.
FAMILY, COUSINS = 2, float(np.log2(0.03))
IMPLIED = {"born": (4, 0.1), "year": (3, 0.5), "sex": (2, 0.65)}
SCREEN, SIEVE = 1, 2  # look no closer at pairs that two numbers rule out; nor at any that nothing can lift again
