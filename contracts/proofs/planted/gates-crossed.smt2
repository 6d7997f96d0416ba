; With a leave above its enter, judging twice would change the tier.
(declare-const s U16) (declare-const t U8) (declare-const a U16) (declare-const b U16) (declare-const c U16) (declare-const e U16) (assert (isTier t)) (assert (bvugt b a)) (assert (bvult b e)) (assert (bvult e c))
(assert (not (= (tierOf s (tierOf s t a b c e) a b c e) (tierOf s t a b c e))))
(check-sat)
