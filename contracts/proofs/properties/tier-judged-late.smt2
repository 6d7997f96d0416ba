; While a score only falls, judging the tier once at the end gives what judging it on the way gives.
(declare-const s U16) (declare-const t U8) (declare-const a U16) (declare-const b U16) (declare-const c U16) (declare-const e U16)
(assert (isTier t)) (assert (areGates a b c e))
(declare-const r U16) (assert (bvule r s))
(assert (= t (tierOf s t a b c e)))
(declare-const q U16) (assert (bvule r q)) (assert (bvule q s))
(assert (not (= (tierOf r (tierOf q t a b c e) a b c e) (tierOf r t a b c e))))
(check-sat)
