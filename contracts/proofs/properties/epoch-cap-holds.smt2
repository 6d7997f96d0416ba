; Nothing lifts what is earned in an epoch above the cap, and the counter cannot overflow.
(declare-const steps U8) (declare-const earned U16) (declare-const cap U16) (assert (bvule earned cap)) (assert (bvule cap #x03e8))
(assert (not (and (bvule (bvadd earned (reward steps earned cap)) cap) (bvuge (bvadd earned (reward steps earned cap)) earned))))
(check-sat)
