"""How far several people agree about pictures that each of them labelled alone, and what they agree on. Pure."""

from annotations.agreement.coefficients import cohen, fleiss, krippendorff
from annotations.agreement.consensus import Consensus, Merged, consensus
from annotations.agreement.matching import LEAST, NOTHING, Object, objects_of
from annotations.agreement.measure import Agreement, ClassAgreement, PairAgreement, Tally
from annotations.agreement.overlap import REACH, overlap, reach_in
from annotations.agreement.scores import Score, score_of

__all__ = [
    "LEAST",
    "NOTHING",
    "REACH",
    "Agreement",
    "ClassAgreement",
    "Consensus",
    "Merged",
    "Object",
    "PairAgreement",
    "Score",
    "Tally",
    "cohen",
    "consensus",
    "fleiss",
    "krippendorff",
    "objects_of",
    "overlap",
    "reach_in",
    "score_of",
]
