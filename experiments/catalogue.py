"""The list of all experiments: the options of each, by its name. No JAX is imported, so that help appears at once."""

from experiments.blind_to_u_shapes.options import BlindToUShapes
from experiments.calibration.options import Calibration
from experiments.compare_forms.options import CompareForms
from experiments.concentration.options import Concentration
from experiments.covariates.options import Covariates
from experiments.kinds_of_students.options import KindsOfStudents
from experiments.learning_the_prior.options import LearningThePrior
from experiments.one_level_up.options import OneLevelUp
from experiments.options import Options
from experiments.overhypotheses.options import Overhypotheses
from experiments.own_counts.options import OwnCounts
from experiments.performance.options import Performance
from experiments.pmf_accuracy.options import PmfAccuracy
from experiments.pooling.options import Pooling
from experiments.rates_of_events.options import RatesOfEvents
from experiments.sharper.options import Sharper
from experiments.shops.options import Shops
from experiments.trust_it.options import TrustIt
from experiments.two_classrooms.options import TwoClassrooms
from experiments.who_decides.options import WhoDecides
from experiments.widen_the_box.options import WidenTheBox
from experiments.wobble.options import Wobble

EXPERIMENTS: dict[str, type[Options]] = {
    options.experiment: options
    for options in (
        Concentration,
        LearningThePrior,
        TwoClassrooms,
        WhoDecides,
        CompareForms,
        Sharper,
        WidenTheBox,
        BlindToUShapes,
        Wobble,
        Pooling,
        Shops,
        KindsOfStudents,
        Overhypotheses,
        OneLevelUp,
        Covariates,
        RatesOfEvents,
        PmfAccuracy,
        Calibration,
        Performance,
        TrustIt,
        OwnCounts,
    )
}
