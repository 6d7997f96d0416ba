; From the same tier, a higher score never gives a lower tier.
(declare-const s U16) (declare-const t U8) (declare-const a U16) (declare-const b U16) (declare-const c U16) (declare-const e U16)
(assert (isTier t)) (assert (areGates a b c e))
(declare-const r U16) (assert (bvule s r))
(assert (not (bvule (tierOf s t a b c e) (tierOf r t a b c e))))
(check-sat)
