; Judging a tier again with the same score changes nothing.
(declare-const s U16) (declare-const t U8) (declare-const a U16) (declare-const b U16) (declare-const c U16) (declare-const e U16)
(assert (isTier t)) (assert (areGates a b c e))
(assert (not (= (tierOf s (tierOf s t a b c e) a b c e) (tierOf s t a b c e))))
(check-sat)
