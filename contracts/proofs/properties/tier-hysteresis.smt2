; Between leaving and entering a gate, a Bronze stays Bronze and a Silver stays Silver; likewise for Gold.
(declare-const s U16) (declare-const t U8) (declare-const a U16) (declare-const b U16) (declare-const c U16) (declare-const e U16)
(assert (isTier t)) (assert (areGates a b c e))
(assert (not (and (=> (and (bvuge s b) (bvult s a) (bvule t #x01)) (= (tierOf s t a b c e) t)) (=> (and (bvuge s e) (bvult s c) (bvuge t #x01)) (= (tierOf s t a b c e) t)))))
(check-sat)
