"""Whole invented counties: what ten departments and the grid centre would deliver, and the truth behind it.

Nobody is real: every number carries a county code that was never assigned. People and what the registers know of them
follow from the seed alone; `dirt` only decides how badly clerks write it down, so that one county can be compared with
itself at every degree of dirt. Not derived from the sample county.
"""
