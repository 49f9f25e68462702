"""Colours by meaning: a thing has the same colour in all panels of a figure, and as far as possible in all figures.

The palette is that of Okabe and Ito (2008), which readers with any colour vision can tell apart. A figure shows at most
a few of the groups below at once, so that two groups may share a colour; two meanings of one group never do.
"""

BLACK, GREY, LIGHT, DARK = "black", "#7F7F7F", "#C8C8C8", "#444444"
BLUE, SKY, GREEN, YELLOW = "#0072B2", "#56B4E9", "#009E73", "#F0E442"
ORANGE, VERMILION, PURPLE = "#E69F00", "#D55E00", "#CC79A7"

# What is known, and from where.
EXACT = BLACK  # by quadrature or in closed form: what approximate answers are compared with
RAW = GREY  # the counts themselves, k / n
PRIOR = GREY  # before any count
POSTERIOR = SHRUNK = BLUE  # learned from the counts: the population, and the rates that it shrinks
HAND_PICKED = PURPLE  # the course's prior that nobody learned, Beta(6, 4)
EDGE = DARK  # bounds of a hyperprior, and lam = 1
SAMPLED = VERMILION  # an approximate answer beside the exact one

# Whose counts.
CLASSROOM_A, CLASSROOM_B, SCHOOL = BLUE, VERMILION, GREEN
CLASSROOMS = {"A": CLASSROOM_A, "B": CLASSROOM_B}

# Algorithms.
ALGORITHMS = {"importance": BLUE, "NUTS": ORANGE, "HMC": SKY, "SMC": GREEN, "VI": VERMILION}
WRONG = PURPLE  # a program with an error that was planted

# Forms of one model.
FORMS = {"marginal": BLUE, "explicit": VERMILION, "conjugate": GREEN, "aggregated": GREY}
