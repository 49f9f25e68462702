"""Colours by meaning: a thing has the same colour in all panels of a figure, and as far as possible in all figures.

The palette is that of Okabe and Ito (2008), which readers with any colour vision can tell apart. In a figure of beliefs
blue is what the counts teach, those of the first data set if there are several; grey is what was there before, and
black the exact answer. The other colours are too few for one meaning each: a figure shows at most a few of the groups
below at once, so that two groups may share a colour. Two meanings of one group never do, nor do two in one module.
"""

BLACK, GREY, LIGHT, DARK = "black", "#7F7F7F", "#C8C8C8", "#444444"
BLUE, SKY, GREEN, YELLOW = "#0072B2", "#56B4E9", "#009E73", "#F0E442"
ORANGE, VERMILION, PURPLE = "#E69F00", "#D55E00", "#CC79A7"

# What is known, and from where.
EXACT = BLACK  # by quadrature or in closed form: what approximate answers are compared with
RAW = GREY  # the counts themselves, k / n
PRIOR = GREY  # before any count
POSTERIOR = SHRUNK = BLUE  # learned from the counts: the population, and the rates that it shrinks
OTHER_HYPERPRIOR = GREEN  # learned from the same counts under another hyperprior than the figure's own
HAND_PICKED = PURPLE  # the course's prior that nobody learned, Beta(6, 4)
EDGE = DARK  # bounds of a hyperprior, and lam = 1
SAMPLED = VERMILION  # an approximate answer beside the exact one

# Whose counts. A are the six students of the first example, so that what they teach is blue wherever they are.
CLASSROOM_A, CLASSROOM_B, SCHOOL = POSTERIOR, VERMILION, GREEN
CLASSROOMS = {"A": CLASSROOM_A, "B": CLASSROOM_B}

# Algorithms.
ALGORITHMS = {"importance": BLUE, "NUTS": ORANGE, "HMC": SKY, "SMC": GREEN, "VI": VERMILION}
WRONG = PURPLE  # a program with an error that was planted

# Forms of one model.
FORMS = {"marginal": BLUE, "explicit": VERMILION, "conjugate": GREEN, "aggregated": GREY}
