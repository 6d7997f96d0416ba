; The short way for treatment asks only whether the deviation is below zero: whoever is not is above every floor that may be set.
(declare-const d I64) (declare-const w I64) (assert (isWeight w)) (assert (within d w))
(declare-const n U16) (declare-const m U16) (declare-const cap U16) (declare-const floor U16)
(assert (bvule floor cap)) (assert (bvule cap base)) (assert (bvsge d #x0000000000000000))
(assert (not (bvuge (score ((_ extract 15 0) (bvadd #x00000000000001f4 (points d w))) n m cap) floor)))
(check-sat)
